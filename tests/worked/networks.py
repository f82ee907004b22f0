"""The networks whose worked steps are refereed: every layer, pooling, activation and cost is in one of them."""

from functools import cache
from typing import Any

from gradus.worked import WorkedStep, worked_step

__all__ = ["NETWORKS", "step_of"]

NETWORKS: dict[str, dict[str, Any]] = {
    "2-2-2": {},
    "2-3-2": {"cost": "cross-entropy", "seed": 7},
    "3-2-2-3": {"cost": "log-likelihood", "seed": 1},
    "conv1-2x2-dilate2 maxpool2-stride1 dense2": {},
    "conv2-3x3-stride2-same relu conv2-1x2-groups2 tanh dense2": {"in_shape": (3, 4, 1), "seed": 1},
    "conv2-2x2-pad1,0,0,1 averagepool2 flatten dense2": {"in_shape": (3, 3, 2), "activation": "tanh"},
    "l2pool2-same maxpool1x2 dense2": {"in_shape": (3, 4, 1)},
    "averagepool2x1-stride1-same conv2-2x2 globalaveragepool": {"in_shape": (3, 2, 1)},
    "dense4 dropout0.5 dense2": {"cost": "cross-entropy"},
    "conv1-2x2 dropout0.75 dense2": {"in_shape": (3, 3, 1)},
    "dense2 batchnorm sigmoid dense2": {},
    "conv2-2x2 batchnorm relu dense2": {"in_shape": (3, 3, 1)},
    "layernorm dense2": {},
    "rnn3 layernorm last dense2": {},
    "residual(dense2) tanh dense2": {},
    "residual(conv1-3x3-same relu dropout0.5) globalaveragepool": {"in_shape": (2, 2, 1)},
    "dense3 softmax dense2": {"cost": "log-likelihood"},
    "embedding3x2 rnn2 last dense2": {"in_shape": (3,)},
    "rnn2": {},
    "rnn1-truncate1 dense2": {"in_shape": (3, 1)},
    "lstm2 last dense2": {},
    "gru2 last dense2": {},
    "gru2-reset-before last dense2": {},
    "gru1-truncate2 dense2": {"in_shape": (3, 2), "cost": "cross-entropy"},
    "bidirectional(rnn2) last dense2": {},
    "bidirectional(lstm1,gru1-reset-before) batchnorm dense2": {"in_shape": (2, 1)},
    "dense2 linear dense2 relu dense2 leaky_relu dense2 elu dense1": {"seed": 1},
    "dense2 softplus dense2 silu dense2 gelu dense1": {},
    "dense2 selu dense2 mish dense2": {},
    "scale ntkdense2 selu ntkdense2": {},
}


@cache
def step_of(network: str) -> WorkedStep:
    return worked_step(network, **NETWORKS[network])
