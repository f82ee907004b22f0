"""How good predictions are, beyond cost and accuracy.

The definitions are scikit-learn's where it has them, and the tests hold these to it. Its own functions are not called:
importing them takes a second and a half, which every training would end with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gradus.errors import DataError

__all__ = [
    "ClassificationMetrics",
    "RegressionMetrics",
    "Scores",
    "area_under_curve",
    "classification_metrics",
    "regression_metrics",
]

LEAST_PROBABILITY = float(np.finfo(float).eps)  # so that a class thought impossible costs 36 nats, not infinity
CALIBRATION_BINS = 15  # of confidence, equally wide (Guo et al. 2017)


class Scores(NamedTuple):
    """Precision, recall and F1, each a number or an array (classes,); 0 where the denominator is 0.

    Args:
        precision: the fraction of the examples predicted as a class that belong to it.
        recall: the fraction of a class's examples that are predicted as it.
        f1: the harmonic mean of the two.
    """

    precision: Any
    recall: Any
    f1: Any


@dataclass(frozen=True, eq=False)
class ClassificationMetrics:
    """How good a classifier is on n examples. `str` of it is a report in tables.

    Args:
        classes: names of the classes.
        confusion: (classes, classes) counts; the row is the true class, the column the predicted one.
        per_class: scores of each class.
        macro: means over the classes that occur among labels or predictions.
        weighted: means weighted by the number of examples in each class.
        accuracy: fraction of examples classified correctly.
        k: 5 with more than 5 classes, 2 with 3 to 5, else 1.
        top_k: fraction of examples whose class is among the k most probable.
        log_loss: mean of -ln p of the true class, in nats; p is clipped at 2.2e-16.
        calibration_error: expected gap between confidence and accuracy, 0 to 1 (`calibration_error`).
    """

    classes: tuple[str, ...]
    confusion: np.ndarray
    per_class: Scores
    macro: Scores
    weighted: Scores
    accuracy: float
    k: int
    top_k: float
    log_loss: float
    calibration_error: float

    def as_dict(self) -> dict[str, Any]:
        """All numbers by name, ready for JSON."""
        columns = zip(self.classes, *(map(float, score) for score in self.per_class), strict=True)
        counts = self.confusion.sum(axis=1).tolist()
        return {
            "accuracy": self.accuracy,
            f"top_{self.k}_accuracy": self.top_k,
            "log_loss": self.log_loss,
            "calibration_error": self.calibration_error,
            "macro": self.macro._asdict(),
            "weighted": self.weighted._asdict(),
            "classes": [
                {"class": name, **Scores(*scores)._asdict(), "count": count}
                for (name, *scores), count in zip(columns, counts, strict=True)
            ],
            "confusion_matrix": self.confusion.tolist(),
        }

    def summary(self, width: int = 80) -> str:
        """All numbers but the accuracy, in tables of at most `width` characters."""
        from gradus.models.metrics_table import render_report

        # The most probable class alone is the accuracy, which has been said.
        top_k = f"top-{self.k} accuracy {self.top_k:.2%}  " if self.k > 1 else ""
        overall = f"{top_k}log loss {self.log_loss:.4f}  calibration error {self.calibration_error:.4f}"
        means = {"macro mean": self.macro, "weighted mean": self.weighted}
        return render_report(overall, self.classes, self.per_class, means, self.confusion, width)

    def __str__(self) -> str:
        return f"accuracy {self.accuracy:.2%}  {self.summary()}"


def classification_metrics(
    outputs: Sequence[Any] | np.ndarray, y: Sequence[Any] | np.ndarray, classes: Sequence[str]
) -> ClassificationMetrics:
    """Compare a classifier's outputs with the labels.

    Args:
        outputs: (n, classes), best probabilities. Outputs that are none (of sigmoid units) are normalised to a sum
            of 1 for log loss and calibration: negative ones count as 0, and a row without a positive one as uniform.
        y: (n,) integer labels 0, 1, 2, ...
        classes: names of the classes.

    Raises:
        DataError: if the arrays do not fit each other, or hold NaN or infinity.
    """
    outputs, y = np.asarray(outputs, float), np.asarray(y)
    check_outputs(outputs, y, len(classes))
    k = 5 if len(classes) > 5 else 2 if len(classes) > 2 else 1
    ranking = np.argsort(-outputs, axis=1, kind="stable")
    predictions, p = ranking[:, 0], normalize(outputs)
    is_correct = predictions == y
    confusion = confusion_matrix(y, predictions, len(classes))
    per_class, counts = scores(confusion), confusion.sum(axis=1)
    return ClassificationMetrics(
        tuple(classes),
        confusion,
        per_class,
        macro=mean_scores(per_class, weights=counts + confusion.sum(axis=0) > 0),
        weighted=mean_scores(per_class, weights=counts),
        accuracy=float(is_correct.mean()),
        k=k,
        top_k=float((ranking[:, :k] == y[:, None]).any(axis=1).mean()),
        log_loss=float(np.log(1 / np.maximum(p[np.arange(len(y)), y], LEAST_PROBABILITY)).mean()),
        calibration_error=calibration_error(p.max(axis=1), is_correct),
    )


def check_outputs(outputs: np.ndarray, y: np.ndarray, classes: int) -> None:
    """Raise DataError unless there are `classes` finite outputs for each label."""
    if y.ndim != 1 or not len(y) or outputs.shape != (len(y), classes):
        raise DataError(f"outputs {outputs.shape} and labels {y.shape}: expected (n, {classes}) and (n,), n at least 1")
    if not np.isfinite(outputs).all():
        raise DataError("the outputs hold NaN or infinity, and cannot be measured")
    if y.dtype.kind not in "ui" or y.min() < 0 or y.max() >= classes:
        raise DataError(f"labels from {y.min()} to {y.max()}: expected whole numbers from 0 to {classes - 1}")


def normalize(outputs: np.ndarray) -> np.ndarray:
    """Each row of outputs (n, classes) divided by its sum, without its negative numbers; uniform if none is left."""
    positive = np.maximum(outputs, 0)
    sums = positive.sum(axis=1, keepdims=True)
    return np.where(sums > 0, positive / np.where(sums > 0, sums, 1), 1 / outputs.shape[1])


def confusion_matrix(y: np.ndarray, predictions: np.ndarray, classes: int) -> np.ndarray:
    """(classes, classes) counts; the row is the true class, the column the predicted one."""
    return np.bincount(classes * y.astype(int) + predictions, minlength=classes**2).reshape(classes, classes)


def scores(confusion: np.ndarray) -> Scores:
    """The scores of each class, from the counts of a confusion matrix."""
    right, true, predicted = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    return Scores(ratio(right, predicted), ratio(right, true), ratio(2 * right, true + predicted))


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, and 0 where the whole is 0."""
    return part / np.where(whole > 0, whole, 1)


def mean_scores(per_class: Scores, weights: np.ndarray) -> Scores:
    """The weighted means over the classes."""
    return Scores(*(float(np.average(score, weights=weights)) for score in per_class))


def area_under_curve(p: np.ndarray, y: np.ndarray) -> float:
    """The area under the receiver operating characteristic (AUC) of a classifier of two classes.

    It is the probability that an example of class 1 has a larger p than one of class 0, ties counting half, and so the
    Mann-Whitney U of class 1 over the number of pairs (Hanley and McNeil 1982).

    Args:
        p: (n,) probabilities of class 1.
        y: (n,) labels 0 and 1, both of which occur.
    """
    _, place, counts = np.unique(p, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]  # from 1; equal p share the mean of theirs
    ones, zeros = np.sum(y == 1), np.sum(y == 0)
    return float((ranks[y == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))


def calibration_error(confidence: np.ndarray, is_correct: np.ndarray) -> float:
    """The expected calibration error, sum_b |B_b|/n |accuracy(B_b) - confidence(B_b)| (Guo et al. 2017, equation 3).

    Args:
        confidence: (n,) probability of the predicted class; bin B_b holds those in ((b-1)/15, b/15].
        is_correct: (n,) True where the prediction is the true class.
    """
    b = np.clip(np.ceil(CALIBRATION_BINS * confidence) - 1, 0, CALIBRATION_BINS - 1).astype(int)
    gaps = np.bincount(b, weights=is_correct - confidence)  # |B_b| (accuracy - confidence)
    return float(np.abs(gaps).sum() / len(is_correct))


@dataclass(frozen=True)
class RegressionMetrics:
    """How good a regression is on n examples; with several outputs, each number is the mean over them.

    Args:
        mse: mean (y - a)^2.
        mae: mean |y - a|.
        r2: 1 - sum (y - a)^2 / sum (y - mean y)^2; NaN for a single example.
    """

    mse: float
    mae: float
    r2: float

    def as_dict(self) -> dict[str, float]:
        """All numbers by name."""
        return {"mse": self.mse, "mae": self.mae, "r2": self.r2}

    def __str__(self) -> str:
        return f"MSE {self.mse:.4g}  MAE {self.mae:.4g}  R2 {self.r2:.4f}"


def regression_metrics(outputs: Sequence[Any] | np.ndarray, y: Sequence[Any] | np.ndarray) -> RegressionMetrics:
    """Compare outputs a with targets y, both (n,) or both (n, outputs).

    If all y are equal, R2 is 1 for outputs that are all right and 0 for any others.

    Raises:
        DataError: if the arrays do not fit each other, or hold NaN or infinity.
    """
    a, y = np.asarray(outputs, float), np.asarray(y, float)
    if a.shape != y.shape or a.ndim not in (1, 2) or not a.size:
        raise DataError(f"outputs {a.shape} and targets {y.shape}: expected both (n,) or (n, outputs), n at least 1")
    if not (np.isfinite(a).all() and np.isfinite(y).all()):
        raise DataError("the outputs or the targets hold NaN or infinity, and cannot be measured")
    squares, spread = ((y - a) ** 2).sum(axis=0), ((y - y.mean(axis=0)) ** 2).sum(axis=0)
    r2 = np.where(np.ptp(y, axis=0) > 0, 1 - ratio(squares, spread), squares == 0) if len(y) > 1 else np.nan
    return RegressionMetrics(float(((y - a) ** 2).mean()), float(np.abs(y - a).mean()), float(np.mean(r2)))
