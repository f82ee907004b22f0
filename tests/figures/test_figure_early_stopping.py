"""Where patience stops a training, and what it keeps (theory D4)."""

from small import WrongLabels, check_figure

from gradus.figures import early_stopping


def test_patience_stops_and_keeps_the_best_epoch_so_far() -> None:
    measurement = early_stopping.measure(WrongLabels(), examples=200, epochs=80, patience=15, seeds=2)
    for run in measurement.plot_data:
        assert run.last_epoch == run.best_epoch + 15 < 80
        assert run.accuracy[run.best_epoch - 1] == run.accuracy[: run.last_epoch].max()
        assert run.cost[-1] > 1.1 * run.cost.min()
    assert measurement.numbers["test_kept"] > measurement.numbers["test_last"]
    assert measurement.claim_holds
    check_figure("early-stopping", measurement)
