"""Weights of classes and examples: their values, what they change in training, and what is refused."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import recall_score
from sklearn.utils.class_weight import compute_sample_weight

from gradus.data import Dataset, Examples, example_weights
from gradus.equations import LogLikelihood
from gradus.errors import DataError, SettingError
from gradus.models import Model
from gradus.network import Network
from gradus.notation import mlp
from gradus.runs import fit, fit_steps
from gradus.training import Epoch

NONE = Examples(np.zeros((0, 2), np.float32), np.zeros(0, int))


def clouds(*of_classes: int, seed: int = 0) -> Examples:
    """Overlapping clouds of points in the plane, one a class, of so many points each."""
    random = np.random.default_rng(seed)
    y = np.repeat(np.arange(len(of_classes)), of_classes)
    centres = 1.5 * np.array([[0, 0], [1, 0], [0, 1]])
    return Examples((centres[y] + random.normal(0, 1, (len(y), 2))).astype(np.float32), y)


def dataset(training: Examples, **more: object) -> Dataset:
    return Dataset("clouds", training, NONE, NONE, ("often", "seldom", "never"), **more)  # type: ignore[arg-type]


def network(seed: int = 0) -> Network:
    return Network.create(mlp([2, 8, 3]), LogLikelihood(), (2,), seed)


def trained(data: Dataset, **settings: object) -> Epoch:
    *_, record = fit(network(), data, **{"epochs": 3, "learning_rate": 0.3} | settings)
    return record


def leaves(record: Epoch) -> list[np.ndarray]:
    return [np.asarray(leaf) for leaf in jax.tree.leaves(record.network.params)]


def test_class_weights_by_hand() -> None:
    # 6 and 2 examples of two classes: n / (classes n_k) = 8/12 = 2/3 and 8/4 = 2; 6 * 2/3 + 2 * 2 = 8.
    data = dataset(clouds(6, 2))
    np.testing.assert_allclose(example_weights(data, "balanced"), [2 / 3] * 6 + [2] * 2)
    # 1 and 3: the mean is (6 * 1 + 2 * 3)/8 = 3/2.
    for given in ([1, 3, 7], {"seldom": 3}, (1.0, 3.0, 0.0), np.array([1, 3, 2])):
        np.testing.assert_allclose(example_weights(data, given), [2 / 3] * 6 + [2] * 2)


def test_class_weights_multiply_sample_weights() -> None:
    # Products 1 1 1 2 | 3 0, of mean 8/6.
    data = dataset(clouds(4, 2), sample_weights=np.array([1, 1, 1, 2, 1, 0]))
    np.testing.assert_allclose(example_weights(data, [1, 3, 1]), 6 / 8 * np.array([1, 1, 1, 2, 3, 0]))
    np.testing.assert_allclose(example_weights(data), [1, 1, 1, 2, 1, 0])


def test_balanced_against_scikit_learn() -> None:
    data = dataset(clouds(50, 7, 13))
    expected = compute_sample_weight("balanced", data.training.y)
    np.testing.assert_allclose(example_weights(data, "balanced"), expected)


def test_without_weights_there_is_nothing() -> None:
    assert example_weights(dataset(clouds(4, 2))) is None


@pytest.mark.parametrize("batch_size", [4, 10])
def test_weights_of_1_give_the_bits_of_no_weights(batch_size: int) -> None:
    examples = clouds(15, 8)
    plain = trained(dataset(examples), batch_size=batch_size)
    for weighted in (
        trained(dataset(examples, sample_weights=np.ones(23)), batch_size=batch_size),
        trained(dataset(examples), batch_size=batch_size, class_weights=[2.0, 2.0, 2.0]),
    ):
        assert weighted.cost == plain.cost
        assert all(np.array_equal(a, b) for a, b in zip(leaves(weighted), leaves(plain), strict=True))


def test_a_weight_of_2_is_the_example_twice() -> None:
    x, y = clouds(6, 3)
    weights = np.ones(9)
    weights[[0, 7]] = 2
    twice = Examples(np.concatenate([x, x[[0, 7]]]), np.concatenate([y, y[[0, 7]]]))
    weighted = trained(dataset(Examples(x, y), sample_weights=weights), batch_size=9, epochs=20)
    doubled = trained(dataset(twice), batch_size=11, epochs=20)
    assert weighted.cost == pytest.approx(doubled.cost, rel=1e-5)
    for a, b in zip(leaves(weighted), leaves(doubled), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_an_example_of_weight_0_is_not_learned_from() -> None:
    x, y = clouds(6, 3)
    wrong = Examples(np.concatenate([x, x[:1]]), np.append(y, 2))
    ignored = trained(dataset(wrong, sample_weights=np.append(np.ones(9), 0)), batch_size=10, epochs=10)
    without = trained(dataset(Examples(x, y)), batch_size=9, epochs=10)
    for a, b in zip(leaves(ignored), leaves(without), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_balanced_classes_raise_the_recall_of_the_rare_one() -> None:
    """19 of 20 points are of one class: unweighted, the network hardly ever says the other."""
    uneven, even = dataset(clouds(950, 50)), clouds(500, 500, seed=1)
    recalls = []
    for class_weights in (None, "balanced"):
        record = trained(uneven, epochs=40, batch_size=100, class_weights=class_weights)
        predicted = Model(record.network, uneven.preprocessing, uneven.classes).predict(even.x)
        recalls.append(recall_score(even.y, predicted, average=None))
    (often, seldom), (often_balanced, seldom_balanced) = recalls
    assert seldom < 0.2
    assert seldom_balanced > 0.6
    assert often > often_balanced > 0.5


def test_an_example_moves_the_network_alike_in_a_full_batch_and_in_the_last_smaller_one() -> None:
    """In one epoch of 2 + 1 examples, only the example that counts moves the network."""
    examples = clouds(3)
    for counting in range(3):
        weights = np.eye(3)[counting]
        record = trained(dataset(examples, sample_weights=weights), batch_size=2, epochs=1, learning_rate=1.0)
        start = network()
        x, y = jnp.asarray(examples.x[[counting]]), jax.nn.one_hot(examples.y[[counting]], 3)
        z, cache = start.chain.forward(start.params, x)
        _, gradients = start.chain.backward(start.params, cache, start.cost(z, y)[1])
        expected = jax.tree.map(lambda p, g: p - 3 / 2 * g, start.params, gradients)  # eta s/m, with s = 3 and m = 2
        for a, b in zip(leaves(record), jax.tree.leaves(expected), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("class_weights", "message"),
    [
        ("balancd", "class weights 'balancd': expected \"balanced\", or a number for each class"),
        (2.0, "class weights 2.0: expected"),
        ([1, 2], "class weights: 2 numbers, but the data has 3 classes"),
        ({"rare": 2.0}, "class weights: there is no class 'rare'; the classes are 'often', 'seldom', 'never'"),
        ({0: 2.0}, "there is no class 0; the classes are 'often'"),
        ({"seldom": -1.0}, "class weights: -1.0 for class 'seldom'; expected 0 or a number above it"),
        ([1, float("nan"), 1], "class weights: nan for class 'seldom'"),
        ([float("inf"), 1, 1], "class weights: inf for class 'often'"),
        ({"often": "much"}, "class weights: much for class 'often'"),
        ([0, 0, 1], "every training example has weight 0"),
    ],
)
def test_class_weights_that_cannot_be_used_are_refused_at_the_call(class_weights: object, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        fit_steps(network(), dataset(clouds(9, 2)), learning_rate=0.1, class_weights=class_weights)  # type: ignore[arg-type]


def test_sample_weights_must_fit_the_training_examples() -> None:
    data = dataset(clouds(6, 2), sample_weights=np.ones(8))
    with pytest.raises(DataError, match=r"sample weights are float64 of shape \(8,\), expected 5 numbers"):
        replace(data, training=clouds(3, 2))
