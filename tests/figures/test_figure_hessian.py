"""Steps and passes to the same cost, from few to many (theory D8)."""

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import hessian


@pytest.mark.slow
def test_newton_cg_has_the_fewest_steps_and_second_derivatives_save_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hessian, "ETAS", hessian.ETAS | {"gradient-descent": (0.3, 1.0), "momentum": (0.1, 0.3)})
    measurement = hessian.measure(SmallSources(), passes=60, seeds=1)
    numbers = measurement.numbers
    assert measurement.claim_holds
    assert numbers["newton_cg_steps"] < numbers["lbfgs_steps"] < numbers["gradient_descent_steps"] == 60
    assert numbers["newton_cg_steps"] < numbers["newton_cg_passes"] < 60
    assert numbers["lbfgs_end"] < numbers["gradient_descent_end"]
    check_figure("hessian", measurement)


def test_a_cost_counts_from_the_pass_at_which_its_step_ended() -> None:
    run = np.array([[0, 2.0], [2.5, 1.0], [4, 0.5]])
    assert hessian.costs_at(np.arange(6), run).tolist() == [2, 2, 2, 1, 0.5, 0.5]
    assert hessian.first_below(1.0, run) == (1, 2.5)
    assert hessian.first_below(0.1, run) == (np.inf, np.inf)
