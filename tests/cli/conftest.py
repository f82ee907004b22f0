"""One run of digits for all tests of the commands: a test that changes it works on a copy."""

import shutil
from pathlib import Path

import pytest
from shell import QUICK, gradus


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one trained run, runs/first, to be read only."""
    folder = tmp_path_factory.mktemp("trained")
    result = gradus("train", "digits", *QUICK, "--name", "first", folder=folder)
    assert (result.returncode, result.stderr) == (0, "")
    (folder / "output.txt").write_text(result.stdout)
    return folder


@pytest.fixture
def home(trained: Path, tmp_path: Path) -> Path:
    """A folder of the test's own with a copy of that run, runs/first."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    return tmp_path
