"""bench.chaos: every disturbance once, and its checks, which must notice what they look for."""

import signal
from pathlib import Path

import pytest

from bench.chaos.__main__ import finish, plan, run_round, session_problems, undisturbed
from bench.chaos.disturbances import DISTURBANCES
from bench.chaos.jobs import JOBS, Job, SearchJob, TrainingJob, prepare
from bench.chaos.session import Session

QUICK = TrainingJob("quick", ("train", "digits", "--layers", "dense10", "--epochs", "8"))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that was let alone, "whole quick"."""
    base = tmp_path_factory.mktemp("whole")
    undisturbed(QUICK, base)
    return base / "whole quick"


@pytest.mark.slow
@pytest.mark.parametrize("name", DISTURBANCES)
@pytest.mark.parametrize("job", [QUICK, JOBS[-1]], ids=lambda job: job.name)
def test_a_round_of_each_disturbance_has_no_problem(job: Job, name: str, tmp_path: Path):
    expected = undisturbed(job, tmp_path)
    verdict, problems = run_round(job, [name], expected, tmp_path / "round", "0")
    assert (verdict, problems) in (("same", []), ("refused", []))


@pytest.mark.slow
def test_another_model_and_lost_epochs_are_noticed(whole: Path):
    expected = QUICK.result(whole)
    model, rows = expected
    assert QUICK.lost(whole, [{"epoch": 3}, {"epoch": 8}, {"run": "x"}]) == []
    assert QUICK.lost(whole, [{"epoch": 9}]) == ["epoch 9"]
    assert finish(QUICK, ["SIGKILL"], expected, whole, [{"epoch": 8}]) == ("same", [])
    for wrong in ((model[:-1] + b"x", rows), (model, rows[:-1])):
        assert finish(QUICK, ["SIGKILL"], wrong, whole, []) == ("same", ["it resumed to another result"])
    assert finish(QUICK, ["SIGKILL"], expected, whole, [{"epoch": 9}])[1] == ["epoch 9 was printed, and is lost"]


@pytest.mark.slow
def test_a_folder_that_cannot_be_resumed_is_a_problem_unless_a_file_was_removed(whole: Path):
    (whole / "runs/job/settings.toml").write_text("broken")
    verdict, (problem,) = finish(QUICK, ["SIGKILL"], None, whole, [])
    assert verdict == "problem"
    assert "it cannot be resumed: 3, gradus: " in problem
    assert finish(QUICK, ["file removed"], None, whole, []) == ("refused", [])


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        ("raise ValueError('no')", "exit code 1: Traceback"),
        ("import warnings; warnings.warn('odd')", "exit code 0: "),
        ("import os; os.abort()", "exit code -6: "),
        ("import sys; print('the weights are kept in model/model.safetensors', file=sys.stderr)", "does not load"),
        ("print('{}')", ""),
    ],
)
def test_what_no_session_may_do_is_noticed(program: str, problem: str, tmp_path: Path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model/model.safetensors").write_bytes(b"half")
    session = Session([], tmp_path, program)
    session.end()
    found = session_problems(session, tmp_path)
    assert len(found) == bool(problem)
    assert problem in "".join(found)


def test_a_session_reads_whole_lines_until_it_is_killed(tmp_path: Path):
    program = "import time; print('{\"epoch\": 1}'); print('{\"epoch', end='', flush=True); time.sleep(60)"
    session = Session([], tmp_path, program)
    assert session.wait_for_lines(1)
    assert session.end(signal.SIGKILL) == -9
    assert session.printed == [{"epoch": 1}]


def test_every_disturbance_comes_first_equally_often():
    firsts = [plan(number, 0, None)[0] for number in range(200)]
    assert {firsts.count(name) for name in DISTURBANCES} == {25}
    assert {len(plan(number, 0, None)) for number in range(200)} == {1, 2, 3}


def test_trials_that_were_printed_are_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    prepare(tmp_path)
    monkeypatch.setattr(SearchJob, "trials", lambda job, home: [(0.1, 10, 0.75)])
    assert JOBS[-1].lost(tmp_path, [{"validation_accuracy": 0.75}, {"best": {}}]) == []
    assert len(JOBS[-1].lost(tmp_path, [{"validation_accuracy": 0.5}])) == 1
