"""The rungs of the ladder and their training, whose results are kept (theory E7; Nielsen, chapter 6)."""

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import platformdirs

from gradus import __version__
from gradus.data import Dataset, Examples
from gradus.figures.experiments import SEEDS, map_threads
from gradus.files import write_atomically
from gradus.models import Model
from gradus.runs import fit
from gradus.training import build_network

__all__ = ["RUNGS", "TOLERANCE", "VOTE", "Rung", "RungResult", "select_data", "train_ladder"]

VOTERS = 5
CONVOLUTIONS = "conv20-5x5 maxpool2 conv40-5x5 maxpool2"
DEFORMATION = "rotate15 shift1 scale0.15 elastic0.7"  # the book has five copies of every image, four of them shifted
QUICK, QUICK_VALIDATION = 3_000, 2_000  # images


@dataclass(frozen=True)
class Rung:
    """One network of the book's chapter 6, and its training here: plain descent.

    Args:
        book: its test accuracy in the book, in percent.
        learning_rate: at the start; it falls along a cosine.
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
            learning_rate=0.1, epochs=60, batch_size=32, augmentation=DEFORMATION, seeds=VOTERS)  # fmt: skip
RUNGS = (
    Rung("full", "dense100 dense10", 97.80, epochs=60, **SIGMOID),
    Rung("one", "conv20-5x5 maxpool2 dense100 dense10", 98.78, **SIGMOID),
    Rung("two", f"{CONVOLUTIONS} dense100 dense10", 99.06, **SIGMOID),
    Rung("relu", f"{CONVOLUTIONS} dense100 dense10", 99.23),
    Rung("deformed", f"{CONVOLUTIONS} dense100 dense10", 99.37, augmentation=DEFORMATION),
    Rung("wide300", f"{CONVOLUTIONS} dense300 dense10", 99.46, augmentation=DEFORMATION),
    Rung("wide1000", f"{CONVOLUTIONS} dense1000 dense10", 99.43, augmentation=DEFORMATION),
    Rung("deep100", f"{CONVOLUTIONS} dense100 dense100 dense10", 99.43, augmentation=DEFORMATION),
    Rung("deep300", f"{CONVOLUTIONS} dense300 dense300 dense10", 99.48, augmentation=DEFORMATION),
    Rung("deep1000", f"{CONVOLUTIONS} dense1000 dense1000 dense10", 99.47, augmentation=DEFORMATION),
    LAST,
)
VOTE = 99.67  # the book's five networks
TOLERANCE = 0.05  # percentage points that a rung may lie below the book's


class RungResult(NamedTuple):
    """One training of a rung, at the epoch that is best on the validation images.

    Args:
        validation, test: accuracies, 0 to 1.
        votes: the digit that the network sees in each test image.
    """

    rung: str
    seed: int
    epoch: int
    validation: float
    test: float
    seconds: float
    votes: str


def train_ladder(data: Dataset, quick: bool = False, rungs: Sequence[Rung] = RUNGS) -> Iterator[RungResult]:
    """Train every rung, one seed after the other; results of earlier calls are reused.

    As many trainings as there are processors go side by side: batches of 10 keep only one of them busy.

    Args:
        data: MNIST.
        quick: use a part of the images, and one seed for each rung but the last, whose networks vote.
    """
    data = select_data(data, quick)
    seeds = {rung: 1 if quick and rung != rungs[-1] else rung.seeds for rung in rungs}
    trainings = [(rung, seed) for seed in range(max(seeds.values())) for rung in rungs if seed < seeds[rung]]
    return map_threads(lambda training: cached_result(*training, data), trainings)


def select_data(data: Dataset, quick: bool) -> Dataset:
    """The data to climb with; quick: 3,000 training and 2,000 validation images, and all test images."""
    if not quick:
        return data
    few = data.with_examples(QUICK)
    return replace(few, validation=Examples(*(part[:QUICK_VALIDATION] for part in few.validation)))


def cached_result(rung: Rung, seed: int, data: Dataset) -> RungResult:
    """The result of an earlier training, else that of a training now, which is kept."""
    path = cache_folder() / f"{rung.name}-{seed}-{cache_key(rung, seed, len(data.training.x))}.json"
    try:
        return RungResult(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):  # missing or damaged
        result = train(rung, seed, data)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(result._asdict()).encode())
        return result


def cache_folder() -> Path:
    """Where results are kept."""
    return platformdirs.user_cache_path("gradus") / "ladder"


def cache_key(rung: Rung, seed: int, images: int) -> str:
    """A hash of everything that the result depends on: settings, images, and the version of Gradus."""
    settings = {name: value for name, value in asdict(rung).items() if name not in ("name", "book", "seeds")}
    text = json.dumps([__version__, settings, seed, images])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def train(rung: Rung, seed: int, data: Dataset) -> RungResult:
    """Train once, and test the weights of the epoch that is best on the validation images."""
    start = time.perf_counter()
    network = build_network(data, rung.layers, activation=rung.activation, seed=seed)
    *_, last = fit(
        network, data, epochs=rung.epochs, learning_rate=rung.learning_rate, schedule="cosine",
        batch_size=rung.batch_size, l2=rung.l2, augmentation=rung.augmentation, patience=rung.epochs, seed=seed,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    best = last.position.best
    votes = Model(last.best_network, data.preprocessing, data.classes).predict(data.test.x)
    test = float((votes == data.test.y).mean())
    return RungResult(rung.name, seed, int(best.epoch), float(best.score), test, seconds, "".join(map(str, votes)))
