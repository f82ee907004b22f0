"""The page that shows all figures of a folder."""

from html import escape
from pathlib import Path

from gradus.figures.catalogue import FIGURES, common_texts
from gradus.figures.record import FigureRecord, read_record
from gradus.files import write_atomically

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
    """Write index.html with all figures in a folder, in the order of the theory.

    Args:
        folder: where `run_figure` has written.
        language: of the headings, "en" or "zh"; each figure keeps its own.

    Returns:
        The path of the page.

    Raises:
        DataError: if the record of a figure is damaged.
    """
    records = [read_record(path) for name in FIGURES if (path := folder / f"{name}.json").exists()]
    title = common_texts(language)["page"]
    links = "\n".join(
        f'<li><a href="#{one.name}">{escape(one.title)}</a> ({escape(one.theory)})</li>' for one in records
    )
    sections = "\n".join(map(section, records))
    page = f"""<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gradus: {title}</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{title}</h1>
<nav><ol>
{links}
</ol></nav>
{sections}
</body>
</html>
"""
    write_atomically(folder / "index.html", page.encode())
    return folder / "index.html"


def section(record: FigureRecord) -> str:
    """The part of the page about one figure."""
    words = common_texts(record.language)
    pictures = "\n".join(
        f'<p><img src="{escape(record.files[kind])}" alt="{escape(record.title)}" loading="lazy"></p>'
        for kind in ("svg", "gif")
        if kind in record.files
    )
    links = " · ".join(f'<a href="{escape(file)}">{kind.upper()}</a>' for kind, file in record.files.items())
    return f"""<section id="{escape(record.name)}" lang="{escape(record.language)}">
<h2>{escape(record.title)}</h2>
<p><em>{escape(record.question)}</em></p>
{pictures}
<p>{escape(record.shows)}</p>
<p class="equation">{escape(record.equation)}</p>
<p class="small">{words["source"]}: {escape(record.source)}; {escape(record.theory)} ·
{words["seconds"].format(seconds=record.seconds)} · {links}</p>
</section>"""
