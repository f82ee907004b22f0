"""Anchors in HTML, `## <a id="B4"></a>B4. Matched pairs`, for links within the page and from others (`B.md#B4`).

MyST passes HTML on as it is and knows nothing of the anchors in it. Here they become identifiers of the heading, or
of the paragraph, that contains them.
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

ANCHOR = re.compile(r'<a id="([^"]+)">')


class NameAnchors(SphinxTransform):
    """Move the anchors of a page into its document tree."""

    default_priority = 200  # before docutils orders the identifiers of a section

    def apply(self) -> None:
        for node in list(self.document.findall(nodes.raw)):
            if match := ANCHOR.fullmatch(node.astext()):
                holder = node.parent.parent if isinstance(node.parent, nodes.title) else node.parent
                self.name(holder, match[1])
                closing = node.parent[node.parent.index(node) + 1]
                node.parent.remove(closing)
                node.parent.remove(node)

    def name(self, holder: nodes.Element, anchor: str) -> None:
        if self.document.ids.get(anchor, holder) is not holder:
            self.document.reporter.error(f"the anchor {anchor} appears twice", base_node=holder)
        if anchor not in holder["ids"]:  # a heading may have it on its own
            holder["ids"].insert(0, anchor)
        self.document.ids[anchor] = holder
        self.document.nameids[anchor] = anchor
        self.document.nametypes[anchor] = True  # explicit: it wins over what a heading is called by itself


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(NameAnchors)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
