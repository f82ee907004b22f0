"""Networks on one line: what is read is printed again, and errors name the word."""

import jax
import pytest

from gradus.equations import LogLikelihood
from gradus.errors import SettingError
from gradus.layers import WORDS, Activation, Chain, Conv, Dense, Dropout, Flatten, Pool, Residual
from gradus.network import Network
from gradus.notation import mlp, parse
from gradus.recurrent import GRU, LSTM

LINES = [
    "conv20-5x5 maxpool2 conv40-5x5 maxpool2 dense100 dropout0.5 dense10",
    "dense30 dense10",
    "dense10",
    "dense30 sigmoid dense10",
    "conv8-3x5-stride2x1-same-dilate2 batchnorm relu averagepool3x2-stride2-same dense10",
    "conv8-3x3-pad1-groups4 globalaveragepool dense10",
    "conv8-3x3-pad1,2,0,1 l2pool2 dense10",
    "conv8-3x3-same residual(conv8-3x3-same conv8-3x3-same) relu maxpool2 dense10",
    "embedding65x32 lstm128-truncate16 layernorm gru64-reset-before rnn32 dense65",
    "bidirectional(lstm16) last dense10",
    "bidirectional(lstm16,gru8) last softmax dense10",
    "residual(residual(dense8)) leaky_relu dense3",
]


@pytest.mark.parametrize("line", LINES)
def test_a_line_prints_back_as_the_same_line(line: str):
    assert str(parse(line)) == line
    assert parse(str(parse(line))) == parse(line)


def test_white_space_does_not_matter():
    assert parse("  conv20-5x5\n maxpool2\tdense10 ") == parse("conv20-5x5 maxpool2 dense10")


def test_what_goes_without_saying_is_put_in():
    assert parse(LINES[0]).layers == (
        Conv(20, 5), Activation("relu"), Pool(2), Conv(40, 5), Activation("relu"), Pool(2),
        Flatten(), Dense(100, "he"), Activation("relu"), Dropout(0.5), Dense(10, "he"),
    )  # fmt: skip
    assert parse("dense30 dense10", "tanh", "scaled") == mlp([784, 30, 10], "tanh")
    assert parse("conv8-3x3-same residual(conv8-3x3-same conv8-3x3-same) globalaveragepool dense3").layers[
        2
    ] == Residual(Chain((Conv(8, 3, padding="same"), Activation("relu"), Conv(8, 3, padding="same"))))
    assert parse("lstm8 gru4-reset-before").layers == (LSTM(8), GRU(4, reset_after=False))


def test_another_activation_is_printed():
    assert str(parse("dense30 dense10", "sigmoid")) == "dense30 sigmoid dense10"


@pytest.mark.parametrize("word", [word.example for word in WORDS.values()])
def test_every_example_in_a_message_is_a_word(word: str):
    parse(word)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("conv20-5x5 maxpol2 dense10", r"layers, word 2 \(maxpol2\): there is no such layer; did you mean maxpool2\?"),
        ("conv20 dense10", r"word 1 \(conv20\): expected a word such as conv20-5x5"),
        ("dense", r"word 1 \(dense\): expected a word such as dense100"),
        ("dense10 dense0", r"word 2 \(dense0\): a dense layer's outputs 0"),
        ("conv0-3x3", r"word 1 \(conv0-3x3\)"),
        ("conv4-3x3-stride0", r"word 1 .*stride 0"),
        ("conv5-3x3-groups2", "5 maps cannot be divided into 2 groups"),
        ("dropout1.5", r"word 1 \(dropout1.5\): dropout's keep probability 1.5"),
        ("lstm8-reset-before", "expected a word such as lstm128"),
        ("zzz", "there is no such layer; expected a word such as dense100"),
        ("", "the line is empty"),
        ("residual(dense5", "a bracket is not closed"),
        ("dense5)", "a closing bracket without an opening one"),
        ("residual(dens5)", r"word 1 \(residual\(dens5\)\): layers, word 1 \(dens5\): there is no such layer; did you"),
    ],
)
def test_an_error_names_the_word(line: str, message: str):
    with pytest.raises(SettingError, match=message):
        parse(line)


def test_the_summary_counts_parameters_and_work_and_what_full_connection_would_take():
    network = Network.create(parse("conv20-5x5 maxpool2 dense10"), LogLikelihood(), (28, 28, 1))
    rows = [line.split() for line in network.summary().splitlines()]
    # 20 kernels of 5x5 weights and a bias: 520. Each of 24x24 places multiplies 5*5*20 weights: 288,000.
    # In its place (28*28 + 1) * 24*24*20 = 9,043,200.
    assert rows[2] == ["conv20-5x5", "24x24x20", "520", "288,000", "9,043,200"]
    # 12*12*20 * 10 + 10 = 28,810
    assert rows[6] == ["dense10", "10", "28,810", "28,800"]
    assert rows[7] == ["total", "29,330"]
    recurrent = Network.create(parse("lstm3 dense2"), LogLikelihood(), (5, 4))
    # 4 gates * 3 cells * (4 inputs + 3 outputs) weights, 5 times; and 2 * 3, 5 times
    assert [line.split()[3] for line in recurrent.summary().splitlines()[2:4]] == [str(4 * 3 * 7 * 5), str(2 * 3 * 5)]


def test_an_error_of_shapes_names_the_layer():
    with pytest.raises(SettingError, match=r"layer 4 \(conv40-5x5\) got images of 4x4, smaller than its kernel 5x5"):
        parse("conv20-5x5 maxpool2 conv40-5x5").init(jax.random.key(0), (12, 12, 1))
