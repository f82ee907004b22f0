"""Small pictures for tests."""

from pathlib import Path

import numpy as np
from PIL import Image


def save(path: Path, colour: object = 128, size: tuple[int, int] = (8, 8), mode: str = "RGB") -> Path:
    """Save a picture of one colour; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path)
    return path


def make_folder(root: Path, count: int = 10, classes: tuple[str, ...] = ("dark", "light")) -> Path:
    """A folder of noisy pictures whose classes differ in brightness."""
    random = np.random.default_rng(0)
    for number, name in enumerate(classes):
        (root / name).mkdir(parents=True, exist_ok=True)
        for k in range(count):
            values = 60 + 130 * number + random.integers(0, 30, (8, 8, 3))
            Image.fromarray(values.astype(np.uint8)).save(root / name / f"{k:03}.png")
    return root
