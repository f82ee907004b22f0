"""Each setting's best learning rate: the search of theory D7 on a made-up accuracy."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from small import SmallSources

from gradus.errors import DivergedError
from gradus.figures import etas


class Trained(NamedTuple):
    """A network after training, as far as the made-up accuracy depends on it."""

    eta: float
    seed: int


class Score(NamedTuple):
    accuracy: float
    cost: float


def test_the_best_rate_is_found_and_one_that_diverges_for_a_single_seed_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = set()

    def networks(start: int, data: Any, learning_rate: float, seed: int, epochs: int) -> Iterator[Trained]:
        assert (start, epochs) == (seed, 7)
        tried.add(learning_rate)
        yield Trained(learning_rate, seed)
        if learning_rate > 4 and seed == 1:
            raise DivergedError("the cost is not finite", 1, 1, None)

    def evaluate(network: Trained, *_: Any) -> Score:
        return Score(-abs(np.log10(network.eta / 100)), 1.0)  # best at 100, where seed 1 diverges

    monkeypatch.setattr(etas, "networks_by_epoch", networks)
    monkeypatch.setattr(etas, "evaluate", evaluate)
    assert etas.best_eta(lambda seed: seed, SmallSources().mnist, seeds=2, epochs=7) == 3.2  # type: ignore[arg-type,return-value]
    assert {0.01, 0.1, 1.0, 10.0, 3.2, 4.6, 2.2} <= tried
