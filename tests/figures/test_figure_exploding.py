"""Weights k times larger, z kept at 0: gradients grow by k/4 from each layer to the one before (theory G2)."""

import jax.numpy as jnp
import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.equations import CrossEntropy
from gradus.figures import exploding
from gradus.layers import Dense
from gradus.network import Network
from gradus.notation import mlp


@pytest.mark.slow
def test_gradients_grow_by_a_quarter_of_the_factor() -> None:
    measurement = exploding.measure(SmallSources(), layers=6, seeds=2)
    norms, growths = measurement.plot_data
    assert measurement.claim_holds
    assert growths[True].mean(axis=0) == pytest.approx(np.array(exploding.FACTORS) / 4, rel=0.1)
    assert norms[100, True][:, 0].min() > 1e6 * norms[100, True][:, -1].max()  # (100/4)^5 = 9.8e6
    assert norms[1, True][:, 0].max() < 1e-2 * norms[1, True][:, -1].min()  # (1/4)^5 = 1e-3
    check_figure("exploding", measurement)


def test_biases_that_centre_make_every_weighted_input_0() -> None:
    network = Network.create(mlp([4, 3, 3, 2], weights="gaussian"), CrossEntropy(), (4,))
    params = exploding.centre(network, a := jnp.arange(4.0)[None])
    for layer, p in zip(network.chain.layers, params, strict=True):
        a, _ = layer.forward(p, a)
        if isinstance(layer, Dense):
            assert np.asarray(a) == pytest.approx(0, abs=1e-6)


def test_the_growth_of_a_geometric_sequence_is_its_ratio() -> None:
    assert exploding.growth(np.array([[80.0, 40, 20, 10], [1, 3, 9, 27]])) == pytest.approx([2, 1 / 3])
