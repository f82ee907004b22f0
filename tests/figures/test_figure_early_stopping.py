"""Where patience stops a training, and what it keeps (theory D4)."""

from small import WrongLabels, looked_at

from gradus.figures import early_stopping


def test_patience_stops_and_keeps_the_best_epoch_so_far() -> None:
    measured = early_stopping.measure(WrongLabels(), examples=200, epochs=80, patience=15, seeds=2)
    for run in measured.drawn:
        assert run.stopped == run.best_network + 15 < 80
        assert run.accuracy[run.best_network - 1] == run.accuracy[: run.stopped].max()
        assert run.cost[-1] > 1.1 * run.cost.min()
    assert measured.numbers["test_kept"] > measured.numbers["test_last"]
    assert measured.claim
    looked_at("early-stopping", measured)
