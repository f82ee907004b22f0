"""The cases of ONNX's own backend tests, and which of them our layers can express."""

import warnings
from collections.abc import Callable
from functools import cache

from onnx.backend.test.case.test_case import TestCase
from onnx.backend.test.loader import load_model_tests
from onnx_node import InexpressibleError, Node, Translation, node_of
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


@cache
def cases() -> dict[str, list[TestCase]]:
    """By operator. A case is of an operator if this is its only node; what other operators expand to is not."""
    with warnings.catch_warnings():
        # onnx makes the cases of all its operators here, and some of others overflow or divide by 0 on purpose
        warnings.simplefilter("ignore", RuntimeWarning)
        loaded = load_model_tests(kind="node")
    found: dict[str, list[TestCase]] = {operator: [] for operator in TRANSLATORS}
    for case in loaded:
        nodes = case.model.graph.node
        if len(nodes) == 1 and nodes[0].op_type in found and nodes[0].domain in ("", "ai.onnx"):
            found[nodes[0].op_type].append(case)
    return found


def translated(case: TestCase) -> tuple[Node, Translation]:
    """Raises InexpressibleError."""
    node = node_of(case)
    translation = TRANSLATORS[node.operator](node)
    node.finish()
    return node, translation


def reason_not_run(case: TestCase) -> str | None:
    try:
        translated(case)
    except InexpressibleError as error:
        return str(error)
    return None
