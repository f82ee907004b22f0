"""Tables: CSV, TSV, Parquet, Excel and data frames, as inputs of a network and what it predicts."""

from gradus.tables.dataset import from_frame, load_table
from gradus.tables.encoder import TableEncoder
from gradus.tables.labelled import load_rows, load_texts
from gradus.tables.reading import TABLE_SUFFIXES, parse_table, read_table
from gradus.tables.table import Table, as_table
from gradus.tables.target import find_classes

__all__ = [
    "TABLE_SUFFIXES",
    "Table",
    "TableEncoder",
    "as_table",
    "find_classes",
    "from_frame",
    "load_rows",
    "load_table",
    "load_texts",
    "parse_table",
    "read_table",
]
