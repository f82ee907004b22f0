"""Tables from files: CSV and its relatives, Parquet, Excel. What they are like is found out from their content."""

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from gradus.errors import DataError, GradusError
from gradus.files import decode, open_regular
from gradus.memory import check_memory
from gradus.tables.parquet import read_parquet
from gradus.tables.table import GROUPS, MISSING, Table, as_table, check_column_names, is_number_text, number_format

if TYPE_CHECKING:
    import polars

__all__ = ["TABLE_SUFFIXES", "parse_table", "read_table"]

DELIMITED = (".csv", ".tsv", ".tab")
EXCEL = (".xlsx", ".xls", ".xlsb", ".ods")
TABLE_SUFFIXES = (*DELIMITED, ".parquet", *EXCEL)
SEPARATORS = {"\t": "tabs", ";": "semicolons", "|": "bars", ",": "commas"}
SAMPLE = 200  # rows that the separator and the header are found in
EXCEL_CELL = 64  # bytes of memory for one, empty or not
CELLS = re.compile(rb'<c\s[^>]*?\br="([A-Z]{1,9})(\d{1,18})"')
MOST_WIDTH, MOST_HEIGHT = 16_384, 1_048_576  # of an Excel sheet
UNPACKED = 4  # bytes of memory for an unpacked byte of an Excel file
EXPANSION = 12  # bytes of memory for a byte of a file
MAX_COLUMNS = 10_000
UNNAMED = re.compile(r"Unnamed: \d+$")  # as pandas writes an index without a name
MAGIC = {"Excel": (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"), "Parquet": (b"PAR1",)}


def read_table(path: Path) -> Table:
    """Read a table from a file.

    Args:
        path: of a kind in TABLE_SUFFIXES.

    Raises:
        DataError: where the file is missing or damaged, its rows differ in length, or it holds something else.
        SettingError: where it does not fit into memory.
    """
    try:
        with open_regular(path) as file:
            size = file.seek(0, io.SEEK_END)
            check_memory(EXPANSION * size, f"{path} as a table")
            file.seek(0)
            content = file.read(size)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from None
    suffix = path.suffix.lower()
    check_content(content, suffix, path)
    if suffix in DELIMITED:
        return parse_table(content, str(path))
    return read_parquet(content, path) if suffix == ".parquet" else read_excel(content, path)


def check_content(content: bytes, suffix: str, path: Path) -> None:
    """Raise DataError for an empty file, and for one whose content is of another kind than its name."""
    if not content.strip():
        raise DataError(f"{path}: is empty; expected a table")
    for kind, beginnings in MAGIC.items():
        named = suffix in EXCEL if kind == "Excel" else suffix == ".parquet"
        if content.startswith(beginnings) and not named:
            raise DataError(f"{path}: holds {kind} data, but its name ends in {suffix}; rename it")


def parse_table(content: bytes, name: str) -> Table:
    """The table in the bytes of a CSV, or of a relative with another separator.

    Args:
        name: of the file, for messages.

    Raises:
        DataError: where it cannot be read.
    """
    import polars

    try:
        text, encoding = decode(content)
    except ValueError as error:
        raise DataError(f"{name}: {error}") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    separator = find_separator(text)
    if not check_rows(text, separator, name):
        text = rewritten(text, separator)
    try:
        frame = polars.read_csv(text.encode(), separator=separator, has_header=False, infer_schema=False)
    except polars.exceptions.PolarsError as error:
        raise DataError(f"{name}: cannot be read as a table ({str(error).splitlines()[0]})") from None
    found = [f"separated by {SEPARATORS[separator]}"] if separator != "," else []
    found += [encoding] if encoding != "UTF-8" else []
    return text_table(name, frame, found, decimal="," if separator == ";" else ".")


def rewritten(text: str, separator: str) -> str:
    """The same rows without blank lines, and with quotes around values that hold one: polars wants them."""
    content = io.StringIO()
    rows = (row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True) if row)
    csv.writer(content, delimiter=separator, lineterminator="\n").writerows(rows)
    return content.getvalue()


def find_separator(text: str) -> str:
    """The separator that gives all of the first rows the same number of values, more than one."""
    widths = {separator: row_widths(text, separator) for separator in SEPARATORS}
    for separator, counts in widths.items():
        if len(set(counts)) == 1 and counts[0] > 1:
            return separator
    return max(widths, key=lambda separator: sum(count > 1 for count in widths[separator]))


def row_widths(text: str, separator: str) -> list[int]:
    """The numbers of values in the first rows."""
    return [len(row) for row in first_rows(text, separator, SAMPLE)]


def first_rows(text: str, separator: str, count: int) -> list[list[str]]:
    """The first rows that are not blank; as many as can be read."""
    rows = []
    try:
        for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 2 * count):
            if row:
                rows.append([value.strip() for value in row])
    except csv.Error:
        pass
    return rows[:count]


def check_rows(text: str, separator: str, name: str) -> bool:
    """True if no line is blank and no value holds a quote, so that polars reads the same rows as everybody else.

    Raises:
        DataError: unless all rows have the same number of values.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    is_plain, has_quotes, width = True, '"' in text, 0
    try:
        for row in reader:
            width = width or len(row)
            if width > MAX_COLUMNS:
                raise DataError(f"{name}: has {width:,} columns; expected at most {MAX_COLUMNS:,}")
            if row and len(row) != width:
                raise DataError(
                    f"{name}: line {reader.line_num:,} has {count(len(row), 'value')}, the first {width:,}; all rows "
                    "need as many; put values that contain the separator in double quotes"
                )
            if not row or (has_quotes and any('"' in value for value in row)):
                is_plain = False
    except csv.Error as error:
        raise DataError(
            f"{name}: line {reader.line_num:,} cannot be read ({error}); a value in double quotes ends with "
            "one, and has two for each inside"
        ) from None
    if not width:
        raise DataError(f"{name}: is empty; expected a table")
    return is_plain


def count(number: int, noun: str) -> str:
    """A number of things in words: 1 value, 2 values."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def text_table(name: str, frame: "polars.DataFrame", found: list[str], decimal: str = ".") -> Table:
    """The table of a frame of texts whose first row may be the header.

    Args:
        decimal: the sign that is taken where numbers could be read in both ways.
    """
    import polars

    header = [str(value or "").strip() for value in frame.row(0)]
    if looks_like_values(header, frame):
        names, unnamed = [f"column {number}" for number in range(1, frame.width + 1)], []
        found = [*found, "no header"]
    else:
        names = [column or f"column {number}" for number, column in enumerate(header, 1)]
        unnamed = [name for name, column in zip(names, header, strict=True) if not column or UNNAMED.match(column)]
        frame = frame.slice(1)
    check_column_names(names, name)
    frame.columns = names
    full = frame.select(~polars.all_horizontal(polars.all().is_null())).to_series().arg_true()
    if not len(full):
        raise DataError(f"{name}: has a header, but no rows")
    body = as_table(frame.head(full[-1] + 1), name).frame  # without empty rows at its end
    decimal = file_decimal(body, decimal)
    found = [*found, "decimal commas"] if decimal == "," else found
    return Table(name, body, decimal, frozenset(unnamed), tuple(found))


def looks_like_values(header: Sequence[str], frame: "polars.DataFrame") -> bool:
    """True where the first row has a number in every column that has numbers below: there is no header."""
    below = as_table(frame.slice(1, SAMPLE)).frame
    is_number = [bool(len(s.drop_nulls())) and number_format(s, ".") is not None for s in below]
    first = [is_number_text(value) for value in header]
    return any(first) and all(
        a or value.lower() in MISSING for a, b, value in zip(first, is_number, header, strict=True) if b
    )


def file_decimal(frame: "polars.DataFrame", preferred: str) -> str:
    """The decimal sign of the columns that allow but one; `preferred` where there are none or both kinds."""
    only = set()
    for series in frame:
        allowed = {sign for sign in GROUPS if number_format(series, sign) == sign}
        if len(allowed) == 1 and series.count():
            only |= allowed
    return only.pop() if len(only) == 1 else preferred


def read_excel(content: bytes, path: Path) -> Table:
    """The first sheet of an Excel file."""
    import fastexcel

    try:
        if content.startswith(MAGIC["Excel"][0]):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                check_memory(UNPACKED * sum(info.file_size for info in archive.infolist()), f"{path} unpacked")
                check_cells(archive, path)
        book = fastexcel.read_excel(content)
        sheets = book.sheet_names
        frame = book.load_sheet(0, header_row=None, dtypes="string").to_polars()
    except GradusError:
        raise
    except Exception as error:  # damaged archives have any, such as NotImplementedError and zlib.error
        raise DataError(f"{path}: is damaged, or no Excel file ({str(error).splitlines()[0]})") from None
    if not frame.width or not frame.height:
        raise DataError(f"{path}: the first sheet, {sheets[0]!r}, is empty; expected a table there")
    found = [f"the first of {len(sheets)} sheets, {sheets[0]!r}"] if len(sheets) > 1 else []
    return text_table(str(path), frame, found)


def check_cells(archive: zipfile.ZipFile, path: Path) -> None:
    """Raise SettingError where room for all cells up to the last one does not fit: a single cell may be far away."""
    for info in archive.infolist():
        if not re.fullmatch(r"xl/worksheets/[^/]*\.xml", info.filename):
            continue
        width = height = 0
        for cell in CELLS.finditer(archive.read(info)):
            width, height = max(width, column_number(cell[1])), max(height, int(cell[2]))
        if width > MOST_WIDTH or height > MOST_HEIGHT:
            raise ValueError(f"{info.filename} has a cell in column {width:,} or row {height:,}")
        check_memory(EXCEL_CELL * width * height, f"{path} with {height:,} rows of {width:,} cells")


def column_number(letters: bytes) -> int:
    """The number of a column, such as 28 of AB."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number
