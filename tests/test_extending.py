"""What docs/extending.md says, done in a copy of the package: each block is put into the file that it names."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = Path(find_spec("gradus").origin).parent  # the one under test, which bench.mutants changes
BLOCK = re.compile(r"```(?:python|toml)\n# (\S+)\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package and its layers' tests, with every block of the page added."""
    copy = tmp_path_factory.mktemp("extended")
    for folder, name in ((PACKAGE, "gradus"), (ROOT / "tests" / "layers", "tests/layers")):
        shutil.copytree(folder, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("tests/conftest.py", "tests/referee.py", "pyproject.toml"):
        shutil.copy(ROOT / name, copy / name)
    for name, content in BLOCK.findall((ROOT / "docs" / "extending.md").read_text(encoding="utf-8")):
        path = copy / name
        before = path.read_text(encoding="utf-8") + "\n\n" if path.exists() else ""
        path.write_text(before + content, encoding="utf-8")
    return copy


def run(extended: Path, folder: Path, *arguments: str) -> str:
    """The output of a Python program that imports the extended copy."""
    variables = os.environ | {"PYTHONPATH": str(extended), "XDG_CACHE_HOME": str(folder)}
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    return done.stdout


def gradus(extended: Path, folder: Path, *arguments: str) -> str:
    return run(extended, folder, "-c", "from gradus.cli import main; main()", *arguments)


def test_the_page_shows_each_kind_of_extension() -> None:
    page = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
    assert len(BLOCK.findall(page)) == page.count("```") // 2 == 10


def test_everything_new_trains_together(extended: Path, tmp_path: Path) -> None:
    output = gradus(
        extended, tmp_path, "train", "xor", "--layers", "dense16 mish gain dense2", "--cost", "log-cosh",
        "--optimizer", "lion", "--schedule", "square-root", "--epochs", "30", "--learning-rate", "0.003",
    )  # fmt: skip
    accuracy = float(re.search(r"test .*accuracy ([\d.]+)%", output)[1])  # type: ignore[index]
    assert accuracy > 85


def test_help_and_messages_name_what_is_new(extended: Path, tmp_path: Path) -> None:
    text = " ".join(gradus(extended, tmp_path, "train", "--help").split())
    for name in ("mish", "log-cosh", "lion", "square-root", "xor"):
        assert name in text, name
    assert "sizes" in gradus(extended, tmp_path, "--help")
    program = "import gradus\ntry: gradus.parse('gai')\nexcept gradus.errors.SettingError as error: print(error)"
    assert "did you mean gain?" in run(extended, tmp_path, "-c", f"import gradus.errors\n{program}")


def test_a_new_command_runs(extended: Path, tmp_path: Path) -> None:
    assert gradus(extended, tmp_path, "sizes", "dense3 gain dense2").split() == [
        "flatten", "dense3", "relu", "gain", "dense2",
    ]  # fmt: skip


def test_a_new_figure_is_drawn(extended: Path, tmp_path: Path) -> None:
    assert "The square" in gradus(extended, tmp_path, "figures")
    assert "It rises up to 1.0." in gradus(extended, tmp_path, "figure", "square")
    assert (tmp_path / "figures" / "square.svg").stat().st_size > 1000


def test_a_new_layer_stands_before_the_referee(extended: Path, tmp_path: Path) -> None:
    selection = ["tests/layers/test_layers.py", "-k", "Gain or every_layer_has_a_case", "-n", "0"]
    output = run(extended, extended, "-m", "pytest", "-q", "-p", "no:cacheprovider", *selection)
    passed = int(re.search(r"(\d+) passed", output)[1])  # type: ignore[index]
    assert passed >= 8
