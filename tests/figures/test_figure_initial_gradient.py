"""Neurons of the first hidden layer begin to learn more slowly than those of the second (theory G1)."""

import jax
import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import initial_gradient
from gradus.figures.gradients import deep_sigmoid_network, inputs_and_targets


def test_the_first_layer_begins_more_slowly() -> None:
    measurement = initial_gradient.measure(SmallSources(), examples=200, seeds=3)
    runs, book = measurement.plot_data
    assert book is None
    assert measurement.sentences == ("shows", "no_curve")
    assert runs.shape == (3, 2, 30)
    assert measurement.claim_holds
    assert measurement.numbers["slower"] > 1.5
    check_figure("initial-gradient", measurement)


def test_the_speeds_are_the_gradients_of_the_biases() -> None:
    data = SmallSources().mnist.with_examples(50)
    network = deep_sigmoid_network(data, 2, seed=1)
    x, y = inputs_and_targets(data)

    def cost(params: tuple) -> jax.Array:
        a = x.reshape(len(x), -1)
        for layer in (p for p in params if p):
            a = jax.nn.sigmoid(a @ layer.w.T + layer.b)
        return -(y * jax.numpy.log(a) + (1 - y) * jax.numpy.log(1 - a)).sum(axis=1).mean()

    first, second, _ = (gradient.b for gradient in jax.jit(jax.grad(cost))(network.params) if gradient)
    assert np.allclose(initial_gradient.bias_gradients(data, 1), np.abs([first, second]), rtol=1e-4, atol=1e-7)


class WithCurve(SmallSources):
    """Six neurons of each layer."""

    def __init__(self, fastest: float) -> None:
        super().__init__(None)
        self.fastest = fastest

    def curve(self, name: str) -> list[list[float]]:
        return [[-0.01] * 6, [0.03] * 5 + [self.fastest]]


@pytest.mark.parametrize(("fastest", "says"), [(-0.03, "agrees"), (-30.0, "differs")])
def test_the_books_neurons_are_compared(fastest: float, says: str) -> None:
    measurement = initial_gradient.measure(WithCurve(fastest), examples=200, seeds=2)
    assert measurement.sentences == ("shows", says)
    if says == "agrees":
        assert measurement.numbers["book_slower"] == pytest.approx(3)
    check_figure("initial-gradient", measurement)
