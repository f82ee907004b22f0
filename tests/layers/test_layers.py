"""Every layer before the referee. A new layer needs one `Case`; a layer of LAYERS without one fails."""

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from basic_cases import BASIC_CASES
from case import Case
from hypothesis import given, settings
from hypothesis import strategies as st
from image_cases import IMAGE_CASES
from referee import apart, assert_gradients_agree, drawn, is_float, random_like
from sequence_cases import SEQUENCE_CASES

import gradus.layers
from gradus.equations import ACTIVATIONS, LogLikelihood
from gradus.errors import SettingError
from gradus.layers import LAYERS, Activation, AutodiffLayer, Chain, Dense, Flatten, Layer, Shape, Softmax
from gradus.network import Network
from gradus.notation import parse

pytestmark = pytest.mark.usefixtures("float64")


# ---- the one list of cases --------------------------------------------------------------------------------------

CASES = [*BASIC_CASES, *IMAGE_CASES, *SEQUENCE_CASES]

every = pytest.mark.parametrize("case", CASES, ids=lambda case: case.layer.__name__)
batches = st.sampled_from([3, 1, 2, 5])
seeds = st.integers(0, 2**16)
# What Hypothesis draws first is the least. Where shapes are compiled, they are few, with several values of each.
SETTINGS, COMPILED, BATCHES_OF_VALUES = 15, slice(1, 7), 3


@dataclass(frozen=True, eq=False)
class Setting:
    """One layer with shapes. JAX compiles the methods of one object once for all values."""

    case: Case
    layer: Layer
    out_shape: Any
    params: Any  # shapes only
    state: Any
    shape: Shape  # of a batch
    key: jax.Array | None

    def forward(self, params: Any, x: Any) -> tuple[Any, Any]:
        return self.layer.forward(params, x, self.key)

    def backward(self, params: Any, cache: Any, dy: Any) -> tuple[Any, Any]:
        return self.layer.backward(params, cache, dy)

    def values(self, seed: int) -> tuple[Any, Any]:
        """Random parameters, for initial ones are special (biases of 0, weights of 1), and inputs."""
        rng = np.random.default_rng(seed)
        return random_like(self.params, rng), self.case.inputs(rng, self.shape, self.layer)


def create_setting(case: Case, layer: Layer, in_shape: Shape, batch: int, seed: int) -> Setting:
    key, out_shape = jax.random.key(seed), None

    def init(key: jax.Array) -> tuple[Any, Any]:
        nonlocal out_shape
        params, state, out_shape = layer.init(key, in_shape)
        return params, state

    params, state = jax.eval_shape(init, key)
    if jax.tree.leaves(state):
        state = init(key)[1]
    return Setting(case, layer, out_shape, params, state, (batch, *in_shape), key if case.random else None)


@cache
def some_settings(case: Case) -> list[Setting]:
    """The first SETTINGS that Hypothesis draws, in the same order always."""
    found = []

    @settings(drawn, max_examples=SETTINGS)
    @given(case.layers, batches, seeds)
    def draw(layer: tuple[Layer, Shape], batch: int, seed: int) -> None:
        found.append(create_setting(case, *layer, batch, seed))

    draw()
    return found


def cast(tree: Any, dtype: Any) -> Any:
    """The same shapes in another dtype, without any numbers."""
    return jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, dtype if is_float(a) else a.dtype), tree)


# ---- what holds for every layer ---------------------------------------------------------------------------------


def test_every_layer_has_a_case() -> None:
    assert LAYERS.keys() - {case.layer.__name__ for case in CASES} == set()


def test_every_layer_that_is_written_is_shipped() -> None:
    """A class in gradus/layers that is not in LAYERS could not be saved, and would escape the referee."""
    for module in pkgutil.iter_modules(gradus.layers.__path__, "gradus.layers."):
        importlib.import_module(module.name)
    written = {layer for layer in subclasses(Layer) if layer.__module__.startswith("gradus.layers")}
    bases = {base for layer in written for base in layer.__mro__[1:]}  # what others derive from is no layer itself
    assert {layer.__name__ for layer in written - bases - {AutodiffLayer} - set(LAYERS.values())} == set()


def subclasses(kind: type) -> set[type]:
    return {kind for child in kind.__subclasses__() for kind in {child, *subclasses(child)}}


def test_shipped_layers_have_a_backward_of_their_own() -> None:
    assert [layer for layer in LAYERS.values() if issubclass(layer, AutodiffLayer)] == []


@every
def test_by_hand(case: Case) -> None:
    case.by_hand()


@every
def test_gradients(case: Case) -> None:
    for setting in some_settings(case)[COMPILED]:
        for seed in range(BATCHES_OF_VALUES):
            assert_gradients_agree(setting.forward, setting.backward, *setting.values(seed))


@every
def test_out_shape(case: Case) -> None:
    for setting in some_settings(case):
        params, x = setting.values(0)
        y = jax.eval_shape(setting.forward, params, x)[0]
        assert jax.tree.map(lambda a: a.shape[1:], y) == setting.out_shape
        y = jax.eval_shape(setting.layer.infer, params, setting.state, x)
        assert jax.tree.map(lambda a: a.shape[1:], y) == setting.out_shape


@every
@drawn
@given(data=st.data())
def test_hashable_and_equal_by_settings(case: Case, data: st.DataObject) -> None:
    layer, _ = data.draw(case.layers)
    twin = dataclasses.replace(layer)
    assert twin is not layer
    assert twin == layer
    assert hash(twin) == hash(layer)
    other, _ = data.draw(case.layers)
    assert (other == layer) == (vars(other) == vars(layer))
    for field in dataclasses.fields(layer):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(layer, field.name, None)


def run(layer: Layer, params: Any, state: Any, x: Any, dy: Any, key: jax.Array | None) -> tuple[Any, ...]:
    y, cache = layer.forward(params, x, key)
    return y, layer.backward(params, cache, dy), layer.infer(params, state, x)


compiled_run = jax.jit(run, static_argnums=0)  # which is how a network is compiled: the layer is hashed


@pytest.mark.slow
@every
def test_compiled_gives_the_same(case: Case) -> None:
    for arguments in arguments_of_run(case):
        assert_trees_close(compiled_run(*arguments), run(*arguments))


@every
def test_infer_equals_forward_where_nothing_is_random(case: Case) -> None:
    if case.random or not case.trains_as_infers:
        pytest.skip("training and prediction are meant to differ")
    for arguments in arguments_of_run(case):
        y, _, prediction = compiled_run(*arguments)
        assert_trees_close(prediction, y)


def arguments_of_run(case: Case) -> Iterator[tuple[Any, ...]]:
    for setting in some_settings(case)[1:3]:
        params, x = setting.values(0)
        dy = random_like(jax.eval_shape(setting.forward, params, x)[0], np.random.default_rng(0))
        yield setting.layer, params, setting.state, x, dy, setting.key


@every
def test_cache_and_state_are_arrays(case: Case) -> None:
    for setting in some_settings(case):

        def step(params: Any, state: Any, x: Any, setting: Setting = setting) -> Any:
            _, cache = setting.forward(params, x)
            assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves((params, state, cache)))
            return setting.layer.update_state(state, cache)

        params, x = setting.values(0)
        updated = jax.eval_shape(step, params, setting.state, x)
        same = lambda new, old: new.shape == old.shape and new.dtype == old.dtype  # noqa: E731
        assert jax.tree.all(jax.tree.map(same, updated, setting.state))


@every
@pytest.mark.parametrize("dtype", [jnp.float32, jnp.bfloat16])
def test_a_cotangents_dtype_is_its_inputs(case: Case, dtype: Any) -> None:
    for setting in some_settings(case):

        def both_passes(params: Any, x: Any, setting: Setting = setting) -> tuple[Any, Any]:
            y, cache = setting.forward(params, x)
            return y, setting.backward(params, cache, random_like(y, np.random.default_rng(0)))

        params, x = setting.values(0)
        results = jax.eval_shape(both_passes, cast(params, dtype), cast(x, dtype))
        floats = [leaf for leaf in jax.tree.leaves(results) if is_float(leaf)]
        assert {leaf.dtype for leaf in floats} == {jnp.dtype(dtype)}


def assert_trees_close(found: Any, expected: Any) -> None:
    close = lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)  # noqa: E731
    jax.tree.map(close, found, expected)


# ---- activations inside a network, at their kinks ---------------------------------------------------------------


def test_activation_layer_at_the_kink() -> None:
    # ReLU'(0) = 0 and leaky ReLU'(0) = 0.01, as in the equations
    for name, slope in (("relu", 0), ("leaky_relu", 0.01)):
        layer = Activation(name)
        _, cache = layer.forward((), jnp.zeros((1, 1)))
        assert layer.backward((), cache, jnp.full((1, 1), 3.0))[0] == 3 * slope


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_every_activation_as_a_layer(name: str) -> None:
    x = apart(np.random.default_rng(0), (3, 5))
    layer = Activation(name)
    assert_gradients_agree(layer.forward, layer.backward, (), x)


# ---- settings that cannot be used -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Dense(0), "a dense layer's outputs 0: expected a whole number of at least 1"),
        (lambda: Dense(-3), "a dense layer's outputs -3: expected a whole number of at least 1"),
        (lambda: Dense(2.5), "a dense layer's outputs 2.5: expected a whole number of at least 1"),
        (
            lambda: Dense(3, "glorot"),
            "unknown initial weights 'glorot'; choose one of zeros, ones, gaussian, scaled, xavier, he",
        ),
        (
            lambda: Activation("sine"),
            "unknown activation 'sine' (did you mean linear?); choose one of linear, sigmoid, tanh, relu, leaky_relu, "
            "elu, selu, softplus, silu, gelu, mish",
        ),
        (
            lambda: Dense(3).init(jax.random.key(0), ()),
            "got single numbers, expected vectors; give each example an axis of inputs",
        ),
    ],
)
def test_unusable_settings(make: Callable, message: str) -> None:
    with pytest.raises(SettingError, match=f"^{re.escape(message)}$"):
        make()


def test_layers_name_themselves() -> None:
    layers = [Dense(30), Activation("relu"), Softmax(), Flatten()]
    assert [str(layer) for layer in layers] == ["dense30", "relu", "softmax", "flatten"]
    assert str(Chain(tuple(layers[:2]))) == "dense30 relu"


def test_derived_and_layer_alone_say_what_is_missing() -> None:
    with pytest.raises(NotImplementedError):
        Layer().forward((), jnp.ones((1, 1)))
    with pytest.raises(NotImplementedError):
        AutodiffLayer().forward((), jnp.ones((1, 1)))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        # each of them doubles the numbers of a time step: 4 x 2^40 are more than any memory holds
        (" ".join(["bidirectional(layernorm)"] * 40), "numbers along one axis; expected at most 1,099,511,627,776"),
        (" ".join(["bidirectional(batchnorm)"] * 70), "numbers along one axis; expected at most 1,099,511,627,776"),
        (" ".join(["embedding65x32"] * 40), "gives an output of 9 axes; expected at most 8"),
    ],
)
def test_an_output_that_no_array_can_have_is_refused(line: str, message: str) -> None:
    with pytest.raises(SettingError, match=rf"^layer \d+ \(\w.*\) .*{message}"):
        Network.abstract(parse(line), LogLikelihood(), (5, 4))
