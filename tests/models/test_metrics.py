"""Metrics: worked by hand, against scikit-learn and plain formulas, in odd cases, and as text."""

import json
from math import log

import numpy as np
import pytest
from rich.cells import cell_len
from sklearn import metrics as sklearn_metrics

from gradus.data import Examples, Preprocessing
from gradus.equations import CrossEntropy, LogLikelihood, Quadratic
from gradus.errors import DataError, SettingError
from gradus.models import Model, area_under_curve, classification_metrics, regression_metrics
from gradus.models.metrics import ClassificationMetrics, calibration_error
from gradus.network import Network
from gradus.notation import mlp

NAMES = tuple("abc")


def measured(n: int = 400, classes: int = 7, seed: int = 0) -> tuple[np.ndarray, np.ndarray, ClassificationMetrics]:
    """Probabilities that are right more often than not, their labels, and the metrics."""
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, n)
    odds = np.exp(random.normal(size=(n, classes)) + 1.5 * np.eye(classes)[y])
    p = odds / odds.sum(axis=1, keepdims=True)
    return p, y, classification_metrics(p, y, [str(k) for k in range(classes)])


def test_scores_by_hand() -> None:
    # Labels 0 0 0 1 1 2, predicted as 0 0 1 1 1 0:
    # class 0: of 3 predicted as it 2 are right, of 3 that are 2 are found: 2/3, 2/3, F1 2/3
    # class 1: of 3 predicted as it 2 are right, of 2 that are 2 are found: 2/3, 1, F1 2 (2/3) / (5/3) = 4/5
    # class 2: never predicted (0 by definition), of 1 none is found: 0, 0, 0
    outputs = np.eye(3)[[0, 0, 1, 1, 1, 0]] + 0.5
    metrics = classification_metrics(outputs, np.array([0, 0, 0, 1, 1, 2]), NAMES)
    np.testing.assert_array_equal(metrics.confusion, [[2, 1, 0], [0, 2, 0], [1, 0, 0]])
    np.testing.assert_allclose(metrics.per_class.precision, [2 / 3, 2 / 3, 0])
    np.testing.assert_allclose(metrics.per_class.recall, [2 / 3, 1, 0])
    np.testing.assert_allclose(metrics.per_class.f1, [2 / 3, 4 / 5, 0])
    assert metrics.accuracy == pytest.approx(4 / 6)
    assert metrics.macro == pytest.approx((4 / 9, 5 / 9, 22 / 45))  # a third of the sums
    # weighted by 3, 2 and 1 examples: (2 + 4/3)/6, (2 + 2)/6, (2 + 8/5)/6
    assert metrics.weighted == pytest.approx((5 / 9, 2 / 3, 3 / 5))
    # Outputs (3/2, 1/2, 1/2) sum to 5/2: p = 3/5 where it is right, 1/5 where it is wrong.
    assert metrics.log_loss == pytest.approx(-(4 * log(3 / 5) + 2 * log(1 / 5)) / 6)
    # All six are in one bin, of confidence 3/5 and accuracy 4/6.
    assert metrics.calibration_error == pytest.approx(4 / 6 - 3 / 5)


def test_calibration_error_by_hand() -> None:
    # 0.9 twice, right once: in (13/15, 14/15], |1/2 - 0.9| of 2 examples; 0.5 right: |1 - 0.5| of 1.
    # 1.0 right: no gap. In all (2 * 0.4 + 1 * 0.5 + 0)/4 = 0.325.
    assert calibration_error(np.array([0.9, 0.9, 0.5, 1.0]), np.array([True, False, True, True])) == pytest.approx(
        0.325
    )


def test_gaps_of_one_bin_cancel_and_those_of_two_do_not() -> None:
    # 0.81 and 0.79 lie on the two sides of 12/15, 0.81 and 0.85 do not; one right, one wrong.
    right = np.array([True, False])
    assert calibration_error(np.array([0.81, 0.85]), right) == pytest.approx(abs(0.19 - 0.85) / 2)
    assert calibration_error(np.array([0.81, 0.79]), right) == pytest.approx((0.19 + 0.79) / 2)
    # The upper edge belongs to a bin: 12/15 is with 0.79.
    assert calibration_error(np.array([0.8, 0.79]), right) == pytest.approx(abs(0.2 - 0.79) / 2)


def test_calibration_error_against_a_plain_loop() -> None:
    p, y, metrics = measured()
    confidence, right = p.max(axis=1), p.argmax(axis=1) == y
    total = 0.0
    for b in range(1, 16):
        inside = (confidence > (b - 1) / 15) & (confidence <= b / 15)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert metrics.calibration_error == pytest.approx(total)


def test_all_against_scikit_learn() -> None:
    p, y, metrics = measured()
    predicted = p.argmax(axis=1)
    np.testing.assert_array_equal(metrics.confusion, sklearn_metrics.confusion_matrix(y, predicted))
    for average, ours in (("macro", metrics.macro), ("weighted", metrics.weighted), (None, metrics.per_class)):
        np.testing.assert_allclose(ours.precision, sklearn_metrics.precision_score(y, predicted, average=average))
        np.testing.assert_allclose(ours.recall, sklearn_metrics.recall_score(y, predicted, average=average))
        np.testing.assert_allclose(ours.f1, sklearn_metrics.f1_score(y, predicted, average=average))
    assert metrics.accuracy == sklearn_metrics.accuracy_score(y, predicted)
    assert metrics.k == 5
    assert metrics.top_k == sklearn_metrics.top_k_accuracy_score(y, p, k=5)
    assert metrics.log_loss == pytest.approx(sklearn_metrics.log_loss(y, p))
    assert metrics.log_loss == pytest.approx(-np.log(p[np.arange(len(y)), y]).mean())


@pytest.mark.parametrize(("classes", "k"), [(1, 1), (2, 1), (3, 2), (5, 2), (6, 5), (50, 5)])
def test_k_goes_with_the_number_of_classes(classes: int, k: int) -> None:
    _, _, metrics = measured(classes=classes)
    assert metrics.k == k
    assert f"top_{k}_accuracy" in metrics.as_dict()


def test_a_class_absent_from_the_data_does_not_lower_the_mean() -> None:
    metrics = classification_metrics(np.eye(3)[[0, 1, 1]], np.array([0, 1, 1]), NAMES)
    np.testing.assert_array_equal(metrics.per_class.recall, [1, 1, 0])
    assert metrics.macro == metrics.weighted == (1, 1, 1)
    assert metrics.calibration_error == 0


def test_outputs_that_are_no_probabilities_are_measured_by_their_shares() -> None:
    # Rows (0.8, 0.8, 0) of shares 1/2, 1/2, 0; (0, 0, 0) undecided: 1/3 each; (-1, 3, 1) as (0, 3/4, 1/4).
    # With equal outputs the first class is the prediction.
    outputs = np.array([[0.8, 0.8, 0], [0, 0, 0], [-1, 3, 1]])
    metrics = classification_metrics(outputs, np.array([1, 0, 1]), NAMES)
    assert metrics.log_loss == pytest.approx(-(log(1 / 2) + log(1 / 3) + log(3 / 4)) / 3)
    assert metrics.accuracy == pytest.approx(2 / 3)
    assert metrics.calibration_error == pytest.approx((1 / 2 + 2 / 3 + 1 / 4) / 3)


def test_a_certain_mistake_costs_much_but_not_infinity() -> None:
    metrics = classification_metrics(np.eye(3)[[0]], np.array([1]), NAMES)
    assert metrics.log_loss == pytest.approx(-log(2.220446e-16), rel=1e-6)


@pytest.mark.parametrize("cost", [LogLikelihood(), CrossEntropy(), Quadratic("tanh")], ids=repr)
def test_a_model_measures_raw_examples(cost) -> None:
    model = Model(Network.create(mlp([2, 4, 3]), cost, (2,)), Preprocessing(5.0), NAMES)
    random = np.random.default_rng(0)
    examples = Examples(random.normal(0, 5, (60, 2)).astype(np.float32), random.integers(0, 3, 60))
    metrics = model.metrics(examples)
    assert metrics.accuracy == pytest.approx(model.evaluate(examples).accuracy)
    assert metrics.confusion.sum() == 60
    if isinstance(cost, LogLikelihood):
        assert metrics.log_loss == pytest.approx(model.evaluate(examples).cost, rel=1e-5)
    with pytest.raises(DataError, match="there are no examples to measure the model on"):
        model.metrics(Examples(examples.x[:0], examples.y[:0]))
    with pytest.raises(SettingError, match="the inputs are 1 each"):
        model.metrics(Examples(examples.x[:, :1], examples.y))


@pytest.mark.parametrize(
    ("outputs", "y", "message"),
    [
        (np.ones((3, 2)), [0, 1, 2], r"outputs \(3, 2\) and labels \(3,\): expected \(n, 3\) and \(n,\)"),
        (np.ones((3, 3)), [0, 1], r"outputs \(3, 3\) and labels \(2,\)"),
        (np.ones((0, 3)), [], "n at least 1"),
        ([[np.nan, 0, 1]], [0], "the outputs hold NaN or infinity"),
        (np.ones((2, 3)), [0, 3], "labels from 0 to 3: expected whole numbers from 0 to 2"),
        (np.ones((2, 3)), [-1, 2], "labels from -1 to 2"),
        (np.ones((2, 3)), [0.5, 1], "labels from 0.5 to 1.0"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(outputs, y, message: str) -> None:
    with pytest.raises(DataError, match=message):
        classification_metrics(outputs, y, NAMES)


def test_numbers_are_ready_for_json() -> None:
    _, y, metrics = measured()
    numbers = json.loads(json.dumps(metrics.as_dict(), allow_nan=False))
    assert numbers["macro"]["f1"] == metrics.macro.f1
    assert numbers["classes"][2]["count"] == np.sum(y == 2)
    assert numbers["classes"][2]["recall"] == metrics.per_class.recall[2]
    assert numbers["confusion_matrix"] == metrics.confusion.tolist()


def test_the_text_shows_every_class_and_the_confusion_matrix() -> None:
    outputs = np.eye(3)[[0, 0, 1, 1, 1, 0]] + 0.5
    text = str(classification_metrics(outputs, np.array([0, 0, 0, 1, 1, 2]), NAMES))
    lines = [line.split() for line in text.splitlines()]
    assert text.startswith("accuracy 66.67%  top-2 accuracy")
    assert ["b", "0.6667", "1.0000", "0.8000", "2"] in lines
    assert ["macro", "mean", "0.4444", "0.5556", "0.4889", "6"] in lines
    assert lines[-3:] == [["a", "2", "1", "."], ["b", ".", "2", "."], ["c", "1", ".", "."]]


@pytest.mark.parametrize("width", [30, 40, 60, 80, 200])
@pytest.mark.parametrize("names", [[str(k) for k in range(20)], [f"数字 [bold]{k}" for k in range(20)]])
def test_the_text_fits_every_terminal(width: int, names: list[str]) -> None:
    random = np.random.default_rng(0)
    y = random.integers(0, 20, 3000)
    metrics = classification_metrics(np.eye(20)[np.where(random.random(3000) < 0.8, y, 7)], y, names)
    text = metrics.summary(width)
    assert max(map(cell_len, text.splitlines())) <= width
    assert ("Confusion matrix" in text) != ("Most frequent confusions" in text)
    if width == 200:
        assert names[13] in text


def test_more_than_20_classes_show_the_commonest_mistakes() -> None:
    y = np.repeat(np.arange(30), 10)
    predicted = y.copy()
    predicted[[0, 1, 2, 50]] = 9
    names = [f"class{k}" for k in range(30)]
    assert metrics_lines(predicted, y, names)[-3:] == [
        "Most frequent confusions", "class0 predicted as class9: 3", "class5 predicted as class9: 1",
    ]  # fmt: skip
    assert metrics_lines(y, y, names)[-1].startswith("weighted mean")


def metrics_lines(predicted: np.ndarray, y: np.ndarray, names: list[str]) -> list[str]:
    return classification_metrics(np.eye(len(names))[predicted], y, names).summary(1000).splitlines()


def test_regression_by_hand() -> None:
    # Errors y - a: 0, 1, -2, so MSE (0 + 1 + 4)/3 and MAE 3/3.
    # y = 1, 3, 5 have mean 3 and squares 4 + 0 + 4 = 8 about it: R2 = 1 - 5/8.
    metrics = regression_metrics([1, 2, 7], [1, 3, 5])
    assert metrics.as_dict() == pytest.approx({"mse": 5 / 3, "mae": 1, "r2": 3 / 8})
    assert str(metrics) == "MSE 1.667  MAE 1  R2 0.3750"


def test_regression_of_several_outputs_is_the_mean_over_them() -> None:
    random = np.random.default_rng(0)
    y = random.normal(size=(50, 3)) * [1, 10, 100]
    a = y + random.normal(size=(50, 3))
    each = [regression_metrics(a[:, k], y[:, k]) for k in range(3)]
    together = regression_metrics(a, y)
    for name, value in together.as_dict().items():
        assert value == pytest.approx(np.mean([getattr(one, name) for one in each]))


@pytest.mark.parametrize("shape", [(2,), (40,), (40, 1), (40, 3)])
def test_regression_against_scikit_learn(shape: tuple[int, ...]) -> None:
    random = np.random.default_rng(1)
    y = 100 + random.normal(size=shape)
    a = y + random.normal(size=shape)
    expected = {
        "mse": sklearn_metrics.mean_squared_error(y, a),
        "mae": sklearn_metrics.mean_absolute_error(y, a),
        "r2": sklearn_metrics.r2_score(y, a),
    }
    assert regression_metrics(a, y).as_dict() == pytest.approx(expected)


def test_the_area_under_the_curve_by_hand() -> None:
    # Of the pairs of a 1 and a 0, (0.4, 0.1) and (0.8, 0.1) and (0.8, 0.4) are in order, (0.4, 0.4) is a tie.
    assert area_under_curve(np.array([0.1, 0.4, 0.4, 0.8]), np.array([0, 0, 1, 1])) == 3.5 / 4


@pytest.mark.parametrize("decimals", [1, 2, 17])
def test_the_area_under_the_curve_against_scikit_learn(decimals: int) -> None:
    random = np.random.default_rng(2)
    y = random.integers(0, 2, 300)
    p = np.round(random.random(300) * 0.7 + 0.3 * y, decimals)
    assert area_under_curve(p, y) == pytest.approx(sklearn_metrics.roc_auc_score(y, p))


def test_r2_where_it_is_hardly_defined() -> None:
    assert regression_metrics([2, 2], [2, 2]).r2 == 1
    assert regression_metrics([2, 3], [2, 2]).r2 == 0
    assert regression_metrics([0.1, 0.2, 0.1], [0.1, 0.1, 0.1]).r2 == 0  # whose mean is not quite 0.1
    assert np.isnan(regression_metrics([2], [2]).r2)


@pytest.mark.parametrize(
    ("outputs", "y", "message"),
    [
        ([1, 2], [1, 2, 3], r"outputs \(2,\) and targets \(3,\): expected both"),
        ([], [], "n at least 1"),
        (np.ones((2, 2, 2)), np.ones((2, 2, 2)), r"outputs \(2, 2, 2\)"),
        ([1, np.nan], [1, 2], "hold NaN or infinity"),
        ([1, 2], [1, np.inf], "hold NaN or infinity"),
    ],
)
def test_regression_arrays_that_do_not_fit_are_refused(outputs, y, message: str) -> None:
    with pytest.raises(DataError, match=message):
        regression_metrics(outputs, y)
