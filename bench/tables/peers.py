"""scikit-learn's models: a linear model, a tuned multilayer perceptron, and gradient boosting."""

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import loguniform
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegressionCV, RidgeCV
from sklearn.model_selection import RandomizedSearchCV, ShuffleSplit, StratifiedShuffleSplit
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

import gradus
from gradus.runs.jobs import examples_job
from gradus.training import train_epochs

__all__ = ["PEERS", "Fit"]

Fit = Callable[[pd.DataFrame, pd.Series, bool, int], Any]  # (x, y, is_classification, seed) -> a fitted model

SMALL = 2000  # rows: below, a setting is measured on three splits, above on one
TRIALS = 12
MLP_SETTINGS = {
    "hidden_layer_sizes": [(100,), (64, 64), (256,), (256, 256), (128, 128, 128)],
    "alpha": loguniform(1e-5, 10),
    "learning_rate_init": loguniform(3e-4, 1e-2),
    "early_stopping": [True, False],
    "activation": ["relu", "tanh"],
}


def prepared(x: pd.DataFrame) -> ColumnTransformer:
    """The usual preparation: medians for missing numbers, standardised; categories one-hot."""
    numbers = x.select_dtypes("number").columns
    categories = x.columns.difference(numbers)
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler()), numbers),
            ("categories", make_pipeline(SimpleImputer(strategy="constant", fill_value="missing"),
                                         OneHotEncoder(handle_unknown="ignore", min_frequency=5)), categories),
        ]
    )  # fmt: skip


def linear(x: pd.DataFrame, y: pd.Series, is_classification: bool, seed: int) -> Any:
    """Logistic or ridge regression; the penalty is chosen by cross-validation."""
    if is_classification:
        model = LogisticRegressionCV(Cs=7, cv=3, max_iter=2000, scoring="neg_log_loss")
    else:
        model = RidgeCV(np.logspace(-3, 3, 13))
    return make_pipeline(prepared(x), model).fit(x, y)


def tuned_mlp(x: pd.DataFrame, y: pd.Series, is_classification: bool, seed: int) -> Any:
    """The best of twelve perceptrons by a random search, fitted again on all rows."""
    splits = {"n_splits": 3 if len(x) <= SMALL else 1, "test_size": 0.2, "random_state": seed}
    if is_classification:
        model, cv = MLPClassifier(max_iter=200, random_state=seed), StratifiedShuffleSplit(**splits)
        prefix, scoring = "mlpclassifier__", "neg_log_loss"
    else:
        mlp = MLPRegressor(max_iter=200, random_state=seed)
        model, cv = TransformedTargetRegressor(mlp, transformer=StandardScaler()), ShuffleSplit(**splits)
        prefix, scoring = "transformedtargetregressor__regressor__", "r2"
    space = {f"{prefix}{name}": values for name, values in MLP_SETTINGS.items()}
    pipeline = make_pipeline(prepared(x), model)
    search = RandomizedSearchCV(pipeline, space, n_iter=TRIALS, cv=cv, random_state=seed, scoring=scoring)
    return search.fit(x, y).best_estimator_


def boosting(x: pd.DataFrame, y: pd.Series, is_classification: bool, seed: int) -> Any:
    """Gradient boosting with its defaults, which takes missing values and categories itself."""
    numbers = x.select_dtypes("number").columns
    categories = x.columns.difference(numbers)
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1, max_categories=250)
    columns = ColumnTransformer([("categories", encoder, categories), ("numbers", "passthrough", numbers)])
    kind = HistGradientBoostingClassifier if is_classification else HistGradientBoostingRegressor
    model = kind(random_state=seed, categorical_features=[*range(len(categories))])
    return make_pipeline(columns, model).fit(x, y)


class Ours:
    """A network of Gradus by defaults alone, with scikit-learn's methods."""

    def __init__(self, model: gradus.models.Model) -> None:
        self.model = model
        self.classes_ = np.array(model.classes)

    def predict(self, x: pd.DataFrame) -> np.ndarray:
        """The classes or numbers of the rows."""
        found = self.model.predict(self.model.encoder.encode(x))
        return self.classes_[found] if self.model.classes else found[:, 0]

    def predict_proba(self, x: pd.DataFrame) -> np.ndarray:
        """The probabilities of the classes."""
        return self.model.probabilities(self.model.encoder.encode(x))


def ours(x: pd.DataFrame, y: pd.Series, is_classification: bool, seed: int) -> Ours:
    """What `gradus train` does with the rows."""
    task = "classification" if is_classification else "regression"
    data = gradus.from_frame(x.assign(target=y), "target", task=task, test=False, seed=seed)
    job = examples_job(data, {"seed": seed}, "table")
    return Ours(job.make_model(deque(train_epochs(job.trainer), maxlen=1)[0].best_network))


PEERS: dict[str, Fit] = {"linear": linear, "tuned MLP": tuned_mlp, "boosting": boosting, "gradus": ours}
