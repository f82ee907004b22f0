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

from bench.data import mnist
from gradus.data import Dataset, Examples, load
from gradus.runs import Run, RunFolder, examples_probe, with_layer_statistics, with_progress_bar
from gradus.training import MiniBatchTrainer, Settings, build_network, train_epochs

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


def mini_batches(data: Dataset, layers: str) -> MiniBatchTrainer:
    return MiniBatchTrainer(build_network(data, layers), data, Settings(epochs=EPOCHS, learning_rate=ETA))


def bare_loop(data: Dataset, layers: str) -> float:
    """Seconds of 100 epochs, with nothing but the steps."""
    trainer = mini_batches(data, layers)
    position = jax.block_until_ready(trainer.initial_position())
    hyper = trainer.hyperparameters(position)
    began = time.perf_counter()
    for epoch in range(1, EPOCHS + 1):
        state, examples = trainer.begin_epoch(position._replace(epoch=epoch))
        state = trainer.run_steps(state, examples, 0, trainer.full_steps, hyper)
        if trainer.full_steps < trainer.steps:
            state = trainer.run_last_step(state, examples, hyper)
        position = position._replace(state=jax.block_until_ready(state))
    return time.perf_counter() - began


def whole_path(data: Dataset, layers: str) -> float:
    """Seconds of the same as `gradus train` runs it."""
    trainer = mini_batches(data, layers)
    with tempfile.TemporaryDirectory() as folder:
        position = trainer.initial_position()
        run = Run(Job(trainer), RunFolder.create(Path(folder), None, data.name, {}, position), position)
        began = time.perf_counter()
        records = with_layer_statistics(train_epochs(trainer, position), examples_probe(data))
        run.train(with_progress_bar(records, EPOCHS), 30, lambda: False)
        return time.perf_counter() - began


class Job:
    """What `Run.train` needs of a job."""

    def __init__(self, trainer: MiniBatchTrainer):
        self.trainer = trainer


if __name__ == "__main__":
    main()
