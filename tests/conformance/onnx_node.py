"""What a translator is given of a conformance case, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
import onnx
from jax import Array

from gradus.layers import Layer

Outputs = dict[str, Array]
Ways = dict[str, Callable[..., Outputs]]


class InexpressibleError(Exception):
    """No layer of ours can express the case: the message names the attribute or input, its value, and why."""


@dataclass
class Node:
    """The one node of a case, to be taken apart: `finish` fails if anything of it was not looked at.

    version: of the operator set in which this definition of the operator came.  attributes: with the defaults of that
    definition, where it has them.  inputs, expected: arrays by the names that the definition gives them.
    """

    operator: str
    version: int
    attributes: dict[str, Any]
    inputs: dict[str, np.ndarray]
    expected: dict[str, np.ndarray]

    def attribute(self, name: str) -> Any:
        """The value, or None if it is left out and has no default, or this version does not have the attribute."""
        return self.attributes.pop(name, None)

    def require(self, name: str, only: Any, why: str) -> None:
        """Raise InexpressibleError unless the attribute is `only`, or left out."""
        value = self.attribute(name)
        if value is not None and value != only:
            raise InexpressibleError(f"`{name}={value}`: {why}")

    def input(self, name: str) -> np.ndarray | None:
        """The input in the dtype that JAX gives it, or None if it is left out."""
        if name not in self.inputs:
            return None
        given = self.inputs.pop(name)
        dtype = jax.dtypes.canonicalize_dtype(given.dtype)
        assert dtype in (given.dtype, np.int32), f"{name} of {given.dtype} would be cast"
        return given.astype(dtype)

    def finish(self) -> None:
        left = [*self.attributes, *self.inputs]
        assert not left, f"the translator of {self.operator} does not look at {', '.join(left)}"


@dataclass
class Translation:
    """A case as a layer of ours.

    params, x: what the layer is given, the batch first.  ways: functions of the arguments, by default (params, x), that
    give the outputs by the schema's names, one for each way through the layer's methods.
    not_compared: why an output that the case has is in none of the ways.
    """

    layer: Layer
    params: Any
    x: np.ndarray
    ways: Ways
    not_compared: dict[str, str] = field(default_factory=dict)
    arguments: tuple[Any, ...] = ()

    def outputs(self) -> dict[str, Outputs]:
        """The outputs of each way, of one compiled program."""
        run = jax.jit(lambda *arguments: {name: way(*arguments) for name, way in self.ways.items()})
        return run(*(self.arguments or (self.params, self.x)))


def both(layer: Layer, params: Any, x: np.ndarray, name: str, output: Callable[[Array], Array]) -> Translation:
    """A layer without state, of which training and prediction are to give the same; output: y in ONNX's layout."""
    ways = {
        "forward": lambda params, x: {name: output(layer.forward(params, x)[0])},
        "infer": lambda params, x: {name: output(layer.infer(params, (), x))},
    }
    return Translation(layer, params, x, ways)


def node_of(model: onnx.ModelProto, inputs: list[np.ndarray], outputs: list[np.ndarray]) -> Node:
    """The node of a model that has one; weights are among the inputs or come with the model."""
    (node,), (opset,) = model.graph.node, model.opset_import
    schema = onnx.defs.get_schema(node.op_type, opset.version, node.domain)
    attributes = {name: value_of(attribute.default_value) for name, attribute in schema.attributes.items()}
    attributes |= {attribute.name: value_of(attribute) for attribute in node.attribute}
    weights = {weight.name: onnx.numpy_helper.to_array(weight) for weight in model.graph.initializer}
    given = [value.name for value in model.graph.input if value.name not in weights]
    arrays = weights | dict(zip(given, inputs, strict=True))
    arrays |= dict(zip((value.name for value in model.graph.output), outputs, strict=True))

    def by_schema(formal: list, names: list[str]) -> dict[str, np.ndarray]:
        """What is left out has no name, or none at the end."""
        return {one.name: arrays[name] for one, name in zip(formal, names, strict=False) if name}

    inputs_by_schema, expected = by_schema(schema.inputs, node.input), by_schema(schema.outputs, node.output)
    return Node(node.op_type, schema.since_version, attributes, inputs_by_schema, expected)


def value_of(attribute: onnx.AttributeProto) -> Any:
    """A number, a string, or a tuple of them; None if the attribute has no value."""
    if attribute.type == onnx.AttributeProto.UNDEFINED:
        return None
    value = onnx.helper.get_attribute_value(attribute)
    if isinstance(value, list):
        return tuple(one.decode() if isinstance(one, bytes) else one for one in value)
    return value.decode() if isinstance(value, bytes) else value
