"""Run folders, checkpoints and model files of version 0.1.0 still load, and resume to the weights it reached."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from safetensors.numpy import load_file

from gradus import Model
from gradus.cli import gradus

BEFORE = Path(__file__).parent / "before"


@pytest.mark.parametrize("run", ["images", "text"])
def test_a_run_of_before_resumes_to_the_weights_it_reached(run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(shutil.copytree(BEFORE, tmp_path / "before"))
    expected = load_file(Path(run) / "model.safetensors")
    (Path(run) / "model.safetensors").unlink()
    result = CliRunner().invoke(gradus, ["train", "--resume", run, "--quiet"], catch_exceptions=False)
    assert result.exit_code == 0
    found = load_file(Path(run) / "model.safetensors")
    assert found.keys() == expected.keys()
    for name, tensor in expected.items():
        np.testing.assert_allclose(found[name], tensor, rtol=1e-3, atol=1e-5)


def test_a_model_file_of_before_predicts():
    model = Model.load(BEFORE / "images" / "model.safetensors")
    assert model.predict(np.zeros((3, 8, 8, 1), np.float32)).shape == (3,)
    text = Model.load(BEFORE / "text" / "model.safetensors")
    assert str(text.network.chain).endswith("lstm4 dropout0.8 dense30")
