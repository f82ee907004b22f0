"""Examples from NumPy's files: x and y in an .npz, or in two files x.npy and y.npy side by side."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from gradus.data import Dataset, from_arrays, printable
from gradus.errors import DataError, GradusError
from gradus.files import open_regular
from gradus.memory import check_memory

__all__ = ["load_arrays", "read_arrays"]

FULL = 255  # white, in pixels of bytes


def load_arrays(path: Path) -> Dataset:
    """Load x and y from a file; images get an axis of channels.

    Args:
        path: an .npz with arrays x and y, or x.npy beside y.npy.

    Raises:
        DataError: where they are missing, damaged, or cannot be used.
        SettingError: where they do not fit into memory.
    """
    x, y = read_arrays(path)
    name = path.stem
    if x.ndim == 3 and x.dtype == np.uint8:
        x = x[..., None]
    divide_by = float(FULL) if x.ndim == 4 and x.dtype == np.uint8 else 1.0
    if y.dtype.kind == "f":
        data = from_arrays(x, y, name=name, divide_by=divide_by)
        check_varied(y, path)
        return data
    classes, labels = np.unique(y, return_inverse=True)
    names = [printable(str(value)) for value in classes]
    data = from_arrays(x, labels.ravel(), classes=names, name=name, divide_by=divide_by)
    check_classes(names, len(y), path)
    return data


def check_varied(y: np.ndarray, path: Path) -> None:
    """Raise DataError for numbers to predict, (n,) or (n, targets), that are all the same."""
    if (y == y[0]).all():
        raise DataError(f"{path}: y is the same in every row; there is nothing to predict")


def check_classes(classes: list[str], rows: int, path: Path) -> None:
    """Raise DataError unless there are two classes or more, of two rows on average."""
    if len(classes) == 1:
        raise DataError(f"{path}: y has one class only, {classes[0]!r}; expected two or more")
    if len(classes) > rows / 2:
        raise DataError(
            f"{path}: y has {len(classes):,} classes in {rows:,} rows, too many to learn; give floating-point numbers "
            "for numbers to predict"
        )


def read_arrays(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The arrays x and y of a file; the arguments and errors are those of `load_arrays`."""
    try:
        if path.suffix.lower() == ".npz":
            return read_npz(path)
        return read_npy(path.with_name("x.npy")), read_npy(path.with_name("y.npy"))
    except OSError as error:
        raise DataError(f"{error.filename or path}: cannot be read ({error.strerror or error})") from None


def read_npz(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """x and y from an .npz; no more is unpacked than fits into memory."""
    with open_regular(path) as file:
        try:
            with zipfile.ZipFile(file) as archive:
                sizes = {info.filename.removesuffix(".npy"): info.file_size for info in archive.infolist()}
            missing = [name for name in ("x", "y") if name not in sizes]
            if missing:
                found = ", ".join(sizes) or "none"
                raise DataError(f"{path}: there is no array {missing[0]}; expected x and y, found {found}")
            check_memory(2 * (sizes["x"] + sizes["y"]), f"{path} unpacked")
            file.seek(0)
            with np.load(file, allow_pickle=False) as arrays:
                x, y = arrays["x"], arrays["y"]
            if not (isinstance(x, np.ndarray) and isinstance(y, np.ndarray)):  # the bytes of any other file
                raise damaged(path, "a file in it is no array")
            return x, y
        except GradusError:
            raise
        except Exception as error:  # damaged archives have any, such as struct.error and zlib.error
            raise damaged(path, error) from None


def read_npy(path: Path) -> np.ndarray:
    """The array of an .npy file; what its header claims is compared with the file's size first."""
    with open_regular(path):
        pass
    try:
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
        check_memory(2 * mapped.nbytes, str(path))
        return np.array(mapped)
    except GradusError:
        raise
    except (EOFError, TypeError, ValueError, MemoryError) as error:
        raise damaged(path, error) from None


def damaged(path: Path, error: Any) -> DataError:
    """The error for a file that NumPy does not take."""
    return DataError(f"{path}: is damaged, or holds objects, which are not loaded ({error})")
