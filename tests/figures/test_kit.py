"""The kit of the figures: settings and seeds side by side, tables of curves, comparison with the book, and plots."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from small import SmallSources

from gradus.figures import experiments, style
from gradus.layers import DenseParams


def test_every_setting_runs_with_every_seed() -> None:
    runs = experiments.run_settings(lambda setting, seed: [setting, 10 * seed], (3, 1), seeds=2)
    assert list(runs) == [3, 1]
    assert runs[3].tolist() == [[3, 0], [3, 10]]
    assert runs[1].tolist() == [[1, 0], [1, 10]]
    assert experiments.run_seeds(lambda seed: seed**2, 3).tolist() == [0, 1, 4]


def test_an_error_of_one_run_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        experiments.run_settings(lambda setting, seed: 1 / setting, (1, 0), seeds=1)


def test_columns_are_named_by_setting_part_and_seed() -> None:
    curves = np.arange(12).reshape(2, 2, 3)  # seeds, parts, epochs
    table = experiments.curve_table({"plain": curves}, ("test", "training"), first_epoch=0)
    names = ["plain_test_seed0", "plain_training_seed0", "plain_test_seed1", "plain_training_seed1"]
    assert list(table) == ["epoch", *names]
    assert table["epoch"].tolist() == [0, 1, 2]
    assert table["plain_training_seed1"].tolist() == [9, 10, 11]
    assert list(experiments.seed_columns({"": curves[0]})) == ["seed0", "seed1"]


def test_the_book_agrees_differs_or_is_missing() -> None:
    curve = np.array([1.0])
    for book in (None, {}):
        assert experiments.book_sentence(book, agrees=True) == "no_curve"
    assert experiments.book_sentence({"eta": curve}, agrees=True) == "agrees"
    assert experiments.book_sentence(curve, agrees=False) == "differs"


def test_a_network_has_the_initial_weights_that_are_asked_for_and_one_chain() -> None:
    data = SmallSources().mnist
    networks = [experiments.sigmoid_network(data, weights=weights) for weights in ("gaussian", "scaled", "zeros")]
    weights = [next(p.w for p in network.params if isinstance(p, DenseParams)) for network in networks]
    assert [float(w.std()) for w in weights] == pytest.approx([1, 1 / 28, 0], rel=0.02)
    assert len({network.chain for network in networks}) == 1


def test_tiles_are_in_rows_with_gaps() -> None:
    tiles = style.tile(np.arange(4).repeat(4).reshape(4, 2, 2), rows=2)
    assert tiles.shape == (5, 5)
    assert tiles[0, [0, 3]].tolist() == [0, 1]
    assert tiles[3, [0, 3]].tolist() == [2, 3]
    assert np.isnan(tiles[2]).all()
    assert np.isnan(tiles[:, 2]).all()
    assert style.tile(np.ones((6, 2, 3)), rows=2, gap=0).shape == (4, 9)


def test_runs_are_drawn_with_their_mean_and_range_and_the_book_as_far_as_ours_go() -> None:
    axis = Figure().subplots()
    style.plot_runs(axis, [1, 2], {"a": np.array([[0.0, 2], [2, 4]]), "b": np.ones((1, 2))}, marker="os")
    style.plot_book(axis, [1, 2], [np.arange(5), np.arange(1)], "the book")
    a, b, long, short = axis.lines
    assert [line.get_label() for line in (a, b, long)] == ["a", "b", "the book"]
    assert np.asarray(a.get_ydata()).tolist() == [1, 3]
    assert (a.get_marker(), b.get_marker()) == ("o", "s")
    assert len(axis.collections) == 1  # one run has no range
    assert [len(np.asarray(line.get_xdata())) for line in (long, short)] == [2, 1]
    assert axis.get_legend_handles_labels()[1] == ["a", "b", "the book"]


def test_bars_of_a_group_touch_each_other() -> None:
    left, right = style.plot_bars(Figure().subplots(), {"one": [1, 2], "two": [3, 4]})
    for one, two, place in zip(left, right, (0, 1), strict=True):
        assert one.get_x() + one.get_width() == pytest.approx(two.get_x()) == pytest.approx(place)
