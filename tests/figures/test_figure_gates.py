"""Cells and gates of an LSTM that follow quotes, line ends and indentation (theory F4)."""

import jax
import numpy as np
import pytest
from scipy.special import expit as sigmoid
from small import SmallSources, check_figure

from gradus.figures import gates
from gradus.language import text_network


@pytest.mark.slow
def test_a_forget_gate_closes_at_line_ends_in_a_text_on_which_it_was_not_chosen() -> None:
    measurement = gates.measure(SmallSources(), layers="lstm64", epochs=4)
    numbers = measurement.numbers
    assert numbers["line_ends_score"] < -0.4
    assert numbers["at_ends"] < 0.8 * numbers["elsewhere"]
    assert "".join(measurement.table["character"]).endswith("\n")
    check_figure("gates", measurement)


def test_traits_are_read_off_the_text() -> None:
    found = gates.traits('a "b\n\n   c "d\n')
    assert list(found["quotes"]) == [0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1]
    assert list(found["line_ends"]) == [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1]
    assert list(found["indentation"]) == [0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 3, 0]


def test_the_cells_follow_from_the_gates() -> None:
    text = SmallSources().text
    numbers = text.test[:40]
    network = text_network(text, "lstm8")
    values = gates.read_text(network, numbers)
    embedding, lstm = jax.tree.map(np.asarray, network.params[:2])
    z, h, c = embedding.w.T[numbers] @ lstm.w_x.T + lstm.b, np.zeros(8), np.zeros(8)
    for step in range(40):
        z_f, z_i, z_g, z_o = np.split(z[step] + lstm.w_h @ h, 4)
        c = sigmoid(z_f) * c + sigmoid(z_i) * np.tanh(z_g)
        h = sigmoid(z_o) * np.tanh(c)
        expected = {"cell": np.tanh(c), "forget": sigmoid(z_f), "input": sigmoid(z_i), "output": sigmoid(z_o)}
        for name, value in expected.items():
            assert values[name][step] == pytest.approx(value, abs=1e-5)


def test_correlations_are_those_of_numpy() -> None:
    rng = np.random.default_rng(0)
    values, trait = rng.normal(size=(50, 3)), rng.normal(size=50)
    expected = [np.corrcoef(column, trait)[0, 1] for column in values.T]
    assert gates.correlations(values, trait) == pytest.approx(np.array(expected))
    assert list(gates.correlations(np.ones((50, 2)), trait)) == [0, 0]


def test_all_cells_together_predict_a_trait_that_is_spread_over_them() -> None:
    there, here = np.random.default_rng(0).normal(size=(2, 200, 3))
    weights = np.array([1.0, -2.0, 3.0])
    predicted = gates.predict(there, there @ weights + 5, here)
    assert gates.correlations(predicted[:, None], here @ weights) == pytest.approx(1)
    assert max(abs(gates.correlations(here, here @ weights))) < 0.95
