"""How good predictions are, beyond their cost and accuracy; by scikit-learn's definitions where it has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gradus.errors import DataError

__all__ = ["ClassificationMetrics", "RegressionMetrics", "Scores", "classification_metrics", "regression_metrics"]

BINS = 15  # of confidence, equally wide (Guo et al. 2017)


class Scores(NamedTuple):
    """precision: what share of the examples taken for a class is of it.  recall: what share of a class is found.

    f1: their harmonic mean. Each a number, or (classes,); 0 where there is nothing to take a share of.
    """

    precision: Any
    recall: Any
    f1: Any


@dataclass(frozen=True, eq=False)
class ClassificationMetrics:
    """How good a classifier is on n examples.

    confusion: (classes, classes), how many examples of the row's class were taken for the column's.
    macro: means over the classes that occur, as labels or predictions.  weighted: each class by its examples.
    top_k: the share of examples whose class is among the k most probable; k is 5 of more than 5 classes, 2 of more
    than 2, else 1.
    log_loss: the mean of -ln p of the right class, in nats; no p counts as less than 2.2e-16.
    calibration_error: by how much confidence and accuracy differ, 0 to 1 (`calibration_error`).
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

    def numbers(self) -> dict[str, Any]:
        """All numbers by name, as JSON takes them."""
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

    def described(self, width: int = 80) -> str:
        """All numbers but the accuracy in tables, no wider than `width` characters."""
        from gradus.models.metrics_table import tables

        return tables(self, width)

    def __str__(self) -> str:
        return f"accuracy {self.accuracy:.2%}  {self.described()}"


def classification_metrics(
    outputs: Sequence | np.ndarray, y: Sequence | np.ndarray, classes: Sequence[str]
) -> ClassificationMetrics:
    """Compare a classifier's outputs (n, classes) with the labels y (n,), which are 0, 1, 2, ...

    Of outputs that are no probabilities (of sigmoid units), log loss and calibration take the share each has of
    the sum; one below 0 counts as 0, and where all are 0 each class is as probable as any other.
    Raises DataError for arrays that do not fit each other, for NaN and for infinity.
    """
    from sklearn.metrics import log_loss

    outputs, y = np.asarray(outputs, float), np.asarray(y)
    check_outputs(outputs, y, len(classes))
    k = 5 if len(classes) > 5 else 2 if len(classes) > 2 else 1
    ranked = np.argsort(-outputs, axis=1, kind="stable")
    right, p = ranked[:, 0] == y, shares(outputs)
    labels = range(len(classes))
    return ClassificationMetrics(
        tuple(classes),
        confusion_matrix(y, ranked[:, 0], len(classes)),
        scores(y, ranked[:, 0], labels=labels),
        scores(y, ranked[:, 0], average="macro"),
        scores(y, ranked[:, 0], average="weighted"),
        accuracy=float(right.mean()),
        k=k,
        top_k=float((ranked[:, :k] == y[:, None]).any(axis=1).mean()),
        log_loss=float(log_loss(y, p, labels=labels)) if len(classes) > 1 else 0.0,
        calibration_error=calibration_error(p.max(axis=1), right),
    )


def check_outputs(outputs: np.ndarray, y: np.ndarray, classes: int) -> None:
    """Raise DataError unless there are `classes` finite outputs for each label."""
    if y.ndim != 1 or not len(y) or outputs.shape != (len(y), classes):
        raise DataError(f"outputs {outputs.shape} and labels {y.shape}: expected (n, {classes}) and (n,), n at least 1")
    if not np.isfinite(outputs).all():
        raise DataError("the outputs hold NaN or infinity, and cannot be measured")
    if y.dtype.kind not in "ui" or y.min() < 0 or y.max() >= classes:
        raise DataError(f"labels from {y.min()} to {y.max()}: expected whole numbers from 0 to {classes - 1}")


def shares(outputs: np.ndarray) -> np.ndarray:
    """Of each row of outputs (n, classes), the shares of its sum."""
    positive = np.maximum(outputs, 0)
    sums = positive.sum(axis=1, keepdims=True)
    return np.where(sums > 0, positive / np.where(sums > 0, sums, 1), 1 / outputs.shape[1])


def confusion_matrix(y: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """(classes, classes) counts; scikit-learn's warns where there is a single class."""
    return np.bincount(classes * y.astype(int) + predicted, minlength=classes**2).reshape(classes, classes)


def scores(y: np.ndarray, predicted: np.ndarray, **how: Any) -> Scores:
    from sklearn.metrics import precision_recall_fscore_support

    *three, _ = precision_recall_fscore_support(y, predicted, zero_division=0, **how)
    return Scores(*three) if "labels" in how else Scores(*map(float, three))


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """The expected calibration error, sum_b |B_b|/n |accuracy(B_b) - confidence(B_b)| (Guo et al. 2017, equation 3).

    confidence: (n,) the probability of the predicted class; bin B_b holds those in ((b-1)/15, b/15].
    right: (n,) whether that was the class.
    """
    b = np.clip(np.ceil(BINS * confidence) - 1, 0, BINS - 1).astype(int)
    gaps = np.bincount(b, weights=right - confidence)  # |B_b| (accuracy - confidence)
    return float(np.abs(gaps).sum() / len(right))


@dataclass(frozen=True)
class RegressionMetrics:
    """mse: mean (y - a)^2.  mae: mean |y - a|.  r2: 1 - sum (y - a)^2 / sum (y - mean y)^2, NaN for a single example.

    Of several outputs, each is the mean over them.
    """

    mse: float
    mae: float
    r2: float

    def numbers(self) -> dict[str, float]:
        """All numbers by name."""
        return {"mse": self.mse, "mae": self.mae, "r2": self.r2}

    def __str__(self) -> str:
        return f"MSE {self.mse:.4g}  MAE {self.mae:.4g}  R2 {self.r2:.4f}"


def regression_metrics(outputs: Sequence | np.ndarray, y: Sequence | np.ndarray) -> RegressionMetrics:
    """Compare outputs a with what they should be, y: both (n,) or both (n, outputs).

    Where all y are equal, R2 is 1 if all outputs are right, else 0. Raises DataError for arrays that do not fit
    each other, for NaN and for infinity.
    """
    from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

    a, y = np.asarray(outputs, float), np.asarray(y, float)
    if a.shape != y.shape or a.ndim not in (1, 2) or not a.size:
        raise DataError(f"outputs {a.shape} and targets {y.shape}: expected both (n,) or (n, outputs), n at least 1")
    if not (np.isfinite(a).all() and np.isfinite(y).all()):
        raise DataError("the outputs or the targets hold NaN or infinity, and cannot be measured")
    r2 = r2_score(y, a) if len(y) > 1 else np.nan
    return RegressionMetrics(float(mean_squared_error(y, a)), float(mean_absolute_error(y, a)), float(r2))
