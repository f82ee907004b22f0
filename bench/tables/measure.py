"""The score of a model on a table: paired on the same folds for every model."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold, StratifiedKFold

from bench.tables.peers import Fit
from bench.tables.sets import Table, rare_class

__all__ = ["score"]

FOLDS = 5
ALL_FOLDS = 2000  # rows: larger tables are measured on the first fold alone


def folds(frame: pd.DataFrame, table: Table, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The rows to learn from and to test on: five folds, or the first of a large table."""
    kind = StratifiedKFold if table.is_classification else KFold
    splits = kind(FOLDS, shuffle=True, random_state=seed).split(frame, frame[table.target])
    for number, split in enumerate(splits):
        if number == 0 or len(frame) <= ALL_FOLDS:
            yield split


def score(frame: pd.DataFrame, table: Table, fit: Fit, seed: int) -> float:
    """Accuracy; AUC where the smaller of two classes is rare; R2 over the variance of the whole table."""
    x, y, scores, sizes = frame.drop(columns=table.target), frame[table.target], [], []
    for training, test in folds(frame, table, seed):
        model = fit(x.iloc[training], y.iloc[training], table.is_classification, seed)
        truth = y.iloc[test].to_numpy()
        if rare_class(frame, table):
            rare = y.value_counts().index[-1]
            p = model.predict_proba(x.iloc[test])[:, [*model.classes_].index(rare)]
            scores.append(float(roc_auc_score(truth == rare, p)))
        elif table.is_classification:
            scores.append(float(np.mean(model.predict(x.iloc[test]) == truth)))
        else:
            scores.append(float(1 - np.mean((model.predict(x.iloc[test]) - truth) ** 2) / np.var(y)))
        sizes.append(len(test))
    return float(np.average(scores, weights=sizes))
