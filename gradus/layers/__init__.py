"""Layers: how numbers go forward, and how errors come back. A file a family; each layer registers itself there."""

from importlib import import_module
from pkgutil import iter_modules

from gradus.layers.activation import Activation, Softmax
from gradus.layers.chain import Chain, with_defaults
from gradus.layers.conv import Conv, ConvParams
from gradus.layers.dense import Dense, DenseParams
from gradus.layers.dropout import Dropout
from gradus.layers.embedding import Embedding
from gradus.layers.flatten import Flatten
from gradus.layers.layer import AutodiffLayer, Layer, Shape
from gradus.layers.norm import BatchNorm, LayerNorm
from gradus.layers.ntk_dense import NTKDense, NTKDenseParams
from gradus.layers.parameters import byte_count, count, is_weight, map_weights, scale_learning_rates
from gradus.layers.pool import POOLINGS, GlobalAveragePool, Pool
from gradus.layers.registry import LAYERS, WORDS, LineSettings, Word, register
from gradus.layers.residual import Residual
from gradus.layers.scale import Scale, ScaleParams

__all__ = [
    "LAYERS",
    "POOLINGS",
    "WORDS",
    "Activation",
    "AutodiffLayer",
    "BatchNorm",
    "Chain",
    "Conv",
    "ConvParams",
    "Dense",
    "DenseParams",
    "Dropout",
    "Embedding",
    "Flatten",
    "GlobalAveragePool",
    "Layer",
    "LayerNorm",
    "LineSettings",
    "NTKDense",
    "NTKDenseParams",
    "Pool",
    "Residual",
    "Scale",
    "ScaleParams",
    "Shape",
    "Softmax",
    "Word",
    "byte_count",
    "count",
    "is_weight",
    "map_weights",
    "register",
    "scale_learning_rates",
    "with_defaults",
]

# A layer registers itself when its file is imported: a new file in this folder is found here.
for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")
