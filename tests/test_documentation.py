"""What the documentation shows runs as it stands."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "README.zh-CN.md", "docs/layers.md", "docs/uneven.md", "docs/augmentation.md", "docs/training.md"]


@pytest.mark.parametrize("page", PAGES)
def test_the_python_of_a_page_runs(page: str, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    names: dict = {}
    for block in blocks:
        exec(block.replace("epochs=10", "epochs=1"), names)


def test_both_languages_say_the_same():
    """The same code, tables of the same length, and links to the same places."""
    english, chinese = ((ROOT / page).read_text(encoding="utf-8") for page in PAGES[:2])
    for pattern in (r"```python\n(.*?)```", r"\]\((?!README)([^)]+)\)"):
        assert re.findall(pattern, english, re.DOTALL) == re.findall(pattern, chinese, re.DOTALL)
    for mark in ("\n## ", "\n| ", "\n```"):
        assert english.count(mark) == chinese.count(mark)


def test_links_lead_somewhere():
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"
