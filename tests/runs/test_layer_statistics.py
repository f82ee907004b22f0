"""What is measured inside each layer: against NumPy, automatic differentiation, and numbers that are known."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradus.equations import ACTIVATIONS, LogLikelihood
from gradus.layers import LAYERS, Activation, Chain, Conv, ConvParams, Dense, DenseParams, Layer, Residual
from gradus.network import Network, trace
from gradus.notation import parse
from gradus.recurrent import GRU, RNN, Bidirectional, LastStep
from gradus.runs import FLAT, layer_statistics
from gradus.training import LayerStatistics

pytestmark = pytest.mark.usefixtures("float64")


def measured(
    layers: tuple[Layer, ...], params: tuple, x: np.ndarray, before: tuple | None = None
) -> list[LayerStatistics]:
    """The records of a chain on inputs x, whose desired outputs are the first."""
    network, earlier = (
        Network(Chain(layers), LogLikelihood(), x.shape[1:], some, ()) for some in (params, before or params)
    )
    outputs = jax.eval_shape(Chain(layers).forward, params, jnp.asarray(x, float))[0].shape[1:]
    y = jnp.zeros((len(x), *outputs)).at[..., 0].set(1)
    return list(layer_statistics(network, earlier, jnp.asarray(x, float), y))


def dense(w: list, b: list) -> DenseParams:
    return DenseParams(jnp.asarray(w, float), jnp.asarray(b, float))


def random_network(line: str, in_shape: tuple[int, ...], seed: int = 1) -> Network:
    return Network.create(parse(line), LogLikelihood(), in_shape, seed)


def test_mean_and_deviation_of_z_are_over_all_units_and_examples():
    # w = (1, 2), (0, 1), b = (0, 1).  x = (1, 1): z = (3, 2).  x = (2, 0): z = (2, 1).
    # The mean of 3, 2, 2, 1 is 2; the deviations 1, 0, 0, -1 have the mean square 1/2.
    (record,) = measured((Dense(2),), (dense([[1, 2], [0, 1]], [0, 1]),), np.array([[1, 1], [2, 0]]))
    assert (record.name, record.z_mean) == ("layer1_dense", 2)
    assert record.z_std == pytest.approx(math.sqrt(1 / 2))
    assert (record.saturated, record.dead) == (None, None)


def test_the_gradient_norm_is_that_of_the_weights_by_automatic_differentiation():
    network = random_network("conv3-3x3 tanh maxpool2 flatten dense5 sigmoid dense4", (6, 6, 2))
    x = jax.random.normal(jax.random.key(2), (7, *network.in_shape))
    y = jax.nn.one_hot(jnp.arange(7) % 4, 4)
    cost = lambda params: network.cost(network.chain.forward(params, x)[0], y)[0]  # noqa: E731
    expected = [float(jnp.linalg.norm(p.w.ravel())) for p in jax.jit(jax.grad(cost))(network.params) if p]
    records = layer_statistics(network, network, x, y)
    assert [r.gradient_norm for r in records if r.gradient_norm is not None] == pytest.approx(expected, rel=1e-9)
    by_layer = lambda params: trace(network.chain, network.cost, params, x, y).layers  # noqa: E731
    z = jax.jit(lambda params: [layer.y for layer in by_layer(params) if layer.params])(network.params)
    assert [r.z_mean for r in records if r.z_mean is not None] == pytest.approx([float(np.mean(one)) for one in z])
    assert [r.z_std for r in records if r.z_std is not None] == pytest.approx([float(np.std(one)) for one in z])


def test_the_update_ratio_is_how_far_the_weights_went_over_their_length():
    # from w = (3, 4), of length 5, to (3.3, 3.6): the step (0.3, -0.4) has length 0.5. The bias does not count.
    before, after = dense([[3, 4]], [0]), dense([[3.3, 3.6]], [9])
    (record,) = measured((Dense(1),), (after,), np.ones((2, 2)), (before,))
    assert record.update_ratio == pytest.approx(0.1)
    (record,) = measured((Dense(1),), (after,), np.ones((2, 2)), (dense([[0, 0]], [1]),))
    assert math.isnan(record.update_ratio)


def names_of_flat(where: str) -> list[str]:
    """The activations that are flat there."""
    return [name for name, function in ACTIVATIONS.items() if function.flat == where]


def test_units_that_no_example_reaches_are_dead():
    # x > 0 and w = 1, so that a bias decides: -100 for three of the eight units
    b = [0, -100, 1, -100, 0, 2, -100, 0]
    x = np.random.default_rng(0).uniform(1, 2, (9, 1))
    for name in names_of_flat("below 0"):
        _, record = measured((Dense(8), Activation(name)), (dense([[1]] * 8, b), ()), x)
        assert record == LayerStatistics(f"layer2_{name}", dead=3 / 8)


def test_one_example_is_enough_to_be_alive():
    # z = x - 5 is above 0 for the last example alone; z = x - 9 for none
    x = np.array([[1.0], [2], [6]])
    _, record = measured((Dense(2), Activation("relu")), (dense([[1], [1]], [-5, -9]), ()), x)
    assert record.dead == 1 / 2


def test_a_feature_map_is_dead_where_all_its_pixels_are():
    # maps of one pixel's kernel 1: b = -2 leaves the pixel with 3 alive, b = -4 none, b = 0 all
    image = np.array([1.0, 1, 1, 3]).reshape(1, 2, 2, 1)
    params = ConvParams(jnp.ones((1, 1, 1, 3)), jnp.array([-2.0, -4, 0]))
    _, record = measured((Conv(3, 1), Activation("relu")), (params, ()), image)
    assert record.dead == pytest.approx(1 / 3)


@pytest.mark.parametrize("name", names_of_flat("both sides"))
def test_values_far_out_are_saturated(name: str):
    # z = 100, -100, 0, 0.1 for x = 1, and z = 0 for x = 0: 2 of 8
    layers, x = (Dense(4), Activation(name)), np.array([[1.0], [0]])
    _, record = measured(layers, (dense([[100], [-100], [0], [0.1]], [0] * 4), ()), x)
    assert record == LayerStatistics(f"layer2_{name}", saturated=2 / 8)


def test_saturation_of_the_sigmoid_begins_where_its_slope_is_a_twentieth_of_its_maximum():
    # a (1 - a) = 0.05/4 at a = (1 + sqrt(1 - 0.05))/2 = 0.98734, z = ln(a / (1 - a)) = 4.357
    a = (1 + math.sqrt(1 - FLAT)) / 2
    z = math.log(a / (1 - a))
    b = [z - 0.01, z + 0.01, -z + 0.01, -z - 0.01]
    _, record = measured((Dense(4), Activation("sigmoid")), (dense([[0]] * 4, b), ()), np.ones((3, 1)))
    assert record.saturated == 1 / 2


def test_the_maxima_of_the_slopes_are_right_and_no_activation_is_forgotten():
    z = jnp.linspace(-10, 10, 100001)
    for function in ACTIVATIONS.values():
        assert float(function.f_prime(z).max()) == pytest.approx(function.largest_slope, rel=1e-4)
    assert names_of_flat("both sides") == ["sigmoid", "tanh"]
    assert names_of_flat("nowhere") == ["linear", "leaky_relu"]
    assert all(float(ACTIVATIONS[name].f_prime(z).min()) >= 0.0099 for name in names_of_flat("nowhere"))


def test_an_rnn_is_saturated_where_its_tanh_is():
    layer = RNN(2)
    params, _, _ = layer.init(jax.random.key(0), (3, 1))
    params = params._replace(w_x=jnp.array([[100.0], [0]]), w_h=jnp.zeros((2, 2)))
    (record,) = measured((layer,), (params,), np.ones((5, 3, 1)))
    assert record.saturated == 1 / 2
    assert record.gradient_norm is not None


def test_layers_inside_of_layers_have_numbers_of_their_own():
    branch = Chain((Dense(4), Activation("tanh"), Residual(Dense(4))))
    layers = (Dense(4), Residual(branch), Bidirectional(RNN(2), GRU(3)), LastStep(), Dense(3))
    network = Network.create(Chain(layers), LogLikelihood(), (5, 2))
    x = jax.random.normal(jax.random.key(2), (3, 5, 2))
    records = layer_statistics(network, network, x, jax.nn.one_hot(jnp.arange(3), 3))
    inner = ["layer2.1_dense", "layer2.2_tanh", "layer2.3_dense", "layer3.1_rnn", "layer3.2_gru"]
    assert [record.name for record in records] == ["layer1_dense", *inner, "layer5_dense"]


NETWORKS = {
    "conv4-3x3-same batchnorm relu residual(conv4-3x3-same silu conv4-3x3-same) maxpool2 layernorm dropout0.5 "
    "globalaveragepool dense6 softmax dense3": (8, 8, 2),
    "conv4-3x3 l2pool2 flatten dense3": (8, 8, 2),
    "embedding5x4 bidirectional(lstm3) dropout0.5 gru4 rnn4 last dense3": (6,),
    "embedding5x4 lstm3 dense3": (6,),
    "scale ntkdense5 selu ntkdense3": (4,),
}


def kinds(layer: Layer) -> set[type[Layer]]:
    parts = {Chain: "layers", Residual: "layer", Bidirectional: "layer"}
    inside = getattr(layer, parts[type(layer)]) if type(layer) in parts else ()
    return {type(layer)}.union(*map(kinds, inside if isinstance(inside, tuple) else (inside,)))


@pytest.mark.slow
@pytest.mark.parametrize("line", NETWORKS)
def test_every_layer_can_be_measured(line: str):
    network = random_network(line, NETWORKS[line])
    rng, shape = np.random.default_rng(0), (4, *network.in_shape)
    x = rng.integers(0, 5, shape) if line.startswith("embedding") else rng.normal(size=shape)
    steps = network.shapes()[-1][:-1]
    y = jax.nn.one_hot(rng.integers(0, 3, (4, *steps)), 3)
    records = layer_statistics(network, network, jnp.asarray(x), y)
    numbers = [number for record in records for number in record.as_dict().values()]
    assert np.isfinite(numbers).all()
    assert len({name for record in records for name in record.as_dict()}) == len(numbers)
    with_params = sum(record.gradient_norm is not None for record in records)
    assert with_params >= sum(1 for p in network.params if jax.tree.leaves(p))
    assert all(record.update_ratio == 0 for record in records if record.update_ratio is not None)


def test_no_layer_is_missing_above():
    assert set(LAYERS.values()) <= set().union(*(kinds(parse(line)) for line in NETWORKS))
