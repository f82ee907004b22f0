"""Links to files of the repository lead to pages of the site that show them, coloured and with numbered lines.

On a code host, `[`Dense.backward`](../gradus/layers/dense.py)` opens the file. On the site it opens the file's page at
the definition that the text of the link names; a text in code that names none is an error. Every entry of the API
leads to its source likewise. The pages are those of all modules of the package, and of the other files that some page
links to, in either language.
"""

import ast
import html
import inspect
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from docutils import nodes
from pygments.lexers import get_lexer_for_filename
from pygments.util import ClassNotFound
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

DOCS = Path(__file__).parents[1]
ROOT = DOCS.parent
LINK = re.compile(r"\]\(([^)#\s]+)")
PICTURES = {".gif", ".jpg", ".png", ".svg", ".webp"}

logger = logging.getLogger(__name__)


@cache
def shown_files() -> frozenset[Path]:
    """The files that have a page."""
    pages = [page for page in DOCS.rglob("*.md") if "_build" not in page.parts]
    links = {(page.parent / link).resolve() for page in pages for link in LINK.findall(page.read_text("utf-8"))}
    others = {path for path in links if path.is_file() and path.is_relative_to(ROOT) and path.suffix not in PICTURES}
    return frozenset({*(ROOT / "gradus").rglob("*.py"), *others - set(pages)})


@cache
def definitions(path: Path) -> dict[str, tuple[int, int]]:
    """The first and the last line of everything that a Python file defines, by names such as `Dense.backward`."""
    return dict(walk(ast.parse(path.read_text("utf-8")), "")) if path.suffix == ".py" else {}


def walk(parent: ast.AST, prefix: str) -> Iterator[tuple[str, tuple[int, int]]]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield prefix + node.name, (first, node.end_lineno or first)
            if isinstance(node, ast.ClassDef):
                yield from walk(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                for name in ast.walk(target):
                    if isinstance(name, ast.Name):
                        yield prefix + name.id, (node.lineno, node.end_lineno or node.lineno)


def address(docname: str, path: Path, symbol: str = "") -> str:
    """The page of a file, seen from a page of the site, at a definition."""
    to_root = "../" * docname.count("/")
    return f"{to_root}{page_name(path)}.html" + (f"#{symbol}" if symbol else "")


def page_name(path: Path) -> str:
    return f"source/{path.relative_to(ROOT).as_posix()}"


class LinkToSource(SphinxTransform):
    """Turn links to files, which MyST would offer for download, into links to their pages."""

    default_priority = 500

    def apply(self) -> None:
        page = Path(self.env.doc2path(self.env.docname))
        for node in list(self.document.findall(addnodes.download_reference)):
            path = (page.parent / node["reftarget"]).resolve()
            if path in shown_files():
                link = nodes.reference("", "", *node.children, internal=True)
                link["refuri"] = address(self.env.docname, path, symbol_named(node, path))
                link["classes"].append("source-link")
                node.replace_self(link)


def symbol_named(link: nodes.Element, path: Path) -> str:
    """The definition that the text of a link names; nothing for prose and for a file or folder."""
    text = link.astext()
    code = [child for child in link.findall(nodes.literal) if child.astext() == text]
    if not code or path.suffix != ".py" or "/" in text or text == path.name:
        return ""
    # A method may be named without its class.
    found = [symbol for symbol in definitions(path) if symbol == text or symbol.endswith(f".{text}")]
    if not found:
        logger.warning("%s defines no %s", path.relative_to(ROOT), text, location=link)
    return found[0] if found else ""


def link_entries(app: Sphinx, doctree: nodes.document) -> None:
    """Add a link to its source to every entry of the API."""
    for entry in doctree.findall(addnodes.desc):
        for signature in entry.findall(addnodes.desc_signature) if entry["domain"] == "py" else ():
            if signature.parent is entry and (place := defined(signature["module"], signature["fullname"])):
                link = nodes.reference("", "source", internal=True, classes=["source-link"])
                link["refuri"] = address(app.env.docname, *place)
                signature += link


def defined(module: str, name: str) -> tuple[Path, str] | None:
    """The file and the definition behind a public name, or None for something that no file of ours defines."""
    value: Any = import_module(module)
    for part in name.split("."):
        value = getattr(value, part)
    value = inspect.unwrap(value.fget if isinstance(value, property) else value)
    source, symbol = getattr(value, "__module__", ""), getattr(value, "__qualname__", "")
    path = Path(import_module(source).__file__ or "") if source.startswith("gradus") else None
    return (path, symbol) if path and symbol in definitions(path) else None


def source_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    for path in sorted(shown_files()):
        title = path.relative_to(ROOT).as_posix()
        body = f"<h1><code>{html.escape(title)}</code></h1>\n{highlighted(app, path)}"
        yield page_name(path), {"title": title, "body": body, "parents": []}, "page.html"


def widen(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Leave the sidebar out of a source page."""
    if page.startswith("source/"):
        context["sidebars"] = []


def highlighted(app: Sphinx, path: Path) -> str:
    """The coloured text of a file, with each definition in an element of its own that a link can lead to."""
    try:
        language = get_lexer_for_filename(path.name).aliases[0]
    except ClassNotFound:
        language = "text"
    block = app.builder.highlighter.highlight_block(  # type: ignore[attr-defined]
        path.read_text("utf-8"), language, linenos="inline"
    )
    start, lines = re.split(r"(?<=<pre>)", block, maxsplit=1)
    closing = Counter[int]()
    opening = defaultdict[int, str](str)
    for symbol, (first, last) in definitions(path).items():
        opening[first - 1] += f'<div class="definition" id="{symbol}">'
        closing[last] += 1
    text = ("</div>" * closing[number] + opening[number] + line for number, line in enumerate(lines.split("\n")))
    return f'<div class="source-page">{start}' + "\n".join(text) + "</div>"


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_transform(LinkToSource)
    app.connect("doctree-read", link_entries)
    app.connect("html-collect-pages", source_pages)
    app.connect("html-page-context", widen)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
