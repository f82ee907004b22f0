"""The search goes from lambda = 1 by tens and then in smaller steps, and keeps the best (theory D7)."""

from small import SmallSources, looked_at

from gradus.figures import search_lambda


def test_the_search_finds_a_lambda_between_too_small_and_too_large() -> None:
    measured = search_lambda.measure(SmallSources(), images=300, epochs=8, seeds=2, beyond=(300.0,))
    trials = dict(zip(measured.table["trial"], measured.table["lambda"], strict=True))
    assert sorted(trials[number] for number in (1, 2, 3)) == [0.1, 1.0, 10.0]
    searched = [trial for trial in measured.table["trial"] if trial]
    assert sorted(searched) == list(range(1, len(searched) + 1))
    assert measured.numbers["best"] in trials.values()
    assert measured.numbers["best_accuracy"] >= measured.numbers["smallest_accuracy"]
    assert measured.numbers["largest_accuracy"] < 30 < measured.numbers["none"]
    looked_at("search-lambda", measured)
