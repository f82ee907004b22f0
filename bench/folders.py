"""How soon training begins on a folder of 60,000 pictures: `python -m bench.folders`.

MNIST's training images are written out as PNGs, read as `gradus train` reads a folder, and read again from the cache.
"""

import os
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

import gradus

__all__ = ["main"]


def write_pictures(folder: Path) -> int:
    """Write MNIST's images into a sub-folder for each digit, and return how many there are."""
    data = gradus.load("mnist")
    x = np.concatenate([data.training.x, data.validation.x])
    y = np.concatenate([data.training.y, data.validation.y])
    for label in range(10):
        (folder / str(label)).mkdir(parents=True)
    for k, (image, label) in enumerate(zip(x, y, strict=True)):
        Image.fromarray(image[..., 0]).save(folder / str(label) / f"{k:05}.png")
    return len(x)


def main() -> None:
    """Print the seconds of the first and of the second time."""
    with tempfile.TemporaryDirectory() as home:
        count = write_pictures(Path(home) / "digits")
        os.environ["XDG_CACHE_HOME"] = f"{home}/cache"
        for name in ("first", "second"):
            start = time.perf_counter()
            gradus.load(Path(home) / "digits")
            print(f"{name} time: {count:,} pictures in {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
