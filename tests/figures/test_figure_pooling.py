"""Pooling keeps a quarter of the activations: maximum, mean and root of the sum of squares (theory E4)."""

import numpy as np
import pytest
from small import SmallSources, check_figure

from gradus.figures import pooling


def test_the_three_poolings_agree_with_numpy() -> None:
    measurement = pooling.measure(SmallSources())
    assert measurement.claim_holds
    a = measurement.plot_data[0]
    windows = a.reshape(12, 2, 12, 2).transpose(0, 2, 1, 3).reshape(144, 4)
    assert measurement.table["max"] == pytest.approx(windows.max(axis=1))
    assert measurement.table["average"] == pytest.approx(windows.mean(axis=1))
    assert measurement.table["l2"] == pytest.approx(np.sqrt((windows**2).sum(axis=1)), abs=1e-6)
    assert len(set(np.round([float(measurement.numbers[kind]) for kind in pooling.POOLINGS], 3))) == 3
    check_figure("pooling", measurement)
