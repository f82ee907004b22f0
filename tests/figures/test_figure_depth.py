"""Which optimizers leave the plateau of a deep network of sigmoids (theory G3)."""

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import depth
from gradus.figures.depth import Setting
from gradus.figures.experiments import without_validation
from gradus.models import evaluate
from gradus.runs import fit
from gradus.training import build_network

DEPTHS = {"sigmoid": (1, 8), "relu": (8,)}


@pytest.mark.parametrize("name", depth.ETAS)
def test_every_optimizer_starts_from_the_same_cost_and_lowers_it(name: str) -> None:
    data = SmallSources().digits
    network = build_network(data, "64-30-10", activation="sigmoid", seed=1)
    costs = depth.costs_by_pass(data, 8, Setting("sigmoid", 1, name, depth.ETAS[name][-1]), seed=1)
    assert costs.shape == (9,)
    assert costs[0] == pytest.approx(evaluate(network, data.training, data.preprocessing).cost, rel=1e-5)
    assert costs[-1] < costs[0]


def test_a_first_order_method_takes_the_steps_of_the_training() -> None:
    data = SmallSources().digits
    costs = depth.costs_by_pass(data, 4, Setting("relu", 2, "momentum", 0.1), seed=0)
    settings = {"optimizer": "momentum", "learning_rate": 0.1, "batch_size": len(data.training.x), "seed": 0}
    epochs = fit(build_network(data, "64-30-30-10"), without_validation(data), epochs=5, **settings)
    assert costs == pytest.approx([epoch.cost for epoch in epochs], rel=1e-4)


def test_the_plateau_is_the_entropy_of_the_classes() -> None:
    assert depth.plateau_cost(SmallSources().digits) == pytest.approx(np.log(10), abs=0.01)


def made_up(ends: dict[tuple[str, int, str], float]):
    """Costs that fall from 2.4 to the given ones, at every eta but the first, at which they diverge."""

    def costs_by_pass(data: object, passes: int, setting: Setting, seed: int) -> np.ndarray:
        *network, eta = setting
        etas = depth.ETAS[setting.optimizer]
        is_bad = len(etas) > 1 and eta == etas[0]
        return np.linspace(2.4, np.nan if is_bad else ends.get(tuple(network), 0.01), passes + 1)

    return costs_by_pass


def test_the_picture_and_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """With costs made up: training all networks would take too long for a test."""
    stuck = {("sigmoid", 8, name): 2.3 for name in ("gradient-descent", "momentum", "newton-cg")}
    monkeypatch.setattr(depth, "costs_by_pass", made_up(stuck))
    measurement = depth.measure(SmallSources(), passes=20, seeds=2, depths=DEPTHS)
    assert measurement.claim_holds
    assert measurement.sentences == ("shows", "lbfgs_learns", "newton_cg_fails", "relu")
    assert measurement.numbers["gradient_descent_stuck"] == measurement.numbers["newton_cg_stuck"] == "0, 2"
    assert measurement.numbers["lbfgs_stuck"] == "0, 0"
    assert measurement.numbers["momentum_learned"] == "2"
    check_figure("depth", measurement)


@pytest.mark.parametrize(
    "ends",
    [
        {},  # descent learns at every depth
        {("sigmoid", 8, "gradient-descent"): 2.3, ("sigmoid", 8, "momentum"): 2.3, ("sigmoid", 1, "lbfgs"): 2.3},
        {("sigmoid", 8, "gradient-descent"): 2.3, ("sigmoid", 8, "momentum"): 2.3, ("relu", 8, "momentum"): 2.0},
    ],
)
def test_the_claim_falls_with_each_of_its_parts(monkeypatch: pytest.MonkeyPatch, ends: dict) -> None:
    monkeypatch.setattr(depth, "costs_by_pass", made_up(ends))
    measurement = depth.measure(SmallSources(), passes=20, seeds=1, depths=DEPTHS)
    assert not measurement.claim_holds
    fails = any(name == "lbfgs" for _, _, name in ends)
    assert measurement.sentences[1] == ("lbfgs_fails" if fails else "lbfgs_learns")
