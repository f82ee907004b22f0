"""The page that shows all figures of a folder."""

import json
from html import escape
from pathlib import Path

from gradus.errors import DataError
from gradus.figures import FIGURES
from gradus.figures.catalogue import common
from gradus.figures.production import Account
from gradus.files.atomic import write_atomically

__all__ = ["write_page"]

STYLE = """
body { margin: 0 auto; max-width: 60rem; padding: 1rem; font: 1rem/1.6 system-ui, sans-serif; color: #222; }
nav ol { columns: 18rem; }
section { border-top: 1px solid #ccc; margin-top: 2.5rem; }
img { max-width: 100%; height: auto; }
.equation { font-family: Cambria, Georgia, serif; font-size: 1.1rem; overflow-x: auto; }
.small { color: #666; font-size: 0.85rem; }
"""


def write_page(folder: Path, language: str) -> Path:
    """Write index.html with every figure that was drawn into the folder, in the order of the theory."""
    accounts = [read(folder / f"{name}.json") for name in FIGURES if (folder / f"{name}.json").exists()]
    words = common(language)
    links = "\n".join(
        f'<li><a href="#{one.name}">{escape(one.title)}</a> ({escape(one.theory)})</li>' for one in accounts
    )
    sections = "\n".join(section(one) for one in accounts)
    page = f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gradus: {words["page"]}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{words["page"]}</h1>
<nav><ol>
{links}
</ol></nav>
{sections}
</body>
</html>
"""
    write_atomically(folder / "index.html", page.encode())
    return folder / "index.html"


def section(one: Account) -> str:
    """What the page says of one figure, in the language it was drawn in."""
    words = common(one.language)
    pictures = "\n".join(
        f'<p><img src="{escape(one.files[kind])}" alt="{escape(one.title)}" loading="lazy"></p>'
        for kind in ("svg", "gif")
        if kind in one.files
    )
    links = " · ".join(f'<a href="{escape(file)}">{kind.upper()}</a>' for kind, file in one.files.items())
    return f"""<section id="{escape(one.name)}" lang="{escape(one.language)}">
<h2>{escape(one.title)}</h2>
<p><em>{escape(one.question)}</em></p>
{pictures}
<p>{escape(one.shows)}</p>
<p class="equation">{escape(one.equation)}</p>
<p class="small">{words["source"]}: {escape(one.source)}; {escape(one.theory)} ·
{words["seconds"].format(seconds=one.seconds)} · {links}</p>
</section>"""


def read(path: Path) -> Account:
    """The account of a figure. Raises DataError where the file is not one."""
    try:
        return Account(**json.loads(path.read_bytes()))
    except (ValueError, TypeError):
        raise DataError(f"{path}: not the account of a figure; remove it, or draw the figure again") from None
