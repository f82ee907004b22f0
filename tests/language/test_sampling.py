"""Sampling: drawn with the right probabilities, from a seed, and as the text continues."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from examples import FOX

from gradus.errors import SettingError
from gradus.language import sample, text_network
from gradus.language.sampling import sample_index
from gradus.network import Network


def test_samples_go_on_as_the_text_does(fox: Network):
    line = "the quick brown fox jumps over a lazy dog\n"
    assert "".join(sample(fox, FOX.vocabulary, "the qu", length=42, temperature=0)) == line[6:] + line[:6]
    assert "".join(sample(fox, FOX.vocabulary, length=42, temperature=0)) == line


def test_a_sample_follows_from_its_seed_and_comes_in_pieces_of_one_text():
    network = text_network(FOX, "lstm8")
    wanted = ((150, 1), (150, 1), (70, 1), (70, 2))
    texts = ["".join(sample(network, FOX.vocabulary, "the", length=length, seed=seed)) for length, seed in wanted]
    assert [len(text) for text in texts] == [150, 150, 70, 70]
    assert texts[0] == texts[1]
    assert texts[0].startswith(texts[2])
    assert texts[2] != texts[3]
    assert set("".join(texts)) <= set(FOX.vocabulary)


def test_writing_carries_the_state_that_reading_the_same_would_give():
    """What is written after a prompt goes on as if it had been in the prompt: at 0, chance has no part."""
    network = text_network(FOX, "lstm8", seed=2)
    text = "".join(sample(network, FOX.vocabulary, "the q", length=100, temperature=0))
    again = "".join(sample(network, FOX.vocabulary, "the q" + text[:37], length=63, temperature=0))
    assert text[37:] == again


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_characters_are_drawn_with_the_probabilities_of_the_temperature(temperature: float):
    z = jnp.array([1.0, 0.0, 2.0, -jnp.inf])
    keys = jax.random.split(jax.random.key(0), 20_000)
    numbers = jax.vmap(lambda key: sample_index(key, z, temperature))(keys)
    expected = np.exp(np.asarray(z) / temperature)
    np.testing.assert_allclose(np.bincount(numbers, minlength=4) / 20_000, expected / expected.sum(), atol=0.015)


@pytest.mark.parametrize("temperature", [0.0, 1e-45, 1e-6])
def test_at_the_lowest_temperatures_only_the_most_probable_is_drawn(temperature: float):
    keys = jax.random.split(jax.random.key(0), 50)
    numbers = jax.vmap(lambda key: sample_index(key, jnp.array([1.0, 900.0, 899.0]), temperature))(keys)
    assert set(numbers.tolist()) == {1}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"temperature": -0.5}, "temperature -0.5: expected a number of at least 0"),
        ({"temperature": math.nan}, "temperature nan: expected"),
        ({"length": 0}, "length 0: expected a whole number from 1 to 10,000,000"),
        ({"prompt": "the fox's"}, 'prompt: the vocabulary of the model has no "\'"'),
    ],
)
def test_a_sample_that_cannot_be_drawn_is_refused_in_words(settings: dict, message: str):
    with pytest.raises(SettingError, match=message):
        sample(text_network(FOX, "lstm4"), FOX.vocabulary, **settings)
