"""A table in memory: columns of numbers and of texts, with missing values."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gradus.errors import DataError
from gradus.files import silent_libraries

if TYPE_CHECKING:
    import polars

__all__ = ["Table", "as_table", "is_number_text"]

MAX_TEXT = 10_000  # characters of a column's name, or of a category
MISSING = ("", "na", "n/a", "nan", "null", "?", "-")  # in any case
DIGITS = r"(\d+|\d{1,3}(G\d{3})+)"  # with G between groups of three
NUMBER = rf"^[+-]?({DIGITS}(D\d*)?|D\d+)([eE][+-]?\d+)?$"  # D is the decimal sign
GROUPS = {".": ",", ",": "."}  # by decimal sign, the sign between groups


@dataclass(frozen=True, eq=False)
class Table:
    """Rows and named columns.

    Args:
        name: for messages.
        frame: columns of text or of numbers; a missing value is null.
        decimal: the sign before the fraction in columns of text, "." or ",".
        unnamed: the columns whose header was empty.
        found: what was found out about the file, in words, such as "separated by ;".
    """

    name: str
    frame: "polars.DataFrame"
    decimal: str = "."
    unnamed: frozenset[str] = frozenset()
    found: tuple[str, ...] = ()

    def numbers(self, column: str) -> np.ndarray | None:
        """A column as numbers (n,), NaN where one is missing; None if any value is no number."""
        import polars

        series = self.frame[column]
        if series.dtype == polars.Float64:
            return series.fill_null(float("nan")).to_numpy()
        decimal = number_format(series, self.decimal)
        return None if decimal is None else numbers_of(series, decimal)

    def first_non_number(self, column: str) -> tuple[int, str]:
        """Row, counted from 0, and text of the first value that is no number."""
        series = self.frame[column]
        matches = series.str.contains(number_pattern(self.decimal)).fill_null(True)
        row = int((~matches).arg_true()[0])
        return row, series[row]

    def texts(self, column: str) -> "polars.Series":
        """A column as texts; whole numbers have no fraction."""
        import polars

        series = self.frame[column]
        if series.dtype != polars.Float64:
            return series
        return polars.Series(column, [None if value is None else f"{value:.15g}" for value in series], polars.String)

    def select(self, rows: np.ndarray) -> "Table":
        """The table of those rows."""
        return Table(self.name, self.frame[rows], self.decimal, self.unnamed, self.found)


def number_pattern(decimal: str) -> str:
    """The regular expression of a number with that decimal sign."""
    return NUMBER.replace("D", re.escape(decimal)).replace("G", re.escape(GROUPS[decimal]))


def is_number_text(text: str) -> bool:
    """True for a number with either decimal sign."""
    return any(re.match(number_pattern(decimal), text) for decimal in GROUPS)


def number_format(series: "polars.Series", preferred: str) -> str | None:
    """The decimal sign with which all values of a column are numbers, `preferred` if both; None if neither."""
    values = series.drop_nulls()
    for decimal in (preferred, GROUPS[preferred]):
        if values.str.contains(number_pattern(decimal)).all():
            return decimal
    return None


def numbers_of(series: "polars.Series", decimal: str) -> np.ndarray:
    """The numbers of a column of texts that are all numbers."""
    import polars

    plain = series.str.replace_all(GROUPS[decimal], "", literal=True).str.replace(decimal, ".", literal=True)
    numbers = plain.cast(polars.Float64, strict=False).fill_null(float("nan")).to_numpy()
    return np.where(np.isfinite(numbers), numbers, np.nan)


def as_table(frame: Any, name: str = "table") -> Table:
    """The table of a data frame of polars or pandas, or of a dict of columns; a Table stays what it is.

    Raises:
        DataError: for anything else, two columns of one name, and columns of several values each.
    """
    import polars

    if isinstance(frame, Table):
        return frame
    if not isinstance(frame, polars.DataFrame):
        frame = from_columns(frame, name)
    check_column_names(frame.columns, name)
    return Table(name, polars.DataFrame([plain_column(series, name) for series in frame]))


def from_columns(frame: Any, name: str) -> "polars.DataFrame":
    """A polars frame of anything with named columns, such as a frame of pandas."""
    import polars

    try:
        names = [str(column) for column in frame]
        check_column_names(names, name)
        columns = [np.asarray(frame[column]) for column in frame]
        series = [
            polars.Series(column, [plain_value(value) for value in values]) if values.dtype == object
            else polars.Series(column, values) for column, values in zip(names, columns, strict=True)
        ]  # fmt: skip
        return polars.DataFrame(series)
    except DataError:  # a ValueError, too
        raise
    except (KeyError, TypeError, ValueError, polars.exceptions.PolarsError) as error:
        raise DataError(f"{name}: expected a table with named columns, such as a data frame ({error})") from None


def plain_value(value: Any) -> str | float | None:
    """A value of a column of Python's objects: None where it is missing."""
    if value is None or value != value or type(value).__name__ in ("NAType", "NaTType"):
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


def plain_column(series: "polars.Series", name: str) -> "polars.Series":
    """A column as numbers, durations in seconds, or as texts without spaces around them; null where one is missing."""
    import polars

    if series.dtype == polars.Duration:
        series = series.dt.total_microseconds() / 1e6  # seconds
    kind = series.dtype
    if kind.is_numeric():
        numbers = series.cast(polars.Float64)
        return numbers.set(~numbers.is_finite().fill_null(False), None)
    if kind.is_nested() or kind == polars.Binary or kind == polars.Object:
        raise DataError(f"{name}: column {series.name!r} has several values in a row, or objects; leave it out")
    texts = as_texts(series, name).str.strip_chars()
    return texts.set(texts.str.to_lowercase().is_in(MISSING).fill_null(True), None)


def as_texts(series: "polars.Series", name: str) -> "polars.Series":
    """A column of texts, truth values, dates or categories as texts. Raises DataError for dates of no calendar."""
    import polars

    if series.dtype == polars.String:
        return series
    try:
        with silent_libraries():  # a panic in Rust prints its stack
            return series.cast(polars.String)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException) as error:
        raise DataError(
            f"{name}: column {series.name!r} holds values that cannot be read ({str(error).splitlines()[0]}); correct "
            "them, or remove the column"
        ) from None


def check_column_names(names: list[str], where: str) -> None:
    """Raise DataError for two columns of one name, and for a name of too many characters."""
    for column, count in Counter(names).items():
        if len(column) > MAX_TEXT:
            raise DataError(
                f"{where}: a column's name has {len(column):,} characters, {column[:20]!r} and so on; expected at most "
                f"{MAX_TEXT:,}"
            )
        if count > 1:
            raise DataError(f"{where}: two columns are called {column!r}; rename one")
