"""Good inputs of every kind, to be mutated: small, and made without compiling anything that is not needed."""

import contextlib
import gzip
import struct
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import jax
import numpy as np
import tomli_w

from bench.fuzz.data_seeds import own_encoders
from bench.fuzz.structures import SEPARATOR
from bench.fuzz.stubs import stubs
from gradus.data import Dataset, Examples, Preprocessing
from gradus.equations import COSTS
from gradus.images import TRANSFORMS
from gradus.layers import WORDS
from gradus.models import Model
from gradus.network import Network
from gradus.notation import parse
from gradus.search import SearchSettings
from gradus.training import Settings, Trainer, make_trainer, save_checkpoint

COST = COSTS["log-likelihood"]
LINES = ("dense5 dense10", "conv2-3x3-same maxpool2 batchnorm dense10", "residual(conv1-3x3-same relu) dense10")
TEXT_LINE = "embedding30x4 lstm5 dropout0.8 residual(lstm5) dense30"


def zero_network(line: str, in_shape: tuple[int, ...]) -> Network:
    abstract = Network.abstract(parse(line), COST, in_shape)
    params, state = jax.tree.map(lambda leaf: np.zeros(leaf.shape, leaf.dtype), (abstract.params, abstract.state))
    return Network(abstract.chain, COST, in_shape, params, state)


@cache
def models() -> Sequence[bytes]:
    """Model files of images and of a text."""
    digits, characters = tuple("0123456789"), tuple("\n abcdefghijklmnopqrstuvwxyz.,")
    images = [Model(zero_network(line, (8, 8, 1)), Preprocessing(16), digits) for line in LINES]
    text = Model(zero_network(TEXT_LINE, (7,)), Preprocessing(), characters)
    return [saved(model) for model in (*images, text, *own_models())]


@cache
def own_models() -> Sequence[Model]:
    """Models of a table, of pictures and of passages."""
    return [
        Model(zero_network("dense2", encoder.in_shape), Preprocessing(), ("no", "yes"), encoder=encoder)
        for encoder in own_encoders()
    ]


def saved(model: Model) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model")
        return (Path(folder) / "model").read_bytes()


def small_digits() -> Dataset:
    random = np.random.default_rng(0)
    part = Examples(random.integers(0, 17, (40, 8, 8, 1)).astype(np.uint8), np.arange(40) % 10)
    return Dataset("digits", part, part, part, tuple("0123456789"), Preprocessing(16))


@cache
def trainer() -> Trainer:
    settings = Settings(learning_rate=0.1, optimizer="adam", patience=2, epochs=4)
    return make_trainer(zero_network(LINES[0], (8, 8, 1)), small_digits(), settings)


@cache
def checkpoints() -> Sequence[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        save_checkpoint(trainer().initial_position(), Path(folder) / "checkpoint")
        return [(Path(folder) / "checkpoint").read_bytes()]


@cache
def settings() -> Sequence[bytes]:
    """The settings.toml of runs and of a search."""
    images = {"data": "digits", "network": LINES[0], "layers": LINES[0], "cost": "cross-entropy", "activation": "relu",
              "epochs": 3, "batch_size": 10, "learning_rate": 0.05, "optimizer": "momentum", "schedule": "constant",
              "l2": 0.1, "l1": 0.0, "seed": 0, "augment": "rotate10 shift2", "class_weights": "balanced",
              "examples": 30, "patience": 2, "clip_norm": 1.0}  # fmt: skip
    second = {"data": "digits", "layers": "64-5-10", "cost": "cross-entropy", "optimizer": "newton-cg", "epochs": 2}
    text = {"data": "mine.txt", "layers": "lstm5", "time": 7, "epochs": 2, "learning_rate": 0.003, "batch_size": 2}
    search = {"data": "digits"} | SearchSettings(("learning_rate",), ("dense5 dense10",)).to_dict()
    versions = {"versions": {"gradus": "0.1.0"}, "machine": {"platform": "Linux"}}
    return [tomli_w.dumps({"settings": some} | versions).encode() for some in (images, second, text, search)]


def run_folder() -> bytes:
    metrics = "epoch,cost,validation_cost,learning_rate,seconds,layer2_dense_z_mean\r\n"
    rows = "".join(f"{epoch},0.5,0.25,0.05,1.5,{epoch % 2 or ''}\r\n" for epoch in (1, 2, 3))
    return settings()[0] + SEPARATOR + (metrics + rows).encode()


def resume(folder: Path) -> None:
    """`gradus train --resume` of the folder, with all that it checks before it trains."""
    from gradus.runs import resume_run

    (folder / "mine.txt").write_bytes(texts()[0])
    with contextlib.chdir(folder), stubs():
        resume_run(folder, None, None)


def idx_files() -> Sequence[bytes]:
    arrays = (np.arange(20, dtype=np.uint8), np.zeros((3, 5, 4), np.uint8))
    plain = [struct.pack(f">BBBB{a.ndim}I", 0, 0, 8, a.ndim, *a.shape) + a.tobytes() for a in arrays]
    return [*plain, *(gzip.compress(content, mtime=0) for content in plain)]


def texts() -> Sequence[bytes]:
    return [b"the quick brown fox jumps over a lazy dog\r\n" * 4, "知之为知之,不知为不知,是知也。\n".encode() * 12]


def layer_lines() -> Sequence[bytes]:
    words = " ".join(word.example for word in WORDS.values())
    return [line.encode() for line in (*LINES, TEXT_LINE, words, "784-30-10", *(w.example for w in WORDS.values()))]


def augment_lines() -> Sequence[bytes]:
    examples = [transform.example for transform in TRANSFORMS.values()]
    return [" ".join(examples).encode(), *(example.encode() for example in examples)]
