"""MNIST and its IDX files: read whole or refused by name, downloaded once and only when their checksums match."""

import gzip
import hashlib
import http.server
import struct
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from examples import idx, write_mnist

from gradus.data import load, mnist
from gradus.data.idx import read_idx
from gradus.errors import DataError

SHARED = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "labels"


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_an_idx_file_is_read(path: Path, pack):
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    path.write_bytes(pack(idx(array)))
    assert np.array_equal(read_idx(path, axes=3), array)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not an IDX file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "not an IDX file"),
        (idx(np.zeros(5, np.uint8))[:-1], "cut off after 4 of 5 bytes"),
        (idx(np.zeros(5, np.uint8))[:6], "not an IDX file"),
        (idx(np.zeros(5, np.uint8)) + b"x", "longer than the 5 bytes that its header announces"),
        (idx(np.zeros((2, 2), np.uint8)), "in 2 axes, expected unsigned bytes"),
        (b"\0\0\x0d\x01" + bytes(4), "elements of type 0x0d"),
        (struct.pack(">BBBBI", 0, 0, 8, 1, 2**32 - 1), "announces 4,294,967,295 bytes, more than any file"),
        (gzip.compress(idx(np.zeros(5000, np.uint8)))[:-9], r"damaged \(.*\); download it again"),
        (gzip.compress(idx(np.zeros(5000, np.uint8)))[:-8] + bytes(8), r"damaged \(CRC check failed.*; download"),
        (b"\x1f\x8b" + bytes(30), r"damaged \(.*\); download it again"),
        (gzip.compress(idx(np.zeros(9, np.uint8)) + bytes(1 << 24)), "longer than the 9 bytes"),
    ],
    # named by hand: gzip writes the time into its header, and test workers must agree on the names
    ids=["empty", "PNG", "cut", "cut header", "longer", "axes", "type", "huge", "cut gzip", "CRC", "gzip", "bomb"],
)
def test_a_file_that_is_not_what_it_should_be_is_refused_by_name(path: Path, content: bytes, message: str):
    path.write_bytes(content)
    with pytest.raises(DataError, match=message) as caught:
        read_idx(path, axes=1)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_memory_is_taken_for_what_a_file_holds_and_not_for_what_it_claims(path: Path, pack):
    path.write_bytes(pack(struct.pack(">BBBBI", 0, 0, 8, 1, 1 << 28)))
    tracemalloc.start()
    with pytest.raises(DataError, match="cut off after 0 of 268,435,456 bytes"):
        read_idx(path, axes=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_a_missing_file_is_refused_by_name(path: Path):
    with pytest.raises(DataError, match="labels: cannot be read"):
        read_idx(path, axes=1)


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("inside", ["", "mnist"])
def test_a_folder_is_read_and_split_as_in_the_book(tmp_path: Path, monkeypatch, compress: bool, inside: str):
    write_mnist(tmp_path / inside, compress)
    by_argument = load("mnist", tmp_path)
    monkeypatch.setenv("GRADUS_DATA", str(tmp_path))
    for data in (by_argument, load("mnist")):
        assert [len(part.x) for part in (data.training, data.validation, data.test)] == [50, 10_000, 20]
        assert data.in_shape == (28, 28, 1)


def test_files_may_be_spelled_with_a_dot(tmp_path: Path):
    write_mnist(tmp_path, compress=False)
    for file in list(tmp_path.iterdir()):
        file.rename(file.with_name(file.name.replace("-idx", ".idx")))
    assert len(load("mnist", tmp_path).test.x) == 20


def test_folders_that_do_not_hold_mnist_are_refused(tmp_path: Path):
    with pytest.raises(DataError, match=r"nowhere: there is no such folder"):
        load("mnist", tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"there is no train-images-idx3-ubyte.gz in it"):
        load("mnist", tmp_path)
    write_mnist(tmp_path)
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.zeros(7, np.uint8))))
    with pytest.raises(DataError, match=r"has 10,050 images, but train-labels-idx1-ubyte.gz has 7 labels"):
        load("mnist", tmp_path)
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx(np.full(10_050, 26, np.uint8))))
    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte.gz: has a label 26, expected digits 0 to 9"):
        load("mnist", tmp_path)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(np.zeros((7, 5, 5), np.uint8))))
    with pytest.raises(DataError, match=r"has images of 5x5, expected 28x28"):
        load("mnist", tmp_path)


@pytest.fixture
def mirrors(tmp_path: Path, monkeypatch):
    """Two mirrors on this machine, of which the first has nothing; an empty cache; requests are counted."""
    write_mnist(tmp_path / "served")
    served = {path.name: path.read_bytes() for path in (tmp_path / "served").iterdir()}
    asked: list[str] = []

    class Mirror(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            name = self.path.removeprefix("/good/")
            self.send_response(200 if name in served else 404)
            self.end_headers()
            self.wfile.write(served.get(name, b""))

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(mnist, "MIRRORS", (f"{address}/bad/", f"{address}/good/"))
    monkeypatch.setattr(mnist, "FILES", {name: hashlib.sha256(c).hexdigest() for name, c in served.items()})
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("GRADUS_DATA", raising=False)
    # the order of the four files is part of what the loader knows
    monkeypatch.setattr(mnist, "FILES", {name: mnist.FILES[name] for name in FILES_IN_ORDER})
    yield served, asked, tmp_path / "cache"
    server.shutdown()
    server.server_close()


FILES_IN_ORDER = tuple(mnist.FILES)


def test_files_are_fetched_once_from_the_mirror_that_has_them(mirrors):
    _, asked, _ = mirrors
    assert len(load("mnist").test.x) == 20
    assert [path for path in asked if path.startswith("/good/")] == [f"/good/{name}" for name in FILES_IN_ORDER]
    before = len(asked)
    load("mnist")
    assert len(asked) == before


def test_a_file_of_another_checksum_is_not_used(mirrors):
    served, _, _ = mirrors
    served["t10k-labels-idx1-ubyte.gz"] = gzip.compress(b"something else")
    with pytest.raises(
        DataError,
        match=r"t10k-labels-idx1-ubyte.gz could not be downloaded from .*/bad/ \(HTTPError\) "
        r"or .*/good/ \(.*the checksum differs\)",
    ):
        load("mnist")


def test_without_a_mirror_one_quiet_line_says_the_way_out(mirrors, capfd):
    served, _, cache = mirrors
    served.clear()
    with pytest.raises(DataError, match=r"could not be downloaded from .*--data-dir or GRADUS_DATA") as caught:
        load("mnist")
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_a_damaged_file_in_the_cache_is_fetched_again(mirrors):
    _, _, cache = mirrors
    load("mnist")
    cached = next(cache.rglob("t10k-labels-idx1-ubyte.gz"))
    cached.write_bytes(b"damaged")
    assert len(load("mnist").test.y) == 20


@pytest.mark.skipif(not (SHARED / "mnist").is_dir(), reason="needs the four MNIST files in ../shared/data")
def test_the_real_files():
    data = load("mnist", SHARED)
    assert [len(part.x) for part in (data.training, data.validation, data.test)] == [50_000, 10_000, 10_000]
    assert data.training.y[:5].tolist() == [5, 0, 4, 1, 9]
