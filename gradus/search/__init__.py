"""The search for the hyperparameters that a network learns best with (theory D7).

A trial trains a network for a few epochs, on a part of a large training set, and scores its best accuracy on the
validation data. Eta and lambda are chosen from coarse to fine (coarse_to_fine.py); for any other hyperparameters Optuna
proposes the trials (study.py). Every finished trial is on disk.
"""

from gradus.search.coarse_to_fine import coarse_to_fine
from gradus.search.settings import SEARCH_SPACE, SearchSettings, check_search
from gradus.search.trial import Outcome, Point, Trial, rank_trials, run_trial
from gradus.search.worker import check_optuna, finished_trials, run_search

__all__ = [
    "SEARCH_SPACE",
    "Outcome",
    "Point",
    "SearchSettings",
    "Trial",
    "check_optuna",
    "check_search",
    "coarse_to_fine",
    "finished_trials",
    "rank_trials",
    "run_search",
    "run_trial",
]
