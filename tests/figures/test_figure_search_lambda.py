"""The search goes from lambda = 1 by tens and then in smaller steps, and keeps the best (theory D7)."""

from small import SmallSources, check_figure

from gradus.figures import search_lambda


def test_the_search_finds_a_lambda_between_too_small_and_too_large() -> None:
    measurement = search_lambda.measure(SmallSources(), images=300, epochs=8, seeds=2, sweep=(300.0,))
    trials = dict(zip(measurement.table["trial"], measurement.table["lambda"], strict=True))
    assert sorted(trials[number] for number in (1, 2, 3)) == [0.1, 1.0, 10.0]
    searched = [trial for trial in measurement.table["trial"] if trial]
    assert sorted(searched) == list(range(1, len(searched) + 1))
    assert measurement.numbers["best"] in trials.values()
    assert measurement.numbers["best_accuracy"] >= measurement.numbers["smallest_accuracy"]
    assert measurement.numbers["largest_accuracy"] < 30 < measurement.numbers["none"]
    check_figure("search-lambda", measurement)
