"""python -m bench.overhead: what 100 epochs of `gradus train` cost over the bare compiled loop.

The bare loop puts the examples into the epoch's order and takes its steps, and does nothing else. Beside it, the
same in the command's own path: records, metrics.csv, a checkpoint every 30 seconds and the bar in a terminal. Neither
evaluates anything, since there is no validation data. Both are compiled before they are timed, and take turns.
"""

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

import click
import jax
import jax.numpy as jnp

from bench.data import mnist
from gradus.cli.signals import Interruption
from gradus.cli.train import Run
from gradus.data import Dataset, Examples, load
from gradus.training import build_network
from gradus.training.epochs import beginning, follow
from gradus.training.fitting import MiniBatches
from gradus.training.observation import image_probe, observed
from gradus.training.run_folder import RunFolder
from gradus.training.settings import Settings
from gradus.training.steps import Rates

EPOCHS, ETA = 100, 0.05


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True)
def main(rounds: int) -> None:
    """Time both on digits and on MNIST."""
    digits = load("digits")
    bare = replace(digits, validation=Examples(digits.validation.x[:0], digits.validation.y[:0]))
    for data, layers in ((bare, "convolutional"), (bare, "64-30-10"), (mnist(None, 50_000), "784-30-10")):
        times = [(bare_loop(data, layers), whole_path(data, layers)) for _ in range(rounds + 1)][1:]
        more = median(whole / loop for loop, whole in times) - 1
        loop, whole = (median(column) for column in zip(*times, strict=True))
        click.echo(f"{data.name} {layers}: {EPOCHS} epochs  bare {loop:.3f} s  whole {whole:.3f} s  {more:+.1%}")


def course_of(data: Dataset, layers: str) -> MiniBatches:
    return MiniBatches(build_network(data, layers), data, Settings(epochs=EPOCHS, learning_rate=ETA))


def bare_loop(data: Dataset, layers: str) -> float:
    """Seconds of 100 epochs, with nothing but the steps."""
    course = course_of(data, layers)
    full = len(course.sizes) - course.last_alone
    rates = Rates(jnp.full(len(course.sizes), ETA), jnp.zeros(()), jnp.zeros(()), jax.random.key(0))
    progress = jax.block_until_ready(course.start())
    began = time.perf_counter()
    for epoch in range(1, EPOCHS + 1):
        progress, examples = course.begin(progress, epoch)
        progress = course.run(progress, examples, 0, full, rates)
        if course.last_alone:
            progress = course.last(progress, examples, rates)
        jax.block_until_ready(progress)
    return time.perf_counter() - began


def whole_path(data: Dataset, layers: str) -> float:
    """Seconds of the same as `gradus train` runs it."""
    course = course_of(data, layers)
    with tempfile.TemporaryDirectory() as folder, Interruption() as interruption:
        position = beginning(course)
        run = Run(Job(course), RunFolder.create(Path(folder), None, data.name, {}, position), position)
        began = time.perf_counter()
        records = observed(follow(course, position), image_probe(data))
        run.watch(records, interruption, 30, quiet=False, as_json=False)
        return time.perf_counter() - began


class Job:
    """What `Run.watch` needs of a job."""

    def __init__(self, course: MiniBatches):
        self.course = course


if __name__ == "__main__":
    main()
