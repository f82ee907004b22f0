"""Augmentation: each transform against SciPy or by its definition, its one-line notation, and training with it."""

import re
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from gradus.data import Dataset, Examples, Preprocessing
from gradus.equations import LogLikelihood
from gradus.errors import SettingError
from gradus.images import (
    TRANSFORMS,
    Augmentation,
    Cutout,
    Elastic,
    Flip,
    Geometric,
    Noise,
    Rotate,
    Scale,
    Shift,
    Transform,
    parse_augmentation,
)
from gradus.images.augmentation import interpolate, pixel_grid
from gradus.models import evaluate
from gradus.network import Network
from gradus.notation import parse
from gradus.runs import fit

ALL = "rotate10 shift2 scale0.1 elastic1.4 flip noise0.05 cutout6"
KEY = jax.random.key(3)


def pictures(n: int = 4, height: int = 12, width: int = 9, channels: int = 1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 1, (n, height, width, channels)).astype(np.float32)


def augmented(transform: Transform | str, images: np.ndarray, key: jax.Array = KEY) -> np.ndarray:
    augmentation = parse_augmentation(transform) if isinstance(transform, str) else Augmentation((transform,))
    return np.asarray(compiled(augmentation, key, images))


@partial(jax.jit, static_argnums=0)
def compiled(augmentation: Augmentation, key: jax.Array, images: jax.Array) -> jax.Array:
    return augmentation(key, images)


def by_scipy(image: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """One channel (height, width) at places y, x from its centre, black outside."""
    places = [place + (side - 1) / 2 for place, side in zip((y, x), image.shape, strict=True)]
    return ndimage.map_coordinates(np.pad(image, 3), np.array(places) + 3, order=1)


def source_of(transform, n: int, height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Where pixels come from, by the random numbers that the transform draws as the only one of a line."""
    y, x = compiled_source(transform, jax.random.split(KEY, 1)[0], *pixel_grid((n, height, width, 1), jnp.float32))
    return np.asarray(y), np.asarray(x)


@partial(jax.jit, static_argnums=0)
def compiled_source(transform: Geometric, key: jax.Array, y: jax.Array, x: jax.Array) -> tuple[jax.Array, jax.Array]:
    return transform.source(key, y, x)


@pytest.mark.parametrize("transform", [Rotate(180), Shift(3), Scale(0.5), Elastic(2.0), Elastic(1.0, 1.5), Flip()])
@pytest.mark.parametrize("shape", [(12, 9), (7, 16)])
def test_interpolation_is_scipys(transform, shape: tuple[int, int]):
    images = pictures(5, *shape)
    ours, *source = (np.asarray(array) for array in augment_and_source(transform, images))
    expected = [by_scipy(i[..., 0], y, x) for i, y, x in zip(images, *source, strict=True)]
    np.testing.assert_allclose(ours[..., 0], expected, atol=2e-5)


@partial(jax.jit, static_argnums=0)
def augment_and_source(transform: Geometric, images: jax.Array) -> tuple[jax.Array, ...]:
    """The images that the transform makes, and where their pixels come from: y and x."""
    source = transform.source(jax.random.split(KEY, 1)[0], *pixel_grid(images.shape, jnp.float32))
    return Augmentation((transform,))(KEY, images), *source


def test_rotation_is_scipys_and_positive_is_counter_clockwise():
    images = pictures(1, 15, 15)
    for degrees in (90, -30, 17):
        angle = np.deg2rad(degrees)
        y, x = np.mgrid[-7:8, -7:8]
        ours = interpolate(images, jnp.asarray(np.cos(angle) * y + np.sin(angle) * x)[None],
                         jnp.asarray(np.cos(angle) * x - np.sin(angle) * y)[None])  # fmt: skip
        rotated = ndimage.rotate(np.pad(images[0, ..., 0], 8), degrees, reshape=False, order=1)[8:-8, 8:-8]
        np.testing.assert_allclose(ours[0, ..., 0], rotated, atol=1e-4)
    # and the transform turns by an angle within its bounds about the centre
    y, x = source_of(Rotate(25), 200, 3, 3)
    angles = np.rad2deg(np.arctan2(y[:, 1, 2], x[:, 1, 2]))  # of the pixel to the right of the centre
    assert np.hypot(y, x)[:, 1, 2] == pytest.approx(1, abs=1e-5)
    assert np.abs(y[:, 1, 1]).max() < 1e-6
    assert -25 <= angles.min() < -20
    assert 20 < angles.max() <= 25


@pytest.mark.parametrize("line", ["rotate0", "shift0", "scale0", "elastic0", "noise0", "cutout0", "rotate0 noise0"])
def test_nothing_is_the_identity(line: str):
    np.testing.assert_array_equal(augmented(line, pictures()), pictures())


def test_a_shift_is_by_whole_pixels_and_exact():
    images = pictures(300)
    framed = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    seen = set()
    for number, image in enumerate(augmented(Shift(2), images)):
        places = [(i, j) for i in range(5) for j in range(5)
                  if np.array_equal(framed[number, i : i + 12, j : j + 9], image)]  # fmt: skip
        assert len(places) == 1
        seen.update(places)
    assert len(seen) == 25  # every shift of up to two pixels either way


def test_a_flip_is_exact_and_left_to_right():
    images = pictures(200)
    flipped = [not np.array_equal(a, b) for a, b in zip(augmented(Flip(), images), images, strict=True)]
    expected = np.where(np.array(flipped)[:, None, None, None], images[:, :, ::-1], images)
    np.testing.assert_array_equal(augmented(Flip(), images), expected)
    assert 70 < sum(flipped) < 130


def test_a_scale_enlarges_about_the_centre_by_a_factor_within_its_bounds():
    y, x = source_of(Scale(0.2), 300, 9, 9)
    factors = 4 / y[:, 8, 0]
    np.testing.assert_allclose(x, y.transpose(0, 2, 1), atol=1e-6)
    assert 0.8 <= factors.min() < 0.82
    assert 1.18 < factors.max() <= 1.2


@pytest.mark.parametrize(("strength", "smoothness"), [(1.4, 4.0), (3.0, 1.0), (0.5, 9.0)])
def test_an_elastic_displacement_has_the_spread_and_the_smoothness_stated(strength: float, smoothness: float):
    """Noise smoothed by a Gaussian of sigma s is correlated by exp(-d^2 / 4 s^2) over a distance d."""
    moved = source_of(Elastic(strength, smoothness), 4000, 28, 28)
    for displacement, still in zip(moved, pixel_grid((1, 28, 28, 1), jnp.float32), strict=True):
        e = displacement - np.asarray(still)
        assert e.mean(axis=0) == pytest.approx(0, abs=0.1 * strength)
        np.testing.assert_allclose(e.std(axis=0), strength, rtol=0.06)  # at every pixel, the corners too
        distance = max(1, round(smoothness))
        together = (e[:, 10, 8] * e[:, 10, 8 + distance]).mean() / strength**2
        assert together == pytest.approx(np.exp(-(distance**2) / (4 * smoothness**2)), abs=0.06)
    assert abs(np.mean((moved[0][:, 9, 9] + 4.5) * (moved[1][:, 9, 9] + 4.5))) < 0.08 * strength**2


def test_cutout_blacks_a_square_that_the_edges_clip():
    for size in (1, 4, 5):
        black = augmented(Cutout(size), np.ones((400, 12, 9, 2), np.float32)) == 0
        assert (black[..., 0] == black[..., 1]).all()
        counts = black[..., 0].sum(axis=(1, 2))
        for picture in black[..., 0]:
            rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
            assert picture.sum() == len(rows) * len(columns)  # one rectangle
            assert len(rows) == np.ptp(rows) + 1 <= size
            inside = (0 not in rows and 11 not in rows, 0 not in columns and 8 not in columns)
            assert len(rows) == size or not inside[0]
            assert len(columns) == size or not inside[1]
        assert counts.max() == size**2
    one = augmented(Cutout(1), np.ones((2000, 4, 4, 1), np.float32))
    assert ((one == 0).sum(axis=0) > 80).all()  # any of the 16 pixels, 125 times on average


def test_noise_has_the_spread_stated_and_stays_in_the_range():
    grey = np.full((50, 28, 28, 1), 0.5, np.float32)
    noise = augmented(Noise(0.1), grey) - 0.5
    assert noise.std() == pytest.approx(0.1, rel=0.02)
    assert abs(noise.mean()) < 0.002
    within = [(np.abs(noise) < 0.1 * deviations).mean() for deviations in (1, 2, 3)]
    assert within == pytest.approx([0.6827, 0.9545, 0.9973], abs=0.01)  # of a normal distribution
    neighbours = np.corrcoef(noise[:, :, 1:].ravel(), noise[:, :, :-1].ravel())[0, 1]
    assert abs(neighbours) < 0.02
    images = np.corrcoef(noise[:25].ravel(), noise[25:].ravel())[0, 1]
    assert abs(images) < 0.02
    other = augmented(Noise(0.1), grey, jax.random.key(4)) - 0.5
    shifts = [np.corrcoef(noise.ravel()[: -lag or None], other.ravel()[lag:])[0, 1] for lag in range(32)]
    assert np.abs(shifts).max() < 0.025  # another key gives other noise, not the same elsewhere
    loud = augmented(Noise(1), grey)
    assert (loud.min(), loud.max()) == (0, 1)


def test_several_moves_are_one_interpolation_in_the_order_of_the_line():
    """Shift, then rotate: where a pixel ends up is turned back first, then shifted back."""
    images, transforms = pictures(3, 14, 14), (Shift(3), Rotate(90), Elastic(1.0), Scale(0.2))
    y, x = pixel_grid(images.shape, jnp.float32)
    for key, transform in reversed(list(zip(jax.random.split(KEY, 4), transforms, strict=True))):
        y, x = compiled_source(transform, key, y, x)
    expected = [by_scipy(i[..., 0], *place) for i, *place in zip(images, np.asarray(y), np.asarray(x), strict=True)]
    ours = compiled(Augmentation(transforms), KEY, images)
    np.testing.assert_allclose(ours[..., 0], expected, atol=2e-5)


def test_every_image_differs_and_the_same_key_gives_the_same_bits():
    images = np.broadcast_to(pictures(1, 28, 28), (64, 28, 28, 1))
    for word in ALL.replace("flip ", "").split():
        first = augmented(word, images)
        distinct = {image.tobytes() for image in first}
        assert len(distinct) > (15 if word == "shift2" else 55), word
        np.testing.assert_array_equal(first, augmented(word, images))
        assert not np.array_equal(first, augmented(word, images, jax.random.key(4)))


def test_channels_move_together():
    grey = pictures(6, 20, 20)
    colour = augmented("rotate10 shift2 scale0.1 elastic1.4 flip cutout6", grey * np.float32([1, 0.5, 0.25]))
    np.testing.assert_allclose(colour[..., 1], colour[..., 0] / 2, atol=1e-6)
    np.testing.assert_allclose(colour[..., 2], colour[..., 0] / 4, atol=1e-6)
    plain = augmented("rotate10 shift2 scale0.1 elastic1.4 flip cutout6", grey)
    np.testing.assert_allclose(colour[..., :1], plain, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float16])
def test_shape_dtype_and_range_are_kept(dtype: type):
    images = pictures(8, 10, 13, 3)
    images = np.round(255 * images).astype(np.uint8) if dtype is np.uint8 else images.astype(dtype)
    result = augmented(ALL.replace("cutout6", "cutout4"), images)
    assert (result.shape, result.dtype) == (images.shape, images.dtype)
    assert result.min() >= 0
    assert result.max() <= (255 if dtype is np.uint8 else 1)
    assert result.max() > (200 if dtype is np.uint8 else 0.8)
    np.testing.assert_array_equal(augmented("rotate0", images), images)


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
