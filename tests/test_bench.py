"""The benchmarks run: what they measure is not judged here, only that they follow the code."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def run(*arguments: str) -> str:
    command = [sys.executable, "-m", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
def test_a_benchmark_of_one_step() -> None:
    output = run("bench", "lstm", "--steps", "2", "--rounds", "1", "--markdown")
    assert "| lstm, 64x100x256" in output
    assert output.count("| Gradus ") == 3


@pytest.mark.parametrize(
    "name", ["chaos", "mutants", "overhead", "power_cut", "second_order", "side_by_side", "strangers"]
)
def test_the_other_programs_import_what_is_there(name: str) -> None:
    """They take minutes or need MNIST, so that only their imports and options are tried."""
    assert "--help" in run(f"bench.{name}", "--help")
