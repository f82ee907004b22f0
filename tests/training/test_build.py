"""From a few words to a network: what is built, and what is refused with which words."""

import numpy as np
import pytest

from gradus.data import from_arrays
from gradus.errors import SettingError
from gradus.network import Network
from gradus.training import build_network

DATA = from_arrays(np.zeros((30, 4, 4, 1), np.uint8), np.arange(30) % 3, name="little")


def test_sizes_presets_and_sequences_name_the_same_network():
    by_text, by_preset, by_sizes = (build_network(DATA, layers) for layers in ("16-30-3", "hidden30", [16, 30, 3]))
    assert by_text.chain == by_preset.chain == by_sizes.chain
    assert str(by_text.chain) == "dense30 dense3"
    assert by_text.parameter_count() == 16 * 30 + 30 + 30 * 3 + 3


def test_initial_weights_suit_the_activation_unless_they_are_chosen():
    assert build_network(DATA, "hidden30", activation="relu").chain.layers[1].weights == "he"
    assert build_network(DATA, "hidden30", activation="tanh").chain.layers[1].weights == "scaled"
    assert build_network(DATA, "hidden30", weights="gaussian").chain.layers[1].weights == "gaussian"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"layers": "784-30-10"},
            "layers 784-30-10 do not fit little, which has 16 inputs and 3 classes; write 16-30-3",
        ),
        ({"layers": "16"}, "do not fit little"),
        ({"layers": "sixteen"}, r"layers, word 1 \(sixteen\): there is no such layer"),
        ({"layers": "16--3"}, r"layers, word 1 \(16--3\): there is no such layer; expected a word such as dense100"),
        ({"layers": "16-0-3"}, "a dense layer's outputs 0: expected a whole number of at least 1"),
        ({"layers": "conv4-3x3 dense7"}, "layers conv4-3x3 dense7 do not fit little; end them with dense3"),
        ({"layers": "conv4-3x3"}, "end them with dense3, a unit a class"),
        ({"layers": "conv4-5x5 dense3"}, r"layer 1 \(conv4-5x5\) got images of 4x4, smaller than its kernel 5x5"),
        ({"layers": "hidden30", "cost": "absolute"}, "unknown cost 'absolute'; choose one of quadratic"),
        ({"layers": "hidden30", "activation": "step"}, "unknown activation 'step'; choose one of linear, sigmoid"),
        ({"layers": "hidden30", "weights": "big"}, "unknown initial weights 'big'; choose one of zeros"),
    ],
)
def test_what_cannot_be_built_is_refused_in_words(settings: dict, message: str):
    with pytest.raises(SettingError, match=message):
        build_network(DATA, **settings)


def test_the_output_is_checked_before_anything_is_allocated(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Network, "create", lambda *settings: pytest.fail("allocated"))
    with pytest.raises(SettingError, match="layers dense2000000000 dense7 do not fit little; end them with dense3"):
        build_network(DATA, "dense2000000000 dense7")
