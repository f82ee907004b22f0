"""Gradus: the theory of deep learning made executable.

>>> import gradus
>>> model, history = gradus.train(gradus.load("digits"), "64-30-10")
>>> model.predict(images)
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# Where each public name lives. They are imported when first used, so that `gradus --help` need not load JAX.
PUBLIC = {
    "Dataset": "gradus.data",
    "Examples": "gradus.data",
    "Preprocessing": "gradus.data",
    "from_arrays": "gradus.data",
    "load": "gradus.data",
    "Chain": "gradus.network",
    "Network": "gradus.network",
    "backprop": "gradus.network",
    "mlp": "gradus.network",
    "trace": "gradus.network",
    "Model": "gradus.training",
    "build_network": "gradus.training",
    "fit": "gradus.training",
    "train": "gradus.training",
}

__all__ = [*PUBLIC, "__version__"]


def __getattr__(name: str) -> Any:
    if name not in PUBLIC:
        raise AttributeError(f"module 'gradus' has no attribute {name!r}")
    return getattr(import_module(PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *PUBLIC})
