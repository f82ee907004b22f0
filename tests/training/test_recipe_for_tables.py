"""The recipe of Holzmueller et al. (2024) with our layers, and the same written out with jax.grad and optax."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from examples import last

import gradus
from gradus.layers import NTKDenseParams, ScaleParams, scale_learning_rates
from gradus.training.examples import epoch_permutation

LINE = "scale ntkdense16 selu ntkdense16 selu ntkdense16 selu ntkdense3-zeros"
EPOCHS, BATCH, ETA = 4, 20, 0.04


@pytest.fixture(scope="module")
def data() -> gradus.Dataset:
    random = np.random.default_rng(0)
    x = random.normal(size=(100, 5)).astype(np.float32)
    part = gradus.Examples(x, (x[:, 0] > 0).astype(int) + (x[:, 1] > 0.5))
    return gradus.Dataset("table", part, part, part, ("a", "b", "c"))


def z(params, x):
    """The whole network, on one screen."""
    scale, *layers = params
    a = x * scale.s
    for number, layer in enumerate(layers):
        a = a @ layer.w.T / np.sqrt(a.shape[1]) + layer.b
        a = jax.nn.selu(a) if number < 3 else a
    return a


def test_a_training_is_that_of_the_paper_written_out(data: gradus.Dataset):
    network = gradus.build_network(data, LINE, seed=1)
    record = last(
        gradus.fit(
            network,
            data,
            epochs=EPOCHS,
            batch_size=BATCH,
            learning_rate=ETA,
            optimizer="adam95",
            schedule="coslog4",
            label_smoothing=0.1,
        )
    )
    params = [part for part in network.params if part != ()]
    adam = optax.scale_by_adam(b1=0.9, b2=0.95)
    state = adam.init(params)
    for epoch in range(EPOCHS):
        for step, rows in enumerate(np.asarray(epoch_permutation(0, epoch + 1, 100)).reshape(-1, BATCH)):
            x, y = data.training.x[rows], jax.nn.one_hot(data.training.y[rows], 3)

            def cost(params, x=x, y=y):
                return optax.softmax_cross_entropy(z(params, x), optax.smooth_labels(y, 0.1)).mean()

            t = (epoch * 5 + step) / (EPOCHS * 5)
            eta = ETA * (0.5 - 0.5 * np.cos(2 * np.pi * np.log2(1 + 15 * t)))
            updates, state = adam.update(jax.grad(cost)(params), state)
            factors = [ScaleParams(6.0)] + [NTKDenseParams(1.0, 0.1)] * 4
            params = jax.tree.map(lambda w, u, f, eta=eta: w - eta * f * u, params, updates, factors)
    found = [part for part in record.network.params if part != ()]
    for ours, theirs in zip(jax.tree.leaves(found), jax.tree.leaves(params), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5)


def test_the_initial_weights_are_of_size_1_and_those_of_the_output_0(data: gradus.Dataset):
    network = gradus.build_network(data, LINE.replace("16", "400"), seed=2)
    scale, first, *_, output = (part for part in network.params if part != ())
    assert (scale.s == 1).all()
    assert np.std(first.w) == pytest.approx(1, abs=0.05)
    assert np.std(first.b) == pytest.approx(1, abs=0.1)
    assert not output.w.any()
    assert not output.b.any()
    assert str(network.chain) == LINE.replace("16", "400")


def test_only_parameters_that_declare_factors_take_other_steps():
    dense = gradus.layers.DenseParams(jnp.ones((2, 2)), jnp.ones(2))
    ntk, scale = NTKDenseParams(jnp.ones((2, 2)), jnp.ones(2)), ScaleParams(jnp.ones(2))
    found = scale_learning_rates(((), dense, (ntk, [scale])))
    assert found[1].b.tolist() == [1, 1]
    assert found[2][0].w.tolist() == [[1, 1], [1, 1]]
    np.testing.assert_allclose(found[2][0].b, 0.1)
    np.testing.assert_allclose(found[2][1][0].s, 6)
