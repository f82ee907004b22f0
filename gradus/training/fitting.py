"""Training on examples: epochs of mini-batch descent, as a generator of records (theory C2)."""

import math
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gradus.data import Dataset
from gradus.data.augmentation import Augmentation
from gradus.errors import SettingError
from gradus.network import Network
from gradus.training.checkpoint import load_checkpoint
from gradus.training.epochs import Course, beginning, follow
from gradus.training.evaluation import evaluate
from gradus.training.example_weights import ClassWeights, example_weights
from gradus.training.records import Epoch, Evaluation, Stretch
from gradus.training.second_order import AllExamples
from gradus.training.settings import Settings, check_fit, checked_augmentation
from gradus.training.steps import Descent, Plan, Progress, Rates, last_step, run_steps, visited

__all__ = ["MiniBatches", "course_of", "fit", "fit_in_stretches"]


def fit(network: Network, data: Dataset, **settings: Any) -> Iterator[Epoch]:
    """Train the network, yielding a record after every epoch; the settings are those of `fit_in_stretches`."""
    return (record for record in fit_in_stretches(network, data, **settings) if isinstance(record, Epoch))


def fit_in_stretches(
    network: Network,
    data: Dataset,
    *,
    class_weights: ClassWeights | None = None,
    augmentation: str | Augmentation | None = None,
    resume: Path | None = None,
    **settings: Any,
) -> Generator[Stretch | Epoch]:
    """Train the network, yielding a `Stretch` a few times a second and an `Epoch` at the end of each.

    class_weights: "balanced", or numbers by class (`example_weights`); costs in training are then weighted means.
    augmentation: of the training images, anew in every epoch; a line such as "rotate10 shift2" (theory D3).
    settings: those of `Settings`, by name.  resume: a checkpoint of the same training, to go on from to the bits
    of a training that was not interrupted.
    A last mini-batch that is not full is a step of its own, as much smaller as it has fewer examples.
    Raises SettingError and DataError before the first step, and DivergedError when a cost is no longer finite.
    """
    course = course_of(network, data, Settings(**settings), class_weights, augmentation)
    # A generator starts with its first record: as a function of its own, it lets the checks come at the call.
    return follow(course, load_checkpoint(resume, course) if resume else beginning(course))


def course_of(
    network: Network,
    data: Dataset,
    settings: Settings,
    class_weights: ClassWeights | None = None,
    augmentation: str | Augmentation | None = None,
) -> Course:
    """The course that the settings call for. Raises SettingError."""
    if not settings.second_order:
        return MiniBatches(network, data, settings, class_weights, augmentation)
    if augmentation:
        raise SettingError(
            f"augmentation does not go with {settings.optimizer}, which needs the same images every time"
        )
    return AllExamples(network, data, settings, class_weights)


class MiniBatches(Course):
    """Mini-batches of the training examples, in a new order every epoch."""

    def __init__(
        self,
        network: Network,
        data: Dataset,
        settings: Settings,
        class_weights: ClassWeights | None = None,
        augmentation: str | Augmentation | None = None,
    ):
        check_fit(network, data, settings)
        self.network, self.data, self.settings = network, data, settings
        weights = example_weights(data, class_weights)
        self.examples: tuple[np.ndarray, ...] = tuple(data.training if weights is None else (*data.training, weights))
        self.on_device = tuple(map(jnp.asarray, self.examples))
        descent = Descent(settings.transformation(), settings.decays_beside)
        self.plan = Plan(
            network.chain, network.cost, data.preprocessing, descent, len(data.classes), settings.batch_size,
            checked_augmentation(augmentation, data),
        )  # fmt: skip
        n, batch = len(data.training.x), settings.batch_size
        self.sizes = np.minimum(batch, n - batch * np.arange(math.ceil(n / batch)))
        self.last_alone = bool(n % batch)

    def description(self) -> str:
        return f"{super().description()} {self.plan.augmentation}"

    def arrays(self) -> Sequence[np.ndarray]:
        return self.examples

    def start(self) -> Progress:
        params, state = self.network.params, self.network.state
        return Progress(params, state, self.plan.descent.optimizer.init(params), jnp.zeros(len(self.sizes)))

    def begin(self, progress: Progress, epoch: int) -> tuple[Progress, Any]:
        order = visiting_order(self.settings.seed, epoch, len(self.data.training.x))
        return progress, tuple(visited(part, order) for part in self.on_device)

    def run(self, progress: Progress, data: Any, start: int, stop: int, rates: Rates) -> Progress:
        return run_steps(self.plan, progress, data, start, stop, rates)

    def last(self, progress: Progress, data: Any, rates: Rates) -> Progress:
        batch = tuple(part[-self.sizes[-1] :] for part in data)
        return last_step(self.plan, progress, batch, len(self.sizes) - 1, rates)

    def evaluate(self, network: Network) -> Evaluation | None:
        validation = self.data.validation
        return evaluate(network, validation, self.data.preprocessing) if len(validation.x) else None


def visiting_order(seed: int, epoch: int, n: int) -> jax.Array:
    """The order in which an epoch visits the n examples: it follows from the seed and the epoch alone."""
    return jnp.asarray(np.random.default_rng([seed, epoch]).permutation(n).astype(np.int32))
