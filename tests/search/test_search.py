"""The search for eta and lambda: the way it walks, and that no trial is lost or repeated."""

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from examples import blobs

import gradus
from gradus.errors import DataError, SettingError
from gradus.search import Point, SearchSettings, coarse_to_fine, finished_trials, rank_trials, run_search, run_trial
from gradus.search.coarse_to_fine import scale_by_sixths
from gradus.search.study import Study
from gradus.search.trial import trial_trainer

TESTS = Path(__file__).parents[1]  # examples.py is there
BOTH = ("learning_rate", "l2")
QUICK = SearchSettings(layers=("2-5-3",), epochs=1)
MANY = SearchSettings(
    hyperparameters=("learning_rate", "l2", "batch_size", "optimizer"), layers=("2-5-3",), epochs=1, trials=5
)


def walk(score: Callable[[float, float], float], names: tuple[str, ...] = BOTH) -> tuple[list, dict]:
    """The points yielded, group by group, and all scores, where those of eta and lambda are the function's."""
    groups, scores = [], {}
    for points in coarse_to_fine(Point(), names, scores):
        groups.append([(point.learning_rate, point.l2) for point in points])
        scores |= {point: (score(point.learning_rate, point.l2), 0.0) for point in points}
    return groups, scores


def smooth(eta: float, l2: float) -> float:
    """Best at eta = 0.0068 and lambda = 22, and better with some lambda than with none."""
    penalty = 4 if l2 == 0 else abs(math.log10(l2 / 22))
    return -abs(math.log10(eta / 0.0068)) - penalty


def test_the_magnitudes_are_walked_in_the_order_of_the_theory():
    groups, _ = walk(smooth)
    assert groups[:6] == [
        [(0.01, 0), (0.1, 0), (1, 0)],
        [(0.001, 0)],  # it was best at 0.01, so further down, until it gets worse
        [(0.01, 0.1), (0.01, 1), (0.01, 10)],
        [(0.01, 100)],  # best at 10, so further up
        [(0.0032, 10), (0.032, 10), (0.01, 3.2), (0.01, 32)],  # refined by half a magnitude: 32 is better
        [(0.0032, 32), (0.032, 32)],  # of its neighbours, (0.01, 10) and (0.01, 100) are known
    ]


def test_the_refinement_finds_the_optimum():
    _, scores = walk(smooth)
    best = max(scores, key=scores.__getitem__)
    assert (best.learning_rate, best.l2) == (0.0068, 22)
    assert len(scores) < 30


def test_no_penalty_wins_where_it_is_best_and_one_hyperparameter_alone_is_walked():
    _, scores = walk(lambda eta, l2: -abs(math.log10(eta / 0.32)) - l2)
    best = max(scores, key=scores.__getitem__)
    assert (best.learning_rate, best.l2) == (0.32, 0)
    groups, _ = walk(smooth, ("learning_rate",))
    assert {l2 for group in groups for _, l2 in group} == {0}


def test_a_walk_that_never_gets_worse_ends():
    for score in (lambda eta, l2: eta + l2, lambda eta, l2: -eta - l2, lambda eta, l2: 0.0):
        _, scores = walk(score)
        assert len(scores) < 60


def test_steps_of_a_sixth_of_a_magnitude():
    assert [scale_by_sixths(0.1, k) for k in range(7)] == [0.1, 0.15, 0.22, 0.32, 0.46, 0.68, 1.0]
    assert scale_by_sixths(scale_by_sixths(0.1, -3), 3) == 0.1


def results(folder: Path, settings: SearchSettings) -> dict[Point, tuple]:
    trials = finished_trials(folder, settings)
    found = {trial.point: replace(trial.outcome, seconds=0.0) for trial in trials}
    assert len(found) == len(trials)  # no point twice
    return found


Whole = Callable[[SearchSettings], Path]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """The folder of a search that was let alone, to be read only."""

    @cache
    def folder_of(settings: SearchSettings) -> Path:
        folder = tmp_path_factory.mktemp("whole")
        list(run_search(blobs(), folder, settings))
        return folder

    return folder_of


@pytest.mark.parametrize("settings", [QUICK, MANY], ids=["by magnitude", "by Optuna"])
@pytest.mark.slow
def test_a_search_stopped_and_resumed_makes_the_same_trials(settings: SearchSettings, whole: Whole, tmp_path: Path):
    folder = tmp_path / "parts"
    folder.mkdir()
    for _ in range(100):
        stop: list[bool] = []
        for _ in run_search(blobs(), folder, settings, lambda stop=stop: bool(stop)):
            stop.append(True)  # after its first trial; what else is being trained is given up
        if not stop:
            break
    assert results(folder, settings) == results(whole(settings), settings)
    assert not [path for path in (folder / ".workers").iterdir() if path.name != "lock"]


@pytest.mark.slow
def test_trials_side_by_side_give_the_same_bits_as_one_alone(whole: Whole):
    for point, outcome in results(whole(QUICK), QUICK).items():
        alone = run_trial(blobs(), point, QUICK.epochs)
        assert replace(alone, seconds=0.0) == outcome


def test_a_search_ends_with_the_best_first(whole: Whole):
    scores = [trial.outcome.score for trial in rank_trials(finished_trials(whole(QUICK), QUICK))]
    assert scores == sorted(scores, reverse=True)
    assert scores[0][0] > 0.8


def test_a_training_that_diverges_counts_as_the_worst(tmp_path: Path):
    outcome = run_trial(blobs(), Point(learning_rate=1e30, layers="2-5-3"), QUICK.epochs)
    assert outcome.diverged
    assert outcome.score == (0, -math.inf)
    data = replace(blobs(), training=blobs().training._replace(x=blobs().training.x * 1e18))
    (tmp_path / "search").mkdir()
    trials = list(run_search(data, tmp_path / "search", QUICK))
    assert any(trial.outcome.diverged for trial in trials)
    assert finished_trials(tmp_path / "search", QUICK)


def test_trials_on_numbers_are_ranked_by_r2(tmp_path: Path):
    x = blobs().training.x
    data = gradus.from_arrays(x, x[:, :1] * 3.0 + 1.0, name="line")
    settings = SearchSettings(hyperparameters=("learning_rate",), layers=("2-1",), epochs=20)
    (tmp_path / "search").mkdir()
    trials = rank_trials(list(run_search(data, tmp_path / "search", settings)))
    assert 0.7 < trials[0].outcome.accuracy <= 1
    assert run_trial(data, Point(learning_rate=1e30, layers="2-1"), 1).score == (-math.inf, -math.inf)
    assert [trial.outcome.accuracy for trial in rank_trials(finished_trials(tmp_path / "search", settings))] == [
        trial.outcome.accuracy for trial in trials
    ]


def test_one_validation_example_has_no_r2(tmp_path: Path):
    x = blobs().training.x
    data = gradus.from_arrays(x, x[:, :1], name="line")
    data = replace(data, validation=data.validation._replace(x=data.validation.x[:1], y=data.validation.y[:1]))
    with pytest.raises(SettingError, match="line has 1 validation example; the R2 that trials are compared by needs 2"):
        list(run_search(data, tmp_path, QUICK))


def test_settings_that_are_not_searched_are_those_that_the_data_call_for():
    data = blobs()
    trainer = trial_trainer(data, Point(), None, 0)
    assert (trainer.settings.learning_rate, trainer.settings.batch_size, trainer.settings.epochs) == (0.05, 10, 5)
    assert "100" in str(trainer.network.chain)  # VECTOR_SETTINGS
    assert SearchSettings(("l2",), learning_rate=0.3).default_point == Point(learning_rate=0.3)


def test_no_batch_is_larger_than_the_data(tmp_path: Path):
    settings = SearchSettings(("batch_size",), ("2-5-3",), trials=6, epochs=1, examples=12)
    found = list(run_search(blobs(), tmp_path, settings))
    assert {trial.point.batch_size for trial in found} <= {5, 10}


def test_the_epoch_of_least_cost_counts_where_it_is_the_one_that_is_kept(monkeypatch: pytest.MonkeyPatch):
    point = Point(learning_rate=1.0, layers="2-5-3")
    by_accuracy = run_trial(blobs(), point, 6)
    vectors = {"layers": "hidden100", "activation": "relu", "learning_rate": 0.05}
    monkeypatch.setattr("gradus.runs.jobs.default_settings", lambda data: vectors | {"monitor": "cost"})
    by_cost = run_trial(blobs(), point, 6)
    assert by_cost.cost <= by_accuracy.cost
    assert by_cost.accuracy <= by_accuracy.accuracy


WORKER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from examples import blobs
from gradus.search import SearchSettings, run_search
settings = SearchSettings(**eval(sys.argv[3]))
for trial in run_search(blobs(), Path(sys.argv[2]), settings):
    print("trial", flush=True)
"""


def worker(folder: Path, settings: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-W", "error", "-c", WORKER, str(TESTS), str(folder), settings]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=os.environ)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "text"),
    [(QUICK, "{'layers': ('2-5-3',), 'epochs': 1}"),
     (MANY, "{'hyperparameters': ('learning_rate', 'l2', 'batch_size', 'optimizer'), 'layers': ('2-5-3',), "
            "'epochs': 1, 'trials': 5}")],
    ids=["by magnitude", "by Optuna"],
)  # fmt: skip
def test_two_workers_share_a_search(settings: SearchSettings, text: str, whole: Whole, tmp_path: Path):
    folder = tmp_path / "search"
    folder.mkdir()
    workers = [worker(folder, text) for _ in range(2)]
    lines = [process.communicate(timeout=200)[0].count("trial") for process in workers]
    assert [process.returncode for process in workers] == [0, 0]
    found = results(folder, settings)
    assert sum(lines) == len(found)
    if settings is QUICK:
        assert found == results(whole(settings), settings)
    else:
        assert len(found) == settings.trials


@pytest.mark.slow
def test_what_a_killed_worker_had_taken_is_taken_over(whole: Whole, tmp_path: Path):
    folder = tmp_path / "search"
    folder.mkdir()
    process = worker(folder, "{'layers': ('2-5-3',), 'epochs': 1000000}")  # it never ends its first trials
    deadline = time.monotonic() + 60
    while not begun(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=10)
    assert begun(folder) > 0
    list(run_search(blobs(), folder, QUICK))
    assert results(folder, QUICK) == results(whole(QUICK), QUICK)


@pytest.mark.slow
def test_a_worker_killed_while_it_asked_for_a_trial_stops_nobody(tmp_path: Path, whole):
    with Study(tmp_path, MANY.default_point, MANY.varied) as study:
        study.study.ask()  # `Study.ask` then writes down the worker
    list(run_search(blobs(), tmp_path, MANY))
    assert results(tmp_path, MANY) == results(whole(MANY), MANY)


def begun(folder: Path) -> int:
    """How many trials are in the study, read without Gradus."""
    import sqlite3

    if not (folder / "search.db").exists():
        return 0
    connection = sqlite3.connect(folder / "search.db", timeout=30)
    try:
        return connection.execute("SELECT count(*) FROM trials").fetchone()[0]
    except sqlite3.OperationalError:  # the tables are being made
        return 0
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hyperparameters": ("speed",)}, "unknown hyperparameter 'speed'; choose one of learning_rate, l2"),
        ({"hyperparameters": ()}, "expected at least one of learning_rate, l2"),
        ({"hyperparameters": ("l2", "l2")}, "'l2,l2': expected .* each once"),
        ({"learning_rate": 0.0}, "learning rate 0.0: expected a number above 0"),
        ({"trials": 0}, "trials 0: expected a whole number of at least 1"),
        ({"examples": 5}, "examples 5: expected at least 10, those of a batch"),
        ({"layers": ("3-3",)}, "write 2-3"),
    ],
)
def test_settings_that_cannot_be_used(settings: dict, message: str, tmp_path: Path):
    with pytest.raises(SettingError, match=message):
        list(run_search(blobs(), tmp_path, SearchSettings(**({"layers": ("2-5-3",)} | settings))))
    assert not list(tmp_path.iterdir())


def test_a_study_that_is_damaged_is_a_data_error(tmp_path: Path):
    (tmp_path / "search.db").write_text("not a database, but long enough to be taken for the header of one" * 20)
    with pytest.raises(DataError, match=r"search\.db: damaged, or not the file of a search \(.*\); start a new"):
        finished_trials(tmp_path, QUICK)


def test_settings_in_a_file_keep_the_names_of_version_0_1_0():
    stored = MANY.to_dict()
    assert list(stored) == ["knobs", "layers", "trials", "epochs", "examples", "seed"]
    as_lists = {name: list(value) if isinstance(value, tuple) else value for name, value in stored.items()}
    assert SearchSettings.from_dict(as_lists) == MANY
    with pytest.raises(TypeError):
        SearchSettings.from_dict({"speed": 1})


WITHOUT_OPTUNA = """
import sys
from pathlib import Path
sys.modules["optuna"] = None
sys.path.insert(0, sys.argv[1])
from examples import blobs
from gradus.errors import SettingError
from gradus.search import SearchSettings, finished_trials, run_search
settings, folder = SearchSettings(layers=("2-5-3",)), Path(sys.argv[2])
for attempt in (lambda: next(run_search(blobs(), folder, settings)), lambda: finished_trials(folder, settings)):
    try:
        attempt()
    except SettingError as error:
        print(error)
"""


def test_a_search_without_optuna_says_how_to_get_it(tmp_path: Path):
    arguments = [sys.executable, "-c", WITHOUT_OPTUNA, str(TESTS), str(tmp_path)]
    result = subprocess.run(arguments, capture_output=True, text=True, check=True)
    message = "a search needs optuna, which is not installed; get it with: pip install optuna"
    assert result.stdout.splitlines() == [message, message]
    assert not list(tmp_path.iterdir())
