"""Good tables and arrays, to be mutated, and the encoders of models that were trained on a person's own data."""

import io
from collections.abc import Sequence
from functools import cache

import numpy as np
import polars

from gradus.folders import ImageEncoder
from gradus.passages import TextEncoder
from gradus.tables import TableEncoder, as_table

__all__ = ["arrays", "delimited", "excel_files", "odd_rows", "own_encoders", "parquet_files", "reviews"]

COLUMNS = {
    "number": [1.5, None, 3.25, -4.0] * 5,
    "city": ["Ulm", "Bonn", None, "Kiel"] * 5,
    "day": ["2024-01-31", "2024-02-29", "2023-12-24", "2024-07-01"] * 5,
    "answer": ["yes", "no"] * 10,
}


def delimited() -> Sequence[bytes]:
    """Tables as text, with several separators, encodings and kinds of numbers."""
    frame = polars.DataFrame(COLUMNS)
    plain = frame.write_csv()
    german = frame.write_csv(separator=";").replace(".5", ",5").replace("city", "Größe")
    quoted = 'a,"b, c"\n1,"x\ny"\n2,"say ""z"""\n' + "3,w\n" * 18
    return [plain.encode(), german.encode("windows-1252"), german.encode("utf-16"), quoted.encode(),
            plain.replace("city", "城市").encode("gb18030"), plain.split("\n", 1)[1].encode()]  # fmt: skip


def odd_rows() -> bytes:
    """Rows to predict, with their columns in another order, one more, missing values, and levels not seen before."""
    return b"more,day,city,number\n1,2024-05-05,Rome,\n2,,Ulm,x\n,2023-12-24,,1e999\n"


def reviews() -> Sequence[bytes]:
    """Tables with a column of passages."""
    rows = [f'{k},"a {kind} film, seen {k} times",{kind}' for k, kind in enumerate(10 * ["good", "bad"])]
    plain = "id,review,kind\n" + "\n".join(rows) + "\n"
    chinese = plain.replace("film", "电影").replace("seen", "看过").replace("times", "次")
    return [plain.encode(), chinese.encode("gb18030"), plain.replace(",", ";").encode("utf-16")]


@cache
def parquet_files() -> Sequence[bytes]:
    """A table in Parquet."""
    content = io.BytesIO()
    polars.DataFrame(COLUMNS).write_parquet(content)
    return [content.getvalue()]


@cache
def excel_files() -> Sequence[bytes]:
    """A table in Excel."""
    content = io.BytesIO()
    polars.DataFrame(COLUMNS).write_excel(content)
    return [content.getvalue()]


@cache
def arrays() -> Sequence[bytes]:
    """Arrays x and y in an .npz, with and without compression."""
    files = []
    for save in (np.savez, np.savez_compressed):
        content = io.BytesIO()
        save(content, x=np.arange(40.0).reshape(20, 2), y=np.arange(20) % 2)
        files.append(content.getvalue())
    return files


def own_encoders() -> list[TableEncoder | ImageEncoder | TextEncoder]:
    """An encoder of each kind."""
    kinds = {"number": "number", "city": "category", "day": "date"}
    table = TableEncoder.fit(as_table(COLUMNS), kinds, ["answer"])
    return [table, ImageEncoder(8, 8, 1), TextEncoder.fit(["a good film", "a bad film"])]
