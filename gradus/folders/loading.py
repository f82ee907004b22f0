"""Data sets of the pictures in a folder."""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from gradus.data import Dataset, Examples, Preprocessing, describe_split, printable, training_validation_test
from gradus.errors import DataError
from gradus.folders.cache import Pictures, cached_pictures, keep_pictures
from gradus.folders.encoder import ImageEncoder
from gradus.folders.layout import PART_NAMES, Layout, find_layout
from gradus.folders.tree import File, Tree, read_tree
from gradus.images import read_header
from gradus.memory import check_memory

__all__ = ["find_files", "load_image_folder", "split_layout"]

MOST_SIDE = 64  # pixels of an input, unless the user asks for more
FULL = 255.0
NAMED = 3  # of the pictures that cannot be read, in a message
COPIES = 2  # of the inputs, while they are split into parts


def load_image_folder(path: Path, image_size: int | None = None, skip_bad: bool = False) -> Dataset:
    """The data set of a folder of pictures.

    Its classes are its sub-folders, or those of `train` beside `val` and `test`, or in a table in the folder, which
    names file and label. A validation part that is not there is cut from the training part, and so is a test part
    where nothing is split.

    Args:
        path: the folder.
        image_size: the sides of an input in pixels; by default those of the median picture, at most 64.
        skip_bad: leave out pictures that cannot be read, in place of an error.

    Raises:
        DataError: where the folder cannot be used, with the pictures that cannot be read.
        SettingError: for an image size that cannot be used, or inputs that do not fit into memory.
    """
    tree = read_tree(path)
    layout = find_layout(tree)
    files = [file for rows in layout.parts.values() for file, _ in rows]
    pictures, bad = cached_pictures(tree, files, image_size) or read_pictures(tree, files, image_size)
    if bad and not (skip_bad and len(bad) < len(files)):
        raise unreadable(path, tree, bad)
    parts, split = split_layout(tree, layout, bad)
    classes = layout.classes()
    labels = {name: k for k, name in enumerate(classes)}
    places = {file: k for k, file in enumerate(files)}

    def examples(part: str) -> Examples:
        rows = parts.get(part, [])
        y = np.array([labels[name] for _, name in rows], int)
        return Examples(pictures.x[[places[file] for file, _ in rows]], y)

    encoder = pictures.encoder
    notes = (
        f"{path}: {len(files) - len(bad):,} images in {len(classes)} classes, from {layout.source}"
        + (f"; {len(bad)} that cannot be read are left out" if bad else "")
        + (f"; {layout.unnamed} without a label are left out" if layout.unnamed else ""),
        split,
        f"each is scaled and cut to {encoder.height}x{encoder.width} "
        + ("in grey" if encoder.channels == 1 else "in colour"),
    )
    training, validation, test = map(examples, PART_NAMES)
    shown = [printable(str(Path(*file.parts))) for file, _ in parts.get(PART_NAMES[2]) or parts.get(PART_NAMES[1], [])]
    return Dataset(
        path.resolve().name, training, validation, test, tuple(classes), Preprocessing(FULL), encoder=encoder,
        notes=notes, captions=shown,
    )  # fmt: skip


def read_pictures(tree: Tree, files: list[File], image_size: int | None) -> tuple[Pictures, dict[File, str]]:
    """The inputs of pictures, and why some cannot be read: their inputs are zeros."""
    headers, bad = [], {}
    for file in with_progress_bar(files, f"looking at {len(files):,} images"):
        try:
            headers.append(read_header(tree.path(file)))
        except DataError as error:
            bad[file] = str(error)
    encoder = choose_encoder(headers, image_size)
    size = len(files) * int(np.prod(encoder.in_shape))
    check_memory(COPIES * size, f"{tree.root} with {len(files):,} images")
    x = np.zeros((len(files), *encoder.in_shape), np.uint8)
    for k, file in enumerate(with_progress_bar(files, f"reading {len(files):,} images")):
        try:
            if file not in bad:
                x[k] = encoder.encode_one(tree.path(file))
        except DataError as error:
            bad[file] = str(error)
    pictures = Pictures(encoder, x)
    if not bad:
        keep_pictures(tree, files, image_size, pictures)
    return pictures, bad


def with_progress_bar(files: Sequence[File], what: str) -> Iterable[File]:
    """The files, with a bar on a terminal: decoding tens of thousands takes half a minute."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    return track(files, what, console=console, transient=True, disable=not console.is_terminal)


def choose_encoder(headers: Sequence[tuple[int, int, bool]], image_size: int | None) -> ImageEncoder:
    """The encoder for pictures of those heights, widths and kinds."""
    channels = 1 if all(is_grey for *_, is_grey in headers) else 3
    if image_size is not None:
        return ImageEncoder(image_size, image_size, channels)
    height, width = np.median([header[:2] for header in headers], axis=0) if headers else (MOST_SIDE, MOST_SIDE)
    factor = min(1.0, MOST_SIDE / max(height, width))
    return ImageEncoder(max(1, round(factor * height)), max(1, round(factor * width)), channels)


def split_layout(tree: Tree, layout: Layout, bad: Container[File]) -> tuple[dict[str, list[tuple[File, str]]], str]:
    """The files of each part, without bad ones, and how they were split, in words.

    Raises:
        DataError: for a class without a file to learn from, or with a single one that cannot be held out, too.
    """
    parts = {part: [row for row in rows if row[0] not in bad] for part, rows in layout.parts.items()}
    training, validation, test = PART_NAMES
    rows, is_split = parts[training], len(parts) > 1
    check_counts(tree, layout, Counter(name for _, name in rows), 1 if is_split else 2)
    found_validation = validation in parts
    if not found_validation:
        names = np.array([name for _, name in rows])
        pieces = training_validation_test(names, 0, test not in parts)
        cut = (training, validation) if is_split else PART_NAMES
        parts |= {part: [rows[k] for k in sorted(piece)] for part, piece in zip(cut, pieces, strict=False)}
        if not is_split:
            return parts, describe_split(pieces, names)
    counts = ", ".join(f"{len(parts.get(part, [])):,} for {part}" for part in PART_NAMES)
    cut_off = "" if found_validation else "; the validation part was cut from the training part at random"
    return parts, f"split as its folders are: {counts}{cut_off}"


def check_counts(tree: Tree, layout: Layout, counts: Mapping[str, int], least: int) -> None:
    """Raise DataError for a class with fewer files to learn from than `least`, which is 1 or 2."""
    for name in layout.classes():
        if counts[name] < least:
            found = f"one {tree.noun} only" if counts[name] else f"no {tree.noun} that can be used"
            raise DataError(
                f"{tree.root}: the class {name!r} has {found}; expected at least {least}; add some, or leave it out"
            )


def unreadable(path: Path, tree: Tree, bad: dict[File, str]) -> DataError:
    """The error for pictures that cannot be read."""
    first = [str(Path(*file.parts)) for file in sorted(bad)[:NAMED]]
    names = ", ".join(first) + (f" and {len(bad) - NAMED:,} more" if len(bad) > NAMED else "")
    reason = bad[min(bad)].removeprefix(f"{tree.path(min(bad))}: ")
    return DataError(
        f"{path}: {len(bad):,} of {len(tree.files):,} images cannot be read: {names} ({reason}); mend or remove them, "
        "or leave them out with --skip-bad"
    )


def find_files(path: Path, noun: str) -> list[Path]:
    """The pictures or texts below a folder, in the order of their paths. Raises DataError if there are none."""
    tree = read_tree(path, noun)
    if not tree.files:
        raise DataError(f"{path}: holds no {noun}s")
    return [tree.path(file) for file in tree.files]
