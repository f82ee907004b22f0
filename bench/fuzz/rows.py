"""Mutations of the rows and columns of a table in text, which stays one: the checks behind the reading are reached."""

import csv
import io
import random

from bench.fuzz.mutations import NASTY_TEXTS
from gradus.files import decode

__all__ = ["mutate_rows"]

VALUES = (
    "0", "1", "-1", "0.5", "1e39", "-1e39", "1e308", "1e-320", "1,234.5", "1.234,5", "99999999999999999999", "NA", "?",
    "yes", "true", "0001-01-01", "9999-12-31", "99999-12-31", "2024-02-30", "2024-02-29 24:00:00", "31.12.2024", " x ",
    "a,b", 'say "x"', "two\nlines", "狗", "x" * 20_000, "",
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "utf-16", "gb18030", "cp1252", "big5", "koi8-r")


def mutate_rows(data: bytes, rng: random.Random) -> bytes:
    """The table with some cells, columns or rows of it changed, in any encoding and with any separator."""
    text, _ = decode(data)
    separator = max(";,\t", key=text.partition("\n")[0].count)
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if row]
    for _ in range(rng.choice((1, 1, 2, 4))):
        rng.choice((change_cell, change_column, copy_column, move_column, repeat_rows, cut_rows))(rows, rng)
    content = io.StringIO()
    separator = separator if rng.random() < 0.8 else rng.choice(";,\t|")
    csv.writer(content, delimiter=separator, lineterminator=rng.choice(("\n", "\r\n"))).writerows(rows)
    return content.getvalue().encode(rng.choice(ENCODINGS), "replace")


def value(rng: random.Random) -> str:
    return rng.choice(rng.choice((VALUES, NASTY_TEXTS)))


def change_cell(rows: list[list[str]], rng: random.Random) -> None:
    row = rng.choice(rows)
    row[rng.randrange(len(row))] = value(rng)


def change_column(rows: list[list[str]], rng: random.Random) -> None:
    """One value, a few, or another one in every row."""
    column, values = rng.randrange(len(rows[0])), [value(rng) for _ in range(rng.choice((1, 2, 3)))]
    for number, row in enumerate(rows):
        if number or rng.random() < 0.1:
            row[column] = rng.choice(values) if rng.random() < 0.9 else f"{row[column]}{number}"


def copy_column(rows: list[list[str]], rng: random.Random) -> None:
    column, name = rng.randrange(len(rows[0])), rng.choice(("copy", "", rows[0][0], value(rng)))
    for number, row in enumerate(rows):
        row.append(row[column] if number else name)


def move_column(rows: list[list[str]], rng: random.Random) -> None:
    old, new = (rng.randrange(len(rows[0])) for _ in range(2))
    for row in rows:
        row.insert(new, row.pop(old))


def repeat_rows(rows: list[list[str]], rng: random.Random) -> None:
    start = rng.randrange(len(rows))
    rows[start:start] = [list(row) for row in rows[start:] * rng.choice((1, 3, 20))][:1000]


def cut_rows(rows: list[list[str]], rng: random.Random) -> None:
    del rows[rng.randint(1, len(rows)) :]
