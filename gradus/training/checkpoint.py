"""Checkpoints: a training position on disk, from which training resumes bit for bit.

It holds no state of random numbers: every random choice follows from the seed, the epoch and the step.
"""

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from gradus.errors import DataError
from gradus.files import TensorFormat
from gradus.models import named_leaves
from gradus.training.position import BestEpoch, TrainingPosition
from gradus.training.trainer import Trainer

__all__ = ["load_checkpoint", "save_checkpoint"]

CHECKPOINT = TensorFormat("gradus checkpoint 1", "checkpoint", "it cannot be resumed; train again")
KINDS = {"training": str, "epoch": int, "step": int, "seconds": float, "halvings": int, "stalled_since": int,
         "best_epoch": int, "best_score": float}  # fmt: skip


def save_checkpoint(position: TrainingPosition, path: Path) -> None:
    """Write a position atomically: the previous file stays until the new one is complete.

    Raises:
        OSError: where the file cannot be written.
    """
    CHECKPOINT.write(path, numbers_of(position), named_leaves(arrays(position)))


def load_checkpoint(path: Path, trainer: Trainer) -> TrainingPosition:
    """Read the position of a training.

    Args:
        trainer: of the same network, data and settings.

    Raises:
        DataError: where the file is missing, damaged, or of another training.
    """
    start, numbers = trainer.initial_position(), {}

    def expected(text: str) -> dict[str, Any]:
        numbers.update(read_numbers(text, path, start.training, trainer.steps))
        return named_leaves(arrays(start))

    tensors = CHECKPOINT.read(path, expected)
    leaves = [jnp.asarray(tensors[name]) for name in named_leaves(arrays(start))]
    train_state, previous, *best_arrays = jax.tree.unflatten(jax.tree.structure(arrays(start)), leaves)
    best = BestEpoch(numbers.pop("best_epoch"), numbers.pop("best_score"), *best_arrays)
    return TrainingPosition(state=train_state, previous=previous, best=best, **numbers)


def arrays(position: TrainingPosition) -> tuple[Any, ...]:
    """The arrays of a position."""
    best = position.best
    return position.state, position.previous, best.params, best.state, best.member_scores


def numbers_of(position: TrainingPosition) -> dict[str, Any]:
    """The numbers of a position: everything but its arrays."""
    rest = position._asdict()
    del rest["state"], rest["previous"], rest["best"]
    return rest | {"best_epoch": position.best.epoch, "best_score": position.best.score}


def read_numbers(text: str, path: Path, training: str, steps: int) -> dict[str, Any]:
    """The numbers of a position from JSON. Raises DataError."""
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
