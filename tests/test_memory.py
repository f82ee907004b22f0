"""The memory that a network needs is known from shapes alone, and refused where the machine does not have it."""

from pathlib import Path

import jax
import numpy as np
import pytest
from examples import blobs
from hypothesis import given, settings
from hypothesis import strategies as st

import gradus
from gradus.equations import COSTS
from gradus.errors import SettingError
from gradus.layers import byte_count
from gradus.memory import available_memory, container_memory, memory_text, parse_memory, set_memory_limit
from gradus.network import Network
from gradus.notation import parse
from gradus.training import Settings, make_trainer

IMAGE = (28, 28, 1)


@pytest.fixture
def limit():
    """Sets a limit, which ends with the test."""
    yield set_memory_limit
    set_memory_limit(None)


LAYERS = st.lists(
    st.sampled_from(["conv3-3x3-same", "batchnorm", "dropout0.5", "residual(conv3-3x3-same)", "relu"]), max_size=3
)


@settings(max_examples=10, deadline=None)
@given(LAYERS, st.integers(1, 20), st.sampled_from(["gradient-descent", "momentum", "adam"]), st.booleans())
@pytest.mark.slow
def test_the_estimate_is_what_training_allocates(layers: list[str], size: int, optimizer: str, has_patience: bool):
    data = gradus.load("digits")
    network = gradus.build_network(data, " ".join(["conv3-3x3-same", *layers, f"dense{size}", "dense10"]))
    chosen = Settings(learning_rate=0.1, optimizer=optimizer, patience=3 if has_patience else None, batch_size=4)
    trainer = make_trainer(network, data, chosen)
    needs, position = trainer.needs(), trainer.initial_position()
    assert needs.parameters == network.parameter_count()
    assert needs.weights == byte_count((network.params, network.state))
    assert needs.optimizer == byte_count(position.state.optimizer_state)
    assert needs.checkpoint == byte_count(
        (position.state, position.previous, position.best.params, position.best.state)
    )
    x = np.zeros((4, *network.in_shape), np.float32)
    y, cache = network.chain.forward(network.params, x, jax.random.key(0))
    assert needs.activations >= byte_count((y, cache))
    assert needs.total >= 2 * needs.checkpoint


@pytest.mark.parametrize(
    ("line", "layer"),
    [
        ("dense1000000000 dense10", "layer 2 (dense1000000000)"),
        ("conv2-3x3-pad99999 dense10", "layer 4 (dense10)"),
        ("dense99999999999 dense10", "layer 2 (dense99999999999)"),
        ("conv20000000-3x3 dense10", "layer 4 (dense10)"),
        ("dense2147483647 dense2147483647 dense10", "layer 4 (dense2147483647)"),
    ],
)
def test_a_network_larger_than_the_machine_is_refused_before_it_is_made(line: str, layer: str):
    with pytest.raises(
        SettingError, match=r"needs [\d,.]+ [GTPE]B of memory, more than the .* choose a smaller"
    ) as error:
        Network.create(parse(line), COSTS["log-likelihood"], IMAGE)
    assert layer in str(error.value)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("dense99999999999999999999 dense10", "has 20 digits; it is no size"),
        ("784-" + 5000 * "9" + "-10", "has 5000 digits; it is no size"),
        ("conv2-3x3-pad99999999999 dense10", "padding is 99999999999"),
        (
            "maxpool2-stride99999999999 dense10",
            "windows with stride 99999999999; it needs whole numbers",
        ),
        (600 * "residual(" + "relu" + 600 * ")", "brackets inside brackets, more than 20 deep"),
    ],
)
def test_no_size_breaks_the_line_of_layers(line: str, message: str):
    with pytest.raises(SettingError, match=message):
        parse(line)


def test_a_training_is_refused_by_its_optimizer_and_activations(limit):
    data = blobs()
    trainer = make_trainer(gradus.build_network(data, "dense50 dense3"), data, Settings(learning_rate=0.1))
    total = trainer.needs().total
    limit(total)
    trainer.initial_position()
    limit(total - 1)
    with pytest.raises(SettingError, match=r"training .*dense3 \(weights .*\) needs .* that --memory-limit allows"):
        trainer.initial_position()


def test_a_container_has_less_than_its_machine(tmp_path: Path):
    assert container_memory(tmp_path) == []
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("100\n")
    assert container_memory(tmp_path) == []
    (tmp_path / "memory.max").write_text("1000\n")
    assert container_memory(tmp_path) == [900]
    (tmp_path / "memory.current").write_text("1100\n")
    assert container_memory(tmp_path) == [0]


def test_the_smallest_limit_counts(limit):
    assert available_memory() > 10**6
    limit(1000)
    assert available_memory() == 1000


@pytest.mark.parametrize(("text", "size"), [("2GB", 2 * 10**9), ("500 mb", 5 * 10**8), ("1.5kB", 1500), ("7B", 7)])
def test_sizes_of_memory_are_read(text: str, size: int):
    assert parse_memory(text) == size


@pytest.mark.parametrize("text", ["", "GB", "2", "-1GB", "0MB", "nanGB", "1e999GB", "infGB", "two GB"])
def test_other_sizes_are_refused(text: str):
    with pytest.raises(SettingError, match="expected a number with its unit, such as 2GB"):
        parse_memory(text)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 KB"), (4_800_000, "4.8 MB"), (99_940, "100 KB"), (318 * 10**9, "318 GB")],
)
def test_sizes_of_memory_are_written(size: int, text: str):
    assert memory_text(size) == text
