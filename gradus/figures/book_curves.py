"""The curves behind the figures of Nielsen, *Neural Networks and Deep Learning*, from the book's repository (MIT)."""

import json
import os
from pathlib import Path
from typing import Any

from gradus.errors import DataError

__all__ = ["load_curve"]

REPOSITORY = "https://raw.githubusercontent.com/mnielsen/neural-networks-and-deep-learning/master/fig/"
TIMEOUT = 5  # seconds: a figure is drawn without the book's curves, too
# SHA-256 of each file
FILES = {
    "initial_gradient": "d439e10d1411351e291eae91a848e797b1420ed418756e06e7ef17f5a00d6aec",
    "more_data": "a72cc54bff860f796b858227d9e48ce863ab20b0d95dc428cdaf269429e77b03",
    "more_data_svm": "0123665ddcc70b65575b187e413cceb0a016da5550bc487216529dd366e344ec",
    "multiple_eta": "5703710ec2e9915e0f9b29e84ffcfb66a3c47d31e264fcc739d9e24c18c79c96",
    "norms_during_training_2_layers": "2c8fd42dafd55dd150ae0a919529924ede5c3c971594a9fd6be2a08657202879",
    "norms_during_training_3_layers": "d22c118eb1ee8490e5fbdf1c655c5218eef267bea8ec62e8fdadb74dd7a05007",
    "norms_during_training_4_layers": "5194bd4aef8f9d3350716dc7393ef0cc468297bd34d2c7d64aa5901fc70d61d2",
    "overfitting": "721a998b496cd1fb9c5b19cdae41e50e277500cd9c3d3fd06998c9c850f4c26d",
    "overfitting_full": "fb706fd8d54a47ab8bcb059a4ab780503e848a706d544accdffb272d7c64efd6",
    "regularized": "5c969fce435aae558b131deb5eb8a5a98ee59bda53936e31720abe5f37fbae57",
    "regularized_full": "a8e2c6f6357cb6ef2fed20ffaeaf689159248f15bc9f1ce5f1ff7589f2762a92",
    "weight_initialization_100": "57282de76dec79720ada7ca9f678aeaf739b85ca25242be923eff638d7f8b82d",
    "weight_initialization_30": "d3c60914786448a388920b072d2c0c1d3772dc815fef2f03a9695d4a60ac5b2c",
}


def load_curve(name: str, data_dir: Path | None = None, is_offline: bool = False) -> Any | None:
    """The numbers behind one figure of the book, as its programs wrote them.

    They are read from `data_dir` or a folder nielsen/ in it or beside it, else downloaded once into the user's cache.

    Args:
        name: one of FILES.
        data_dir: a folder of data; by default the environment variable GRADUS_DATA.
        is_offline: whether a download need not be tried.

    Returns:
        The content of the JSON file; None if it is in no folder and cannot be downloaded: a figure can do without.

    Raises:
        DataError: if the file in such a folder is not JSON.
    """
    folder = data_dir or os.environ.get("GRADUS_DATA")
    path = (find_file(Path(folder), name) if folder else None) or download(name, is_offline)
    if path is None:
        return None
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        raise DataError(f"{path}: not the JSON of the book's repository; remove it") from None


def find_file(folder: Path, name: str) -> Path | None:
    """The path of a curve's file in a folder of data, or in a folder nielsen/ in it or beside it."""
    places = (folder, folder / "nielsen", folder.absolute().parent / "nielsen")
    return next((place / f"{name}.json" for place in places if (place / f"{name}.json").is_file()), None)


def download(name: str, is_offline: bool) -> Path | None:
    """The path of a file in the user's cache, downloaded from the book's repository; None if that fails."""
    import pooch

    pooch.get_logger().setLevel("ERROR")
    file, folder = f"{name}.json", pooch.os_cache("gradus") / "nielsen"
    if is_offline and not (folder / file).is_file():
        return None
    patient_for_seconds = pooch.HTTPDownloader(timeout=TIMEOUT)
    try:
        return Path(
            pooch.retrieve(REPOSITORY + file, f"sha256:{FILES[name]}", file, folder, downloader=patient_for_seconds)
        )
    except (OSError, ValueError):  # unreachable, or another file than the book's
        return None
