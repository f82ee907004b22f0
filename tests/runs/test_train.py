"""Training in one call: what is not given suits the data."""

import numpy as np
import pytest

import gradus
from gradus.ensemble import Ensemble
from gradus.errors import SettingError
from gradus.images import Flip

RANDOM = np.random.default_rng(0)


def table() -> gradus.Dataset:
    x = RANDOM.normal(size=80)
    return gradus.from_frame({"x": x, "y": 2 * x + 1})


def test_a_table_gets_the_network_that_suits_it(capsys: pytest.CaptureFixture[str]):
    model, history = gradus.train(table(), epochs=3)
    assert isinstance(model.network, Ensemble)
    assert "residual(mish ntkdense256)" in str(model.network.chain)
    assert len(history) == 3
    assert model.predict(model.encoder.encode({"x": [1.0]})).shape == (1, 1)


def test_what_is_given_counts(capsys: pytest.CaptureFixture[str]):
    model, _ = gradus.train(table(), "dense4 relu dense1", epochs=1, ensemble=1, batch_size=8)
    assert str(model.network.chain) == "dense4 dense1"


def test_images_are_augmented(capsys: pytest.CaptureFixture[str]):
    x = RANDOM.integers(0, 255, (40, 4, 4, 1)).astype(np.uint8)
    data = gradus.from_arrays(x, np.arange(40) % 2, divide_by=255)
    for augmentation in ("flip", gradus.images.Augmentation((Flip(),))):
        _, history = gradus.train(data, "dense2", epochs=1, augmentation=augmentation)
        assert len(history) == 1


def test_settings_that_are_not_there_and_cannot_be_are_refused():
    with pytest.raises(TypeError, match="there is no setting 'epoch'"):
        gradus.train(table(), epoch=3)
    with pytest.raises(SettingError, match="epochs 0: expected a whole number of at least 1"):
        gradus.train(table(), epochs=0)
