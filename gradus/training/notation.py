"""Layers and costs as JSON and back, for model files: names from a closed list, and plain settings."""

from dataclasses import fields
from typing import Any

from gradus.equations.costs import Cost, CrossEntropy, LogLikelihood, Quadratic
from gradus.errors import SettingError
from gradus.layers import LAYERS, Layer
from gradus.network import Chain

__all__ = ["from_json", "to_json"]

# What a file may name. Nothing else is ever looked up, imported or called.
REGISTRY: dict[str, type] = {kind.__name__: kind for kind in (*LAYERS, Chain, Quadratic, CrossEntropy, LogLikelihood)}


def to_json(value: Any) -> Any:
    """A layer or cost as a dictionary of its kind and settings. Raises SettingError for one of the user's own."""
    if isinstance(value, Layer | Cost):
        kind = type(value).__name__
        if REGISTRY.get(kind) is not type(value):
            raise SettingError(f"{kind} is not a layer that ships with Gradus, so a model file cannot hold it")
        return {"kind": kind} | {field.name: to_json(getattr(value, field.name)) for field in fields(value)}  # type: ignore[arg-type]
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    return value


def from_json(value: Any) -> Any:
    """What `to_json` was given. Raises KeyError, TypeError or ValueError for anything it cannot have written."""
    if isinstance(value, dict):
        settings = {name: from_json(item) for name, item in value.items() if name != "kind"}
        return REGISTRY[value["kind"]](**settings)
    if isinstance(value, list):
        return tuple(from_json(item) for item in value)
    return value
