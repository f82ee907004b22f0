"""The cases of ONNX's own backend tests, and which of them our layers can express."""

import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import onnx
from onnx.backend.test.case.test_case import TestCase
from onnx.backend.test.loader import load_model_tests
from onnx.numpy_helper import to_array
from onnx_node import Node, Translation, node_of
from translate_features import activation, batch_normalization, gather, gemm, layer_normalization, softmax
from translate_recurrent import gru, lstm, rnn
from translate_windows import average_pool, conv, global_average_pool, lp_pool, max_pool

TRANSLATORS: dict[str, Callable[[Node], Translation]] = {
    "Conv": conv,
    "MaxPool": max_pool,
    "AveragePool": average_pool,
    "LpPool": lp_pool,
    "GlobalAveragePool": global_average_pool,
    "Gemm": gemm,
    "Relu": activation,
    "Sigmoid": activation,
    "Tanh": activation,
    "Softmax": softmax,
    "LSTM": lstm,
    "GRU": gru,
    "RNN": rnn,
    "BatchNormalization": batch_normalization,
    "LayerNormalization": layer_normalization,
    "Gather": gather,
}


# "node" are made by the onnx package; the others, of PyTorch with random weights, are files in it.
KINDS = ("node", "pytorch-converted", "pytorch-operator", "simple")


@cache
def cases() -> dict[str, list[TestCase]]:
    """By operator. A case is of an operator if this is the only node of its model."""
    with warnings.catch_warnings():
        # onnx makes the cases of all its operators here, and some of others overflow or divide by 0 on purpose
        warnings.simplefilter("ignore", RuntimeWarning)
        loaded = [case for kind in KINDS for case in load_model_tests(kind=kind)]
    found: dict[str, list[TestCase]] = {operator: [] for operator in TRANSLATORS}
    for case in loaded:
        nodes = model_of(case).graph.node
        if len(nodes) == 1 and nodes[0].op_type in found and nodes[0].domain in ("", "ai.onnx"):
            found[nodes[0].op_type].append(case)
    return found


def model_of(case: TestCase) -> onnx.ModelProto:
    return case.model or onnx.load(Path(case.model_dir) / "model.onnx")


def data_of(case: TestCase) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The inputs and the outputs expected of them."""
    if case.data_sets:
        ((inputs, outputs),) = case.data_sets
        return inputs, outputs
    (folder,) = Path(case.model_dir).glob("test_data_set_*")
    read = lambda what: [to_array(onnx.load_tensor(path)) for path in sorted(folder.glob(f"{what}_*.pb"))]  # noqa: E731
    return read("input"), read("output")


def translated(case: TestCase) -> tuple[Node, Translation]:
    """Raises InexpressibleError."""
    node = node_of(model_of(case), *data_of(case))
    translation = TRANSLATORS[node.operator](node)
    node.finish()
    return node, translation
