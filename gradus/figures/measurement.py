"""What a figure's module offers: `measure` runs the experiment, `draw` makes its picture."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from gradus.figures.sources import Sources

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FigureModule", "Measurement"]


class Measurement(NamedTuple):
    """The outcome of a figure's experiment.

    Args:
        table: the numbers behind the picture, for its CSV file: columns of equal length, by name.
        numbers: the numbers that the sentences quote, by the names of their placeholders.
        claim_holds: whether this run shows what the sentences claim; if not, the page says so.
        sentences: the keys of the sentences that describe the outcome, in order.
        plot_data: whatever else the picture needs.
    """

    table: Mapping[str, Sequence[Any] | np.ndarray]
    numbers: Mapping[str, Any]
    claim_holds: bool | np.bool
    sentences: tuple[str, ...] = ("shows",)
    plot_data: Any = None


class FigureModule(Protocol):
    """The module gradus/figures/NAME.py of the figure whose texts are in texts/NAME.toml.

    It may also have a function `animate(measurement, labels) -> bytes`, which gives a moving picture as a GIF.
    """

    def measure(self, sources: Sources, **sizes: Any) -> Measurement:
        """Run the experiment.

        Args:
            sources: data sets, text, and the book's curves.
            sizes: epochs, examples, seeds and the like; all have defaults, tests take less.

        Raises:
            DataError: if the data cannot be had.
        """

    def draw(self, measurement: Measurement, labels: Mapping[str, str]) -> "Figure":
        """Draw the outcome.

        Args:
            labels: the words of the picture in one language: the figure's own and the common ones.
        """
