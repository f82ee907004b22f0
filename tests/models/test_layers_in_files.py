"""Every layer's settings survive the way into a model file and back, and a file cannot give it wrong ones."""

import json
from dataclasses import fields

import pytest

from gradus.errors import SettingError
from gradus.layers import (
    LAYERS,
    Activation,
    BatchNorm,
    Chain,
    Conv,
    Dropout,
    GlobalAveragePool,
    Layer,
    LayerNorm,
    Pool,
    Residual,
)
from gradus.models import from_json, to_json


@pytest.mark.parametrize(
    "layer",
    [
        Conv(20, 5),
        Conv(4, (3, 2), (2, 1), 2, ((1, 0), (0, 1)), 2, "xavier"),
        Pool(2),
        Pool((3, 2), 2, "l2", "same"),
        GlobalAveragePool(),
        Dropout(0.5),
        LayerNorm(),
        BatchNorm(0.99, 1e-3),
        Residual(Chain((Conv(3, 3, padding="same"), Activation("relu")))),
    ],
    ids=str,
)
def test_there_and_back(layer: Layer) -> None:
    assert from_json(json.loads(json.dumps(to_json(layer)))) == layer


def test_no_setting_is_called_what_names_the_layer_itself() -> None:
    assert [layer.__name__ for layer in LAYERS.values() if "kind" in {field.name for field in fields(layer)}] == []


@pytest.mark.parametrize(
    "text",
    [
        '{"kind": "Conv", "maps": 4, "kernel": [3, null]}',
        '{"kind": "Conv", "maps": 4, "kernel": 3, "padding": [[1, 1], "ab"]}',
        '{"kind": "Conv", "maps": 4, "kernel": 3, "groups": 0.5}',
        '{"kind": "Conv", "maps": 4, "kernel": 3, "weights": [1]}',
        '{"kind": "Pool", "window": "2"}',
        '{"kind": "Pool", "window": 2, "pooling": [[]]}',
        '{"kind": "Dropout", "keep": [0.5]}',
        '{"kind": "BatchNorm", "momentum": NaN}',
        '{"kind": "LayerNorm", "epsilon": Infinity}',
        '{"kind": "Residual", "layer": [1, 2]}',
    ],
)
def test_wrong_settings(text: str) -> None:
    with pytest.raises(SettingError):
        from_json(json.loads(text))
