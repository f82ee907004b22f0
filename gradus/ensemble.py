"""Ensembles: several networks whose outputs are averaged (theory E7; Nielsen, chapter 6: a vote of five networks)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from gradus.checks import MAX_SIZE, check_whole
from gradus.equations import Cost
from gradus.layers import Chain, Shape
from gradus.memory import check_memory
from gradus.network import Network
from gradus.summary import layer_bytes

__all__ = ["Average", "Ensemble"]


@dataclass(frozen=True)
class Average:
    """z^L of an ensemble: its a^L is the mean of the members' a^L."""

    chain: Chain
    cost: Cost

    def infer(self, params: Any, state: Any, x: Array) -> Array:
        """z^L (m, outputs) of inputs x (m, ...), from parameters and state with an axis of members in front."""
        return self.cost.average(jax.vmap(self.chain.infer, in_axes=(0, 0, None))(params, state, x))


@dataclass(frozen=True, eq=False)
class Ensemble(Network):
    """Networks alike but for their weights, whose outputs are averaged (theory E7).

    Every array in `params` and `state` has an axis of members in front.

    Args:
        members: how many there are.
    """

    members: int

    @classmethod
    def of(cls, networks: Sequence[Network]) -> "Ensemble":
        """An ensemble of networks that differ in nothing but their weights."""
        first = networks[0]
        trees = [(network.params, network.state) for network in networks]
        params, state = jax.tree.map(lambda *leaves: jnp.stack(leaves), *trees)
        return cls(first.chain, first.cost, first.in_shape, params, state, len(networks))

    @classmethod
    def repeated(cls, network: Network, members: int) -> "Ensemble":
        """An ensemble of abstract networks, with shapes in place of arrays.

        Raises:
            SettingError: unless there is at least one member.
        """
        check_whole("an ensemble's members", members, most=MAX_SIZE)
        params, state = jax.tree.map(
            lambda leaf: jax.ShapeDtypeStruct((members, *leaf.shape), leaf.dtype), (network.params, network.state)
        )
        return cls(network.chain, network.cost, network.in_shape, params, state, members)

    @property
    def predictor(self) -> Average:
        return Average(self.chain, self.cost)

    def member(self, k: int) -> Network:
        """Member number k, from 0."""
        params, state = jax.tree.map(lambda leaf: leaf[k], (self.params, self.state))
        return Network(self.chain, self.cost, self.in_shape, params, state)

    def abstract_member(self) -> Network:
        """A member with shapes in place of arrays."""
        return Network.abstract(self.chain, self.cost, self.in_shape)

    def check_memory(self) -> None:
        one = self.abstract_member()
        needed = self.members * sum(layer_bytes(one.chain, one.in_shape, one.params, one.state))
        check_memory(needed, f"the ensemble of {self.members} networks {self.chain}")

    def shapes(self) -> list[Shape]:
        return self.abstract_member().shapes()

    def summary(self) -> str:
        return f"{self.abstract_member().summary()}\n{self.members} such networks, whose outputs are averaged"
