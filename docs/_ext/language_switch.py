"""The switch on every page that leads to the same page in the other language."""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

MADE_IN_EVERY_LANGUAGE = ("search", "source/")  # by Sphinx and by source_pages.py


def add_switch(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Tell the template where the page is in the other language, or where the start is if it is not there."""
    switch = app.config.language_switch
    has_counterpart = (
        page.startswith(MADE_IN_EVERY_LANGUAGE) or (Path(app.srcdir) / switch["folder"] / f"{page}.md").exists()
    )
    to_root = "../" * page.count("/")
    context["other_language"] = {
        **switch,
        "has_counterpart": has_counterpart,
        "url": f"{to_root}{switch['folder']}/{page if has_counterpart else 'index'}.html",
    }


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("language_switch", {}, "html", dict)
    app.connect("html-page-context", add_switch)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
