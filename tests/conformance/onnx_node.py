"""What a translator is given of a conformance case, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp
import numpy as np
import onnx
from jax import Array
from onnx.backend.test.case.test_case import TestCase

from gradus.layers import Layer

Outputs = dict[str, Array]
Ways = dict[str, Callable[[], Outputs]]


class InexpressibleError(Exception):
    """No layer of ours can express the case: the message names the attribute or input, its value, and why."""


@dataclass
class Node:
    """The one node of a case, to be taken apart: `finish` fails if anything of it was not looked at.

    attributes: with the defaults of the operator's schema; None where it has none.  inputs, expected: arrays by the
    names that the schema gives them.
    """

    operator: str
    attributes: dict[str, Any]
    inputs: dict[str, np.ndarray]
    expected: dict[str, np.ndarray]

    def attribute(self, name: str) -> Any:
        return self.attributes.pop(name)

    def require(self, name: str, only: Any, why: str) -> None:
        """Raise InexpressibleError unless the attribute is `only`, or left out."""
        value = self.attribute(name)
        if value is not None and value != only:
            raise InexpressibleError(f"`{name}={value}`: {why}")

    def input(self, name: str) -> Array | None:
        """The input, or None if it is left out."""
        return jnp.asarray(self.inputs.pop(name)) if name in self.inputs else None

    def finish(self) -> None:
        left = [*self.attributes, *self.inputs]
        assert not left, f"the translator of {self.operator} does not look at {', '.join(left)}"


@dataclass
class Translation:
    """A case as a layer of ours.

    params, x: what the layer is given, the batch first.  ways: the outputs by the schema's names, as each way through
    the layer's methods has them.  not_compared: why an output that the case has is in none of the ways.
    """

    layer: Layer
    params: Any
    x: Array
    ways: Ways
    not_compared: dict[str, str] = field(default_factory=dict)


def both(layer: Layer, params: Any, x: Array, name: str, output: Callable[[Array], Array]) -> Translation:
    """A layer without state, of which training and prediction are to give the same; output: y in ONNX's layout."""
    ways = {
        "forward": lambda: {name: output(layer.forward(params, x)[0])},
        "infer": lambda: {name: output(layer.infer(params, (), x))},
    }
    return Translation(layer, params, x, ways)


def node_of(case: TestCase) -> Node:
    (node,), (opset,) = case.model.graph.node, case.model.opset_import
    schema = onnx.defs.get_schema(node.op_type, opset.version, node.domain)
    attributes = {name: value_of(attribute.default_value) for name, attribute in schema.attributes.items()}
    attributes |= {attribute.name: value_of(attribute) for attribute in node.attribute}
    ((inputs, expected),) = case.data_sets
    return Node(
        node.op_type, attributes, named(schema.inputs, node.input, inputs), named(schema.outputs, node.output, expected)
    )


def value_of(attribute: onnx.AttributeProto) -> Any:
    """A number, a string, or a tuple of them; None if the attribute has no value."""
    if attribute.type == onnx.AttributeProto.UNDEFINED:
        return None
    value = onnx.helper.get_attribute_value(attribute)
    if isinstance(value, list):
        return tuple(one.decode() if isinstance(one, bytes) else one for one in value)
    return value.decode() if isinstance(value, bytes) else value


def named(formal: list, given: list[str], arrays: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays by the schema's names; a node leaves an input or output out by giving it no name."""
    present = [parameter.name for parameter, name in zip(formal, given, strict=False) if name]
    return dict(zip(present, arrays, strict=True))
