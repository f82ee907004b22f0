"""A place for trained weights whose own folder cannot be written to."""

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import platformdirs

from gradus.models import Model
from gradus.runs.folder import MODEL_NAME

__all__ = ["save_elsewhere"]


def save_elsewhere(model: Model, name: str) -> Path:
    """Save a model to a new folder in the first place that can be written to.

    Args:
        name: how the folder's name begins.

    Returns:
        The path of the model file.

    Raises:
        OSError: where there is no such place.
    """
    # A current folder that was removed, a full temporary one and a missing home have no paths, and raise as well.
    for place in (Path.cwd, tempfile.gettempdir, Path.home, user_cache):
        with suppress(OSError, RuntimeError):
            return save_in_new_folder(model, Path(place()), name)
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), name)


def user_cache() -> Path:
    """The folder of a user's caches, which may lie on another disk than the home."""
    return platformdirs.user_cache_path("gradus", ensure_exists=True)


def save_in_new_folder(model: Model, place: Path, name: str) -> Path:
    """Save a model to a new folder in a place, or leave nothing there; the path of its file."""
    folder = Path(tempfile.mkdtemp(dir=place, prefix=f"{name}-"))
    try:
        model.save(folder / MODEL_NAME)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder / MODEL_NAME
