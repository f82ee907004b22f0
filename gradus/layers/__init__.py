"""Layers: each says how numbers go forward and how errors come back."""

from gradus.layers.activation import Activation, Softmax
from gradus.layers.bidirectional import Bidirectional
from gradus.layers.chain import Chain, with_defaults
from gradus.layers.conv import Conv
from gradus.layers.dense import Dense
from gradus.layers.dropout import Dropout
from gradus.layers.embedding import Embedding
from gradus.layers.flatten import Flatten
from gradus.layers.gru import GRU
from gradus.layers.last_step import LastStep
from gradus.layers.layer import AutodiffLayer, Layer
from gradus.layers.lstm import LSTM
from gradus.layers.norm import BatchNorm, LayerNorm
from gradus.layers.parameters import count, is_weight
from gradus.layers.pool import GlobalAveragePool, Pool
from gradus.layers.recurrent import Recurrent
from gradus.layers.residual import Residual
from gradus.layers.rnn import RNN

__all__ = [
    "GRU",
    "LAYERS",
    "LSTM",
    "RNN",
    "Activation",
    "AutodiffLayer",
    "BatchNorm",
    "Bidirectional",
    "Chain",
    "Conv",
    "Dense",
    "Dropout",
    "Embedding",
    "Flatten",
    "GlobalAveragePool",
    "LastStep",
    "Layer",
    "LayerNorm",
    "Pool",
    "Recurrent",
    "Residual",
    "Softmax",
    "count",
    "is_weight",
    "with_defaults",
]

# Every layer that ships: what a model file may name, and what the tests must cover.
LAYERS = (
    Activation,
    BatchNorm,
    Bidirectional,
    Chain,
    Conv,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GRU,
    GlobalAveragePool,
    LSTM,
    LastStep,
    LayerNorm,
    Pool,
    RNN,
    Residual,
    Softmax,
)
