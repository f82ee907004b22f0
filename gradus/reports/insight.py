"""What a report measures beyond the metrics: calibration, importance of columns, saliency."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gradus.data import Examples
from gradus.ensemble import Ensemble
from gradus.layers import BatchNorm, Chain, Dropout, Layer, Residual
from gradus.models import Model, scale_inputs
from gradus.network import Network

__all__ = ["one_network", "permutation_importance", "reliability", "saliency"]

BINS = 10
SHUFFLES = 3  # of each column
MOST_ROWS = 2000  # that columns are shuffled among
MOST_COLUMNS = 200


def reliability(confidence: np.ndarray, is_correct: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean confidence, accuracy and count of the bins of confidence that hold examples (Guo et al. 2017).

    Args:
        confidence: (n,) the probability of each answer.
        is_correct: (n,) whether it is right.
    """
    bins = np.clip((BINS * confidence).astype(int), 0, BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    used = counts > 0
    sums = (np.bincount(bins, weights=values, minlength=BINS)[used] for values in (confidence, is_correct))
    means = [total / counts[used] for total in sums]
    return means[0], means[1], counts[used]


def permutation_importance(model: Model, examples: Examples, groups: Mapping[str, Sequence[int]]) -> dict[str, float]:
    """How much the cost rises when a column's inputs are shuffled among the examples, the highest first.

    The importance of Breiman, "Random Forests" (2001), section 10.

    Args:
        groups: the numbers of the inputs of each column.
    """
    random = np.random.default_rng(0)
    rows = random.permutation(len(examples.x))[:MOST_ROWS]
    x, y = examples.x[rows], examples.y[rows]
    base = model.evaluate(Examples(x, y)).cost
    rises = {}
    for name, inputs in list(groups.items())[:MOST_COLUMNS]:
        costs = []
        for _ in range(SHUFFLES):
            shuffled = x.copy()
            shuffled[:, inputs] = x[random.permutation(len(x))][:, inputs]
            costs.append(model.evaluate(Examples(shuffled, y)).cost)
        rises[name] = float(np.mean(costs)) - base
    return dict(sorted(rises.items(), key=lambda item: -item[1]))


def one_network(network: Network) -> Network:
    """The network itself, or the first member of an ensemble."""
    return network.member(0) if isinstance(network, Ensemble) else network


def saliency(model: Model, x: np.ndarray) -> np.ndarray:
    """d z_k / dx of the most probable class k of each raw input x (m, *in_shape), by BP2 (Simonyan et al. 2014)."""
    network = one_network(model.network)
    return np.asarray(
        output_gradient(network.chain, network.params, network.state, scale_inputs(x, model.preprocessing))
    )


@partial(jax.jit, static_argnums=0)
def output_gradient(chain: Chain, params: Any, state: Any, x: Array) -> Array:
    """The gradient of the largest z^L_k of each input, through the layers as they predict."""
    predictor, params = as_predicting(chain, params, state)
    z, cache = predictor.forward(params, x)
    dz = jax.nn.one_hot(z.argmax(axis=-1), z.shape[-1])
    return predictor.backward(params, cache, dz)[0]


class Affine(Layer):
    """y = slope (.) x + constant, feature by feature, as batch norm predicts; parameters (slope, constant)."""

    def forward(self, params: Any, x: Array, key: Array | None = None) -> tuple[Array, Any]:
        slope, constant = params
        return slope * x + constant, ()

    def backward(self, params: Any, cache: Any, dy: Array) -> tuple[Array, Any]:
        slope, _ = params
        return slope * dy, ()


def as_predicting(layer: Layer, params: Any, state: Any) -> tuple[Layer, Any]:
    """A layer whose `forward` is the given one's `infer`, and its parameters; also for layers that hold layers."""
    match layer:
        case Dropout():
            return Chain(()), ()
        case BatchNorm():
            slope = params.gamma / jnp.sqrt(state.variance + layer.epsilon)
            return Affine(), (slope, params.beta - slope * state.mean)
        case Residual():
            inner, params = as_predicting(layer.layer, params, state)
            return Residual(inner), params
        case Chain():
            pairs = [as_predicting(*one) for one in zip(layer.layers, params, state, strict=True)]
            return Chain(tuple(inner for inner, _ in pairs)), tuple(p for _, p in pairs)
    return layer, params
