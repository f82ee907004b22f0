"""python -m bench.strangers: how well a network that learned from `digits` reads the digits of other people.

These are test images of MNIST, enlarged ten times to smooth black strokes, somewhere on a white sheet, and read from
their files as `gradus predict` reads them.
"""

import contextlib
import io
import tempfile
from pathlib import Path

import click
import numpy as np
from PIL import Image

import gradus
from gradus.images import read_digit

LINES = {  # the default, and README's line for a digit of one's own
    "gradus train digits": {},
    'gradus train digits --epochs 100 --schedule cosine --augment "rotate10 scale0.1 elastic0.5-smooth2"': {
        "epochs": 100, "schedule": "cosine", "augmentation": "rotate10 scale0.1 elastic0.5-smooth2",
    },
}  # fmt: skip
SHEET = (450, 500)


@click.command()
@click.option("--pictures", type=click.IntRange(1, 10_000), default=1000, show_default=True)
@click.option("--seeds", type=click.IntRange(1), default=10, show_default=True, help="Networks of each kind.")
@click.option("--data-dir", type=click.Path(path_type=Path), help="Folder with MNIST's four files.")
def main(pictures: int, seeds: int, data_dir: Path | None) -> None:
    """Train networks on digits and let them read MNIST's test images as pictures."""
    images, labels = gradus.load("mnist", data_dir=data_dir).test
    step = len(images) // pictures
    read, y = read_pictures(images[::step][:pictures]), labels[::step][:pictures]
    data = gradus.load("digits")
    for line, settings in LINES.items():
        with contextlib.redirect_stdout(io.StringIO()):  # the progress of each epoch
            models = [gradus.train(data, seed=seed, **settings)[0] for seed in range(seeds)]
        answers = np.stack([model.probabilities(read).argmax(axis=1) for model in models])
        right = 100 * (answers == y).mean(axis=1)
        sevens = answers[:, y == 7]
        click.echo(line)
        click.echo(f"  right: median {np.median(right):.1f} %, {right.min():.1f} to {right.max():.1f} %")
        click.echo(f"  of the sevens {(sevens == 3).mean():.1%} are read as 3 and {(sevens == 1).mean():.1%} as 1")
        click.echo(f"  test images of digits: median {np.median([m.evaluate(data.test).accuracy for m in models]):.2%}")


def read_pictures(images: np.ndarray) -> np.ndarray:
    """The images (n, 28, 28, 1), drawn as pictures and read for the digits network, (n, 8, 8, 1)."""
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "digit.png"
        read = []
        for image in images:
            draw(image[..., 0], rng).save(path)
            read.append(read_digit(path, (8, 8, 1)))
    return np.stack(read)


def draw(digit: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """A digit of MNIST as a person would draw it: large, black, with smooth edges, somewhere on a white sheet."""
    from scipy.ndimage import zoom

    large = np.clip(4 * zoom(np.pad(digit / 255, 2), 10) - 1.5, 0, 1)
    top, left = (rng.integers(5, side - len(large) - 5) for side in SHEET)
    sheet = np.ones(SHEET)
    sheet[top : top + len(large), left : left + len(large)] -= large
    return Image.fromarray((255 * sheet).astype(np.uint8))


if __name__ == "__main__":
    main()
