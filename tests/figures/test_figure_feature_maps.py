"""Kernels of the first layer: noise before training, strokes and edges after it (theory E6)."""

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import Measurement, feature_maps


@pytest.fixture(scope="module")
def measurement() -> Measurement:
    return feature_maps.measure(SmallSources(), epochs=6)


@pytest.mark.slow
def test_training_turns_noise_into_structure(measurement: Measurement) -> None:
    _, before, after, maps = measurement.plot_data
    assert measurement.claim_holds
    assert abs(measurement.numbers["before"]) < 0.1 < 0.2 < measurement.numbers["after"]
    assert before.shape == after.shape == (16, 7, 7)
    assert maps.shape == (16, 22, 22)
    check_figure("feature-maps", measurement)


def test_a_feature_map_is_the_kernel_laid_on_every_window(measurement: Measurement) -> None:
    seen, _, after, maps = measurement.plot_data
    windows = np.lib.stride_tricks.sliding_window_view(seen, (7, 7))
    z = np.einsum("ijkl,mkl->mij", windows, after)
    bias = np.array([(one - z_one)[one > 0].mean() for one, z_one in zip(maps, z, strict=True)])
    assert maps == pytest.approx(np.maximum(z + bias[:, None, None], 0), abs=1e-4)


def test_the_correlation_of_neighbours_is_that_of_noise_and_of_slopes() -> None:
    noise = np.random.default_rng(0).normal(size=(16, 7, 7))
    assert abs(feature_maps.neighbour_correlation(noise)) < 0.1
    board = np.indices((7, 7)).sum(axis=0) % 2
    assert feature_maps.neighbour_correlation(board[None]) == pytest.approx(-1)
    assert feature_maps.neighbour_correlation(np.arange(49.0).reshape(1, 7, 7)) > 0.8
