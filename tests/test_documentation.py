"""The documents are true of the code: links resolve, Python runs, and every name, option and excerpt in them exists."""

import ast
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from itertools import takewhile
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest

import gradus
import gradus.equations
import gradus.images
import gradus.optimizers
from gradus.cli import gradus as command_line

ROOT = Path(__file__).parents[1]
TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
}
ENGLISH, CHINESE = "README.md", "README.zh-CN.md"
# The blocks of these are files of the package; test_extending.py adds them.
EXTENDING = ("docs/extending.md", "docs/zh/extending.md")
WITH_PYTHON = [
    pytest.param(page, marks=[pytest.mark.slow] if page.startswith(("docs/theory/", "docs/zh/")) else [])
    for page, text in TEXTS.items()
    if "```python\n" in text and page not in (CHINESE, *EXTENDING)
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)

every_page = pytest.mark.parametrize("page", TEXTS)


def blocks(page: str, language: str) -> list[str]:
    return [code for name, code in FENCE.findall(TEXTS[page]) if name == language]


def prose(page: str) -> str:
    return FENCE.sub("", TEXTS[page])


def code_spans(page: str) -> list[str]:
    return re.findall(r"`([^`\n]+(?:\n[^`\n]+)?)`", prose(page))


# ---- links ------------------------------------------------------------------------------------------------------


@every_page
def test_links_lead_somewhere(page: str):
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), f"{page} links to {link}"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{page} links to {link}"


def anchors(text: str) -> list[str]:
    """The anchors of a page: those that it names, and those that its headings have on their own."""
    headings = [re.sub(r"<[^>]*>", "", heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)]
    slugs = [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]
    return slugs + re.findall(r'<a id="([^"]+)"></a>', text)


# ---- Python -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", WITH_PYTHON)
def test_the_python_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """All blocks of a page, one after the other, with a short training in place of a long one."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for block in blocks(page, "python"):
        exec(block.replace("epochs=10", "epochs=1"), names)


@pytest.mark.parametrize("page", [page for page in TEXTS if page not in EXTENDING])
def test_python_takes_everything_from_the_package_itself(page: str):
    """No block imports a module inside the package."""
    for block in blocks(page, "python"):
        for node in ast.walk(ast.parse(block)):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in names if name != "gradus" and name.partition(".")[0] == "gradus"]
            assert not isinstance(node, ast.ImportFrom) or node.module != "gradus", "write `import gradus`"


@pytest.mark.parametrize("page", [page for page in TEXTS if page not in EXTENDING])
def test_names_are_public(page: str):
    code = "\n".join([*blocks(page, "python"), *code_spans(page)])
    for path in re.findall(r"(?<![\w/.-])gradus\.([A-Za-z_][\w.]*)", code):
        found: Any = gradus
        for name in path.rstrip(".").split("."):
            assert name in public_names(found), f"{page} names gradus.{path}"
            found = getattr(found, name)


def public_names(owner: Any) -> list[str]:
    """What a document may name of a module or of a class."""
    if owner is gradus:
        return [*gradus.__all__, *(path.stem for path in Path(gradus.__path__[0]).iterdir() if is_room(path))]
    return list(owner.__all__) if isinstance(owner, ModuleType) else dir(owner)


def is_room(path: Path) -> bool:
    """True for a folder of the package, which `import gradus` offers as gradus.NAME."""
    return (path / "__init__.py").exists() and isinstance(import_module(f"gradus.{path.stem}"), ModuleType)


# ---- excerpts, commands and tables ------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [ENGLISH, CHINESE])
def test_excerpts_are_verbatim(page: str):
    sources = [ROOT / "examples" / "chapter1.py", ROOT / "gradus" / "layers" / "dense.py"]
    excerpts = blocks(page, "py")
    assert len(excerpts) == len(sources)
    for excerpt, source in zip(excerpts, sources, strict=True):
        indented = [re.sub(r"^(?=.)", " " * indent, excerpt, flags=re.MULTILINE) for indent in (0, 8)]
        text = source.read_text(encoding="utf-8")
        assert any(code in text for code in indented), f"{page} no longer shows {source.name} as it is"


@every_page
def test_commands_and_options_exist(page: str):
    context = click.Context(command_line)
    for words in gradus_commands(page):
        while words and words[0] in options_of(command_line) | {"-h"}:
            words = words[1:]
        if not words or words[0].isupper():
            continue
        command = command_line.get_command(context, words[0])
        assert command, f"{page}: gradus {words[0]}"
        for option in (word.partition("=")[0] for word in words[1:] if re.match(r"--[a-z]", word)):
            assert option in options_of(command), f"{page}: gradus {words[0]} {option}"


@every_page
def test_options_in_the_text_exist(page: str):
    """An option that stands alone, such as `--epochs`, is one of some command of gradus or of bench."""
    context = click.Context(command_line)
    commands = [command_line.get_command(context, name) for name in command_line.list_commands(context)]
    known = {option for command in (command_line, *commands) if command for option in options_of(command)}
    for span in code_spans(page):
        if option := re.match(r"--[a-z][a-z0-9-]*", span):
            assert option[0] in known, f"{page}: {span}"


def options_of(command: click.Command) -> set[str]:
    return {option for parameter in command.params for option in parameter.opts} | {"--help"}


def gradus_commands(page: str) -> Iterator[list[str]]:
    """The words after `gradus` of every command in the page's shell blocks and code spans."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()] + code_spans(page)
    for line in lines:
        for part in re.split(r"&&|\|\|?", line):
            if re.match(r"\s*gradus [a-zA-Z-]", part):
                yield shlex.split(part, comments=True)[1:]


@pytest.mark.parametrize(
    ("page", "heading", "names"),
    [
        ("docs/training.md", "`--schedule`", lambda: gradus.optimizers.SCHEDULES),
        ("docs/augmentation.md", "word", lambda: gradus.images.TRANSFORMS),
    ],
)
def test_tables_list_every_registered_name(page: str, heading: str, names: Any):
    """In any order, and nothing else; numbers after a name are its settings."""
    rows = re.search(rf"^\| {heading} .*\n\|[-|: ]+\n((?:\|.*\n)+)", TEXTS[page], re.MULTILINE)
    assert rows
    words = [row.split("`")[1] for row in rows[1].splitlines()]
    listed = [word if word in names() else re.sub(r"[\d.]+$", "", word) for word in words]
    assert sorted(listed) == sorted(names())


def test_training_lists_every_optimizer():
    sentence = prose("docs/training.md").partition("`--optimizer` is one of")[2].partition(" (below)")[0]
    named = set(re.findall(r"`([a-z0-9-]+)`", sentence))
    assert named == {*gradus.optimizers.OPTIMIZERS, *gradus.optimizers.SECOND_ORDER}


def test_the_words_for_layers_are_read_and_complete():
    """Every word in the first column of the table makes a network line, and no activation is left out."""
    rows = re.search(r"^\| word \| layer \|\n.*\n((?:\|.*\n)+)", TEXTS["docs/layers.md"], re.MULTILINE)
    assert rows
    words = [word for row in rows[1].splitlines() for word in re.findall(r"`([^`]+)`", row.split("|")[1])]
    for word in words:
        assert gradus.parse(word.replace("...", "dense10")).layers
    assert set(gradus.equations.ACTIVATIONS) <= {*words}


def test_the_map_of_the_code_is_true():
    """The first table lists every room, and every path of a file that is named exists; old paths come after `was`."""
    package, page = Path(gradus.__path__[0]), TEXTS["docs/house.md"]
    rooms, _, moved = page.partition("## Where the files")
    listed = {
        name.rstrip("/")
        for row in re.findall(r"^\| (`.*?) \|", rooms, re.MULTILINE)
        for name in row[1:-1].split("`, `")
    }
    assert listed == {path.name for path in package.iterdir() if path.name[0] != "_" and path.suffix in ("", ".py")}
    for path in re.findall(r"`(\w+/[\w/]+\.py)`", rooms):
        assert (package / path).exists() or (ROOT / path).exists(), path
    for room, contents in re.findall(r"^\| `(\w+)/` \| (.*) \|$", moved, re.MULTILINE):
        for clause in contents.split("; "):
            for name in re.findall(r"`(\w+\.py|\w+/)`", re.split(" was | were ", clause)[0]):
                assert (package / room / name).exists(), f"{room}/{name}"


# ---- languages and names ----------------------------------------------------------------------------------------


def test_both_languages_say_the_same():
    """The same code but for its comments, the same sections, tables of the same length, links to the same places."""
    english, chinese = TEXTS[ENGLISH], TEXTS[CHINESE]

    def code(page: str) -> list[tuple[str, str]]:
        return [
            (name, re.sub(r" *#.*", "", text) if name == "sh" else text) for name, text in FENCE.findall(TEXTS[page])
        ]

    assert code(ENGLISH) == code(CHINESE)
    links = re.compile(r"\]\((?!README)([^)]+)\)")
    assert links.findall(english) == [link.replace("docs/zh/", "docs/") for link in links.findall(chinese)]
    for link in links.findall(chinese):
        assert "/zh/" in link or not (ROOT / link.replace("docs/", "docs/zh/", 1)).exists() or "docs/" not in link, link
    for mark in ("\n# ", "\n## ", "\n### ", "\n| ", "\n* "):
        assert english.count(mark) == chinese.count(mark), mark


@pytest.mark.parametrize("page", [ENGLISH, CHINESE])
def test_the_speeds_are_those_of_the_benchmarks(page: str):
    """The table of five rows quotes that of docs/benchmarks.md."""
    results = TEXTS["docs/benchmarks.md"].partition("\n## Results\n")[2].partition("\n\nIntel")[0]
    rows = [line.strip("| ").split(" | ") for line in results.splitlines() if line.startswith("| ")]
    speeds = re.findall(r"^\| [^|]+ \| ([\d.]+) ms \| (.*) \|$", TEXTS[page], re.MULTILINE)
    assert len(speeds) == 5
    for gradus_time, others in speeds:
        start = next(number for number, row in enumerate(rows) if "Gradus" in row and row[-5] == gradus_time)
        contenders = list(takewhile(lambda row: "Gradus" not in row, rows[start + 1 :]))
        names = ("PyTorch eager", "Keras 3 on JAX", "Flax NNX")
        expected = [next((row[-3] for row in contenders if name in row), "") for name in names]
        assert [ratio.strip() for ratio in others.split("|")] == expected


@every_page
def test_gradus_is_not_installed_by_name(page: str):
    """The name is another program's on the Python package index; documents install from the folder."""
    assert not re.search(r"pip3? install [^\n`]*gradus(?!-dl)", re.sub(r"&& gradus [^\n]*", "", TEXTS[page]))
