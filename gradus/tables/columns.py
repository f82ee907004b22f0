"""How a column becomes inputs of a network: numbers, categories and dates (Holzmueller et al. 2024, appendix A)."""

from dataclasses import asdict, dataclass
from datetime import datetime
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from gradus.errors import DataError
from gradus.tables.dates import DATE_FORMATS, PARTS, date_parts, parse_dates
from gradus.tables.table import MAX_TEXT, Table

if TYPE_CHECKING:
    import polars

__all__ = [
    "CategoryColumn",
    "Column",
    "DateColumn",
    "NumberColumn",
    "Scaling",
    "check_name",
    "column_from_dict",
    "column_to_dict",
]

CLIP = 3.0  # the values that a smooth clipping approaches
MAX_LEVELS = 256  # of a category; rarer ones are as values that were never seen
TWO = 2


@dataclass(frozen=True)
class Scaling:
    """A number v as x = u / sqrt(1 + (u / 3)^2), u = (v - median) / width: no outlier is larger than 3.

    Args:
        median: of the training rows.
        factor: 1 / width; the width is that between their quartiles, or half of their range where the quartiles are
            equal. 0 for a constant.
    """

    median: float
    factor: float

    def __post_init__(self) -> None:
        for number in (self.median, self.factor):
            if not isinstance(number, float) or not isfinite(number):
                raise ValueError("a scaling needs two finite numbers")

    @classmethod
    def fit(cls, values: np.ndarray) -> "Scaling":
        """The scaling of the values (n,); NaN is missing."""
        known = values[np.isfinite(values)]
        if not len(known):
            return cls(0.0, 0.0)
        lower, median, upper = np.quantile(known, (0.25, 0.5, 0.75)).tolist()
        width = upper - lower or (float(known.max()) - float(known.min())) / 2
        factor = 1 / width if width else 0.0
        return cls(median, factor if isfinite(factor) else 0.0)

    def apply(self, values: np.ndarray) -> np.ndarray:
        """x of values (n,), float32; 0 where one is missing."""
        with np.errstate(over="ignore", invalid="ignore"):
            u = np.clip((values - self.median) * self.factor, -1e6, 1e6)
        return np.nan_to_num(u / np.sqrt(1 + (u / CLIP) ** 2)).astype(np.float32)


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers: one input, and a second one that is 1 where the number is missing, if that happens.

    Args:
        name: of the column.
        scaling: of its numbers.
        can_miss: whether numbers were missing in the training rows.
    """

    kind: ClassVar[str] = "number"

    name: str
    scaling: Scaling
    can_miss: bool

    def __post_init__(self) -> None:
        check_name(self.name)
        if type(self.can_miss) is not bool:
            raise TypeError("can_miss is true or false")

    @classmethod
    def fit(cls, table: Table, name: str) -> "NumberColumn":
        """The column of that name in the training rows."""
        values = table.numbers(name)
        assert values is not None
        return cls(name, Scaling.fit(values), bool(np.isnan(values).any()))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs."""
        return (self.name, f"{self.name} is missing") if self.can_miss else (self.name,)

    def encode(self, table: Table) -> np.ndarray:
        """x (n, inputs) float32. Raises DataError for a value that is no number."""
        values = table.numbers(self.name)
        if values is None:
            row, text = table.first_non_number(self.name)
            raise DataError(f"{table.name}: row {row + 1:,} of column {self.name!r} is {text!r}; expected a number")
        x = self.scaling.apply(values)
        return np.stack([x, np.isnan(values)] if self.can_miss else [x], axis=1).astype(np.float32)

    def describe(self) -> str:
        """What is done to it, in words."""
        return "scaled by median and quartiles"


@dataclass(frozen=True)
class CategoryColumn:
    """A column of categories: -1 and 1 for two of them, else one input each; 0 for a missing or an unseen one.

    Args:
        name: of the column.
        levels: the categories of the training rows, by input.
    """

    kind: ClassVar[str] = "category"

    name: str
    levels: tuple[str, ...]

    def __post_init__(self) -> None:
        check_name(self.name)
        for level in self.levels:
            check_name(level)
        if not 1 <= len(self.levels) == len(set(self.levels)) <= MAX_LEVELS:
            raise ValueError(f"a category has from 1 to {MAX_LEVELS} levels, each once")

    @classmethod
    def fit(cls, table: Table, name: str) -> "CategoryColumn":
        """The column of that name in the training rows, with its most frequent levels."""
        counts = shortened(table, name).drop_nulls().value_counts(sort=True)
        levels = sorted(counts.rows(), key=lambda row: (-row[1], row[0]))[:MAX_LEVELS]
        return cls(name, tuple(sorted(level for level, _ in levels)))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs."""
        shown = self.levels[1:] if len(self.levels) == TWO else self.levels
        return tuple(f"{self.name} is {level}" for level in shown)

    def encode(self, table: Table) -> np.ndarray:
        """x (n, inputs) float32."""
        numbers = {level: k for k, level in enumerate(self.levels)}
        k = np.array([numbers.get(value, -1) for value in shortened(table, self.name)], int)
        one_hot = (k[:, None] == np.arange(len(self.levels))).astype(np.float32)
        return one_hot[:, 1:] - one_hot[:, :1] if len(self.levels) == TWO else one_hot

    def describe(self) -> str:
        """What is done to it, in words."""
        return "one-hot"


def shortened(table: Table, name: str) -> "polars.Series":
    """A column as texts, of which the first characters tell one from another."""
    return table.texts(name).str.head(MAX_TEXT)


@dataclass(frozen=True)
class DateColumn:
    """A column of dates: year, month, weekday and the number of the day, each scaled; without those that are constant.

    Args:
        name: of the column.
        form: of its texts, as strftime takes it.
        scalings: of the four parts.
    """

    kind: ClassVar[str] = "date"

    name: str
    form: str
    scalings: tuple[Scaling, ...]

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.form not in DATE_FORMATS or len(self.scalings) != len(PARTS):
            raise ValueError("a date needs a known form, and a scaling for each of its parts")

    @classmethod
    def fit(cls, table: Table, name: str, form: str) -> "DateColumn":
        """The column of that name in the training rows, of dates of that form."""
        parts = date_parts(parse_dates(table.texts(name), form))
        return cls(name, form, tuple(Scaling.fit(part) for part in parts.T))

    @property
    def varying(self) -> list[int]:
        """The numbers of the parts that differ among the training rows."""
        return [number for number, scaling in enumerate(self.scalings) if scaling.factor]

    @property
    def inputs(self) -> tuple[str, ...]:
        """The names of its inputs."""
        return tuple(f"{PARTS[number]} of {self.name}" for number in self.varying)

    def encode(self, table: Table) -> np.ndarray:
        """x (n, inputs) float32. Raises DataError for a value that is no date of this form."""
        texts = table.texts(self.name)
        moments = parse_dates(texts, self.form)
        wrong = (moments.is_null() & texts.is_not_null()).arg_true()
        if len(wrong):
            row = wrong[0]
            raise DataError(
                f"{table.name}: row {row + 1:,} of column {self.name!r} is {texts[row]!r}; expected a date like "
                f"{self.example()}"
            )
        parts = date_parts(moments)
        columns = [self.scalings[number].apply(parts[:, number]) for number in self.varying]
        return np.stack(columns, axis=1) if columns else np.zeros((len(parts), 0), np.float32)

    def example(self) -> str:
        """A date of this form."""
        return datetime(2024, 12, 31, 23, 59).strftime(self.form.replace("%.f", ""))

    def describe(self) -> str:
        """What is done to it, in words."""
        return "year, month, weekday and day"


Column = NumberColumn | CategoryColumn | DateColumn


def column_to_dict(column: Column) -> dict[str, Any]:
    """As plain data, for a model file."""
    return {"kind": column.kind} | asdict(column)


def column_from_dict(content: dict[str, Any]) -> Column:
    """The inverse of `column_to_dict`. Raises KeyError, TypeError or ValueError for anything that it cannot give."""
    match content:
        case {"kind": "number", "name": name, "scaling": scaling, "can_miss": can_miss, **rest} if not rest:
            return NumberColumn(name, Scaling(**scaling), can_miss)
        case {"kind": "category", "name": name, "levels": levels, **rest} if not rest:
            return CategoryColumn(name, tuple(levels))
        case {"kind": "date", "name": name, "form": form, "scalings": scalings, **rest} if not rest:
            return DateColumn(name, form, tuple(Scaling(**scaling) for scaling in scalings))
    raise ValueError("no column of a table")


def check_name(text: Any) -> None:
    """Raise TypeError or ValueError for anything but a text of a sensible length."""
    if not isinstance(text, str):
        raise TypeError("a name or level is a text")
    if len(text) > MAX_TEXT:
        raise ValueError(f"a name or level has at most {MAX_TEXT:,} characters")
