"""The rungs of the ladder, and the training of each, whose result is kept (theory E7; Nielsen, chapter 6)."""

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import platformdirs

from gradus import __version__
from gradus.data import Dataset
from gradus.figures import LADDER
from gradus.figures.experiments import SEEDS, as_finished
from gradus.files.atomic import write_atomically
from gradus.models import Model
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["NEAR", "RUNGS", "VOTE", "Rung", "Trained", "climb"]

VOTERS = 5
CONVOLUTIONS = "conv20-5x5 maxpool2 conv40-5x5 maxpool2"
DEFORMED = "rotate15 shift1 scale0.15 elastic0.7"  # the book has five copies of every image, four of them shifted


@dataclass(frozen=True)
class Rung:
    """One network of the book's chapter 6, and how it is trained here: by plain descent.

    book: its test accuracy there, in percent.  learning_rate: at the start; it falls along a cosine.
    """

    name: str
    layers: str
    book: float
    activation: str = "relu"
    learning_rate: float = 0.05
    l2: float = 0.1
    epochs: int = 20
    batch_size: int = 10
    augmentation: str | None = None
    seeds: int = SEEDS


SIGMOID: dict[str, Any] = {"activation": "sigmoid", "learning_rate": 0.3, "l2": 0.5}
LAST = Rung("dropout", f"{CONVOLUTIONS} dense1000 dropout0.5 dense1000 dropout0.5 dense10", 99.60,
            learning_rate=0.1, epochs=60, batch_size=32, augmentation=DEFORMED, seeds=VOTERS)  # fmt: skip
RUNGS = (
    Rung("full", "dense100 dense10", 97.80, epochs=60, **SIGMOID),
    Rung("one", "conv20-5x5 maxpool2 dense100 dense10", 98.78, **SIGMOID),
    Rung("two", f"{CONVOLUTIONS} dense100 dense10", 99.06, **SIGMOID),
    Rung("relu", f"{CONVOLUTIONS} dense100 dense10", 99.23),
    Rung("deformed", f"{CONVOLUTIONS} dense100 dense10", 99.37, augmentation=DEFORMED),
    Rung("wide300", f"{CONVOLUTIONS} dense300 dense10", 99.46, augmentation=DEFORMED),
    Rung("wide1000", f"{CONVOLUTIONS} dense1000 dense10", 99.43, augmentation=DEFORMED),
    Rung("deep100", f"{CONVOLUTIONS} dense100 dense100 dense10", 99.43, augmentation=DEFORMED),
    Rung("deep300", f"{CONVOLUTIONS} dense300 dense300 dense10", 99.48, augmentation=DEFORMED),
    Rung("deep1000", f"{CONVOLUTIONS} dense1000 dense1000 dense10", 99.47, augmentation=DEFORMED),
    LAST,
)
VOTE = 99.67  # the book's five
NEAR = 0.05  # a rung may lie so far below the book's


class Trained(NamedTuple):
    """One training of a rung, at the epoch that was best on the validation images. votes: a digit a test image."""

    rung: str
    seed: int
    epoch: int
    validation: float
    test: float
    seconds: float
    votes: str


def climb(data: Dataset, quick: bool = False, rungs: Sequence[Rung] = RUNGS) -> Iterator[Trained]:
    """Train every rung, one seed after the other, but for those whose result is kept from before.

    Several go side by side, as many as there are processors: batches of 10 leave all but one of them idle.
    quick: with one seed each, but for the last, whose networks vote.
    """
    seeds = {rung: 1 if quick and rung != rungs[-1] else rung.seeds for rung in rungs}
    trainings = [(rung, seed) for seed in range(max(seeds.values())) for rung in rungs if seed < seeds[rung]]

    def result(training: tuple[Rung, int]) -> Trained:
        rung, seed = training
        return kept(rung, seed, data)

    return as_finished(result, trainings)


def kept(rung: Rung, seed: int, data: Dataset) -> Trained:
    """The result that an earlier run left, else that of a training now, which is left for later."""
    path = cache() / f"{rung.name}-{seed}-{key(rung, seed, len(data.training.x))}.json"
    try:
        return Trained(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):  # none there, or none that can be read: train it
        result = train(rung, seed, data)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(result._asdict()).encode())
        return result


def cache() -> Path:
    """Where results are kept."""
    return platformdirs.user_cache_path("gradus") / LADDER


def key(rung: Rung, seed: int, images: int) -> str:
    """Tells apart what comes to another result: settings, images, and the version of the code."""
    settings = {name: value for name, value in asdict(rung).items() if name not in ("name", "book", "seeds")}
    described = json.dumps([__version__, settings, seed, images])
    return hashlib.sha256(described.encode()).hexdigest()[:16]


def train(rung: Rung, seed: int, data: Dataset) -> Trained:
    """Train once, and look at the test images with the weights of the epoch that was best on the validation images."""
    began = time.perf_counter()
    network = build_network(data, rung.layers, activation=rung.activation, seed=seed)
    run = fit(
        network, data, epochs=rung.epochs, learning_rate=rung.learning_rate, schedule="cosine",
        batch_size=rung.batch_size, l2=rung.l2, augmentation=rung.augmentation, patience=rung.epochs, seed=seed,
    )  # fmt: skip
    *_, last = run
    seconds = time.perf_counter() - began
    best = last.position.best
    votes = Model(last.best_network, data.preprocessing, data.classes).predict(data.test.x)
    test = float((votes == data.test.y).mean())
    return Trained(rung.name, seed, int(best.epoch), float(best.score), test, seconds, "".join(map(str, votes)))
