"""Handwritten digits of 8x8 pixels that come with scikit-learn, so that no download is needed.

1,797 images, each pixel 0 to 16: the test part of the UCI data set "Optical Recognition of Handwritten Digits"
(Alpaydin & Kaynak 1998). The file is read from the installed package; importing scikit-learn takes two seconds.
"""

import gzip
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from gradus.data.dataset import DATASETS, Dataset, Preprocessing
from gradus.data.examples import Examples
from gradus.data.split import stratified_split
from gradus.errors import DataError, SettingError

__all__ = ["load_digits"]

MAX_PIXEL = 16
TEST, VALIDATION = 0.25, 0.1  # of all examples; of those that remain


@DATASETS.register("digits")
def load_digits(data_dir: Path | None = None) -> Dataset:
    """Digits, x (n, 8, 8, 1) uint8: 25% test, 10% of the rest validation, the same split for everyone.

    Args:
        data_dir: None; the images come with scikit-learn.

    Raises:
        SettingError: for a folder.
        DataError: if scikit-learn is not installed.
    """
    if data_dir is not None:
        raise SettingError(f"data folder {str(data_dir)!r}: the digits come with scikit-learn; leave it out")
    x, y = read_digits()
    rest, test = stratified_split(y, TEST, seed=0)
    training, validation = (rest[rows] for rows in stratified_split(y[rest], VALIDATION, seed=0))
    return Dataset(
        "digits",
        Examples(x[training], y[training]),
        Examples(x[validation], y[validation]),
        Examples(x[test], y[test]),
        tuple(str(digit) for digit in range(10)),
        Preprocessing(MAX_PIXEL),
    )


def read_digits() -> tuple[np.ndarray, np.ndarray]:
    """All images (1797, 8, 8, 1) and labels (1797,): a line of the file has 64 pixels and the label."""
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise DataError("digits come with scikit-learn, which is not installed; get it with: pip install scikit-learn")
    path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    try:
        with gzip.open(path, "rt", encoding="ascii") as file:
            table = np.loadtxt(file, dtype=int, delimiter=",")
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error}); install scikit-learn again") from None
    return table[:, :-1].reshape(-1, 8, 8, 1).astype(np.uint8), table[:, -1]
