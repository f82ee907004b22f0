"""Sphinx's settings for the site in English; zh/conf.py has those that differ in Chinese. `build.py` builds both."""

import sys
from importlib.util import find_spec
from pathlib import Path
from shutil import copytree

import click
from sphinx.application import Sphinx

import gradus
from gradus.cli import gradus as command_line

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "_ext"))

project = "Gradus"
author = "The Gradus authors"
copyright = f"{author}, under the MIT licence"
release = version = gradus.__version__
language = "en"
exclude_patterns = ["zh", "_build"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "sphinx.ext.mathjax",
    "sphinx_click",
    "anchors",
    "chinese_lines",
    "chinese_search",
    "inline_math",
    "language_switch",
    "plain_docstrings",
    "public_names",
    "source_pages",
]

# ---- pages: plain Markdown, as code hosts show it ------------------------------------------------------------------

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
smartquotes = False  # "--resume" is an option, not a dash
language_switch = {"name": "中文", "code": "zh-CN", "folder": "zh"}

# ---- docstrings ----------------------------------------------------------------------------------------------------

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints = "none"  # docstrings give types and shapes
autosummary_generate = False
toc_object_entries_show_parents = "hide"
napoleon_numpy_docstring = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Attributes", "params_style")]
default_role = "code"

# ---- equations: MathJax from a package, so that no page asks another host ------------------------------------------

MATHJAX = Path(find_spec("sphinx-mathjax-offline").submodule_search_locations[0]) / "static" / "mathjax"
mathjax_path = "mathjax/tex-chtml.js"
mathjax3_config = {
    "options": {"enableMenu": False},  # the menu would load parts that are not copied
    "chtml": {"matchFontHeight": False, "scale": 1.08},
}

# ---- the theme -----------------------------------------------------------------------------------------------------

html_theme = "pydata_sphinx_theme"
html_title = "Gradus"
html_favicon = str(DOCS / "_static" / "gradus.svg")
html_static_path = [str(DOCS / "_static")]
templates_path = [str(DOCS / "_templates")]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_context = {"default_mode": "auto"}  # light or dark, as the reader's system
html_show_sourcelink = False
html_use_index = False
html_domain_indices = False
html_copy_source = False
html_sidebars = {"**": ["contents.html"]}
html_theme_options = {
    "logo": {"image_light": "_static/gradus.svg", "image_dark": "_static/gradus.svg", "text": "Gradus"},
    "navbar_center": [],
    "navbar_persistent": ["language-switch", "search-button"],
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
}


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", fill_help_texts)
    app.connect("build-finished", copy_mathjax)


def fill_help_texts(app: Sphinx) -> None:
    """Fill the names in braces of every help text, as showing the help does."""
    context = click.Context(command_line)
    for name in command_line.list_commands(context):
        command = command_line.get_command(context, name)
        command.get_help(click.Context(command, info_name=name, parent=context))


def copy_mathjax(app: Sphinx, error: Exception | None) -> None:
    """Copy the two parts of MathJax that the pages load: the program and its fonts."""
    if error is None:
        folder, fonts = Path(app.outdir) / "_static" / "mathjax", Path("output") / "chtml" / "fonts" / "woff-v2"
        copytree(MATHJAX / fonts, folder / fonts, dirs_exist_ok=True)
        (folder / "tex-chtml.js").write_bytes((MATHJAX / "tex-chtml.js").read_bytes())
