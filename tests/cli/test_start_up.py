"""What the command line loads before there is work to do, and where it finds its commands and their help."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from shell import invoke

from gradus.cli import commands, gradus
from gradus.data import DATASETS
from gradus.equations import ACTIVATIONS, COSTS, INITIAL_WEIGHTS
from gradus.optimizers import OPTIMIZERS, SCHEDULES, SECOND_ORDER
from gradus.runs.jobs import IMAGE_DEFAULTS, TEXT_DEFAULTS
from gradus.training import PRESETS

HEAVY = {"jax", "jaxlib", "matplotlib", "numpy", "optax", "optuna", "pandas", "PIL", "rich", "scipy", "sklearn"}
COMMANDS = ["augment", "evaluate", "explain", "figure", "figures", "predict", "report", "sample", "search", "train"]


@pytest.mark.parametrize(
    "program",
    [
        "import gradus",
        "import gradus.cli; gradus.cli.gradus(['--help'], standalone_mode=False)",
        "import gradus.cli; gradus.cli.gradus(['--version'], standalone_mode=False)",
        "import gradus.cli; gradus.cli.gradus(['predict', '--help'], standalone_mode=False)",
    ],
)
def test_no_heavy_library_is_loaded(program: str) -> None:
    listing = f"{program}; import json, sys; print(json.dumps([*sys.modules]))"
    result = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    assert set(json.loads(result.stdout.splitlines()[-1])) & HEAVY == set()


def test_what_a_run_imports_has_no_plots_and_no_statistics() -> None:
    listing = "import gradus.runs, json, sys; print(json.dumps([*sys.modules]))"
    result = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    loaded = set(json.loads(result.stdout))
    assert loaded & {"matplotlib", "optuna", "pandas", "PIL", "sklearn", "sqlalchemy", "tensorboardX"} == set()
    assert "jax" in loaded


def help_of(*arguments: str) -> str:
    """A command's help, its lines joined."""
    result = CliRunner().invoke(gradus, [*arguments, "--help"], catch_exceptions=False)
    assert result.exit_code == 0
    return " ".join(result.output.split())


def test_the_help_has_a_line_for_each_command() -> None:
    text = help_of()
    assert gradus.list_commands(None) == COMMANDS
    assert all(f" {name} " in text for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_is_complete(name: str) -> None:
    text = help_of(name)
    assert "{" not in text
    assert text == help_of(name)


def test_the_help_of_train_reads_the_registries_and_the_defaults() -> None:
    text = help_of("train").replace("- ", "-")  # lines are broken after hyphens
    for registry in (ACTIVATIONS, COSTS, DATASETS, INITIAL_WEIGHTS, OPTIMIZERS, SECOND_ORDER, SCHEDULES, PRESETS):
        assert ", ".join(registry) in text
    for name in ("layers", "learning_rate", "optimizer", "schedule"):
        assert f"[default: {IMAGE_DEFAULTS[name]}; text: {TEXT_DEFAULTS[name]}]" in text
    assert f"[default: {IMAGE_DEFAULTS['epochs']}; yours: from their size]" in text


def test_a_command_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "greet.py").write_text(
        "import click\n\n\n@click.command()\ndef greet() -> None:\n    '''Greet.'''\n    click.echo('hello')\n"
    )
    monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "gradus.cli.commands.greet", raising=False)
    assert "greet Greet." in help_of()
    assert CliRunner().invoke(gradus, ["greet"]).output == "hello\n"


def test_compiled_programs_are_private(tmp_path: Path):
    """JAX executes what it finds there."""
    invoke("predict", "missing", "missing.png", folder=tmp_path, XDG_CACHE_HOME=str(tmp_path))
    (folder,) = (tmp_path / "gradus" / "compiled").iterdir()
    assert folder.name.startswith("jaxlib-")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
