"""Checkpoints: training goes on from any of them to the same bits, and a bad one is an error that says so."""

import json
from itertools import pairwise
from pathlib import Path

import jax
import numpy as np
import pytest
import safetensors.numpy
from examples import blobs, small_network

from gradus.data import Text
from gradus.errors import DataError
from gradus.language import text_network
from gradus.runs import fit_steps
from gradus.training import Epoch, save_checkpoint

FOX = Text.from_string("the quick brown fox jumps over a lazy dog\n" * 15, "fox")
SETTINGS = {
    "plain": {"learning_rate": 0.3},
    "adam": {"learning_rate": 0.01, "optimizer": "adam", "schedule": "one-cycle", "l1": 0.1},
    "patient": {"learning_rate": 0.3, "patience": 2, "schedule": "halve-when-stalled"},
}


def same_bits(one, other) -> bool:
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def images(name: str, **more):
    return fit_steps(small_network(blobs()), blobs(), epochs=4, **SETTINGS[name], **more)


def text(name: str, **more):
    network = text_network(FOX, "lstm6 dropout0.5", time=13)
    return fit_steps(network, FOX, epochs=2, batch_size=3, **SETTINGS[name], **more)


@pytest.fixture(autouse=True)
def _a_record_after_every_step(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gradus.training.loop.CHUNK_SECONDS", 0.0)


@pytest.mark.parametrize("train", [images, text])
@pytest.mark.parametrize("name", SETTINGS)
def test_training_goes_on_from_any_position_to_the_same_bits(train, name: str, tmp_path: Path):
    whole = list(train(name))
    path = tmp_path / "checkpoint.safetensors"
    for number in range(0, len(whole) - 1, 7):
        save_checkpoint(whole[number].position, path)
        rest = list(train(name, resume=path))
        following = whole[number + 1 :]
        assert same_bits(rest[-1].position, whole[-1].position) if rest else not following
        assert same_bits(rest[-1].best_network.params, whole[-1].best_network.params)
        epochs = [record for record in following if isinstance(record, Epoch)]
        again = [record for record in rest if isinstance(record, Epoch)]
        assert [(r.epoch, r.cost, r.validation) for r in again] == [(r.epoch, r.cost, r.validation) for r in epochs]


def test_positions_move_forward():
    steps = [(record.position.epoch, record.position.step) for record in images("plain")]
    assert all(before < after for before, after in pairwise(steps))


def test_a_training_that_is_over_has_nothing_left_to_do(tmp_path: Path):
    *_, record = images("plain")
    save_checkpoint(record.position, tmp_path / "done")
    assert list(images("plain", resume=tmp_path / "done")) == []


def change_numbers(path: Path, **changes) -> None:
    """Write the checkpoint again with other numbers in it, and a checksum that is right."""
    from gradus.training.checkpoint import CHECKPOINT

    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    envelope = json.loads(json.loads(content[8 : 8 + length])["__metadata__"]["gradus"])
    CHECKPOINT.write(path, json.loads(envelope["model"]) | changes, safetensors.numpy.load(content))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda path: path.unlink(), "cannot be read (No such file or directory)"),
        (lambda path: path.write_bytes(b""), "it is not a safetensors file"),
        (lambda path: path.write_bytes(path.read_bytes()[:-4]), "it may have been cut off"),
        (lambda path: path.write_bytes(path.read_bytes()[:-4] + b"\1\2\3\4"), "its checksum does not match"),
        (lambda path: change_numbers(path, step=10**9), "its numbers are not those of a training"),
        (lambda path: change_numbers(path, epoch="1"), "its numbers are not those of a training"),
        (lambda path: change_numbers(path, more=1), "its numbers are not those of a training"),
        (lambda path: change_numbers(path, training="another"), "belongs to a training of another network"),
    ],
)
def test_a_missing_or_damaged_checkpoint_is_an_error(damage, message: str, tmp_path: Path):
    path = tmp_path / "checkpoint.safetensors"
    save_checkpoint(next(images("plain")).position, path)
    damage(path)
    with pytest.raises(DataError) as caught:
        images("plain", resume=path)
    assert message in str(caught.value)


@pytest.mark.parametrize("name", ["adam", "patient"])
def test_a_checkpoint_of_other_settings_is_refused(name: str, tmp_path: Path):
    path = tmp_path / "checkpoint.safetensors"
    save_checkpoint(next(images("plain")).position, path)
    with pytest.raises(DataError):
        images(name, resume=path)
    with pytest.raises(DataError, match="other settings"):
        fit_steps(small_network(blobs()), blobs(), epochs=4, learning_rate=0.30001, resume=path)
    with pytest.raises(DataError, match="of other data"):
        fit_steps(small_network(blobs()), blobs(seed=2), epochs=4, learning_rate=0.3, resume=path)
