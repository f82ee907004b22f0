"""The settings of a training where the user gives none, by the kind of the data."""

from typing import Any

from gradus.data import Dataset

__all__ = ["IMAGE_SETTINGS", "default_settings"]

IMAGE_SETTINGS: dict[str, Any] = {
    "layers": "convolutional", "cost": "log-likelihood", "activation": "relu", "weights": None, "learning_rate": 0.05,
}  # fmt: skip
VECTOR_SETTINGS: dict[str, Any] = {"layers": "hidden100", "activation": "relu", "learning_rate": 0.05}


def default_settings(data: Dataset) -> dict[str, Any]:
    """The settings by name that the data call for; those that are left out have defaults of their own."""
    return IMAGE_SETTINGS if len(data.in_shape) == 3 else VECTOR_SETTINGS
