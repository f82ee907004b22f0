"""Layers and costs as JSON and back, for model files: names from a closed list, and plain settings.

Names in files outlive names in Python: where a class or a setting was renamed, the file keeps the older word.
"""

from dataclasses import fields, is_dataclass
from typing import Any

from gradus.equations import COSTS, Cost
from gradus.errors import SettingError
from gradus.layers import LAYERS, Dropout, Layer
from gradus.recurrent import LastStep
from gradus.registry import Registry

__all__ = ["from_json", "stable_text", "to_json"]

KINDS_IN_FILES: dict[type, str] = {LastStep: "Last"}
SETTINGS_IN_FILES: dict[type, dict[str, str]] = {Dropout: {"keep_probability": "keep"}}

# What a file may name. Nothing else is ever looked up, imported or called.
SHIPPED: tuple[type, ...] = (*LAYERS.values(), *map(type, COSTS.values()))
KINDS = Registry("layer or cost", {KINDS_IN_FILES.get(kind, kind.__name__): kind for kind in SHIPPED})


def to_json(value: Any) -> Any:
    """A layer or cost as a dictionary of its kind and settings.

    Args:
        value: a layer, a cost, or a setting of one (a number, a text, a tuple of settings).

    Raises:
        SettingError: for a layer or cost that does not ship with Gradus.
    """
    if isinstance(value, Layer | Cost):
        kind = kind_in_files(value)
        if KINDS.get(kind) is not type(value):
            raise SettingError(f"{kind} is not a layer that ships with Gradus, so a model file cannot hold it")
        return {"kind": kind} | {name: to_json(setting) for name, setting in settings_in_files(value)}
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    return value


def from_json(value: Any) -> Any:
    """The inverse of `to_json`.

    Raises:
        KeyError, TypeError, ValueError: for anything that `to_json` cannot have written.
    """
    if isinstance(value, dict):
        kind = KINDS.find(value["kind"])
        names_in_python = {in_file: name for name, in_file in SETTINGS_IN_FILES.get(kind, {}).items()}
        settings = {name: from_json(item) for name, item in value.items() if name != "kind"}
        return kind(**{names_in_python.get(name, name): setting for name, setting in settings.items()})
    if isinstance(value, list):
        return tuple(from_json(item) for item in value)
    return value


def stable_text(value: Any) -> str:
    """A layer or cost as text, such as Dense(size=10, weights='he'); renaming a class or setting leaves it as it is."""
    if isinstance(value, Layer | Cost) and is_dataclass(value):
        settings = ", ".join(f"{name}={stable_text(setting)}" for name, setting in settings_in_files(value))
        return f"{kind_in_files(value)}({settings})"
    if isinstance(value, tuple):
        return f"({', '.join(map(stable_text, value))}{',' * (len(value) == 1)})"
    return repr(value)


def kind_in_files(value: Layer | Cost) -> str:
    return KINDS_IN_FILES.get(type(value), type(value).__name__)


def settings_in_files(value: Any) -> list[tuple[str, Any]]:
    """Each setting with its name in files."""
    names_in_files = SETTINGS_IN_FILES.get(type(value), {})
    return [(names_in_files.get(field.name, field.name), getattr(value, field.name)) for field in fields(value)]
