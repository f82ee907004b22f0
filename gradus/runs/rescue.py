"""A place for trained weights whose own folder cannot be written to."""

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

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
    *places, last = (Path.cwd(), Path(tempfile.gettempdir()), Path.home())
    for place in places:
        with suppress(OSError):
            return save_in_new_folder(model, place, name)
    return save_in_new_folder(model, last, name)


def save_in_new_folder(model: Model, place: Path, name: str) -> Path:
    """Save a model to a new folder in a place, or leave nothing there; the path of its file."""
    folder = Path(tempfile.mkdtemp(dir=place, prefix=f"{name}-"))
    try:
        model.save(folder / MODEL_NAME)
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder / MODEL_NAME
