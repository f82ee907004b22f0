"""The kinds of input: for each its seeds, its words, and the function of the package that reads it.

A new kind joins with one entry, by `@kind(name, seeds)` above a function that takes bytes and a folder of its own.
"""

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from bench.fuzz import data_seeds, seeds
from bench.fuzz.asking import ask
from bench.fuzz.folders import image_folders, mutate_folder, passage_folders, questions, write_folder
from bench.fuzz.mutations import mutated
from bench.fuzz.options import feed_command, make_command
from bench.fuzz.picture_seeds import pictures
from bench.fuzz.picture_structures import mutate_header, mutate_png, mutate_riff, mutate_tiff
from bench.fuzz.rows import mutate_rows
from bench.fuzz.structures import (
    SEPARATOR,
    mutate_gzip,
    mutate_run,
    mutate_tensors,
    mutate_toml,
    mutate_words,
    mutate_zip,
)
from gradus.data import Dataset, Text, load_text, printable
from gradus.data.idx import read_idx
from gradus.errors import GradusError
from gradus.images import TRANSFORMS, parse_augmentation, read_digits, read_picture
from gradus.layers import WORDS
from gradus.models import Model, scale_inputs
from gradus.models.encoders import encoder_from_dict
from gradus.network import Network
from gradus.notation import parse
from gradus.registry import Registry
from gradus.runs import RunFolder
from gradus.search import read_search
from gradus.sources import default_settings
from gradus.sources import load as load_data
from gradus.tables import load_table
from gradus.training import load_checkpoint

__all__ = ["KINDS", "Kind"]

Feed = Callable[[bytes, Path], None]
Mutate = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True)
class Kind:
    """A kind of input.

    Args:
        name: on the command line and in the table.
        seeds: good inputs, made once in a process.
        feed: gives an input to the package; the folder is the kind's own.
        mutate: changes the structure of a seed, besides mutations of bytes.
        tokens: words to insert.
    """

    name: str
    seeds: Callable[[], Sequence[bytes]]
    feed: Feed
    mutate: Mutate | None = None
    tokens: tuple[bytes, ...] = ()

    def make(self, good: Sequence[bytes], seed: int, number: int) -> bytes:
        """The input of that number: it depends on the seed and the number alone."""
        rng = random.Random(f"{seed} {self.name} {number}")
        chosen = rng.choice(good)
        if self.mutate and rng.random() < 0.7:
            chosen = self.mutate(chosen, rng)
            if rng.random() < 0.8:
                return chosen
        return mutated(chosen, good, self.tokens, rng)


KINDS: Registry[Kind] = Registry("kind of input")


def kind(
    name: str, seeds: Callable[[], Sequence[bytes]], mutate: Mutate | None = None, tokens: Sequence[str] = ()
) -> Callable[[Feed], Feed]:
    """A decorator that registers the function that feeds an input to the package."""

    def add(feed: Feed) -> Feed:
        KINDS[name] = Kind(name, seeds, feed, mutate, tuple(token.encode() for token in tokens))
        return feed

    return add


WORD_EXAMPLES = (*(word.example for word in WORDS.values()), "(", ")", "-same", "x", "-")


def written(data: bytes, folder: Path, name: str) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


@kind("model", seeds.models, mutate_tensors)
def feed_model(data: bytes, folder: Path) -> None:
    model = Model.load(written(data, folder, "model.safetensors"))
    network = model.network
    x = jax.ShapeDtypeStruct((1, *network.in_shape), jnp.float32)
    jax.eval_shape(lambda x: network.predict(scale_inputs(x, model.preprocessing)), x)
    " ".join(map(printable, model.classes)).encode()


@kind("checkpoint", seeds.checkpoints, mutate_tensors)
def feed_checkpoint(data: bytes, folder: Path) -> None:
    load_checkpoint(written(data, folder, "checkpoint.safetensors"), seeds.trainer())


@kind("run", lambda: [seeds.run_folder()], mutate_run, tokens=(SEPARATOR.decode(), "\n", ",", "epoch", "[settings]"))
def feed_run(data: bytes, folder: Path) -> None:
    settings, _, metrics = data.partition(SEPARATOR)
    written(settings, folder, "settings.toml")
    written(metrics, folder, "metrics.csv")
    RunFolder(folder).read_settings()
    RunFolder(folder).read_metrics(3)


@kind("toml", seeds.settings, mutate_toml, tokens=("[settings]", "layers = ", "= 5", "[[", "]]", "'''", "1979-05-27"))
def feed_toml(data: bytes, folder: Path) -> None:
    written(data, folder, "settings.toml")
    stored = RunFolder(folder).read_settings()
    if "knobs" not in stored:
        seeds.resume(folder)
        return
    read_search(folder)


@kind("idx", seeds.idx_files, mutate_gzip)
def feed_idx(data: bytes, folder: Path) -> None:
    for axes in (1, 3):
        try_next(lambda axes=axes: read_idx(written(data, folder, "idx"), axes))


@kind("png", lambda: pictures("PNG"), mutate_png)
@kind("jpeg", lambda: pictures("JPEG"), tokens=("JFIF", "Exif\0\0", "Adobe"))
@kind("gif", lambda: pictures("GIF"), mutate_header, tokens=("GIF87a", "NETSCAPE2.0", "\0!", "\0,"))
@kind("webp", lambda: pictures("WEBP"), mutate_riff, tokens=("VP8L", "ALPH", "ANMF"))
@kind("bmp", lambda: pictures("BMP"), mutate_header)
@kind("tiff", lambda: pictures("TIFF"), mutate_tiff, tokens=("II*\0", "MM\0*", "II+\0"))
def feed_picture(data: bytes, folder: Path) -> None:
    path = written(data, folder, "picture")
    for shape in ((28, 28, 1), (8, 8, 1)):
        try_next(lambda shape=shape: read_digits(path, shape))
    read_picture(path, 128)


@kind("text", seeds.texts, tokens=("\ufeff", "\r\n", "\0"))
def feed_text(data: bytes, folder: Path) -> None:
    text = load_text(written(data, folder, "mine.txt"))
    printable("".join(text.vocabulary), keep="\n\t").encode()


@kind("csv", data_seeds.delimited, mutate_rows, tokens=(";", "\t", '"', "\r\n", "\0", "NA", "1e999", "1.234,5", ",,,"))
@kind("parquet", data_seeds.parquet_files, tokens=("PAR1",))
@kind("xlsx", data_seeds.excel_files, mutate_zip, tokens=("PK\3\4",))
def feed_table(data: bytes, folder: Path) -> None:
    suffix = {b"PAR1": "parquet", b"PK\3\4": "xlsx"}.get(data[:4], "csv")
    path = written(data, folder, f"table.{suffix}")
    for target in (None, "number", "city"):
        try_next(lambda target=target: check_dataset(load_table(path, target)))


@kind("reviews", data_seeds.reviews, mutate_rows, tokens=(";", "\t", '"', "\r\n", "\0", "review", "kind", "NA", ",,,"))
def feed_reviews(data: bytes, folder: Path) -> None:
    path = written(data, folder, "reviews.csv")
    for target in (None, "kind", "review"):
        try_next(lambda target=target: check_dataset(load_data(path, text="review", target=target)))


@kind("images", image_folders, mutate_folder, tokens=("file,label", ".png", "\n# file: ", "link:", "/"))
@kind("passages", passage_folders, mutate_folder, tokens=(".txt", "\n# file: ", "link:", "/"))
def feed_folder(data: bytes, folder: Path) -> None:
    path = write_folder(data, folder)
    for options in ({}, {"skip_bad": True, "image_size": 5}):
        try_next(lambda options=options: check_dataset(load_data(path, **options)))


@kind("questions", questions, mutate_folder, tokens=("number,city,day", "\n# file: ", "link:", "/", ",", "\r\n"))
def feed_questions(data: bytes, folder: Path) -> None:
    path = write_folder(data, folder)
    for model in seeds.own_models():
        ask(model, path)


@kind("npz", data_seeds.arrays, mutate_zip, tokens=("x.npy", "y.npy", "descr", "PK\3\4"))
def feed_arrays(data: bytes, folder: Path) -> None:
    load_data(written(data, folder, "arrays.npz"))


@kind("layers", seeds.layer_lines, mutate_words, WORD_EXAMPLES)
def feed_layers(data: bytes, folder: Path) -> None:
    line = data.decode("utf-8", "surrogateescape")
    chain = parse(line)
    for in_shape in ((28, 28, 1), (20,), (5, 4)):
        try_next(lambda in_shape=in_shape: Network.abstract(chain, seeds.COST, in_shape).check_memory())


@kind("augment", seeds.augment_lines, mutate_words, tokens=[transform.example for transform in TRANSFORMS.values()])
def feed_augment(data: bytes, folder: Path) -> None:
    augmentation = parse_augmentation(data.decode("utf-8", "surrogateescape"))
    str(augmentation)
    augmentation.check_images((28, 28, 1))


def check_dataset(data: Dataset | Text) -> None:
    """Whatever was loaded can be printed, has settings, and its encoder comes back from a model file."""
    if isinstance(data, Text):
        return
    "".join((*data.notes, *map(printable, data.classes), *data.targets)).encode()
    default_settings(data)
    assert data.encoder is not None
    assert encoder_from_dict(json.loads(json.dumps(data.encoder.to_dict())), data.in_shape) == data.encoder
    for part in (data.training, data.validation, data.test):
        assert part.x.shape == (len(part.y), *data.in_shape)
        assert np.isfinite(part.x).all()


def try_next(action: Callable[[], object]) -> None:
    """Do it; an error that says what is wrong does not keep the next from being tried."""
    try:
        action()
    except GradusError:
        return


kind("options", lambda: [b"figures"], lambda seed, rng: make_command(rng))(feed_command)
