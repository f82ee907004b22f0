"""One sigmoid neuron learns to turn x = 1 into y = 0 (theory B5; Nielsen, chapter 3), to four decimals."""

from math import exp

import jax
import jax.numpy as jnp
import pytest

from gradus.equations import Cost, CrossEntropy, Quadratic
from gradus.layers import Chain, Dense, DenseParams
from gradus.network import backprop

pytestmark = pytest.mark.usefixtures("float64")

EASY, HARD = (0.6, 0.9), (2.0, 2.0)  # starts (w, b)
NEURON = Chain((Dense(1),))
X, Y = [[1.0]], [[0.0]]


def outputs(cost: Cost, eta: float, start: tuple[float, float], epochs: int = 300) -> list[float]:
    """The neuron's output a after 0, 1, 2, ... epochs of plain descent."""
    w, b = start
    params = (DenseParams(jnp.array([[w]]), jnp.array([b])),)
    x, y = jnp.array(X), jnp.array(Y)

    def step(params: tuple, _: None) -> tuple[tuple, jax.Array]:
        a = cost.output(NEURON.forward(params, x)[0])
        _, gradients, *_ = backprop(NEURON, cost, params, x, y)
        return jax.tree.map(lambda p, gradient: p - eta * gradient, params, gradients), a[0, 0]

    _, a = jax.lax.scan(step, params, length=epochs + 1)
    return [float(output) for output in a]


@pytest.mark.parametrize(
    ("cost", "eta", "start", "expected"),
    [
        (Quadratic("sigmoid"), 0.15, EASY, {0: "0.8176", 150: "0.1527", 300: "0.0940"}),
        (Quadratic("sigmoid"), 0.15, HARD, {0: "0.9820", 150: "0.9334", 300: "0.2028"}),
        (CrossEntropy(), 0.15, EASY, {0: "0.8176", 50: "0.0792"}),
        (CrossEntropy(), 0.15, HARD, {0: "0.9820", 50: "0.0985"}),
        (CrossEntropy(), 0.005, EASY, {0: "0.8176", 300: "0.4177"}),
        (CrossEntropy(), 0.005, HARD, {0: "0.9820", 300: "0.7796"}),
    ],
)
def test_the_table(cost: Cost, eta: float, start: tuple[float, float], expected: dict[int, str]) -> None:
    a = outputs(cost, eta, start)
    assert {epoch: f"{a[epoch]:.4f}" for epoch in expected} == expected


def test_the_first_step_by_hand() -> None:
    # Start (2, 2): a = sigmoid(4). Cross-entropy's delta = a, and x = 1, so dw = db = a: z falls by 2 eta a.
    a, after = outputs(CrossEntropy(), 0.15, HARD, epochs=1)
    assert after == pytest.approx(1 / (1 + exp(-(4 - 2 * 0.15 * a))), rel=1e-14)
    # The quadratic cost's delta = a * a (1 - a): z falls by 2 eta a^2 (1 - a), fifty times less.
    a, after = outputs(Quadratic("sigmoid"), 0.15, HARD, epochs=1)
    assert after == pytest.approx(1 / (1 + exp(-(4 - 2 * 0.15 * a**2 * (1 - a)))), rel=1e-14)


def test_the_plateau() -> None:
    """Badly wrong, the quadratic cost learns slowly at first; cross-entropy learns fastest there."""
    quadratic, cross_entropy = outputs(Quadratic("sigmoid"), 0.15, HARD), outputs(CrossEntropy(), 0.15, HARD)
    assert quadratic[0] - quadratic[50] < 0.02
    assert cross_entropy[0] - cross_entropy[50] > 0.8
