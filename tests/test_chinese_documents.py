"""Each page of docs/zh says the same as the page of that name in docs: code, sections, tables, names and links."""

import re
from pathlib import Path

import pytest
from test_documentation import FENCE, ROOT

DOCS = ROOT / "docs"
PAGES = [path.name for path in sorted(DOCS.glob("zh/*.md")) if (DOCS / path.name).exists()]
CHINESE = re.compile(r"[\u4e00-\u9fff]")

every_page = pytest.mark.parametrize("page", PAGES)


def both(page: str) -> tuple[str, str]:
    """The English and the Chinese text."""
    english, chinese = ((DOCS / folder / page).read_text(encoding="utf-8") for folder in ("", "zh"))
    return english, chinese


def prose(text: str) -> str:
    return FENCE.sub("", text)


@every_page
def test_code_is_the_same(page: str) -> None:
    """Line by line; only a remark after two or more spaces, such as a comment, may be Chinese."""
    english, chinese = (FENCE.findall(text) for text in both(page))
    assert [language for language, _ in english] == [language for language, _ in chinese]
    for (_, original), (_, code) in zip(english, chinese, strict=True):
        for line, expected in zip(code.splitlines(), original.splitlines(), strict=True):
            assert line == expected or (CHINESE.search(line) and without_remark(line) == without_remark(expected))


def without_remark(line: str) -> str:
    return re.sub(r"(?<=\S) {2,}(?!.*\S {2,}).*$", "", line)


@every_page
def test_sections_are_the_same(page: str) -> None:
    english, chinese = (re.findall(r"^(#+) ", prose(text), re.MULTILINE) for text in both(page))
    assert english == chinese


@every_page
def test_tables_have_the_same_rows_and_numbers(page: str) -> None:
    english, chinese = (tables(text) for text in both(page))
    assert [len(table) for table in english] == [len(table) for table in chinese]
    for original, table in zip(english, chinese, strict=True):
        for row, expected in zip(table, original, strict=True):
            assert len(re.findall(r"(?<!\\)\|", row)) == len(re.findall(r"(?<!\\)\|", expected)), row
            assert numbers(row) == numbers(expected), row


def tables(text: str) -> list[list[str]]:
    """The rows of every table, its heading first."""
    return [table.splitlines() for table in re.findall(r"(?:^\|.*\n)+", prose(text), re.MULTILINE)]


def numbers(row: str) -> list[str]:
    """In order of size as text, because the order of words differs."""
    return sorted(re.findall(r"\d+(?:[.,]\d+)*", row))


@every_page
def test_names_and_commands_are_the_same(page: str) -> None:
    english, chinese = (
        {re.sub(r"\s+", " ", span) for span in re.findall(r"`([^`]+)`", prose(text))} for text in both(page)
    )
    assert english == {span.replace(" --language zh", "") for span in chinese}


@every_page
def test_links_lead_to_the_same_places_and_stay_in_chinese(page: str) -> None:
    english, chinese = both(page)
    destinations = [resolve(DOCS / "zh" / page, link) for link in links(chinese)]
    for target, anchor in destinations:
        assert target.exists(), target
        assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), f"{target.name}#{anchor}"
        assert in_chinese(target) == target, f"there is a Chinese page of {target.name}"
    expected = {in_chinese(resolve(DOCS / page, link)[0]) for link in links(english)}
    assert {target for target, _ in destinations} == expected


def links(text: str) -> list[str]:
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", prose(text)) if not re.match(r"https?:", link)]


def resolve(page: Path, link: str) -> tuple[Path, str]:
    path, _, anchor = link.partition("#")
    return (page.parent / path).resolve() if path else page, anchor


def anchors(text: str) -> set[str]:
    """Those that are written out, and those that follow from headings."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    return {*re.findall(r'<a id="([^"]+)"></a>', text), *slugs}


def in_chinese(target: Path) -> Path:
    """The Chinese file that stands for the target, or the target itself where there is none."""
    if target.is_relative_to(DOCS) and not target.is_relative_to(DOCS / "zh"):
        counterpart = DOCS / "zh" / target.relative_to(DOCS)
        return counterpart if counterpart.exists() else target
    return target
