"""A short run of bench.fuzz: bad input of every kind is refused in words, and so is every input that once broke it."""

import io
import json
import multiprocessing
import struct
import sys
import zipfile
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))  # bench/ is not installed

from bench.fuzz import __main__ as program
from bench.fuzz.kinds import KINDS, Kind
from bench.fuzz.picture_seeds import pictures
from bench.fuzz.picture_structures import chunk
from bench.fuzz.seeds import models, settings
from bench.fuzz.worker import failure_of, shrunk
from gradus.errors import DataError, GradusError, SettingError

RUNS = 100


@pytest.mark.parametrize("name", KINDS)
def test_bad_input_is_refused_in_words(name: str, tmp_path: Path):
    kind = KINDS[name]
    good = kind.seeds()
    for number in range(RUNS):
        data = kind.make(good, 0, number)
        assert failure_of(kind, data, tmp_path) is None, (number, data[:1000])


def test_an_input_depends_on_its_number_alone():
    kind = KINDS["layers"]
    assert kind.make(kind.seeds(), 3, 5) == kind.make(kind.seeds(), 3, 5)
    assert kind.make(kind.seeds(), 3, 5) != kind.make(kind.seeds(), 3, 6)


def metrics(text: str) -> bytes:
    return settings()[0] + b"\n# metrics.csv\n" + text.encode()


def setting(line: str) -> bytes:
    return f"[settings]\n{line}\n".encode()


def header_with(old: bytes, new: bytes) -> bytes:
    """A model file with something else in its header."""
    data = models()[0]
    length = struct.unpack("<Q", data[:8])[0]
    header = data[8 : 8 + length].replace(old, new, 1)
    return struct.pack("<Q", len(header)) + header + data[8 + length :]


def rewritten(old: str, new: str) -> bytes:
    """A model file with another word in its description."""
    data = models()[0]
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + length])
    envelope = json.loads(header["__metadata__"]["gradus"])
    envelope["model"] = envelope["model"].replace(f'"{old}"', f'"{new}"')
    header["__metadata__"]["gradus"] = json.dumps(envelope)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data[8 + length :]


def with_chunk(name: bytes, content: bytes) -> bytes:
    """A PNG with another chunk behind its header."""
    data = pictures("PNG")[0]
    return data[:33] + chunk(name, content) + data[33:]


def of_size(width: int, height: int) -> bytes:
    """A PNG with another size in its header."""
    data = pictures("PNG")[0]
    return data[:8] + chunk(b"IHDR", struct.pack(">II", width, height) + data[24:29]) + data[33:]


def without_strips() -> bytes:
    """A TIFF with zeros for its compressed pixels, at which libtiff, written in C, prints words of its own."""
    data = next(data for data in pictures("TIFF") if b"\x28\xb5\x2f\xfd" in data)  # Zstandard's first bytes
    return data.replace(b"\x28\xb5\x2f\xfd", bytes(4))


def archive(files: dict[str, bytes]) -> bytes:
    """A ZIP archive of those files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        for name, inside in files.items():
            opened.writestr(name, inside)
    return content.getvalue()


# Each once gave a traceback, a warning, or no answer at all.
BROKE_IT = [
    ("model", lambda: header_with(b'"dtype":"F32"', b'"dtype":["F32"]'), "is not of shape"),
    ("model", lambda: header_with(b'"dtype":"F32"', b'"dtype":{"F32":4}'), "is not of shape"),
    ("model", lambda: rewritten("0", "\ud800"), "its header is not that of a 'gradus model 1' file"),
    ("run", lambda: b"settings = 5", "settings.toml: missing or damaged"),
    ("run", lambda: b"settings = " + b"[" * 5000, "settings.toml: missing or damaged"),
    ("run", lambda: b"#" * (1 << 20) + b"##", "settings.toml: larger than 1,048,576 bytes"),
    ("run", lambda: metrics("epoch,cost\n1," + "9" * 200_000 + "\n"), "metrics.csv: missing or damaged"),
    ("run", lambda: metrics("epoch\0,cost\n1,2\n"), "metrics.csv: missing or damaged"),
    ("run", lambda: metrics("epoch" + "," * 20_000 + "\n1\n2\n3\n"), "metrics.csv: missing or damaged"),
    ("toml", lambda: setting('data = "mine.txt"\nlayers = "lstm5"\ntime = 1' + "0" * 320), "time 1000"),
    ("toml", lambda: setting('data = "a\\u0000.txt"'), "no file can have this name"),
    ("toml", lambda: setting('data = "digits"\nl2 = 1' + "0" * 400), "l2 1000"),
    ("layers", lambda: b"lstm4294967296", "a recurrent layer's size 4294967296: expected at most 536,870,911"),
    ("layers", lambda: b"bidirectional(lstm2147483647)", "a recurrent layer's size 2147483647"),
    ("layers", lambda: b"embedding2147483648x2", "an embedding's classes 2147483648"),
    ("options", lambda: b"\x1e".join((b"explain", b"--input-shape", b"9" * 5000)), "input shape 999"),
    ("png", lambda: with_chunk(b"eXIf", b"MM\0*\0\0\0"), "picture: cannot be read"),
    ("png", lambda: pictures("PNG")[0][:-12] + b"\0\0\0\0iCCP", "picture: cannot be read"),
    ("png", lambda: of_size(40, 2_153_717), "picture: the picture is too large, 40x2153717; scale it down"),
    ("png", lambda: of_size(9_459, 9_459), "picture: the picture is too large, 9459x9459; scale it down"),
    ("tiff", without_strips, "picture: cannot be read"),
    ("npz", lambda: archive({"x.npy": b"nonsense", "y.npy": b"nonsense"}), "a file in it is no array"),
    ("layers", lambda: b"dense5 " * 1682, "layers: the line has 1,682 words; expected at most 500"),
]


@pytest.mark.parametrize(("name", "make", "message"), BROKE_IT)
def test_what_once_broke_it_is_refused_in_words(name: str, make, message: str, tmp_path: Path):
    with pytest.raises(GradusError) as caught:
        KINDS[name].feed(make(), tmp_path)
    assert message in str(caught.value)
    assert isinstance(caught.value, DataError | SettingError)
    assert failure_of(KINDS[name], make(), tmp_path) is None


def feed_fragile(data: bytes, folder: Path) -> None:
    if b"bomb" in data:
        raise KeyError("a bomb")


def test_a_failure_is_noticed_and_shrunk(tmp_path: Path):
    kind = Kind("fragile", lambda: [b""], feed_fragile)
    data = b"x" * 300 + b"bomb" + b"y" * 500
    cause = failure_of(kind, data, tmp_path)
    assert cause.startswith("KeyError at test_fuzz.py:")
    assert shrunk(kind, data, cause, tmp_path) == b"bomb"


def work_badly(name: str, seed: int, start: int, stop: int, clock, pipe, folder: Path) -> None:
    """A process that hangs in its second input and ends in its fourth."""
    import os
    import time

    for number in range(start, stop):
        clock[:] = number, time.monotonic()
        if number == 1:
            time.sleep(60)
        if number == 3:
            os._exit(9)
    clock[:] = stop, float("inf")
    pipe.send((stop, 0.5, 1000))


def test_a_hang_and_a_crash_are_noticed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(program, "HANG", 0.2)
    monkeypatch.setattr(program, "work", work_badly)
    monkeypatch.setattr(program, "find_spec", lambda name: None)
    report = program.fuzz("augment", 6, 0)
    causes = [(failure.number, failure.cause) for failure in report.failures]
    assert causes == [(1, "hang: more than 10 seconds"), (3, "crash: exit code 9")]
    assert (report.runs, report.slowest, report.peak) == (6, 0.5, 1000)
    assert not multiprocessing.active_children()
