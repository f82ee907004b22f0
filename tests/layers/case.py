"""What test_layers.py needs to know of a layer to put it before the referee."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st
from referee import normal

from gradus.layers import Layer, Shape


@dataclass(frozen=True)
class Case:
    """How one layer is refereed.

    layers: draws a layer and the shape of one input that fits it.
    by_hand: a test of this layer on an example worked by hand.
    inputs: makes the input x of a batch, any pytree, from a generator, the batch's shape and the layer. `apart`
        where the layer has kinks or ties; integers where it takes indices.
    random: forward needs a key.  trains_as_infers: False where infer is meant to differ from forward.
    """

    layer: type[Layer]
    layers: st.SearchStrategy[tuple[Layer, Shape]]
    by_hand: Callable[[], None]
    inputs: Callable[[np.random.Generator, Shape, Layer], Any] = lambda rng, shape, layer: normal(rng, shape)
    random: bool = False
    trains_as_infers: bool = True
