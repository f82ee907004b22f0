"""Where patience stops a training, and what it keeps (theory D4)."""

import numpy as np
from small import SmallSources, looked_at

from gradus.figures import early_stopping


def test_patience_stops_and_keeps_the_best_epoch_so_far() -> None:
    measured = early_stopping.measure(SmallSources(), examples=200, epochs=60, patience=6, seeds=2)
    for run in measured.drawn:
        assert run.stopped < 60
        assert run.stopped == run.kept + 6
        assert run.accuracy[run.kept - 1] == run.accuracy[: run.stopped].max()
        assert run.test_kept > 80
    assert measured.claim == (
        measured.numbers["test_kept"] >= measured.numbers["test_last"]
        and all(run.accuracy[run.kept - 1] >= run.accuracy[-1] for run in measured.drawn)
        and measured.numbers["highest"] > 1.1 * np.mean([run.cost for run in measured.drawn], axis=0).min()
    )
    looked_at("early-stopping", measured)
