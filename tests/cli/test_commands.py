"""The command line as a person uses it, with real files: each command once in a process of its own."""

import csv
import json
import shlex
import signal
import subprocess
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from shell import COMMAND, QUICK, gradus, invoke, start


def digit_image(path: Path, index: int = 0) -> str:
    """Write a digit of the data set as a person's own picture, dark on light, and say what it is."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    ink = np.kron(digits.images[index] / 16 * 255, np.ones((20, 20)))
    Image.fromarray(255 - np.pad(ink, 40).astype(np.uint8)).save(path)
    return str(digits.target[index])


def test_the_help_lists_the_commands(tmp_path: Path):
    result = gradus("--help", folder=tmp_path)
    assert result.returncode == 0
    assert {"train", "predict", "evaluate", "explain"} <= set(result.stdout.split())


def test_a_run_folder_holds_settings_metrics_model_and_curves(trained: Path):
    run = trained / "runs" / "first"
    settings = tomllib.loads((run / "settings.toml").read_text())
    assert settings["settings"]["seed"] == 0
    assert settings["settings"]["network"] == "dense30 dense10"
    assert {"gradus", "jax", "jaxlib", "numpy", "python"} <= settings["versions"].keys()
    rows = list(csv.DictReader((run / "metrics.csv").read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert 0 < float(rows[-1]["validation_accuracy"]) <= 1
    assert rows[-1]["learning_rate"] == "0.05"
    first = {name: float(cell) for name, cell in rows[0].items()}
    assert 0 < first["training_accuracy"] <= 1
    assert first["layer2_dense_gradient_norm"] > 0
    assert 0 < first["layer4_dense_update_ratio"] < 10
    assert 0 <= first["layer3_relu_dead"] < 1
    assert {"layer2_dense_z_mean", "layer2_dense_z_std", "layer2_dense_update_ratio"} <= first.keys()
    assert rows[1]["layer3_relu_dead"] == ""  # 1212 digits are so few that measuring each epoch would slow it down
    with Image.open(run / "curves.png") as picture:
        assert picture.width >= 600
    assert sorted(path.name for path in run.iterdir() if not path.name.startswith(".")) == [
        "checkpoint.safetensors", "curves.png", "metrics.csv", "model.safetensors", "report.html", "settings.toml",
    ]  # fmt: skip


def test_output_that_is_no_terminal_has_a_plain_line_an_epoch(tmp_path: Path):
    result = invoke("train", "digits", *QUICK, folder=tmp_path)
    table, _, progress = result.stdout.partition("\n\n")
    assert table.splitlines()[-2].split() == ["total", "2,260"]  # 64*30 + 30 + 30*10 + 10
    lines = progress.splitlines()
    assert [line.split()[1] for line in lines[:3]] == ["1/3", "2/3", "3/3"]
    assert "\x1b" not in result.stdout
    assert "accuracy" in lines[3]
    assert (tmp_path / "runs" / "digits-1" / "model.safetensors").exists()


def test_the_same_seed_gives_the_same_file_to_the_bit(trained: Path, tmp_path: Path):
    """In whatever process."""
    invoke("train", "digits", *QUICK, "--name", "second", folder=tmp_path)
    invoke("train", "digits", *QUICK, "--name", "other", "--seed", "1", folder=tmp_path)
    first, second, other = (
        (folder / "runs" / name / "model.safetensors").read_bytes()
        for folder, name in ((trained, "first"), (tmp_path, "second"), (tmp_path, "other"))
    )
    assert first == second
    assert first != other


def test_json_and_quiet_print_what_a_program_or_nobody_wants_to_read(tmp_path: Path):
    result = invoke("train", "digits", *QUICK, "--json", folder=tmp_path)
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record.get("epoch") for record in records] == [1, 2, 3, None]
    assert records[-1]["test_accuracy"] > 0.8
    quiet = invoke("train", "digits", *QUICK, "--quiet", folder=tmp_path)
    assert len(quiet.stdout.splitlines()) == 2


def test_predict_and_evaluate_use_the_run_by_path_or_by_name(home: Path):
    digit = digit_image(home / "mine.png")
    for run, call in (("first", gradus), ("runs/first", invoke), (home / "runs" / "first", invoke)):
        result = call("predict", run, "mine.png", folder=home)
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout.startswith(f"mine.png: {digit} (")
    answer = json.loads(invoke("predict", "first", "mine.png", "--json", folder=home).stdout)
    assert answer["class"] == digit
    assert sum(answer["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    result = json.loads(invoke("evaluate", "first", "digits", "--json", folder=home).stdout)
    assert result["accuracy"] > 0.8


def test_evaluate_shows_what_accuracy_hides(home: Path):
    result = gradus("evaluate", "first", "digits", folder=home)
    assert (result.returncode, result.stderr) == (0, "")
    first, second, *lines = result.stdout.splitlines()
    assert first.startswith("test  cost 0.")
    assert first.endswith("of 450 examples")
    assert second.startswith("top-5 accuracy")
    assert lines[1].split() == ["class", "precision", "recall", "F1", "count"]
    assert "Confusion matrix" in result.stdout
    assert max(map(len, lines)) <= 80
    narrow = invoke("evaluate", "first", "digits", folder=home, COLUMNS="45").stdout
    assert max(map(len, narrow.splitlines()[1:])) <= 45
    numbers = json.loads(invoke("evaluate", "first", "digits", "--json", folder=home).stdout)
    assert sum(map(sum, numbers["confusion_matrix"])) == sum(one["count"] for one in numbers["classes"]) == 450
    assert {"cost", "top_5_accuracy", "log_loss", "calibration_error", "macro", "weighted"} <= numbers.keys()


def test_class_weights_are_trained_with_and_written_down(trained: Path, tmp_path: Path):
    result = invoke("train", "digits", *QUICK, "--class-weights", "balanced", "--name", "balanced", folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    settings = tomllib.loads((tmp_path / "runs" / "balanced" / "settings.toml").read_text())
    assert settings["settings"]["class_weights"] == "balanced"
    first, balanced = (trained / "runs" / "first", tmp_path / "runs" / "balanced")
    assert (first / "model.safetensors").read_bytes() != (balanced / "model.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["train", "digits", "--learning-rate", "0"], 2, "learning rate 0.0: expected a number above 0"),
        (["train", "digits", "--learning-rate", "nan"], 2, "learning rate nan: expected a number above 0"),
        (["train", "digits", "--batch-size", "99999"], 2, "batch size 99999: expected 1 to"),
        (["train", "digits", "--layers", "784-30-10"], 2, "write 64-30-10"),
        (["train", "digits", "--layers", "64-x-10"], 2, "layers, word 1 (64-x-10): there is no such layer"),
        (["train", "digits", "--cost", "nothing"], 2, "unknown cost 'nothing'; choose one of quadratic"),
        (["train", "digits", "--name", "a/b"], 2, "name 'a/b': expected the name of a folder"),
        (["train", "digits", "--name", "first"], 2, "runs/first exists already; choose another --name"),
        (["train", "digits", "--class-weights", "even"], 2, "class weights 'even': expected \"balanced\""),
        (["train", "text", "--class-weights", "balanced"], 2, "--class-weights does not apply to a text"),
        (["train", "digitz"], 2, "digitz"),
        (["train", "mnist", "--data-dir", "nowhere"], 3, "nowhere"),
        (["predict", "nowhere", "mine.png"], 3, "there is no run folder 'nowhere'; runs/ has first"),
        (["predict", "first", "missing.png"], 3, "missing.png"),
        (["predict", "first", "notes.txt"], 3, "notes.txt"),
        (["evaluate", "first", "nothing"], 2, "nothing"),
        (["explain", "--layers", "2-90-2"], 2, "at most 8"),
        (["explain", "--learning-rate", "-1"], 2, "learning rate -1.0"),
        (["fly"], 2, "No such command 'fly'"),
    ],
)
def test_bad_input_gets_one_line_and_its_exit_code(home: Path, arguments: list[str], code: int, message: str):
    (home / "notes.txt").write_text("not a picture")
    before = sorted(path for path in (home / "runs").rglob("*"))
    model = (home / "runs" / "first" / "model.safetensors").read_bytes()
    result = invoke(*arguments, folder=home)
    assert result.returncode == code, result.stderr
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    if code == 3:
        assert result.stderr.count("\n") == 1
    assert sorted(path for path in (home / "runs").rglob("*")) == before
    assert (home / "runs" / "first" / "model.safetensors").read_bytes() == model


def test_a_run_that_diverges_says_where_keeps_good_weights_and_exits_4(tmp_path: Path):
    result = invoke("train", "digits", "--learning-rate", "1e20", "--name", "wild", folder=tmp_path)
    assert result.returncode == 4
    assert "in epoch 1 at step" in result.stderr
    assert "are kept in runs/wild/model.safetensors" in result.stderr
    assert (tmp_path / "runs" / "wild" / "metrics.csv").read_text().startswith("epoch,cost\n1,")
    assert invoke("evaluate", "wild", "digits", folder=tmp_path).returncode == 0


def test_a_damaged_model_is_a_data_error(trained: Path, tmp_path: Path):
    damaged = tmp_path / "runs" / "damaged"
    damaged.mkdir(parents=True)
    (damaged / "model.safetensors").write_bytes((trained / "runs" / "first" / "model.safetensors").read_bytes()[:-9])
    result = invoke("evaluate", "damaged", "digits", folder=tmp_path)
    assert result.returncode == 3
    assert "not a usable model file" in result.stderr


def test_ctrl_c_saves_what_is_there_and_exits_130(tmp_path: Path):
    with start("train", "digits", "--layers", "hidden30", "--epochs", "100000", folder=tmp_path) as process:
        assert any(line.startswith("epoch ") for line in process.stdout)
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "interrupted; the weights so far are kept in runs/digits-1/model.safetensors" in errors
    assert invoke("evaluate", "digits-1", "digits", folder=tmp_path).returncode == 0
    assert (tmp_path / "runs" / "digits-1" / "curves.png").exists()


def test_a_reader_that_goes_away_does_not_cost_the_run_a_traceback(tmp_path: Path):
    command = f"{shlex.join(COMMAND)} train digits --layers hidden30 --epochs 20 | head -n 1"
    result = subprocess.run(command, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in result.stderr
