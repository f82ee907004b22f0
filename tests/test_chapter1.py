"""The book's program on one page, examples/chapter1.py, takes the steps that the engine takes."""

import subprocess
import sys
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import jax
import numpy as np
import pytest

import gradus

PAGE = Path(__file__).parents[1] / "examples" / "chapter1.py"

pytestmark = pytest.mark.usefixtures("float64")


@pytest.fixture(scope="module")
def chapter1():
    return SimpleNamespace(**run_path(str(PAGE)))


@pytest.fixture(scope="module")
def data() -> gradus.Dataset:
    return gradus.load("digits").with_examples(204)  # in tens, with a smaller last batch


def parameters(network: gradus.Network) -> tuple[dict, dict]:
    """w[l] and b[l] of the network's dense layers, numbered as in the book."""
    dense = [layer for layer in network.params if layer]
    return tuple({number: np.asarray(layer[part]) for number, layer in enumerate(dense, 1)} for part in (0, 1))


def build(data: gradus.Dataset, layers: str) -> gradus.Network:
    return gradus.build_network(data, layers, cost="quadratic", activation="sigmoid", weights="gaussian", seed=1)


@pytest.mark.parametrize("layers", ["64-30-10", "64-12-8-10"])
def test_epochs_are_those_of_the_engine(chapter1, data: gradus.Dataset, layers: str):
    """From the same weights, the same batches in the same order lead to the same weights after each of two epochs."""
    network, n, seed = build(data, layers), len(data.training.x), 7
    w, b = parameters(network)
    x, y = data.training.x.reshape(n, -1) / 16, np.eye(10)[data.training.y]
    for record in gradus.fit(network, data, epochs=2, batch_size=10, learning_rate=3.0, seed=seed):
        order = np.random.default_rng([seed, record.epoch]).permutation(n)
        chapter1.train_epoch(w, b, x, y, order, m=10, eta=3.0)
        for ours, engine in zip((w, b), parameters(record.network), strict=True):
            assert engine[1].dtype == np.float64
            for number in ours:
                np.testing.assert_allclose(ours[number], engine[number], rtol=0, atol=1e-6)
        examples = data.validation.x.reshape(-1, 64) / 16, data.validation.y
        assert chapter1.accuracy(w, b, *examples) == pytest.approx(record.validation.accuracy)


def test_gradients_are_those_of_automatic_differentiation(chapter1):
    rng = np.random.default_rng(0)
    w, b = chapter1.initial_parameters([5, 4, 4, 3], rng)
    x, y = rng.normal(size=(6, 5)), np.eye(3)[[0, 1, 2, 0, 1, 2]]

    def cost(w: dict, b: dict) -> jax.Array:
        a = x
        for number in w:
            a = 1 / (1 + jax.numpy.exp(-(a @ w[number].T + b[number])))
        return ((y - a) ** 2).sum() / 2

    for ours, automatic in zip(chapter1.backprop(w, b, x, y), jax.grad(cost, (0, 1))(w, b), strict=True):
        for number in w:
            np.testing.assert_allclose(ours[number], automatic[number], rtol=1e-12, atol=1e-15)


def test_the_script_runs_and_learns(tmp_path: Path):
    run = subprocess.run([sys.executable, PAGE], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    *epochs, last = run.stdout.splitlines()
    assert [line.split(":")[0] for line in epochs] == [f"epoch {epoch}" for epoch in range(1, 31)]
    assert float(last.removeprefix("test: ").split("%")[0]) > 95


def test_it_is_one_page():
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 80
    assert [line for line in lines if "gradus." in line] == [line for line in lines if "gradus.load(" in line]
