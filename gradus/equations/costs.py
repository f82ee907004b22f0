"""Costs C and the output error delta^L = dC/dz^L, from the output layer's weighted input z (theory B).

A cost owns the output's activation. So a matched pair (sigmoid with cross-entropy, softmax with log-likelihood, linear
with quadratic) can use delta^L = a - y, and its value, computed from z, stays finite when a rounds to 0 or 1. It also
owns the mean over the examples, C = 1/m sum C_x, with its 1/m in delta, and the weights of examples that count more
than others.

Sources: Nielsen, chapter 1 (equation 6), chapter 3 (equations 63 and 80); BP1 in chapter 2.
"""

from dataclasses import dataclass

import jax.numpy as jnp
from jax import Array
from jax.nn import logsumexp
from jaxtyping import Float, Shaped

from gradus.equations.activations import activation, derivative, log_softmax, sigmoid, softmax, softplus
from gradus.errors import SettingError
from gradus.registry import Registry

__all__ = ["COSTS", "Cost", "CrossEntropy", "LogLikelihood", "Quadratic", "smooth_labels"]


class Cost:
    """The contract of a cost: `output` gives the network's a^L, a call gives C and delta^L.

    All of them take z and y of shape (..., outputs), where every axis but the last runs over examples. y holds the
    desired a^L; that of a class is one-hot.
    """

    def output(self, z: Float[Array, "*m outputs"]) -> Float[Array, "*m outputs"]:
        """a^L, the activations of the output layer."""
        raise NotImplementedError

    def per_example(
        self, z: Float[Array, "*m outputs"], y: Float[Array, "*m outputs"]
    ) -> tuple[Float[Array, "*m"], Float[Array, "*m outputs"]]:
        """C_x of every example x, and its delta^L, dC_x/dz."""
        raise NotImplementedError

    def average(self, z: Float[Array, "members *m outputs"]) -> Float[Array, "*m outputs"]:
        """The z whose a^L is the mean of the members' a^L: an ensemble's (theory E7)."""
        raise NotImplementedError

    def __call__(
        self,
        z: Float[Array, "*m outputs"],
        y: Float[Array, "*m outputs"],
        weights: Shaped[Array, "*m"] | None = None,
    ) -> tuple[Float[Array, ""], Float[Array, "*m outputs"]]:
        """C = 1/m sum s_x C_x and delta^L = s_x/m dC_x/dz, of z's shape.

        C is in nats where it is a likelihood.

        Args:
            weights: s, one an example; all 1 if None. Where sequences differ in length, mask / mean(mask) makes C
                the mean over the existing steps, and delta^L is 0 at all others.
        """
        C, delta = self.per_example(z, y)
        if weights is not None:
            s = weights.astype(z.dtype)
            C, delta = s * C, s[..., None] * delta
        m = C.size
        return jnp.sum(C) / m, delta / m


@dataclass(frozen=True)
class Quadratic(Cost):
    """C = 1/(2m) sum ||y - a||^2, with any activation at the output (linear is the matched pair)."""

    activation: str = "linear"

    def __post_init__(self) -> None:
        activation(self.activation)

    def output(self, z: Float[Array, "*m outputs"]) -> Float[Array, "*m outputs"]:
        return activation(self.activation)(z)

    def per_example(
        self, z: Float[Array, "*m outputs"], y: Float[Array, "*m outputs"]
    ) -> tuple[Float[Array, "*m"], Float[Array, "*m outputs"]]:
        a, f_prime = self.output(z), derivative(self.activation)
        C = jnp.sum((y - a) ** 2, axis=-1) / 2
        delta = (a - y) * f_prime(z)  # BP1
        return C, delta

    def average(self, z: Float[Array, "members *m outputs"]) -> Float[Array, "*m outputs"]:
        if self.activation == "linear":
            return jnp.mean(z, axis=0)
        if self.activation == "sigmoid":
            return average_sigmoid(z)
        raise SettingError(f"an ensemble of networks with {self.activation} outputs has no z; take linear or sigmoid")


@dataclass(frozen=True)
class CrossEntropy(Cost):
    """C = -1/m sum sum_j [y_j ln a_j + (1 - y_j) ln(1 - a_j)] of sigmoid outputs a."""

    def output(self, z: Float[Array, "*m outputs"]) -> Float[Array, "*m outputs"]:
        return sigmoid(z)

    def per_example(
        self, z: Float[Array, "*m outputs"], y: Float[Array, "*m outputs"]
    ) -> tuple[Float[Array, "*m"], Float[Array, "*m outputs"]]:
        # -ln a = softplus(z) - z and -ln(1 - a) = softplus(z), so the bracket is y z - softplus(z).
        C = jnp.sum(softplus(z) - y * z, axis=-1)
        delta = self.output(z) - y  # BP1: f'(z) cancels the denominator of dC/da
        return C, delta

    def average(self, z: Float[Array, "members *m outputs"]) -> Float[Array, "*m outputs"]:
        return average_sigmoid(z)


@dataclass(frozen=True)
class LogLikelihood(Cost):
    """C = -1/m sum ln a_y of softmax outputs a; each row of y sums to 1. A masked output has z = -infinity."""

    def output(self, z: Float[Array, "*m outputs"]) -> Float[Array, "*m outputs"]:
        return softmax(z)

    def per_example(
        self, z: Float[Array, "*m outputs"], y: Float[Array, "*m outputs"]
    ) -> tuple[Float[Array, "*m"], Float[Array, "*m outputs"]]:
        log_a = log_softmax(z)
        C = -jnp.sum(jnp.where(y == 0, 0, y * log_a), axis=-1)
        delta = jnp.exp(log_a) - y  # BP1
        return C, delta

    def average(self, z: Float[Array, "members *m outputs"]) -> Float[Array, "*m outputs"]:
        return log_mean(log_softmax(z))  # softmax(ln a) = a


def smooth_labels(y: Float[Array, "*m outputs"], epsilon: float) -> Float[Array, "*m outputs"]:
    """Label smoothing: (1 - epsilon) y + epsilon / K for K outputs (theory D9; Szegedy et al. 2016, equation 7).

    A softmax output reaches a = 1 only with infinite weights; smoothed, the cost is least at finite ones.
    """
    return (1 - epsilon) * y + epsilon / y.shape[-1]


def average_sigmoid(z: Float[Array, "members *m outputs"]) -> Float[Array, "*m outputs"]:
    """ln a/(1 - a) of the mean a of the members, where ln a_k = -softplus(-z_k) and ln(1 - a_k) = -softplus(z_k)."""
    return log_mean(-softplus(-z)) - log_mean(-softplus(z))


def log_mean(log_a: Float[Array, "members *m outputs"]) -> Float[Array, "*m outputs"]:
    """ln(1/K sum_k a_k) from the K members' ln a_k, without underflow."""
    return logsumexp(log_a, axis=0) - jnp.log(len(log_a))


# A classifier's outputs are between 0 and 1, so its quadratic cost has sigmoid outputs (Nielsen, chapter 1).
COSTS: Registry[Cost] = Registry(
    "cost",
    {
        "quadratic": Quadratic("sigmoid"),
        "cross-entropy": CrossEntropy(),
        "log-likelihood": LogLikelihood(),
    },
)
