"""Language models from the command line, as a person uses them: in a process of its own, with a file of theirs."""

import csv
import json
import math
import signal
import tomllib
from pathlib import Path

import pytest
from shell import gradus, invoke, start

from gradus.cli import main

LINE = "The quick brown fox jumps over the lazy dog.\n"
QUICK = ("--layers", "lstm32", "--epochs", "8", "--time", "16", "--batch-size", "4", "--learning-rate", "0.02")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with fox.txt and a model that has learned it, and with a text of other characters."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "fox.txt").write_bytes(b"\xef\xbb\xbf" + (LINE * 40).replace("\n", "\r\n").encode())
    (folder / "other.txt").write_text("Käse und Brot.\n" * 40, encoding="utf-8")
    (folder / "short.txt").write_text("too short")
    (folder / "folder.txt").mkdir()
    result = gradus("train", "fox.txt", *QUICK, "--name", "fox", folder=folder)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert "nats" in lines[-4]
    assert lines[-3].startswith("test  0.0")
    assert lines[-2] == "saved runs/fox    use it: gradus sample runs/fox"
    assert lines[-1] == "report runs/fox/report.html"
    return folder


def test_a_run_folder_holds_what_a_run_of_images_has_and_bits_and_perplexity(home: Path):
    run = home / "runs" / "fox"
    files = {"settings.toml", "metrics.csv", "model.safetensors", "curves.png", "checkpoint.safetensors",
             "report.html"}  # fmt: skip
    assert {path.name for path in run.iterdir() if not path.name.startswith(".")} == files
    settings = tomllib.loads((run / "settings.toml").read_text())["settings"]
    assert settings["data"] == "fox.txt"
    assert settings["network"] == "embedding30x64 lstm32 dense30"
    assert (settings["time"], settings["batch_size"], settings["seed"]) == (16, 4, 0)
    rows = list(csv.DictReader((run / "metrics.csv").read_text().splitlines()))
    assert len(rows) == 8
    cost, bits, perplexity = (float(rows[-1][f"validation_{name}"]) for name in ("cost", "bits", "perplexity"))
    assert bits == pytest.approx(cost / math.log(2))
    assert perplexity == pytest.approx(math.exp(cost))


def test_a_model_writes_on_from_a_prompt(home: Path):
    result = gradus("sample", "fox", "--temperature", "0", "--length", "30", "--prompt", "The qu", folder=home)
    assert result.stdout == LINE[:36] + "\n"
    free = [invoke("sample", "runs/fox", "--length", "200", "--seed", seed, folder=home).stdout for seed in "112"]
    assert [len(text) for text in free] == [201, 201, 201]
    assert free[0] == free[1]


def test_evaluate_gives_nats_bits_and_perplexity(home: Path):
    result = json.loads(invoke("evaluate", "fox", "fox.txt", "--json", folder=home).stdout)
    assert result["cost"] < 0.1
    assert result["perplexity"] == pytest.approx(math.exp(result["cost"]))
    text = invoke("evaluate", "fox", "fox.txt", folder=home).stdout
    assert all(word in text for word in ("nats", "bits", "perplexity", "accuracy", "of 179 characters"))


def test_json_has_an_object_an_epoch_and_the_test(home: Path):
    result = invoke("train", "fox.txt", "--layers", "gru8", "--epochs", "2", "--json", "--name", "json", folder=home)
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [record.get("epoch") for record in records] == [1, 2, None]
    assert {"test_cost", "test_bits", "test_perplexity", "test_accuracy"} <= records[-1].keys()


@pytest.mark.slow
def test_without_a_file_there_is_the_documentation_inside_python(tmp_path: Path):
    """Interrupted as soon as it runs: the text is half a million characters."""
    arguments = ("train", "text", "--layers", "lstm8", "--epochs", "1000", "--quiet", "--json")
    with start(*arguments, folder=tmp_path) as process:
        assert json.loads(process.stdout.readline())["epoch"] == 1
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted; the weights so far are kept in runs/text-1/model.safetensors" in errors
    assert invoke("sample", "text-1", "--length", "5", folder=tmp_path).returncode == 0


@pytest.mark.slow
def test_a_run_that_diverges_keeps_good_weights_and_exits_4(home: Path):
    result = invoke("train", "fox.txt", "--layers", "rnn8", "--learning-rate", "1e38", "--name", "wild", folder=home)
    assert result.returncode == 4
    assert "are kept in runs/wild/model.safetensors" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["train", "missing.txt"], 3, "missing.txt: there is no such file"),
        (["train", "folder.txt"], 3, "folder.txt: holds neither images nor texts"),
        (["train", "short.txt"], 3, "short: the text has 9 characters; expected at least 100"),
        (["train", "fox.txt", "--weights", "he"], 2, "--weights does not apply to a text; leave it out"),
        (["train", "fox.txt", "--cost", "quadratic"], 2, "--cost does not apply to a text"),
        (["train", "fox.txt", "--data-dir", "mnist"], 2, "--data-dir does not apply to a text"),
        (["train", "digits", "--time", "9"], 2, "--time does not apply to images; leave it out"),
        (["train", "fox.txt", "--time", "0"], 2, "time 0: expected a whole number of at least 1"),
        (["train", "fox.txt", "--layers", "conv3-3x3"], 2, "layer 2 (conv3-3x3)"),
        (["train", "fox.txt", "--batch-size", "99999"], 2, "batch size 99999: expected a whole number of at least 1"),
        (["sample", "fox", "--prompt", "The käse"], 2, "prompt: the vocabulary of the model has no 'ä'"),
        (["sample", "fox", "--temperature", "-1"], 2, "temperature -1.0: expected a number of at least 0"),
        (["sample", "fox", "--length", "0"], 2, "length 0: expected a whole number from 1 to 10,000,000"),
        (["sample", "nowhere"], 3, "there is no run folder 'nowhere'"),
        (["predict", "fox", "fox.txt"], 2, "is a language model; let it write with: gradus sample fox"),
        (["evaluate", "fox", "other.txt"], 3, "other: the vocabulary of the model has no 'B' 'K' 'ä'"),
        (["evaluate", "fox", "digits"], 2, "the model of fox has other classes or targets than digits"),
    ],
)
def test_bad_input_gets_its_message_and_exit_code(home: Path, arguments: list[str], code: int, message: str):
    before = sorted((home / "runs").rglob("*"))
    result = invoke(*arguments, folder=home)
    assert result.returncode == code, result.stderr
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert sorted((home / "runs").rglob("*")) == before


def test_a_closed_stream_is_no_error(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.chdir(home)
    monkeypatch.setattr("sys.stdout", None)  # as Python sets it with `gradus ... >&-`
    monkeypatch.setattr("sys.argv", ["gradus", "sample", "fox", "--length", "5"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capsys.readouterr().err) == (None, "")


def test_a_model_of_images_does_not_write(home: Path):
    trained = invoke("train", "digits", "--layers", "single-layer", "--epochs", "1", "--name", "digits", folder=home)
    assert trained.returncode == 0, trained.stderr
    for arguments in (["sample", "digits"], ["evaluate", "digits", "fox.txt"]):
        result = invoke(*arguments, folder=home)
        assert result.returncode == 2
        assert "the model of digits is not a language model; train one with: gradus train FILE.txt" in result.stderr
