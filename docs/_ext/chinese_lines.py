"""Chinese has no spaces between characters: the end of a line in the source must not become one on the page.

Code hosts need a space before the `$` of an equation; after a Chinese comma or full stop, the page does not.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

WIDE = "\u2018-\u201d\u2026\u3000-\u303f\u4e00-\u9fff\uff00-\uffef"  # characters, and marks as wide as they are
MARK = "\u3000-\u303f\uff00-\uffef"
GAP = re.compile(rf"(?<=[{WIDE}])\n(?=[{WIDE}])|(?<=[\u2018\u201c{MARK}])[ \n]+|[ \n]+(?=[\u2019\u201d{MARK}])")


class JoinLines(SphinxTransform):
    """Take out the spaces that only the source needs."""

    default_priority = 800  # after everything that moves text

    def apply(self) -> None:
        if self.config.language.startswith("zh"):
            for parent in self.document.findall(nodes.TextElement):
                if not isinstance(parent, nodes.literal | nodes.FixedTextElement | nodes.math):
                    join(parent)


def join(parent: nodes.TextElement) -> None:
    """Each piece of text without the gaps in it, and without those at its ends that its neighbours show to be such."""
    around = ["", *(child.astext() for child in parent.children), ""]
    for number, child in enumerate(parent.children):
        if isinstance(child, nodes.Text):
            before, after = around[number][-1:], around[number + 2][:1]
            text = GAP.sub("", before + child.astext() + after)
            parent[number] = nodes.Text(text.removeprefix(before).removesuffix(after))


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(JoinLines)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
