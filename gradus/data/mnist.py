"""MNIST: 70,000 handwritten digits of 28x28 bytes, as the book splits them.

Source: LeCun, Cortes & Burges; Nielsen, chapter 1, keeps the last 10,000 training images for validation.
"""

import os
from pathlib import Path

import numpy as np

from gradus.data.dataset import Dataset, Examples, Preprocessing
from gradus.data.idx import read_idx
from gradus.errors import DataError

__all__ = ["load_mnist"]

# The SHA-256 of each file as the mirrors have it.
FILES = {
    "train-images-idx3-ubyte.gz": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte.gz": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
VALIDATION = 10_000


def load_mnist(data_dir: Path | None = None) -> Dataset:
    """x: (n, 28, 28, 1) uint8; 50,000 training, 10,000 validation and 10,000 test examples.

    data_dir, or else the environment variable GRADUS_DATA, names a folder with the four files (or with a
    folder mnist/ that has them); without either they are downloaded once. Raises DataError.
    """
    folder = data_dir or os.environ.get("GRADUS_DATA")
    paths = [find(Path(folder), name) for name in FILES] if folder else [download(name) for name in FILES]
    x, y = read_examples(*paths[:2])
    x_test, y_test = read_examples(*paths[2:])
    if len(x) <= VALIDATION:
        raise DataError(f"{paths[0]}: has {len(x):,} images; more than {VALIDATION:,} are needed, as MNIST has")
    return Dataset(
        "mnist",
        Examples(x[:-VALIDATION], y[:-VALIDATION]),
        Examples(x[-VALIDATION:], y[-VALIDATION:]),
        Examples(x_test, y_test),
        tuple(str(digit) for digit in range(10)),
        Preprocessing(255),
    )


def read_examples(images: Path, labels: Path) -> tuple[np.ndarray, np.ndarray]:
    x, y = read_idx(images, axes=3), read_idx(labels, axes=1)
    if x.shape[1:] != (28, 28):
        raise DataError(f"{images}: has images of {x.shape[1]}x{x.shape[2]}, expected 28x28")
    if len(x) != len(y):
        raise DataError(f"{images}: has {len(x):,} images, but {labels.name} has {len(y):,} labels")
    if y.size and y.max() > 9:
        raise DataError(f"{labels}: has a label {y.max()}, expected digits 0 to 9")
    return x[..., None], y


def find(folder: Path, name: str) -> Path:
    """A file in a folder or its mnist/, compressed or not, with either spelling of its name."""
    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such folder; it should hold MNIST's four files, such as {name}")
    plain = name.removesuffix(".gz")
    spellings = [name, plain, plain.replace("-idx", ".idx")]
    for place in (folder, folder / "mnist"):
        for spelling in spellings:
            if (place / spelling).is_file():
                return place / spelling
    raise DataError(f"{folder}: there is no {name} in it, nor in a folder mnist/ of it")


def download(name: str) -> Path:
    """The path of a file in the user's cache, fetched from the first mirror that has it whole."""
    import pooch

    pooch.get_logger().setLevel("ERROR")
    failures = []
    for mirror in MIRRORS:
        try:
            return Path(
                pooch.retrieve(mirror + name, f"sha256:{FILES[name]}", name, pooch.os_cache("gradus") / "mnist")
            )
        except OSError as error:  # among them every RequestException
            failures.append(f"{mirror} ({error.strerror or type(error).__name__})")
        except ValueError:
            failures.append(f"{mirror} (other bytes than MNIST's: the checksum differs)")
    raise DataError(
        f"{name} could not be downloaded from {' or '.join(failures)}; "
        "--data-dir or GRADUS_DATA can name a folder that holds MNIST's four files"
    )
