"""python -m bench.side_by_side DATA LAYERS: trainings at once, in threads and by vmap, beside one after the other.

They differ in the learning rate alone, as the trials of a search do (docs/hyperparameters.md has the figures).
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any

import click
import jax
import jax.numpy as jnp

from gradus.data import Dataset, Examples, load
from gradus.training import Hyperparameters, MiniBatchTrainer, Settings, TrainState, build_network, run_steps

# Which numbers there is one of for each training.
EACH = Hyperparameters(0, None, None, None, None)  # type: ignore[arg-type]
NUMBERS = (2, 4, 8)


@click.command()
@click.argument("data")
@click.argument("layers")
@click.option("--steps", type=click.IntRange(1), default=100, show_default=True, help="Of ten examples each.")
@click.option("--rounds", type=click.IntRange(1), default=10, show_default=True, help="The shortest of them counts.")
def main(data: str, layers: str, steps: int, rounds: int) -> None:
    """Time one training, and some at once."""
    dataset = load(data)
    trainer = mini_batches(dataset, layers, steps)
    position = trainer.initial_position()
    state, batches = trainer.begin_epoch(position)
    steps, hyper = trainer.full_steps, trainer.hyperparameters(position)
    etas = hyper.learning_rates

    def one(_: int = 0) -> TrainState:
        return jax.block_until_ready(trainer.run_steps(state, batches, 0, steps, hyper))

    alone, _ = shortest(one, rounds)
    click.echo(f"one: {1e6 * alone / steps:.1f} microseconds a step")
    together = jax.jit(jax.vmap(partial(run_steps, trainer.config), in_axes=(0, None, None, None, EACH)))
    for number in NUMBERS:
        with ThreadPoolExecutor(number) as pool:
            threads, _ = shortest(lambda pool=pool, number=number: list(pool.map(one, range(number))), rounds)
        stacked = jax.tree.map(lambda leaf, number=number: jnp.stack([leaf] * number), state)
        all_rates = hyper._replace(learning_rates=jnp.stack([etas] * number))
        vmap, first = shortest(lambda s=stacked, r=all_rates: together(s, batches, 0, steps, r), rounds)
        gains = f"{number * alone / threads:.2f} in threads, {number * alone / vmap:.2f} by vmap"
        click.echo(f"{number}: {gains} times as fast as one after the other; vmap compiles for {first:.1f} s")


def mini_batches(data: Dataset, layers: str, steps: int) -> MiniBatchTrainer:
    """So many steps of training, if the data has them."""
    few = replace(data, training=Examples(*(part[: 10 * steps] for part in data.training)))
    return MiniBatchTrainer(build_network(few, layers), few, Settings(learning_rate=0.05, batch_size=10))


def shortest(work: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """The seconds of the shortest of the rounds, and of the first, which compiles."""
    seconds = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        jax.block_until_ready(work())
        seconds.append(time.perf_counter() - began)
    return min(seconds[1:]), seconds[0]


if __name__ == "__main__":
    main()
