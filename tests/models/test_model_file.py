"""The model file: what is saved comes back, and a damaged or hostile file is refused before it is believed."""

import json
import os
import struct
from dataclasses import replace
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import safetensors.numpy

from gradus.data import Examples, Preprocessing
from gradus.equations import COSTS, Quadratic
from gradus.errors import DataError, SettingError
from gradus.files.tensors import digest
from gradus.layers import AutodiffLayer, Chain, Softmax
from gradus.models import Model
from gradus.network import Network
from gradus.notation import mlp


def model(cost=COSTS["log-likelihood"], extra: tuple = ()) -> Model:
    chain = Chain((*mlp([4, 3, 2], "tanh").layers, *extra))
    return Model(Network.create(chain, cost, (2, 2, 1), seed=1), Preprocessing(255.0), ("cat", "狗"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    model().save(path)
    return path


@pytest.mark.parametrize("cost", [*COSTS.values(), Quadratic("tanh")])
@pytest.mark.parametrize("extra", [(), (Softmax(),), (Chain((Softmax(),)),)])
def test_a_model_comes_back_as_it_was(tmp_path: Path, cost, extra):
    saved = model(cost, extra)
    saved.save(tmp_path / "m")
    loaded = Model.load(tmp_path / "m")
    assert (loaded.classes, loaded.preprocessing) == (saved.classes, saved.preprocessing)
    assert (loaded.network.chain, loaded.network.cost) == (saved.network.chain, saved.network.cost)
    x = np.random.default_rng(0).integers(0, 256, (5, 2, 2, 1), np.uint8)
    assert np.array_equal(loaded.probabilities(x), saved.probabilities(x))


def test_other_tools_can_read_the_tensors(path: Path):
    tensors = safetensors.numpy.load_file(path)
    assert tensors["params/1/w"].shape == (3, 4)
    assert tensors["params/3/b"].shape == (2,)


def test_saving_replaces_the_file_whole_and_leaves_nothing_else(path: Path):
    other = model(COSTS["quadratic"])
    other.save(path)
    assert Model.load(path).network.cost == COSTS["quadratic"]
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_layer_of_the_users_own_cannot_be_saved(tmp_path: Path):
    class Twice(AutodiffLayer):
        def output(self, params, x, key=None):
            return 2 * x

    with pytest.raises(SettingError, match="Twice is not a layer that ships with Gradus"):
        model(extra=(Twice(),)).save(tmp_path / "m")
    assert not list(tmp_path.iterdir())


def test_missing_and_foreign_files_are_refused(tmp_path: Path):
    with pytest.raises(DataError, match="nowhere: cannot be read"):
        Model.load(tmp_path / "nowhere")
    for content in (b"", b"GIF89a", b"\xff" * 100, struct.pack("<Q", 2) + b"{}"):
        (tmp_path / "foreign").write_bytes(content)
        with pytest.raises(DataError, match="foreign: not a usable model file"):
            Model.load(tmp_path / "foreign")


def test_every_flipped_bit_is_noticed(path: Path):
    content = path.read_bytes()
    reference = Model.load(path)
    for position in range(0, len(content), 7):
        flipped = bytearray(content)
        flipped[position] ^= 1 << position % 8
        path.write_bytes(flipped)
        try:
            loaded = Model.load(path)
        except DataError as error:
            assert "\n" not in str(error)
        else:  # white space of the header is all that may change without meaning
            assert loaded.network.chain == reference.network.chain
            for a, b in zip(*(jax.tree.leaves(m.network.params) for m in (loaded, reference)), strict=True):
                assert jnp.array_equal(a, b)


def test_a_file_cut_anywhere_is_noticed(path: Path):
    content = path.read_bytes()
    for length in (*range(0, len(content), 50), len(content) - 1):
        path.write_bytes(content[:length])
        with pytest.raises(DataError, match="not a usable model file"):
            Model.load(path)
    path.write_bytes(content + b"more")
    with pytest.raises(DataError, match="its length does not match its tensors"):
        Model.load(path)


def rewritten(path: Path, change) -> None:
    """Rewrite the description inside a model file, as somebody who means harm would."""
    content = path.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + length])
    envelope = json.loads(header["__metadata__"]["gradus"])
    envelope["model"] = change(envelope["model"])
    envelope["sha256"] = digest(envelope["model"], safetensors.numpy.load(content))
    header["__metadata__"]["gradus"] = json.dumps(envelope)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + content[8 + length :])


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["network"]["layers"].append({"kind": "os.system", "command": "true"}),
        lambda d: d["network"]["layers"].append({"kind": "Dense", "size": 10**15, "weights": "zeros"}),
        lambda d: d["network"]["layers"].append({"kind": "Dense", "size": 10**40, "weights": "zeros"}),
        lambda d: d["network"]["layers"].append({"kind": "Dense", "size": "2", "weights": "zeros"}),
        lambda d: d["network"]["layers"].append({"kind": "Dense"}),
        lambda d: d["network"]["layers"].append("Dense"),
        lambda d: d["network"].update(layers=7),
        lambda d: d.update(network={"kind": "Dense", "size": 2, "weights": "zeros"}),
        lambda d: d.update(cost={"kind": "Softmax"}),
        lambda d: d.update(in_shape=[-1, 2]),
        lambda d: d.update(in_shape=[1 << 40, 1 << 40]),
        lambda d: d.update(in_shape="abc"),
        lambda d: d.update(classes=["one"]),
        lambda d: d.update(classes=[1, 2]),
        lambda d: d.update(preprocessing={"import": "os"}),
        lambda d: d.update(preprocessing={"divide_by": 0}),
        lambda d: d.update(preprocessing={"divide_by": "1"}),
        lambda d: d.update(preprocessing={"divide_by": 10**40}),
        lambda d: d.update(preprocessing={"divide_by": 10**400}),
        lambda d: d.update(preprocessing={"divide_by": 1e-320}),
        lambda d: d["network"].update(layers=[{"kind": "Flatten"}] * 40_000),
        lambda d: d.pop("cost"),
    ],
)
def test_a_hostile_description_is_refused_without_allocating(path: Path, change):
    def changed(text: str) -> str:
        description = json.loads(text)
        change(description)
        return json.dumps(description)

    rewritten(path, changed)
    with pytest.raises(DataError, match="not a usable model file"):
        Model.load(path)


def test_a_network_nested_without_end_is_refused(path: Path):
    nested = '{"kind": "Chain", "layers": [' * 5000 + "]}" * 5000
    rewritten(path, lambda text: '{"network": ' + nested + "}")
    with pytest.raises(DataError, match="the network that it describes cannot be built"):
        Model.load(path)


def test_no_inputs_have_no_predictions():
    nothing = np.zeros((0, 2, 2, 1), np.uint8)
    assert model().probabilities(nothing).shape == (0, 2)
    assert model().predict(nothing).shape == (0,)


def with_header(path: Path, change, content: bytes = b"") -> None:
    """Rewrite the header of a model file, which a checksum does not cover, and append content."""
    whole = path.read_bytes()
    length = struct.unpack("<Q", whole[:8])[0]
    header = json.loads(whole[8 : 8 + length])
    change(header)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + whole[8 + length :] + content)


W, B = "params/1/w", "params/1/b"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda h: h[W].update(dtype=["F32"]), f"tensor {W} is not of shape [3, 4] and dtype float32"),
        (lambda h: h[W].update(dtype={"F32": 4}), f"tensor {W} is not of shape"),
        (lambda h: h[W].update(dtype="I32"), f"tensor {W} is not of shape"),
        (lambda h: h[W].update(shape=[0, 4]), f"tensor {W} is not of shape"),
        (lambda h: h[W].update(data_offsets=h[B]["data_offsets"]), "its tensors overlap or leave gaps"),
        (lambda h: h[W].update(data_offsets=[0, 1 << 63]), "its tensors overlap or leave gaps"),
        (lambda h: h[W].update(data_offsets=[-1, 2]), "its tensors overlap or leave gaps"),
        (lambda h: h[W].update(data_offsets={}), "its tensors overlap or leave gaps"),
        (lambda h: h.update({W: []}), f"tensor {W} is not of shape"),
        (lambda h: h.update({f"z{n}": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]} for n in range(9000)}),
         "its tensors are not those of its network"),
        (lambda h: h.update({f"z{n}": h[W] for n in range(100_000)}), "it is not a safetensors file"),
        (lambda h: h.update({"n" * 1_000_000: h.pop(W)}), "its tensors are not those of its network"),
    ],
)  # fmt: skip
def test_a_hostile_header_is_refused(path: Path, change, message: str):
    with_header(path, change)
    with pytest.raises(DataError, match="not a usable model file") as caught:
        Model.load(path)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_program_behind_the_last_tensor_is_refused(path: Path):
    with_header(path, lambda header: None, b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(DataError, match="its length does not match its tensors"):
        Model.load(path)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(path: Path, number: float):
    wild = model()
    params = jax.tree.map(lambda leaf: leaf.at[0].set(number), wild.network.params)
    replace(wild, network=replace(wild.network, params=params)).save(path)
    with pytest.raises(DataError, match="has numbers that are not finite, as of a training that diverged"):
        Model.load(path)


def test_outputs_that_are_not_finite_are_no_answer():
    huge = model()
    params = jax.tree.map(lambda leaf: leaf.at[:].set(3e38), huge.network.params)
    huge = replace(huge, network=replace(huge.network, params=params))
    with pytest.raises(DataError, match="the model's outputs are not finite numbers"):
        huge.probabilities(np.full((2, 2, 2, 1), 255, np.uint8))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a system with pipes in folders")
def test_a_pipe_is_refused_at_once(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="pipe: is a pipe or a device; expected a regular file"):
        Model.load(tmp_path / "pipe")


def test_class_names_are_no_commands_to_the_terminal():
    named = replace(model(), classes=("cat\n\x1b[31m\x9b", "\u202edog\ud800"))
    x = np.zeros((4, 2, 2, 1), np.uint8)
    summary = named.metrics(Examples(x, np.array([0, 1, 0, 1]))).summary(80)
    assert "cat\ufffd\ufffd[31m\ufffd" in summary
    assert "\ufffddog\ufffd" in summary
    summary.encode()
