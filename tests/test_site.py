"""The site: both languages build without a warning, every link leads somewhere, and no other host is asked."""

import re
import subprocess
import sys
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import unquote, urlsplit

import click
import pytest
from browser import in_a_browser, shown

import gradus
from gradus.cli import gradus as command_line

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
NEEDED = ("sphinx", "myst_parser", "pydata_sphinx_theme", "sphinx_click", "sphinx-mathjax-offline")  # the extra `docs`

pytestmark = pytest.mark.timeout(900)  # the first test waits for the site

LOADING = {"audio", "embed", "iframe", "img", "input", "link", "object", "script", "source", "track", "video"}


# ---- the sources --------------------------------------------------------------------------------------------------


def pages_in(folder: Path) -> set[str]:
    paths = (path.relative_to(folder) for path in folder.rglob("*.md"))
    return {path.with_suffix("").as_posix() for path in paths if path.parts[0] != "zh"}


def test_every_page_is_there_in_both_languages() -> None:
    assert pages_in(DOCS) == pages_in(DOCS / "zh")


@pytest.mark.parametrize("folder", [DOCS, DOCS / "zh"], ids=["en", "zh"])
def test_every_group_of_public_names_has_a_page(folder: Path) -> None:
    stub = Path(gradus.__file__).with_suffix(".pyi").read_text(encoding="utf-8")
    groups = re.findall(r"^# (.+)\nfrom ", stub, re.MULTILINE)
    pages = [path.read_text(encoding="utf-8") for path in (folder / "api").glob("*.md")]
    assert sorted(re.findall(r"\{public-names\} (.+)$", "\n".join(pages), re.MULTILINE)) == sorted(groups)


def test_the_lines_of_code_on_the_first_page_are_in_the_files_beside_them() -> None:
    rows = re.findall(r"^\| BP\d \|.*$", (DOCS / "index.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) == 4
    for row in rows:
        code = row.split(" | ")[2]
        link = re.compile(r"\[`[^`]+`\]\((.+?)\)")
        text = "".join((DOCS / path).read_text(encoding="utf-8") for path in link.findall(code))
        lines = re.findall(r"`([^`]+)`", link.sub("", code))
        assert lines
        for line in lines:
            assert line in text, line


# ---- the site -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site of both languages."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        pytest.skip(f"without {', '.join(missing)}; pip install -e '.[docs]'")
    folder = tmp_path_factory.mktemp("site") / "site"
    command = [sys.executable, str(DOCS / "build.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-5000:]
    assert not done.stderr
    return folder


class Page(HTMLParser):
    """The identifiers of a page, its links, and what a browser loads to show it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids[given["id"]] += 1
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in LOADING:
            self.loads += [given[name] for name in ("src", "href", "data", "srcset") if name in given]
        self.loads += re.findall(r"url\(([^)]*)\)", given.get("style", ""))


page_at = cache(Page)


def html_pages(site: Path) -> list[Path]:
    return sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)


@pytest.mark.slow
def test_links_and_anchors_lead_somewhere(site: Path) -> None:
    broken = []
    for path in html_pages(site):
        for link in {*page_at(path).links, *page_at(path).loads}:
            url = urlsplit(link)
            if url.scheme or url.netloc:
                continue
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            if not target.is_file() or (url.fragment and unquote(url.fragment) not in page_at(target).ids):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert not broken


@pytest.mark.slow
def test_identifiers_are_unique(site: Path) -> None:
    for path in html_pages(site):
        assert not [name for name, number in page_at(path).ids.items() if number > 1], path


@pytest.mark.slow
def test_nothing_is_loaded_from_another_host(site: Path) -> None:
    """Pages may link elsewhere; what a browser loads by itself comes from the folder of the site."""
    for path in html_pages(site):
        for address in page_at(path).loads:
            assert not urlsplit(address).netloc, f"{path}: {address}"
            assert urlsplit(address).scheme in ("", "data"), f"{path}: {address}"
    for path in site.rglob("*.css"):
        for address in re.findall(r"""url\(["']?([^)"']*)|@import\s+["']([^"']*)""", path.read_text(encoding="utf-8")):
            assert not urlsplit("".join(address)).netloc, f"{path}: {address}"


@pytest.mark.slow
@pytest.mark.parametrize(("here", "there"), [("", "zh"), ("zh", "")])
def test_the_switch_leads_to_the_same_page_in_the_other_language(site: Path, here: str, there: str) -> None:
    for name in pages_in(DOCS / here):
        path = site / here / f"{name}.html"
        text = path.read_text(encoding="utf-8")
        switches = re.findall(r'class="language-switch ?([^"]*)" href="([^"]+)"', text)
        assert switches, path
        assert {(path.parent / href).resolve() for _, href in switches} == {site / there / f"{name}.html"}
        assert {marks for marks, _ in switches} == {""}


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["", "zh"])
def test_every_command_and_option_is_listed(site: Path, folder: str) -> None:
    text = (site / folder / "commands.html").read_text(encoding="utf-8")
    context = click.Context(command_line)
    for name in command_line.list_commands(context):
        command = command_line.get_command(context, name)
        assert command
        for option in (option for parameter in command.params for option in parameter.opts if option[0] == "-"):
            assert f'id="cmdoption-gradus-{name}-{option.strip("-")}"' in text, f"{name} {option}"
    assert not re.findall(r"\{[a-z_]+(?:\[\w+\])?\}", re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL))


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["", "zh"])
def test_every_public_name_is_documented_with_a_link_to_its_source(site: Path, folder: str) -> None:
    pages = {path: path.read_text(encoding="utf-8") for path in (site / folder / "api").glob("*.html")}
    text = "".join(pages.values())
    rooms = {path.stem for path in Path(gradus.__path__[0]).iterdir()}
    for name in set(gradus.__all__) - rooms:
        assert f'id="gradus.{name}"' in text, name
    assert text.count('class="source-link') > 100


# ---- in a browser -------------------------------------------------------------------------------------------------


@in_a_browser
@pytest.mark.slow
@pytest.mark.parametrize(
    "page", ["index.html", "theory/B.html", "commands.html", "api/layers.html", "zh/theory/B.html"]
)
def test_a_page_is_shown_without_a_network_and_with_a_clean_console(site: Path, tmp_path: Path, page: str) -> None:
    text, console = shown(f"file://{site / page}", tmp_path)
    assert not console
    if "theory" in page:
        assert text.count("<mjx-container") > 100
        assert "<mjx-merror" not in text


@in_a_browser
@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "page"),
    [("search.html?q=saturated", "theory/A"), ("zh/search.html?q=%E5%8F%8D%E5%90%91%E4%BC%A0%E6%92%AD", "theory/C")],
)
def test_search_finds_a_page_without_a_network(site: Path, tmp_path: Path, query: str, page: str) -> None:
    text, console = shown(f"file://{site}/{query}", tmp_path)
    assert not console
    assert re.search(rf'class="search">.*?href="{page}\.html', text)
