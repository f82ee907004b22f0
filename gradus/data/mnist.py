"""MNIST: 70,000 handwritten digits of 28x28 pixels, split as in the book.

Sources: LeCun, Cortes & Burges; Nielsen, chapter 1, who keeps the last 10,000 training images for validation.
"""

import os
from pathlib import Path

import numpy as np

from gradus.data.dataset import DATASETS, Dataset, Preprocessing
from gradus.data.examples import Examples
from gradus.data.idx import read_idx
from gradus.errors import DataError

__all__ = ["load_mnist"]

# SHA-256 of each file on the mirrors
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
N_VALIDATION = 10_000


@DATASETS.register("mnist")
def load_mnist(data_dir: Path | None = None) -> Dataset:
    """MNIST, x (n, 28, 28, 1) uint8: 50,000 training, 10,000 validation and 10,000 test examples.

    Args:
        data_dir: a folder that holds the four files, or a folder mnist/ with them; by default the environment variable
            GRADUS_DATA. Without either, the files are downloaded once into the user's cache.

    Raises:
        DataError: if files are missing, damaged or cannot be downloaded.
    """
    folder = data_dir or os.environ.get("GRADUS_DATA")
    paths = [find_file(Path(folder), name) for name in FILES] if folder else [download(name) for name in FILES]
    x, y = read_examples(*paths[:2])
    x_test, y_test = read_examples(*paths[2:])
    if len(x) <= N_VALIDATION:
        raise DataError(f"{paths[0]}: has {len(x):,} images, expected more than {N_VALIDATION:,}, as MNIST has")
    if not len(x_test):
        raise DataError(f"{paths[2]}: has no images, so a trained network cannot be tested; download it again")
    return Dataset(
        "mnist",
        Examples(x[:-N_VALIDATION], y[:-N_VALIDATION]),
        Examples(x[-N_VALIDATION:], y[-N_VALIDATION:]),
        Examples(x_test, y_test),
        tuple(str(digit) for digit in range(10)),
        Preprocessing(255),
    )


def read_examples(images: Path, labels: Path) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 28, 28, 1) and labels (n,) of a pair of files. Raises DataError."""
    x, y = read_idx(images, axes=3), read_idx(labels, axes=1)
    if x.shape[1:] != (28, 28):
        raise DataError(f"{images}: has images of {x.shape[1]}x{x.shape[2]}, expected 28x28")
    if len(x) != len(y):
        raise DataError(f"{images}: has {len(x):,} images, but {labels.name} has {len(y):,} labels")
    if y.size and y.max() > 9:
        raise DataError(f"{labels}: has a label {y.max()}, expected digits 0 to 9")
    return x[..., None], y


def find_file(folder: Path, name: str) -> Path:
    """The path of a file in a folder or its mnist/, compressed or not, with either spelling. Raises DataError."""
    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such folder; name one that holds MNIST's four files, such as {name}")
    plain = name.removesuffix(".gz")
    spellings = [name, plain, plain.replace("-idx", ".idx")]
    for place in (folder, folder / "mnist"):
        for spelling in spellings:
            if (place / spelling).is_file():
                return place / spelling
    raise DataError(f"{folder}: there is no {name} in it, nor in a folder mnist/ of it")


def download(name: str) -> Path:
    """The path of a file in the user's cache, downloaded from the first mirror that has it intact. Raises DataError."""
    import pooch

    pooch.get_logger().setLevel("ERROR")
    failures = []
    for mirror in MIRRORS:
        try:
            return Path(
                pooch.retrieve(mirror + name, f"sha256:{FILES[name]}", name, pooch.os_cache("gradus") / "mnist")
            )
        except OSError as error:  # which includes every RequestException
            failures.append(f"{mirror} ({error.strerror or type(error).__name__})")
        except ValueError:
            failures.append(f"{mirror} (not MNIST's file: the checksum differs)")
    raise DataError(
        f"{name} could not be downloaded from {' or '.join(failures)}; "
        "name a folder that holds MNIST's four files with --data-dir or GRADUS_DATA"
    )
