"""Language models: the carried state is right, chunks change nothing, the same seed gives the same bits."""

import math
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from examples import FOX, last, leaves
from hypothesis import given
from hypothesis import strategies as st

from gradus.data import Preprocessing, Text
from gradus.equations import LogLikelihood
from gradus.errors import DataError, DivergedError, SettingError
from gradus.language import TextEvaluation, evaluate_text, text_network
from gradus.language.evaluation import WARM_UP, windows
from gradus.language.training import default_batch_size, streams
from gradus.layers import Chain, Dense, Embedding
from gradus.models import Model
from gradus.network import Network, backprop
from gradus.recurrent import LSTM
from gradus.runs import fit, fit_steps
from gradus.training import Progress


def test_streams_are_the_text_in_order_and_the_characters_that_follow():
    x, y, _ = streams(np.arange(12), 3)  # 11 pairs: three streams of 3, and 2 left over
    assert x.tolist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8]]
    assert y.tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


@pytest.mark.parametrize("time", [7, 24, 100])
def test_an_epoch_is_chunks_in_order_with_the_carry_handed_on(time: int):
    """Against a plain loop with jax.grad and optax.adam; 4 x 56 pairs, so 7 leaves no short chunk, 100 no full one."""
    text = Text("cut", FOX.training[: 4 * 56 + 1], FOX.validation, FOX.test, FOX.vocabulary)
    start = text_network(text, "lstm5", time=time, seed=3)
    record = last(fit(start, text, epochs=2, batch_size=4, learning_rate=0.01))
    x, y, _ = streams(text.training, 4)
    chunks = math.ceil(56 / time)
    last_share = 56 % time / time if time < 56 and 56 % time else 1.0  # every character counts alike

    def eta(step):
        return 0.01 * (1 - step / (2 * chunks)) * jnp.where(step % chunks == chunks - 1, last_share, 1.0)

    reference = optax.chain(optax.clip_by_global_norm(1.0), optax.adam(eta))
    params, state = start.params, reference.init(start.params)

    @partial(jax.value_and_grad, has_aux=True)
    def cost(params, carry, x, y):
        z, _, carry = start.chain.forward_from(params, x, carry)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), y[..., None], axis=-1)), carry

    @jax.jit
    def step(params, state, carry, x, y):
        (C, carry), gradients = cost(params, carry, x, y)
        updates, state = reference.update(gradients, state, params)
        return C, optax.apply_updates(params, updates), state, carry

    for _ in range(2):
        carry, costs = start.chain.initial_carry(params, 4), []
        for first in range(0, 56, time):
            chunk = np.s_[:, first : first + time]
            C, params, state, carry = step(params, state, carry, x[chunk], y[chunk])
            costs.append(float(C) * x[chunk].shape[1])
    for trained, expected in zip(leaves(record.network), jax.tree.leaves(params), strict=True):
        np.testing.assert_allclose(trained, expected, rtol=1e-3, atol=1e-4)
    assert record.cost == pytest.approx(sum(costs) / 56, rel=1e-4)


@pytest.mark.slow
def test_the_cost_of_a_text_is_the_same_in_one_piece_and_in_chunks():
    """A learning rate too small to change anything leaves the forward pass alone."""
    costs = [
        last(fit(text_network(FOX, "lstm5 lstm5", time=time), FOX, epochs=1, batch_size=2,
                      learning_rate=1e-30)).cost
        for time in (5, 64, 10_000)
    ]  # fmt: skip
    np.testing.assert_allclose(costs, costs[0], rtol=1e-5)


@pytest.mark.slow
def test_gradients_of_chunks_add_up_to_those_of_one_piece_truncated_at_the_same_places():
    with jax.enable_x64(True):
        cut, whole = (
            Chain((Embedding(5, 4), LSTM(6, truncate), LSTM(3, truncate), Dense(5))) for truncate in (None, 8)
        )
        params = jax.jit(lambda key: cut.init(key, (24,))[0])(jax.random.key(0))
        x = jax.random.randint(jax.random.key(1), (2, 24), 0, 5)
        y = jax.nn.one_hot(jnp.roll(x, -1, axis=1), 5, dtype=float)
        C, expected, *_ = jax.jit(partial(backprop, whole, LogLikelihood()))(params, x, y)
        step = jax.jit(partial(backprop, cut, LogLikelihood()))
        carry, costs, summed = cut.initial_carry(params, 2), [], jax.tree.map(jnp.zeros_like, params)
        for first in (0, 8, 16):
            chunk = np.s_[:, first : first + 8]
            cost, gradients, _, carry, _ = step(params, x[chunk], y[chunk], carry=carry)
            costs.append(float(cost))
            summed = jax.tree.map(lambda total, gradient: total + gradient / 3, summed, gradients)
        assert np.mean(costs) == pytest.approx(float(C), rel=1e-12)
        for ours, theirs in zip(jax.tree.leaves(summed), jax.tree.leaves(expected), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-14)


def test_evaluation_is_a_loop_over_the_characters():
    """Against the LSTM written out in NumPy, one character at a time, with nothing of ours."""
    network = text_network(FOX, "lstm6", seed=5)
    numbers = FOX.test[:70]
    (embedding, lstm, dense), size = [jax.tree.map(np.asarray, p) for p in network.params], 6
    h = c = np.zeros(size)
    cost, right = 0.0, 0
    for now, following in zip(numbers, numbers[1:], strict=False):
        z = lstm.w_x @ embedding.w[:, now] + lstm.w_h @ h + lstm.b
        f, i, o = (1 / (1 + np.exp(-part)) for part in (z[:size], z[size : 2 * size], z[3 * size :]))
        c = f * c + i * np.tanh(z[2 * size : 3 * size])
        h = o * np.tanh(c)
        outputs = dense.w @ h + dense.b
        cost -= outputs[following] - np.log(np.sum(np.exp(outputs)))
        right += int(np.argmax(outputs) == following)
    found = evaluate_text(network, numbers)
    assert found.cost == pytest.approx(cost / 69, rel=1e-5)
    assert found.accuracy == pytest.approx(right / 69)


def test_evaluation_does_not_depend_on_its_chunks(monkeypatch):
    network = text_network(FOX, "gru8 rnn8")
    found = []
    for chunk in (1, 50, 4096):
        monkeypatch.setattr("gradus.language.evaluation.CHUNK", chunk)
        found.append(evaluate_text(network, FOX.test).cost)
    np.testing.assert_allclose(found, found[0], rtol=1e-6)


def test_evaluation_in_streams_agrees_with_one_stream(fox: Network):
    numbers = np.concatenate([FOX.training, FOX.training, FOX.training])
    assert evaluate_text(fox, numbers, 4).cost == pytest.approx(evaluate_text(fox, numbers).cost, abs=1e-4)


@given(n=st.integers(1, 5000), parts=st.integers(1, 9))
def test_every_position_counts_once_and_is_read_after_those_before_it(n: int, parts: int):
    parts = parts if n >= 2 * WARM_UP * parts else 1
    positions, counts = windows(n, parts)
    assert sorted(positions[counts]) == list(range(n))
    for row, counted in zip(positions, counts, strict=True):
        assert (np.diff(row)[counted[1:]] == 1).all()
    assert all(row[0] == 0 or not counted[:WARM_UP].any() for row, counted in zip(positions, counts, strict=True))


def test_bits_and_perplexity_are_the_cost_in_other_words():
    uniform = TextEvaluation(math.log(64), 0.1)
    assert uniform.bits == pytest.approx(6)
    assert uniform.perplexity == pytest.approx(64)
    assert set(uniform.as_dict()) == {"cost", "accuracy", "bits", "perplexity"}
    assert TextEvaluation(1e6, 0.0).perplexity == math.inf


def test_a_model_learns_a_text_that_repeats(fox: Network):
    assert evaluate_text(fox, FOX.test).cost < 0.1


def test_the_same_seed_gives_the_same_bits_however_often_the_loop_returns_to_python(monkeypatch):
    runs = []
    for seconds in (0.0, 10.0):
        monkeypatch.setattr("gradus.training.loop.CHUNK_SECONDS", seconds)
        start = text_network(FOX, "lstm8 dropout0.5", time=10)
        records = list(fit_steps(start, FOX, epochs=2, batch_size=3, seed=4))
        runs.append((sum(isinstance(record, Progress) for record in records), leaves(records[-1].network)))
    (many, first), (few, second) = runs
    assert many == 2 * 36  # 356 pairs a stream: 35 chunks of 10 and one of 6
    assert few < many
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    other = last(fit(text_network(FOX, "lstm8 dropout0.5", time=10), FOX, epochs=2, batch_size=3, seed=5))
    assert not np.array_equal(leaves(other.network)[-1], first[-1])  # another seed drops other nodes


def test_a_short_text_gets_fewer_streams():
    assert default_batch_size(FOX, 64) == 1
    assert default_batch_size(Text.from_string("ab" * 20_000), 64) == 8
    assert default_batch_size(Text.from_string("ab" * 500_000), 64) == 32


def test_a_model_file_holds_a_language_model(fox: Network, tmp_path: Path):
    Model(fox, Preprocessing(), FOX.vocabulary).save(tmp_path / "model.safetensors")
    model = Model.load(tmp_path / "model.safetensors")
    assert model.classes == FOX.vocabulary
    assert evaluate_text(model.network, FOX.test) == evaluate_text(fox, FOX.test)


def test_a_cost_that_is_no_longer_finite_stops_with_the_last_good_network():
    start = text_network(FOX, "rnn8", time=16)
    with pytest.raises(DivergedError, match=r"training diverged in epoch 1 at step \d+") as caught:
        last(fit(start, FOX, epochs=3, batch_size=2, learning_rate=1e38))
    assert all(np.array_equal(a, b) for a, b in zip(leaves(caught.value.network), leaves(start), strict=True))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs 0: expected a whole number of at least 1"),
        ({"batch_size": -1}, "batch size -1: expected a whole number of at least 1"),
        ({"batch_size": 1071}, "batch size 1071: expected a whole number of at least 1, and fewer than the text has"),
        ({"learning_rate": 0.0}, "learning rate 0.0: expected a number above 0"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_at_the_call(settings: dict, message: str):
    with pytest.raises(SettingError, match=message):
        fit_steps(text_network(FOX, "lstm4"), FOX, **settings)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ("bidirectional(lstm8)", "a language model reads forwards only; leave out bidirectional"),
        ("residual(bidirectional(lstm32))", "reads forwards only"),
        ("lstm8 last", "do not fit the text; expected embedding28x64 first"),
        ("embedding28x8 lstm8", "and dense28 last"),
        ("embedding9x8 lstm8 dense9", "do not fit the text"),
        ("lstm8 flatten", "do not fit the text"),
        ("lstn8", r"word 2 \(lstn8\): there is no such layer; did you mean lstm128"),
        ("conv3-3x3", r"layer 2 \(conv3-3x3\)"),
    ],
)
def test_a_network_that_is_no_language_model_is_refused_before_it_is_allocated(
    layers: str, message: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Network, "create", lambda *settings: pytest.fail("allocated"))
    with pytest.raises(SettingError, match=message):
        text_network(FOX, layers)


def test_a_whole_network_can_be_written_down():
    line = "embedding28x8 lstm8 dense28"
    assert str(text_network(FOX, line).chain) == line
    assert str(text_network(FOX, "gru8 dense9").chain) == "embedding28x64 gru8 dense9 dense28"
    assert str(text_network(FOX, "").chain) == "embedding28x64 dense28"


def test_a_text_of_one_character_cannot_be_evaluated():
    with pytest.raises(DataError, match="the text has fewer than two characters"):
        evaluate_text(text_network(FOX, "lstm4"), FOX.test[:1])


def test_a_time_of_no_characters_is_refused():
    with pytest.raises(SettingError, match="time 0: expected a whole number of at least 1"):
        text_network(FOX, time=0)
