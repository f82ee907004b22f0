"""The cost of a language model falls from ln(vocabulary), and its samples begin to consist of words (theory F3)."""

import math

import pytest
from small import SmallSources, check_figure

from gradus.figures import language_model


@pytest.mark.slow
@pytest.mark.parametrize("start", [0, 60_000, 120_000])  # of the text: the claim must not hang on one
def test_the_cost_falls_from_the_logarithm_of_the_vocabulary_and_words_appear(start: int) -> None:
    sources = SmallSources(text_start=start)
    measurement = language_model.measure(sources, layers="lstm64", epochs=3)
    table = measurement.table
    assert measurement.claim_holds
    assert table["nats"][0] == pytest.approx(math.log(len(sources.text.vocabulary)), rel=language_model.TOLERANCE)
    assert list(table["nats"]) == sorted(table["nats"], reverse=True)
    assert table["bits"][0] == pytest.approx(math.log2(len(sources.text.vocabulary)), rel=language_model.TOLERANCE)
    assert table["known_words"][-1] > 0.05  # an untrained model writes ten words or so, of which one may be known
    assert all(line.startswith(language_model.PROMPT) and "\n" not in line for line in table["sample"])
    check_figure("language-model", measurement)


def test_words_are_known_as_they_stand() -> None:
    assert language_model.share_known("the teh, function of functio", {"the", "function", "func"}) == 0.5
    assert language_model.share_known("a b 1234", {"the"}) == 0
