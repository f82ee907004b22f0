"""Each transform of images against SciPy or by its definition."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import ndimage

from gradus.images import (
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
