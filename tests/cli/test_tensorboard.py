"""Event files: read back by their format, and compared with metrics.csv."""

import csv
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TRAIN = ("train", "digits", "--layers", "hidden30", "--epochs", "2", "--name", "run", "--tensorboard")


def gradus(*arguments: str, folder: Path, code: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", f"{code}\nfrom gradus.cli import main; main()", *arguments]
    variables = os.environ | {"PYTHONWARNINGS": "error"}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=120, check=False)


def crc32c(data: bytes) -> int:
    """The checksum of TFRecord files, bit by bit: polynomial 0x1EDC6F41, reflected (RFC 3720)."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(crc: int) -> int:
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def messages(path: Path) -> Iterator[bytes]:
    """The messages of a TFRecord file: their length, its checksum, the message and its checksum."""
    data = path.read_bytes()
    while data:
        length, check = struct.unpack("<QI", data[:12])
        message, (message_check,) = data[12 : 12 + length], struct.unpack("<I", data[12 + length : 16 + length])
        assert (check, message_check) == (masked(crc32c(data[:8])), masked(crc32c(message)))
        yield message
        data = data[16 + length :]


def scalars(folder: Path) -> dict[tuple[int, str], float]:
    """The value of each epoch and name, of all event files in a folder."""
    event_pb2 = pytest.importorskip("tensorboardX.proto.event_pb2")
    events = [event_pb2.Event.FromString(m) for path in folder.glob("events.out.tfevents.*") for m in messages(path)]
    assert events[0].file_version == "brain.Event:2"
    return {(event.step, value.tag): value.simple_value for event in events for value in event.summary.value}


def test_an_event_file_holds_what_metrics_csv_holds(tmp_path: Path):
    pytest.importorskip("tensorboardX")
    result = gradus(*TRAIN, folder=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    run = tmp_path / "runs" / "run"
    rows = list(csv.DictReader((run / "metrics.csv").read_text().splitlines()))
    expected = {
        (int(row["epoch"]), name): float(cell) for row in rows for name, cell in row.items() if cell and name != "epoch"
    }
    found = scalars(run / "tensorboard")
    assert found.keys() == expected.keys()
    assert {"validation_accuracy", "learning_rate", "layer2_dense_gradient_norm"} <= {name for _, name in found}
    for key, number in expected.items():
        assert found[key] == pytest.approx(number, rel=1e-6)


def test_without_the_library_nothing_is_trained(tmp_path: Path):
    result = gradus(*TRAIN, folder=tmp_path, code="import sys; sys.modules['tensorboardX'] = None")
    assert result.returncode == 2
    assert result.stderr == "gradus: --tensorboard needs the library tensorboardX: pip install tensorboardX\n"
    assert list(tmp_path.iterdir()) == []
