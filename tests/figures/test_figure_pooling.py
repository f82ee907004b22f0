"""Pooling keeps a quarter of the activations, and the three are what they are called (theory E4)."""

import numpy as np
import pytest
from small import SmallSources, looked_at

from gradus.figures import pooling


def test_the_three_poolings_agree_with_numpy() -> None:
    measured = pooling.measure(SmallSources())
    assert measured.claim
    a = measured.drawn[0]
    windows = a.reshape(12, 2, 12, 2).transpose(0, 2, 1, 3).reshape(144, 4)
    assert measured.table["max"] == pytest.approx(windows.max(axis=1))
    assert measured.table["average"] == pytest.approx(windows.mean(axis=1))
    assert measured.table["l2"] == pytest.approx(np.sqrt((windows**2).sum(axis=1)), abs=1e-6)
    assert len(set(np.round([float(measured.numbers[kind]) for kind in pooling.POOLINGS], 3))) == 3
    looked_at("pooling", measured)
