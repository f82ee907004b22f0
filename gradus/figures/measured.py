"""What an experiment gave."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["Measured"]


class Measured(NamedTuple):
    """The outcome of a figure's experiment.

    table: what is written beside the picture as CSV: columns of one length, by name.
    numbers: what the sentences quote, by the names in their braces.
    claim: whether what the sentences say was seen in this very run; the page says so where it was not.
    says: which sentences of the catalogue, in their order.
    drawn: what else the picture needs.
    """

    table: Mapping[str, Sequence[Any]]
    numbers: Mapping[str, Any]
    claim: bool
    says: tuple[str, ...] = ("shows",)
    drawn: Any = None
