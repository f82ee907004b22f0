"""The formats that a worked step can be written in."""

from collections.abc import Callable
from typing import NamedTuple

from gradus.registry import Registry
from gradus.worksheets.html import write_html
from gradus.worksheets.latex import write_latex
from gradus.worksheets.markdown import write_markdown
from gradus.worksheets.page import Page
from gradus.worksheets.text import write_text

__all__ = ["FORMATS", "Format", "write_page"]


class Format(NamedTuple):
    """write: (page, is_exercise, width) -> text.  suffix: of its files."""

    write: Callable[[Page, bool, int], str]
    suffix: str


FORMATS: Registry[Format] = Registry(
    "format",
    {
        "text": Format(write_text, ".txt"),
        "markdown": Format(lambda page, is_exercise, width: write_markdown(page, is_exercise), ".md"),
        "latex": Format(lambda page, is_exercise, width: write_latex(page, is_exercise), ".tex"),
        "html": Format(lambda page, is_exercise, width: write_html(page, is_exercise), ".html"),
    },
)


def write_page(page: Page, format: str = "text", is_exercise: bool = False, width: int = 100) -> str:
    """A worked step in a format.

    Args:
        format: one of FORMATS.
        is_exercise: leave the results blank.
        width: of a line of text, in characters.

    Raises:
        SettingError: for an unknown format.
    """
    return FORMATS.find(format).write(page, is_exercise, width)
