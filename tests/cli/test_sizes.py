"""Sizes that no machine has, given to each command that builds a network: one line, and nothing on disk."""

from pathlib import Path

import pytest
from shell import invoke

HUGE = ("dense1000000000 dense10", "conv2-3x3-pad99999 dense10", "64-99999999999999999999-10")


@pytest.mark.parametrize("layers", HUGE)
@pytest.mark.parametrize("command", [("train", "digits"), ("search", "digits"), ("explain",)], ids=" ".join)
def test_a_network_that_fits_nowhere_is_refused_in_one_line(command: tuple[str, ...], layers: str, tmp_path: Path):
    result = invoke(*command, "--layers", layers, folder=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("gradus: ")
    assert result.stderr.count("\n") == 1
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--time", "2000000000"), "of memory, more than"),
        (("--time", "99999999999"), "time 99999999999: expected at most 2,147,483,647"),
        (("--batch-size", "99999999999999999999"), "batch size 99999999999999999999: expected"),
    ],
)
def test_a_text_in_chunks_that_fit_nowhere_is_refused(arguments: tuple[str, ...], message: str, tmp_path: Path):
    result = invoke("train", "text", "--layers", "lstm4", *arguments, folder=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("command", ["train", "search"])
def test_the_user_may_set_the_limit(command: str, tmp_path: Path):
    result = invoke(command, "digits", "--memory-limit", "2KB", folder=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert "more than the 2.0 KB that --memory-limit allows; choose a smaller one" in result.stderr
    assert not any(tmp_path.iterdir())


def test_the_summary_says_what_training_needs(tmp_path: Path):
    result = invoke("train", "digits", "--layers", "hidden30", "--epochs", "1", folder=tmp_path)
    # 64*30 + 30 + 30*10 + 10 = 2,260 parameters of four bytes, rounded to 9.0 KB
    assert "\nmemory  " in result.stdout
    assert ": weights 9.0 KB, optimizer 0 B, checkpoint 19 KB, activations " in result.stdout
