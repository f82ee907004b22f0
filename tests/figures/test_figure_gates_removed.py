"""An LSTM in which one gate is always 1: which gate is missed most depends on the task (theory F4)."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import gates_removed
from gradus.recurrent import LSTM

ERRORS = {  # of always answering 1, by gate and length
    ("all", 20): 0.01, ("forget", 20): 0.01, ("input", 20): 0.02, ("output", 20): 0.01,
    ("all", 60): 0.01, ("forget", 60): 0.5, ("input", 60): 0.9, ("output", 60): 0.02,
}  # fmt: skip
NATS = {"all": 2.0, "forget": 2.4, "input": 2.01, "output": 2.05}


@pytest.mark.parametrize("gate", gates_removed.BLOCKS)
def test_an_open_gate_is_one_that_is_nailed_open(gate: str) -> None:
    """With weights 0 and a bias of 30 it is 1 in float32, and its derivative 0."""
    nailed, removed = LSTM(4), gates_removed.OpenGate(4, gate=gate)
    params, _, _ = removed.init(jax.random.key(0), (6, 3))
    x = jax.random.normal(jax.random.key(1), (5, 6, 3))
    dy = jax.random.normal(jax.random.key(2), (5, 6, 4))
    block = gates_removed.BLOCKS[gate]
    rows = slice(4 * block, 4 * block + 4)
    at_30 = params._replace(w_x=params.w_x.at[rows].set(0), w_h=params.w_h.at[rows].set(0), b=params.b.at[rows].set(30))
    y, cache = removed.forward(params, x)
    expected, expected_cache = nailed.forward(at_30, x)
    assert np.asarray(y) == pytest.approx(np.asarray(expected), abs=1e-6)
    dx, gradients = removed.backward(params, cache, dy)
    expected_dx, expected_gradients = nailed.backward(at_30, expected_cache, dy)
    assert np.asarray(dx) == pytest.approx(np.asarray(expected_dx), abs=1e-5)
    for gradient, one in zip(gradients, expected_gradients, strict=True):
        assert np.asarray(gradient) == pytest.approx(np.asarray(one), abs=1e-5)
        assert (gradient[rows] == 0).all()


def test_the_picture_and_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """With results made up: training all networks would take too long for a test."""
    monkeypatch.setattr(gates_removed, "adding_error", lambda steps, setting, seed: ERRORS[setting])
    monkeypatch.setattr(gates_removed, "text_cost", lambda text, cells, epochs, removed, seed: NATS[removed])
    measurement = gates_removed.measure(SmallSources(), seeds=2)
    numbers = measurement.numbers
    assert measurement.claim_holds
    assert measurement.sentences == ("shows", "tasks_differ")
    assert [numbers[f"{name}_long"] for name in gates_removed.NETWORKS] == [2, 0, 0, 2]
    assert [numbers[f"{name}_short"] for name in gates_removed.NETWORKS] == [2, 2, 2, 2]
    assert numbers["input_error"] == pytest.approx(90)
    assert numbers["forget_nats"] == 2.4
    check_figure("gates-removed", measurement)
    for failing in (("all", 60), ("input", 20)):
        with monkeypatch.context() as context:
            context.setitem(ERRORS, failing, 0.3)
            assert not gates_removed.measure(SmallSources(), seeds=2).claim_holds


def test_the_answer_is_the_gates_that_are_missed_most() -> None:
    errors = {(gate, 60): np.array([ERRORS[gate, 60]]) for gate in gates_removed.NETWORKS}
    nats = {gate: np.array([cost]) for gate, cost in NATS.items()}
    assert gates_removed.answer(errors, nats, 60) == "tasks_differ"
    assert gates_removed.answer(errors | {("forget", 60): np.ones(1)}, nats, 60) == "forget_most"
    assert gates_removed.answer(errors, nats | {"output": np.full(1, 3.0)}, 60) == "other_gates"


@pytest.mark.slow
def test_an_lstm_without_a_gate_learns_a_short_lag() -> None:
    assert gates_removed.adding_error(400, ("forget", 8), seed=0) < 0.2


@pytest.mark.slow
def test_a_language_model_needs_its_forget_gate() -> None:
    text = SmallSources().text
    costs = {gate: gates_removed.text_cost(text, 32, 4, gate, seed=0) for gate in ("all", "forget")}
    assert costs["all"] < costs["forget"] < np.log(len(text.vocabulary))
    assert jnp.isfinite(costs["forget"])
