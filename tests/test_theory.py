"""The textbook: every part of the theory has its place in both languages, and the code and the pages point there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = {"A": 6, "B": 5, "C": 4, "D": 9, "E": 7, "F": 4, "G": 3}  # the parts of each chapter
FOLDERS = {"en": ROOT / "docs" / "theory", "zh": ROOT / "docs" / "zh" / "theory"}
CHAPTERS = {f"{language}-{chapter}": FOLDERS[language] / f"{chapter}.md" for language in FOLDERS for chapter in PARTS}
ANCHOR = re.compile(r'<a id="([^"]+)"></a>')

every_chapter = pytest.mark.parametrize("page", CHAPTERS.values(), ids=CHAPTERS)


@every_chapter
def test_a_chapter_has_all_its_parts_in_order(page: Path) -> None:
    headings = re.findall(r"^## (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    parts = [heading for heading in headings if ANCHOR.match(heading)]
    expected = [f"{page.stem}{number}" for number in range(1, PARTS[page.stem] + 1)]
    assert [ANCHOR.match(heading)[1] for heading in parts] == expected  # type: ignore[index]
    assert all(ANCHOR.sub("", heading).startswith(f"{part}. ") for heading, part in zip(parts, expected, strict=True))


@every_chapter
def test_every_exercise_has_its_solution(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    exercises, solutions = re.split(r"^## (?:Exercises|习题)\n", text, flags=re.MULTILINE)[1].split("\n## ")
    numbers = [re.findall(rf"^\*\*{page.stem}-(\d+)", part, re.MULTILINE) for part in (exercises, solutions)]
    assert numbers[0] == numbers[1] == [str(number) for number in range(1, len(numbers[0]) + 1)]
    assert len(numbers[0]) >= 6


def test_both_languages_have_the_same_anchors() -> None:
    for chapter in PARTS:
        english, chinese = (
            set(ANCHOR.findall((folder / f"{chapter}.md").read_text(encoding="utf-8"))) for folder in FOLDERS.values()
        )
        parts = {f"{chapter}{number}" for number in range(1, PARTS[chapter] + 1)}
        assert parts <= english & chinese


def test_every_part_that_code_and_figures_name_exists() -> None:
    known = {*PARTS, *(f"{chapter}{number}" for chapter, count in PARTS.items() for number in range(1, count + 1))}
    files = [path for folder in ("gradus", "tests", "examples", "bench") for path in (ROOT / folder).rglob("*.py")]
    for path in files:
        for names in re.findall(r"\btheory ([A-H]\d?(?:(?:, | and )[A-H]\d?)*)", path.read_text(encoding="utf-8")):
            assert set(re.split(", | and ", names)) <= known, f"{path.name}: theory {names}"
    for path in (ROOT / "gradus" / "figures" / "texts").glob("*.toml"):
        for part in re.findall(r'^theory = "(.*)"$', path.read_text(encoding="utf-8"), re.MULTILINE):
            assert part in known, path.name


@every_chapter
def test_links_to_code_name_a_symbol_of_the_file(page: Path) -> None:
    links = re.findall(r"\[`([\w.]+)`\]\(([\w./]+\.py)\)", page.read_text(encoding="utf-8"))
    assert links
    for symbol, target in links:
        tree = ast.parse((page.parent / target).read_text(encoding="utf-8"))
        if not symbol.endswith(".py"):
            assert symbol in symbols(tree), f"{page.name}: {symbol} is not in {target}"


def symbols(tree: ast.Module) -> set[str]:
    """The names that a file defines; methods and fields also with their class."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            inner = [one for one in node.body if isinstance(one, ast.FunctionDef | ast.AnnAssign)]
            names = [one.name if isinstance(one, ast.FunctionDef) else ast.unparse(one.target) for one in inner]
            found |= {f"{node.name}.{name}" for name in names}
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found
