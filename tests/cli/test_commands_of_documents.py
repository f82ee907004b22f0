"""Every gradus command in a shell block of the documents runs as it stands there, shortened by options behind it.

Figures are left out: tests/figures draws each of them.
"""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from examples import write_mnist
from folders.pictures import make_folder
from PIL import Image, ImageDraw
from shell import invoke

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SHORTER = {"train": ("--epochs", "1"), "search": ("--epochs", "1", "--examples", "100")}


def commands() -> list[str]:
    """The commands of all pages, each once."""
    lines = [line for page in PAGES for block in BLOCK.findall(page.read_text("utf-8")) for line in block.splitlines()]
    parts = [part.partition(" #")[0].strip() for line in lines for part in line.split("&&")]
    draws = re.compile(r"gradus figure |gradus figures --all")
    return sorted({part for part in parts if part.startswith("gradus ") and not draws.match(part)})


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the documents speak of: runs, a search, pictures, tables, texts and a small MNIST."""
    folder = tmp_path_factory.mktemp("home")
    write_mnist(folder / "mnist")
    image = Image.new("L", (60, 80), 255)
    ImageDraw.Draw(image).line([(30, 10), (30, 70)], fill=0, width=6)
    image.save(folder / "mine.png")
    (folder / "my-book.txt").write_text("Once there was a fox, and once there was a dog.\n" * 60)
    write_own_data(folder)
    for words in (
        ("train", "digits", "--name", "digits-1"),
        ("train", "digits", "--name", "digits-2"),
        ("train", "mnist", "--name", "mnist-1"),
        ("train", "my-book.txt", "--name", "my-book-1", "--layers", "lstm8"),
        ("train", "people.csv", "--name", "people-1", "--ensemble", "1"),
        ("train", "pets", "--name", "pets-1"),
        ("search", "digits", "--name", "digits-1", "--layers", "hidden30"),
    ):
        result = invoke(*words, *SHORTER[words[0]], folder=folder, GRADUS_DATA=str(folder / "mnist"))
        assert result.returncode == 0, result.stderr
    return folder


def write_own_data(folder: Path) -> None:
    """The tables, pictures, passages and arrays that the documents speak of."""
    rows = "".join(f"{k % 5},{'Ulm' if k % 2 else 'Bonn'},{20 + k % 50}.5\n" for k in range(60))
    for name in ("people.csv", "new.csv", "other.csv"):
        (folder / name).write_text("size,city,age\n" + rows)
    make_folder(folder / "pets")
    make_folder(folder / "holiday")
    Image.new("RGB", (20, 20)).save(folder / "mine.jpg")
    for name in ("good", "bad"):
        (folder / "reviews" / name).mkdir(parents=True)
        for k in range(10):
            (folder / "reviews" / name / f"{k}.txt").write_text(f"a {name} film, number {k}")
    np.savez(folder / "arrays.npz", x=np.arange(80.0).reshape(40, 2), y=np.arange(40) % 2)


def test_the_documents_show_every_command() -> None:
    shown = {shlex.split(command)[1] for command in commands()}
    assert shown >= {"train", "predict", "evaluate", "sample", "search", "augment", "explain", "figures"}


@pytest.mark.slow
@pytest.mark.parametrize("command", commands())
def test_a_command_runs(command: str, home: Path) -> None:
    words = shlex.split(command)[1:]
    shorter = () if "--resume" in words else SHORTER.get(words[0], ())
    result = invoke(*words, *shorter, folder=home, GRADUS_DATA=str(home / "mnist"))
    assert result.returncode == 0, result.stderr
    assert result.stdout
