"""One trained language model for all tests of this folder."""

import pytest
from examples import FOX, last

from gradus.language import text_network
from gradus.network import Network
from gradus.runs import fit


@pytest.fixture(scope="session")
def fox() -> Network:
    """A model that has learned the fox."""
    start = text_network(FOX, "lstm32", time=16)
    return last(fit(start, FOX, epochs=20, batch_size=4, learning_rate=0.02)).network
