"""Augmentation: its one-line notation, and training with it."""

import re

import jax
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradus.data import Dataset, Examples, Preprocessing
from gradus.equations import LogLikelihood
from gradus.errors import SettingError
from gradus.images import (
    TRANSFORMS,
    Augmentation,
    Cutout,
    Elastic,
    Flip,
    Noise,
    Rotate,
    Scale,
    Shift,
    Transform,
    parse_augmentation,
)
from gradus.models import evaluate
from gradus.network import Network
from gradus.notation import parse
from gradus.runs import fit

tenths = st.floats(0, 0.99, allow_nan=False)
transforms = st.one_of(
    st.builds(Rotate, st.integers(0, 180) | st.floats(0, 180)),
    st.builds(Flip),
    st.builds(Shift, st.integers(0, 1000)),
    st.builds(Scale, tenths),
    st.builds(Elastic, st.floats(0, 1000), st.floats(1, 1000) | st.just(4.0)),
    st.builds(Noise, tenths),
    st.builds(Cutout, st.integers(0, 1000)),
)


@given(st.lists(transforms, min_size=1, max_size=8))
@settings(deadline=None)
def test_a_line_comes_back_from_what_it_writes(found: list[Transform]):
    augmentation = Augmentation(tuple(found))
    again = parse_augmentation(str(augmentation))
    assert again == augmentation
    assert hash(again) == hash(augmentation)
    assert str(again) == str(augmentation)


def test_every_transform_is_registered_by_its_name_and_reads_its_example():
    for name, kind in TRANSFORMS.items():
        for example in kind.example.split(" or "):
            assert [type(transform) for transform in parse_augmentation(example).transforms] == [kind]
            assert str(parse_augmentation(example)).startswith(name)


def test_a_line_reads_as_it_is_written():
    line = "rotate10 shift2 scale0.1 elastic4 noise0.05 cutout6 flip"
    assert str(parse_augmentation(f"  {line}\n")) == line
    assert parse_augmentation("elastic4-smooth6.5").transforms == (Elastic(4, 6.5),)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "augmentation: the line is empty; expected words such as rotate10 shift2"),
        ("rotate10 shfit2", "augmentation, word 2 (shfit2): unknown transform 'shfit' (did you mean shift?)"),
        ("blur3", "augmentation, word 1 (blur3): unknown transform 'blur'; choose one of rotate, flip, shift, "
         "scale, elastic, noise, cutout"),
        ("10", "augmentation, word 1 (10): unknown transform '10'; choose one of"),
        ("rotate", "augmentation, word 1 (rotate): expected it to look like rotate10"),
        ("rotate-10", "augmentation, word 1 (rotate-10): expected it to look like rotate10"),
        ("rotatenan", "unknown transform 'rotatenan' (did you mean rotate?)"),
        ("rotate10x", "augmentation, word 1 (rotate10x): expected it to look like rotate10"),
        ("flip2", "augmentation, word 1 (flip2): expected it to look like flip"),
        ("noise0.1-smooth3", "expected it to look like noise0.05"),
        ("elastic-smooth3", "expected it to look like elastic1.4 or elastic1.4-smooth4"),
        ("elastic3-rough3", "expected it to look like elastic1.4 or elastic1.4-smooth4"),
        ("elastic3-smooth3-smooth4", "expected it to look like elastic1.4 or elastic1.4-smooth4"),
        ("rotate181", "degrees 181: expected a number in [0, 180]"),
        ("rotate1e999", "degrees inf: expected a number in [0, 180]"),
        ("shift1.5", "pixels 1.5: expected a whole number from 0 to 1,000"),
        ("shift9999999", "expected a whole number from 0 to 1,000"),
        ("scale1", "fraction 1: expected a number in [0, 0.99]"),
        ("elastic3-smooth0.5", "smoothness 0.5: expected a number in [1, 1000]"),
        ("noise1.5", "spread 1.5: expected a number in [0, 1]"),
        ("cutout1e9", "expected a whole number from 0 to 1,000"),
    ],
)  # fmt: skip
def test_a_wrong_line_names_the_word(line: str, message: str):
    with pytest.raises(SettingError, match=re.escape(message)) as caught:
        parse_augmentation(line)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Rotate(-1), lambda: Rotate(float("nan")), lambda: Rotate("10"), lambda: Rotate(True),
        lambda: Shift(-1), lambda: Shift(float("inf")), lambda: Shift(float("nan")), lambda: Elastic(1, float("nan")),
        lambda: Augmentation(()), lambda: Augmentation(("rotate10",)),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(make):
    with pytest.raises(SettingError, match="expected"):
        make()


def striped(n: int = 61) -> Dataset:
    """Images of bytes with a bright stripe, lying or standing."""
    random = np.random.default_rng(0)
    y = random.integers(0, 2, n)
    x = random.integers(0, 60, (n, 8, 8, 1)).astype(np.uint8)
    x[y == 0, 4], x[y == 1, :, 4] = 255, 255
    training, held_out = Examples(x, y), Examples(x[:20], y[:20])
    return Dataset("stripes", training, held_out, held_out, ("lying", "standing"), Preprocessing(255.0))


def trained(augmentation: str | Augmentation | None, seed: int = 5, layers: str = "dense16 dropout0.8 dense2"):
    data = striped()
    network = Network.create(parse(layers), LogLikelihood(), data.in_shape, 0)
    return list(fit(network, data, epochs=3, learning_rate=0.2, seed=seed, augmentation=augmentation))


def weights(records: list) -> np.ndarray:
    return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(records[-1].network.params)])


@pytest.mark.slow
def test_training_gives_the_same_bits_from_the_same_seed_and_others_without_augmentation():
    line = "shift1 noise0.05"
    first = trained(line)
    np.testing.assert_array_equal(weights(first), weights(trained(parse_augmentation(line))))
    assert not np.array_equal(weights(first), weights(trained(None)))
    assert not np.array_equal(weights(first), weights(trained(line, seed=6)))
    assert first[-1].validation.accuracy == 1.0


def test_what_layers_draw_and_how_examples_are_visited_does_not_depend_on_it():
    np.testing.assert_allclose(weights(trained("rotate0 noise0")), weights(trained(None)), rtol=1e-5, atol=1e-6)


def test_what_is_evaluated_is_never_augmented():
    record = trained("rotate90 cutout6")[-1]
    data = striped()
    assert record.validation == evaluate(record.network, data.validation, data.preprocessing)


@pytest.mark.parametrize(
    ("x", "line", "message"),
    [
        (np.ones((9, 4)), "flip", "inputs of shape (4,) are not images (height, width, channels)"),
        (np.ones((9, 8, 6, 1)), "shift6", "augmentation, shift6: expected less than the image's 6 pixels"),
        (np.ones((9, 8, 6, 1)), "elastic7", "augmentation, elastic7: expected less than the image's 6 pixels"),
        (np.ones((9, 8, 6, 1)), "cutout8", "augmentation, cutout8: expected less than the image's 6 pixels"),
        (np.full((9, 8, 6, 1), 2.0), "flip", "images from 0 (black) to divide_by = 1; these go from 2 to 2"),
        (np.full((9, 8, 6, 1), -0.5), "flip", "these go from -0.5 to -0.5"),
        (np.ones((9, 8, 6, 1)), "flop", "unknown transform 'flop' (did you mean flip?)"),
    ],
)
def test_training_refuses_what_it_does_not_suit(x: np.ndarray, line: str, message: str):
    examples = Examples(x.astype(np.float32), np.zeros(9, int))
    data = Dataset("arrays", examples, examples, examples, ("a", "b"))
    network = Network.create(parse("dense2"), LogLikelihood(), data.in_shape, 0)
    with pytest.raises(SettingError, match=re.escape(message)):
        fit(network, data, epochs=1, batch_size=9, learning_rate=0.1, augmentation=line)
