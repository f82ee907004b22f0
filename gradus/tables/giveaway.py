"""Columns that give the answer away, such as a second name of the target."""

import numpy as np

from gradus.tables.columns import CategoryColumn
from gradus.tables.table import Table
from gradus.tables.target import Target

__all__ = ["find_giveaways"]

MOST_ROWS = 2000
FOLDS = 3
SURE = 0.999  # of the rows are predicted right, or of the variance, from one column
MISSING, LARGEST = -1e30, 1e38  # in a tree, whose numbers have 32 bits
LEAST_SURE = 0.05  # above what is right without any column


def find_giveaways(table: Table, kinds: dict[str, str], y: np.ndarray, target: Target) -> list[str]:
    """A warning for every column that alone predicts the target, measured with a decision tree."""
    from sklearn.model_selection import cross_val_score
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    rows = np.random.default_rng(0).permutation(len(y))[:MOST_ROWS]
    y, names = y[rows], []
    smallest = np.bincount(y).max() / len(y) if target.classes else 0.0
    if len(y) < 10 * FOLDS or smallest > 1 - LEAST_SURE:
        return []
    if target.classes:
        common = np.isin(y, np.flatnonzero(np.bincount(y) >= FOLDS))
        rows, y = rows[common], y[common]
    for name, kind in kinds.items():
        if kind == "date":
            continue
        x = one_column(table, name, kind)[rows]
        tree = DecisionTreeClassifier(random_state=0) if target.classes else DecisionTreeRegressor(random_state=0)
        if cross_val_score(tree, x, y, cv=FOLDS).mean() >= SURE:
            names.append(name)
    return [
        f"careful: {name!r} alone tells {target.names[0]!r}; if it is not known beforehand, leave it out with "
        f"--drop {name!r}" for name in names
    ]  # fmt: skip


def one_column(table: Table, name: str, kind: str) -> np.ndarray:
    """A column as inputs of a tree, (n, inputs)."""
    if kind == "number":
        values = table.numbers(name)
        assert values is not None
        return np.clip(np.nan_to_num(values, nan=MISSING), -LARGEST, LARGEST)[:, None]
    return CategoryColumn.fit(table, name).encode(table)
