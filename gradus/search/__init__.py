"""The search for the hyperparameters that a network learns best with (theory D7).

A trial trains a network for a few epochs, on a part of a large training set, and scores its best accuracy on the
validation data, or R2 where numbers are predicted. Eta and lambda are chosen from coarse to fine (coarse_to_fine.py);
for any other hyperparameters Optuna proposes the trials (study.py). Every finished trial is on disk, beside what says
how the data were read (session.py).
"""

from gradus.search.coarse_to_fine import coarse_to_fine
from gradus.search.session import (
    SearchSession,
    StoredSearch,
    format_value,
    read_search,
    resume_search,
    start_search,
)
from gradus.search.settings import SEARCH_SPACE, SearchSettings, check_search
from gradus.search.trial import TRIAL_EPOCHS, Outcome, Point, Trial, rank_trials, run_trial
from gradus.search.worker import check_optuna, finished_trials, run_search

__all__ = [
    "SEARCH_SPACE",
    "TRIAL_EPOCHS",
    "Outcome",
    "Point",
    "SearchSession",
    "SearchSettings",
    "StoredSearch",
    "Trial",
    "check_optuna",
    "check_search",
    "coarse_to_fine",
    "finished_trials",
    "format_value",
    "rank_trials",
    "read_search",
    "resume_search",
    "run_search",
    "run_trial",
    "start_search",
]
