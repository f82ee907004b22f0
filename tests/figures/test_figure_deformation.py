"""Deformed images are more data (theory D3)."""

from dataclasses import replace
from functools import cached_property

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.data import Dataset, Examples
from gradus.figures import deformation


class MovedTest(SmallSources):
    """The test images lie up to two pixels beside the middle, which no training image shows."""

    @cached_property
    def mnist(self) -> Dataset:
        data = super().mnist
        places = np.random.default_rng(0).integers(-2, 3, (len(data.test.x), 2))
        moved = [np.roll(x, place, (0, 1)) for x, place in zip(data.test.x, places, strict=True)]
        return replace(data, test=Examples(np.stack(moved), data.test.y))


@pytest.mark.slow
def test_deformed_images_get_more_test_images_right() -> None:
    measurement = deformation.measure(MovedTest(), examples=200, epochs=15, seeds=2)
    runs, shown = measurement.plot_data
    assert measurement.claim_holds
    assert measurement.numbers["gain"] > 1
    assert runs["deformed"][:, -10:].mean(axis=1).min() > runs["plain"][:, -10:].mean(axis=1).max()
    originals, versions = shown[:, :1], shown[:, 1:]
    assert (originals[:, 0] == SmallSources().mnist.training.x[: len(shown), ..., 0]).all()
    assert (np.abs(versions.astype(float) - originals).mean(axis=(2, 3)) > 1).all()
    check_figure("deformation", measurement)
