"""Docstrings are plain text with code between backticks; autodoc takes them for reStructuredText.

Here the marks that would mean something there lose their meaning: `*` (as in a*), `|` (as in |w|) and the backslash.
Indented lines outside of a section (`Args:` and the like), such as equations, keep their lines. The fields of a
NamedTuple are left to the text above them, as Python describes each as an alias for a number.
"""

import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

SECTION = re.compile(r"\w+:$")
CODE = re.compile(r"(`[^`]*`)")


def as_restructuredtext(lines: list[str]) -> list[str]:
    """The docstring in reStructuredText; sections are left to napoleon."""
    converted, in_section, in_block = [], False, False
    for line in lines:
        if line and not line[0].isspace():
            in_section, in_block = bool(SECTION.match(line)), False
        elif line and not in_section and not in_block and (not converted or not converted[-1]):
            in_block = True
            converted += ["::", ""]
        converted.append(line if in_block else escaped(line))
    return converted


def escaped(line: str) -> str:
    """The line with its marks taken literally, but for what stands between backticks."""
    parts = CODE.split(line)
    return "".join(part if CODE.match(part) else re.sub(r"[*|\\]", r"\\\g<0>", part) for part in parts)


def convert(app: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    lines[:] = as_restructuredtext(lines)


def should_skip(app: Sphinx, what: str, name: str, value: Any, skip: bool, options: Any) -> bool | None:
    return True if (getattr(value, "__doc__", None) or "").startswith("Alias for field number") else None


def set_dashes(app: Sphinx, doctree: nodes.document) -> None:
    """Put a dash between a parameter and its description, where Sphinx leaves two hyphens."""
    for entry in doctree.findall(addnodes.desc_content):
        for text in list(entry.findall(nodes.Text)):
            if text == " -- ":
                text.parent.replace(text, nodes.Text(" – "))


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", convert, priority=400)  # before napoleon, at 500
    app.connect("autodoc-skip-member", should_skip)
    app.connect("doctree-read", set_dashes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
