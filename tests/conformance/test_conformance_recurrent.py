"""Recurrent layers against ONNX's reference implementation.

In ONNX's own cases all weights of a layer are the same number, so that gates in a wrong order pass, and no case that
we can express has lengths or begins with a state of its own. These have random numbers and all of it.
"""

import numpy as np
import onnx
import pytest
from conformance_cases import TRANSLATORS
from onnx.helper import make_node
from onnx.reference import ReferenceEvaluator
from onnx_node import node_of

BATCH, TIME, INPUTS, SIZE = 3, 5, 4, 2
LENGTHS = np.array([3, 5, 1], np.int32)
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
STATES = {"RNN": ("h",), "GRU": ("h",), "LSTM": ("h", "c")}


@pytest.mark.parametrize("with_states", [False, True])
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize(
    ("operator", "settings"),
    [("RNN", {}), ("GRU", {"linear_before_reset": 0}), ("GRU", {"linear_before_reset": 1}), ("LSTM", {})],
)
def test_random_weights(operator: str, settings: dict, direction: str, with_states: bool) -> None:
    model = model_of(operator, with_states, direction=direction, hidden_size=SIZE, **settings)
    given = random_inputs(operator, 2 if direction == "bidirectional" else 1, with_states)
    expected = reference(model, given)
    node = node_of(model, list(given.values()), expected)
    for name, outputs in TRANSLATORS[operator](node).outputs().items():
        assert outputs.keys() >= {"Y", "Y_h"}
        for output in outputs:
            message = f"{output} by {name}"
            np.testing.assert_allclose(outputs[output], node.expected[output], rtol=1e-5, atol=1e-6, err_msg=message)


def model_of(operator: str, with_states: bool, **attributes) -> onnx.ModelProto:
    initial = [f"initial_{name}" for name in STATES[operator] if with_states]
    inputs = ["X", "W", "R", "B", "sequence_lens", *initial]
    outputs = ["Y", *(f"Y_{name}" for name in STATES[operator])]
    free = lambda name: onnx.ValueInfoProto(name=name)  # noqa: E731
    node = make_node(operator, inputs, outputs, **attributes)
    graph = onnx.helper.make_graph([node], operator, list(map(free, inputs)), list(map(free, outputs)))
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 22)])


def random_inputs(operator: str, directions: int, with_states: bool) -> dict[str, np.ndarray]:
    """By name, in the order of the operator's inputs."""
    rng, rows = np.random.default_rng(0), GATES[operator] * SIZE
    shapes = {
        "X": (TIME, BATCH, INPUTS),
        "W": (directions, rows, INPUTS),
        "R": (directions, rows, SIZE),
        "B": (directions, 2 * rows),
    }
    states = {f"initial_{name}": (directions, BATCH, SIZE) for name in STATES[operator] if with_states}
    draw = lambda shape: rng.standard_normal(shape).astype(np.float32)  # noqa: E731
    return {
        **{name: draw(shape) for name, shape in shapes.items()},
        "sequence_lens": LENGTHS,
        **{name: draw(shape) for name, shape in states.items()},
    }


def reference(model: onnx.ModelProto, given: dict[str, np.ndarray]) -> list[np.ndarray]:
    """ONNX's outputs: of each sequence by itself, cut to its length, as its implementation does not look at lengths."""
    evaluator = ReferenceEvaluator(model)
    of_each = []
    for example, length in enumerate(LENGTHS):
        one = {name: a[:, example : example + 1] if "initial" in name else a for name, a in given.items()}
        one |= {"X": given["X"][:length, example : example + 1], "sequence_lens": LENGTHS[example : example + 1]}
        y, *states = evaluator.run(None, one)
        of_each.append([np.pad(y, ((0, TIME - length), (0, 0), (0, 0), (0, 0))), *states])
    # the batch is the last axis but one: Y is (time, directions, batch, size), a state (directions, batch, size)
    return [np.concatenate(outputs, axis=-2) for outputs in zip(*of_each, strict=True)]
