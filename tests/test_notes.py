"""The notes, line by line: both pages answer every line of the notes, and lead to theory, code and picture."""

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from gradus.figures import FIGURES

ROOT = Path(__file__).parents[1]
NOTES = ROOT.parent / "shared" / "notes" / "deep-learning-theory.zh.txt"  # beside the project, and no part of it
PAGES = {"docs/notes.md": r"Lines? ([\d, -]+)\.", "docs/zh/notes.md": r"第 ([\d、–]+) 行"}

# A line says something if it is not blank. Headings do: they name a subject. So do labels such as "derivative:" whose
# formula is missing from the text: the pages put it back.
LINES = """1 3-6 8 10-12 15 17-18 20 23 27-31 33 36-37 39-44 46-49 52 55-59 62 64 66-71 74 77-81 83-86 88-90 92-93 95-96
    98-103 105-107 109-111 113-114 116-122 124-125 128-129 131-132 134-135 137-141 143-149 151 153 156-162 164-166 168
    170-173 175-180 182-183 185 187 191-198"""

# The first words of an answer, in both languages.
VERDICTS = {
    "True.": "对。",
    "True, up to a point.": "对，但要补充。",
    "Not quite.": "要更正。",
    "Restored.": "补全。",
    "Answered.": "回答。",
    "Sources.": "出处。",
}

every_page = pytest.mark.parametrize("page", PAGES)


class Entry(NamedTuple):
    """One entry of a page: its lines of the notes, its verdict, and where its last line, the arrow, leads."""

    lines: tuple[int, ...]
    verdict: str
    theory: list[str]
    code: list[tuple[str, str]]
    figures: list[str]


def numbers(text: str) -> tuple[int, ...]:
    """The numbers of ranges such as "1, 3-6"."""
    ranges = [(int(first), int(last or first)) for first, last in re.findall(r"(\d+)(?:[-–](\d+))?", text)]
    return tuple(n for first, last in ranges for n in range(first, last + 1))


def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def entries(page: str) -> list[Entry]:
    _, *parts = re.split(rf"^\*\*{PAGES[page]}\*\* ", read(page), flags=re.MULTILINE)
    return [entry(lines, text) for lines, text in zip(parts[::2], parts[1::2], strict=True)]


def entry(lines: str, text: str) -> Entry:
    paragraphs = text.split("\n\n")
    (arrow,) = [paragraph for paragraph in paragraphs if paragraph.startswith("→ ")]
    verdict = re.match(r"\*\*([^*]+)\*\* ", paragraphs[1])
    assert verdict, f"no verdict at lines {lines}"
    theory = re.findall(r"\]\(theory/(\w\.md#[\w-]+)\)", arrow)
    code = re.findall(r"\[`([\w.]+)`\]\((?:\.\./)+([\w/]+\.py)\)", arrow)
    return Entry(numbers(lines), verdict[1], theory, code, re.findall(r"`gradus figure ([a-z-]+)", arrow))


def definitions(body: list[ast.stmt], prefix: str = "") -> set[str]:
    """The names that a module or a class defines, those inside a class with the class before them."""
    found = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(prefix + node.name)
        if isinstance(node, ast.ClassDef):
            found |= definitions(node.body, f"{prefix}{node.name}.")
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        found |= {prefix + target.id for target in targets if isinstance(target, ast.Name)}
    return found


# ---- lines ------------------------------------------------------------------------------------------------------


@every_page
def test_every_line_that_says_something_is_answered(page: str):
    answered = {n for entry in entries(page) for n in entry.lines}
    assert answered == set(numbers(LINES))


@every_page
def test_entries_are_in_the_order_of_the_notes(page: str):
    """A line with several statements has several entries, one after the other."""
    first_lines = [entry.lines[0] for entry in entries(page)]
    assert first_lines == sorted(first_lines)


def test_the_list_of_lines_is_that_of_the_notes():
    if not NOTES.exists():
        pytest.skip("the notes are not on this machine")
    lines = NOTES.read_text(encoding="utf-8").splitlines()
    assert numbers(LINES) == tuple(n for n, line in enumerate(lines, 1) if line.strip())


def test_both_pages_have_the_same_entries():
    english, chinese = map(entries, PAGES)
    assert [entry._replace(verdict=VERDICTS[entry.verdict]) for entry in english] == chinese


@every_page
def test_the_index_lists_every_subject_with_its_lines(page: str):
    rows = re.findall(r"^\| (\S+) \| \[(.+)\]\(#([\w-]+)\) \|$", read(page), re.MULTILINE)
    subjects = re.split(r'^## <a id="([\w-]+)"></a>(.*)$', read(page), flags=re.MULTILINE)
    listed = []
    for anchor, title, text in zip(subjects[1::3], subjects[2::3], subjects[3::3], strict=True):
        lines = [n for found in re.findall(rf"^\*\*{PAGES[page]}\*\* ", text, re.MULTILINE) for n in numbers(found)]
        listed.append((min(lines), max(lines), title, anchor))
    assert [(numbers(row[0])[0], numbers(row[0])[-1], row[1], row[2]) for row in rows] == listed


# ---- where an entry leads ---------------------------------------------------------------------------------------


@every_page
def test_every_entry_leads_to_theory_and_code(page: str):
    assert [entry.lines for entry in entries(page) if not (entry.theory and entry.code)] == []


@every_page
def test_every_entry_shows_a_picture_where_there_is_one(page: str):
    """The first part that an entry names is its subject: one of that part's figures, if it has any, is in the entry."""
    for entry in entries(page):
        part = re.split("[#-]", entry.theory[0])[1]
        figures = {name for name in FIGURES if FIGURES[name].theory == part}
        assert not figures or figures & {*entry.figures}, f"{page}, lines {entry.lines}: show one of {figures}"
        assert {*entry.figures} <= {*FIGURES}, f"{page}, lines {entry.lines}"


@every_page
def test_links_lead_somewhere(page: str):
    for text, link in re.findall(r"\[([^\]]*)\]\(([^)\s]+)\)", read(page)):
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), f"{page} links to {link}"
        if anchor:
            assert f'<a id="{anchor}"></a>' in target.read_text(encoding="utf-8"), f"{page} links to {link}"
        if target.suffix == ".py":
            defined = definitions(ast.parse(target.read_text(encoding="utf-8")).body)
            assert text.strip("`") in defined, f"{page}: {link} does not define {text}"
