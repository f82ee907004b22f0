"""The step that is drawn agrees with NumPy's arithmetic of the four equations, and lowers the cost (theory C3)."""

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import backpropagation


def test_the_numbers_are_those_of_the_four_equations() -> None:
    measurement = backpropagation.measure(SmallSources())
    assert measurement.claim_holds
    layers, names, values = measurement.table.values()
    numbers = {(layer, name): value for layer, name, value in zip(layers, names, values, strict=True)}
    x = np.array([numbers[0, "x1"], numbers[0, "x2"]])
    w, b = {}, {}
    for layer in (1, 2):
        w[layer] = np.array([[numbers[layer, f"w{j}{k}"] for k in (1, 2)] for j in (1, 2)])
        b[layer] = np.array([numbers[layer, f"b{j}"] for j in (1, 2)])

    def sigmoid(z: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-z))

    a1 = sigmoid(w[1] @ x + b[1])
    a2 = sigmoid(w[2] @ a1 + b[2])
    delta2 = (a2 - [1, 0]) * a2 * (1 - a2)  # BP1
    delta1 = (w[2].T @ delta2) * a1 * (1 - a1)  # BP2
    for layer, delta, a in ((1, delta1, x), (2, delta2, a1)):
        for j in (1, 2):
            assert numbers[layer, f"dC/db{j}"] == pytest.approx(delta[j - 1], abs=1e-6)  # BP3
            for k in (1, 2):
                gradient = a[k - 1] * delta[j - 1]  # BP4
                assert numbers[layer, f"dC/dw{j}{k}"] == pytest.approx(gradient, abs=1e-6)
                assert numbers[layer, f"new w{j}{k}"] == pytest.approx(
                    w[layer][j - 1, k - 1] - 0.5 * gradient, abs=1e-6
                )
    check_figure("backpropagation", measurement)
