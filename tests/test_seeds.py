"""Any whole number is a seed, everywhere alike."""

from pathlib import Path

import jax
import numpy as np
import pytest
from examples import FOX, blobs, last, leaves, small_network
from hypothesis import given
from hypothesis import strategies as st

import gradus
from gradus.errors import SettingError
from gradus.language import sample, text_network
from gradus.seeds import seed_bits
from gradus.worked import worked_step

UNUSUAL = (-1, 2**63, -(2**200))


@given(st.integers(0, 2**63 - 1))
def test_a_seed_that_both_libraries_take_is_itself(seed: int):
    assert seed_bits(seed) == seed


@given(st.one_of(st.integers(max_value=-1), st.integers(min_value=2**63)))
def test_any_other_seed_becomes_one_that_both_take(seed: int):
    bits = seed_bits(seed)
    assert 0 <= bits < 2**63
    assert bits == seed_bits(seed) != seed_bits(seed - 1)
    jax.random.key(bits)
    np.random.default_rng([bits, 1])


@pytest.mark.parametrize("seed", [1.0, "1", True, None])
def test_anything_else_is_refused(seed: object):
    for use in (
        lambda: seed_bits(seed),
        lambda: gradus.Settings(learning_rate=0.1, seed=seed),
        lambda: gradus.SearchSettings(seed=seed),
        lambda: worked_step("2-2", seed=seed),
        lambda: small_network(blobs(), seed),
    ):
        with pytest.raises(SettingError, match=r"seed .*: expected a whole number"):
            use()


@pytest.mark.parametrize("seed", UNUSUAL)
def test_unusual_seeds_train_and_repeat(seed: int):
    first, second, other = (
        last(gradus.fit(small_network(blobs(), seed), blobs(), epochs=1, learning_rate=0.1, seed=of_training))
        for of_training in (seed, seed, seed - 1)
    )
    assert first.cost == second.cost != other.cost
    for a, b in zip(leaves(first.network), leaves(second.network), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("seed", UNUSUAL)
def test_unusual_seeds_sample_and_explain(seed: int, tmp_path: Path):
    network = text_network(FOX, "lstm2", seed=seed)
    assert len("".join(sample(network, FOX.vocabulary, length=5, seed=seed))) == 5
    assert worked_step("2-2", seed=seed).C != worked_step("2-2", seed=seed - 1).C


@pytest.mark.parametrize("seed", UNUSUAL)
def test_unusual_seeds_split_arrays(seed: int):
    x, y = np.arange(60.0).reshape(30, 2), np.arange(30) % 3
    first, second, other = (gradus.from_arrays(x, y, seed=one).training.x for one in (seed, seed, seed - 1))
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)
