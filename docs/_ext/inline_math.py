"""An equation in a line stays together with the marks around it: no line begins with the comma after an equation.

MathJax draws an equation as one block, beside which a browser may break the line.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

OPENING = re.compile(r"[(\[\"'“‘（【《]+$")
CLOSING = re.compile(r"^[)\]\"'.,;:!?%”’、。，；：！？）】》]+")


class KeepMarks(SphinxTransform):
    """Put every equation and the marks that touch it into an element that is not broken."""

    default_priority = 810  # after the text is as it will be shown

    def apply(self) -> None:
        for equation in list(self.document.findall(nodes.math)):
            together = nodes.inline(classes=["together"])
            index = equation.parent.index(equation)
            opening = cut(equation.parent, index - 1, OPENING)
            closing = cut(equation.parent, index + 1, CLOSING)
            if opening or closing:
                equation.replace_self(together)
                together += [nodes.Text(opening), equation, nodes.Text(closing)]


def cut(parent: nodes.Element, index: int, marks: re.Pattern[str]) -> str:
    """The marks at that end of a neighbouring text, taken out of it."""
    text = parent[index] if 0 <= index < len(parent) else None
    found = marks.search(text) if isinstance(text, nodes.Text) else None
    if found is None:
        return ""
    parent[index] = nodes.Text(marks.sub("", text))
    return found[0]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(KeepMarks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
