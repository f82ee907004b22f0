"""Checkpoints: a position of a training on the disk, from which it goes on to the same bits.

The random state needs no place in it: every random choice follows from the seed, the epoch and the step.
"""

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from gradus.errors import DataError
from gradus.files.tensors import Kind, named
from gradus.training.position import BestEpoch, TrainingPosition
from gradus.training.trainers import Trainer

__all__ = ["load_checkpoint", "save_checkpoint"]

CHECKPOINT = Kind("gradus checkpoint 1", "checkpoint", "there is nothing to go on from; train again")
KINDS = {"training": str, "epoch": int, "step": int, "seconds": float, "halvings": int, "stalled_since": int,
         "best_epoch": int, "best_score": float}  # fmt: skip


def save_checkpoint(position: TrainingPosition, path: Path) -> None:
    """Write a position atomically: until the new file is whole, the one before it stays. Raises OSError."""
    CHECKPOINT.write(path, numbers_of(position), named(arrays(position)))


def load_checkpoint(path: Path, trainer: Trainer) -> TrainingPosition:
    """Read the position of this trainer's training. Raises DataError where it cannot be used."""
    start, numbers = trainer.initial_position(), {}

    def expected(text: str) -> dict[str, Any]:
        numbers.update(read_numbers(text, path, start.training, trainer.steps))
        return named(arrays(start))

    tensors = CHECKPOINT.read(path, expected)
    leaves = [jnp.asarray(tensors[name]) for name in named(arrays(start))]
    train_state, previous, params, state = jax.tree.unflatten(jax.tree.structure(arrays(start)), leaves)
    best = BestEpoch(numbers.pop("best_epoch"), numbers.pop("best_score"), params, state)
    return TrainingPosition(state=train_state, previous=previous, best=best, **numbers)


def arrays(position: TrainingPosition) -> tuple[Any, ...]:
    """The arrays of a position."""
    return position.state, position.previous, position.best.params, position.best.state


def numbers_of(position: TrainingPosition) -> dict[str, Any]:
    """All the rest of it."""
    rest = position._asdict()
    del rest["state"], rest["previous"], rest["best"]
    return rest | {"best_epoch": position.best.epoch, "best_score": position.best.score}


def read_numbers(text: str, path: Path, training: str, steps: int) -> dict[str, Any]:
    """The numbers of a position, checked. Raises DataError."""
    try:
        numbers = json.loads(text)
        if numbers.keys() != KINDS.keys() or any(type(numbers[name]) is not kind for name, kind in KINDS.items()):
            raise ValueError
        if not (numbers["epoch"] >= 1 and 0 <= numbers["step"] <= steps and 0 <= numbers["halvings"] < 64):
            raise ValueError
    except (AttributeError, TypeError, ValueError, RecursionError):
        raise CHECKPOINT.damaged(path, "its numbers are not those of a training") from None
    if numbers["training"] != training:
        raise DataError(f"{path}: belongs to a training of another network, of other data or with other settings")
    return numbers
