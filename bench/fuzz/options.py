"""The command line with any values of any options, in this process, up to the point where a command begins to work."""

import contextlib
import io
import os
import random
import shutil
from pathlib import Path

import click

from bench.fuzz import seeds
from bench.fuzz.mutations import NASTY_TEXTS
from bench.fuzz.picture_seeds import pictures
from bench.fuzz.stubs import stubs
from gradus.cli import gradus

__all__ = ["feed_command", "make_command"]

COMMANDS = ("train", "search", "predict", "evaluate", "explain", "sample", "augment", "figure", "figures")
ARGUMENTS = {"data": ("digits", "mine.txt", "mnist", "fashion"), "run": ("images", "writer", "nowhere"),
             "images": ("mine.png", "mine.txt", "missing.png"), "image": ("mine.png", "mine.txt"),
             "name": ("sigmoid", "ladder", "neuron")}  # fmt: skip
GOOD = ("1", "5", "0.1", "adam", "newton-cg", "momentum", "64-5-10", "dense5 dense10", "2-2-2", "0-2", "4x4x1", "tanh",
        "cross-entropy", "he", "html", "zh", "rotate10 shift2", "learning_rate,l2", "first", "one-cycle", "100",
        "balanced", "2GB")  # fmt: skip
SEPARATOR = "\x1e"  # between the words of a command


def make_command(rng: random.Random) -> bytes:
    """A command with its arguments and up to four of its options, good or bad."""
    name = rng.choice(COMMANDS)
    command = gradus.get_command(click.Context(gradus), name)
    assert command is not None
    arguments = [param for param in command.params if isinstance(param, click.Argument)]
    options = [param for param in command.params if isinstance(param, click.Option)]
    words = [rng.choice(ARGUMENTS.get(param.name or "", GOOD)) if rng.random() < 0.8 else bad(rng)
             for param in arguments if rng.random() < 0.95]  # fmt: skip
    for option in rng.choices(options, k=rng.randrange(5)):
        words.append(rng.choice(option.opts))
        if not option.is_flag:
            words.append(rng.choice(GOOD) if rng.random() < 0.5 else bad(rng))
    return SEPARATOR.join((name, *words)).encode("utf-8", "surrogatepass")


def bad(rng: random.Random) -> str:
    return rng.choice((*NASTY_TEXTS, f"{rng.choice(GOOD)}{rng.choice(NASTY_TEXTS)}", str(rng.uniform(-2, 2))))


def feed_command(data: bytes, folder: Path) -> None:
    """Run the command in the folder. A slash would lead out of it, and a shell passes no NUL."""
    text = data.decode("utf-8", "surrogateescape").replace("/", "_").replace("\0", "").replace("..", "_")
    name, *words = text.split(SEPARATOR)
    command = gradus.get_command(click.Context(gradus), name)
    if command is None:
        return
    prepare(folder)
    output = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with contextlib.chdir(folder), contextlib.redirect_stdout(output), contextlib.redirect_stderr(output), stubs():
        try:
            command.main(words, prog_name=name, standalone_mode=False)
        except (click.ClickException, click.exceptions.Abort, OSError):  # cli/errors.py has words for an OSError
            return
        finally:
            for path in set(folder.iterdir()) - {folder / known for known in ("runs", "mine.txt", "mine.png", "cache")}:
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def prepare(folder: Path) -> None:
    """Two models, a text and a picture in the folder; caches and data sets nowhere else."""
    os.environ |= {"XDG_CACHE_HOME": str(folder / "cache"), "GRADUS_DATA": str(folder)}
    if (folder / "runs").exists():
        return
    for run, model in (("images", seeds.models()[0]), ("writer", seeds.models()[-1])):
        (folder / "runs" / run).mkdir(parents=True)
        (folder / "runs" / run / "model.safetensors").write_bytes(model)
    (folder / "mine.txt").write_bytes(seeds.texts()[0])
    (folder / "mine.png").write_bytes(pictures("PNG")[0])
