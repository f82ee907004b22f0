"""Dates in columns of text."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import polars

__all__ = ["DATE_FORMATS", "PARTS", "date_format", "date_parts", "parse_dates"]

# In the order in which they are tried: where days and months cannot be told apart, the month comes first.
DATE_FORMATS = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.fZ",
    "%Y-%m-%dT%H:%M", "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%d.%m.%Y", "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M", "%m/%d/%Y", "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%d/%m/%Y", "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M", "%d-%m-%Y", "%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y",
    "%Y年%m月%d日",
)  # fmt: skip
PARTS = ("year", "month", "weekday", "day number")


def date_format(series: "polars.Series") -> str | None:
    """The format that all values of a column of texts have; None if there is none."""
    values = series.drop_nulls().unique()
    if not len(values) or not values.str.contains(r"\d").all():
        return None
    head = values.head(20)
    for form in DATE_FORMATS:
        if parse_dates(head, form).null_count() == 0 and parse_dates(values, form).null_count() == 0:
            return form
    return None


def parse_dates(series: "polars.Series", form: str) -> "polars.Series":
    """The moments of a column of texts; null for a text of another form."""
    import polars

    if "%H" in form:
        return series.str.to_datetime(form, strict=False, time_unit="us")
    return series.str.to_date(form, strict=False).cast(polars.Datetime("us"))


def date_parts(moments: "polars.Series") -> np.ndarray:
    """Year, month, weekday (Monday is 1) and the days since 1970, (n, 4); NaN where a date is missing."""
    import polars

    columns = [moments.dt.year(), moments.dt.month(), moments.dt.weekday(), moments.dt.epoch("us") / 86_400e6]
    return np.stack([s.cast(polars.Float64).fill_null(float("nan")).to_numpy() for s in columns], axis=1)
