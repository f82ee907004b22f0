"""Data: arrays from files, with NumPy alone.

A data set is a file of this folder, whose loader registers itself in DATASETS.
"""

from importlib import import_module
from pkgutil import iter_modules

from gradus.data.arrays import from_arrays
from gradus.data.dataset import DATASETS, Dataset, Encoder, Preprocessing, load
from gradus.data.example_weights import ClassWeights, example_weights
from gradus.data.examples import LARGEST_TARGET, Examples
from gradus.data.split import describe_split, training_validation_test
from gradus.data.targets import TargetScaling
from gradus.data.text import (
    DOCUMENTATION,
    MAX_TEXT_BYTES,
    Text,
    documentation_text,
    encode,
    is_text,
    load_text,
    printable,
    read_text,
)

for module in iter_modules(__path__):
    import_module(f"{__name__}.{module.name}")

__all__ = [
    "DATASETS",
    "DOCUMENTATION",
    "LARGEST_TARGET",
    "MAX_TEXT_BYTES",
    "ClassWeights",
    "Dataset",
    "Encoder",
    "Examples",
    "Preprocessing",
    "TargetScaling",
    "Text",
    "describe_split",
    "documentation_text",
    "encode",
    "example_weights",
    "from_arrays",
    "is_text",
    "load",
    "load_text",
    "printable",
    "read_text",
    "training_validation_test",
]
