"""The directive {public-names} GROUP: the public names of a group of gradus/__init__.pyi, from their docstrings.

A group of that file begins with a comment, such as `# Layers`, and has a line for each name.
"""

import re
from inspect import isclass
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import gradus

STUB = Path(gradus.__file__).with_suffix(".pyi")


def groups() -> dict[str, list[str]]:
    """The public names of each group; those before the first group are the rooms of the package."""
    blocks = re.findall(r"^# (.+)\n((?:from .+\n)+)", STUB.read_text(encoding="utf-8"), re.MULTILINE)
    return {title: re.findall(r" as (\w+)$", lines, re.MULTILINE) for title, lines in blocks}


def entry(name: str) -> str:
    """The directive that documents a name."""
    value = getattr(gradus, name)
    kind = "class" if isclass(value) else "function" if callable(value) else "data"
    return f".. auto{kind}:: gradus.{name}\n"


class PublicNames(SphinxDirective):
    """A table of the names of a group, and then each with its whole docstring."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        if (names := groups().get(self.arguments[0])) is None:
            raise self.error(f"no group {self.arguments[0]!r}; {STUB.name} has {', '.join(groups())}")
        self.env.note_dependency(str(STUB))
        table = ".. autosummary::\n   :nosignatures:\n\n" + "".join(f"   gradus.{name}\n" for name in names)
        # MyST reads Markdown; docstrings are reStructuredText.
        text = "\n".join(["```{eval-rst}", table, *map(entry, names), "```"])
        container = nodes.container()
        self.state.nested_parse(StringList(text.splitlines(), source=str(STUB)), self.content_offset, container)
        return container.children


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("public-names", PublicNames)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
