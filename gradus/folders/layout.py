"""Which file of a folder is in which class, and in which part of the data."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from unicodedata import normalize

from gradus.data import printable
from gradus.errors import DataError
from gradus.folders.labels import find_labels
from gradus.folders.tree import SUFFIXES, File, Tree

__all__ = ["PART_NAMES", "Layout", "find_layout"]

PART_NAMES = TRAINING, VALIDATION, TEST = "training", "validation", "test"
PARTS = {"train": TRAINING, "training": TRAINING, "val": VALIDATION, "valid": VALIDATION, "validation": VALIDATION,
         "dev": VALIDATION, "test": TEST, "testing": TEST}  # fmt: skip
MAX_CLASSES = 1000


@dataclass
class Layout:
    """The files of each part with the name of their class.

    Args:
        parts: (file, class) by part; "training" is always there.
        source: where the classes come from, for the notes.
        unnamed: files that a table of labels leaves out.
    """

    parts: dict[str, list[tuple[File, str]]] = field(default_factory=dict)
    source: str = "sub-folders"
    unnamed: int = 0

    def classes(self) -> list[str]:
        """The names of the classes in the training part, sorted."""
        return sorted({name for _, name in self.parts[TRAINING]})


def find_layout(tree: Tree) -> Layout:
    """Sort the files of a folder into parts and classes.

    Raises:
        DataError: where that cannot be done without a guess.
    """
    if not tree.files:
        other = f"; {len(tree.others):,} other files, such as {'/'.join(tree.others[0])}" if tree.others else ""
        raise DataError(f"{tree.root}: holds no {tree.noun}s ({', '.join(SUFFIXES[tree.noun])}){other}")
    if tree.noun == "image" and (table := find_labels(tree)):
        layout = Layout(source=table.name, unnamed=len(tree.files) - len(table.rows))
        for file, label in table.rows:
            layout.parts.setdefault(part_of(file, tree), []).append((file, label))
        if TRAINING not in layout.parts:
            raise DataError(f"{tree.root / table.name}: names no image to train on; it names those of the test alone")
    elif folders := part_folders(tree):
        layout = Layout({part: by_class(tree, (name,)) for part, name in folders.items()})
    else:
        layout = Layout({TRAINING: by_class(tree, ())})
    check_classes(tree, layout)
    return layout


def part_folders(tree: Tree) -> dict[str, str]:
    """The folder of each part; none if the folders are classes.

    Raises:
        DataError: for two folders of one part, and for others beside them.
    """
    names = tree.children(())
    known = [name for name in names if name.lower() in PARTS]
    parts = {PARTS[name.lower()]: name for name in known}
    train = parts.get(TRAINING)
    if train is None or not tree.children((train,)) or (len(parts) == 1 and len(names) > 1):
        return {}  # "train" may be a class, too, beside "bus"
    if len(parts) < len(known):
        raise DataError(f"{tree.root}: two folders for one part of the data ({', '.join(known)}); merge them")
    holders = {file.parts[0] for file in tree.files}
    strangers = sorted(holders - set(known))
    if strangers:
        raise DataError(
            f"{tree.root}: holds {strangers[0]!r} beside {', '.join(known)}; move it elsewhere, or into one of them"
        )
    return parts


def part_of(file: File, tree: Tree) -> str:
    """The part of a file that a table of labels names: that of its first folder, where one of them is "train"."""
    names = {name.lower() for name in tree.children(())}
    if len(file.parts) > 1 and names & {"train", "training"}:
        return PARTS.get(file.parts[0].lower(), TRAINING)
    return TRAINING


def by_class(tree: Tree, folder: tuple[str, ...]) -> list[tuple[File, str]]:
    """The files below a folder, each with the class that the next folder names. Raises DataError."""
    depth, path = len(folder), tree.root.joinpath(*folder)
    inside = [file for file in tree.files if file.parts[:depth] == folder]
    names = tree.children(folder)
    loose = [file for file in inside if len(file.parts) == depth + 1]
    if loose and names:
        raise DataError(
            f"{path}: holds {count(len(loose), tree.noun)} beside the folders of its classes, such as "
            f"{loose[0].parts[-1]}; move them into a class"
        )
    if loose:
        raise DataError(
            f"{path}: holds {tree.noun}s, but no folder for each class"
            + (", and no CSV that names file and label" if tree.noun == "image" else "")
            + "; sort them into folders named after their classes"
        )
    full = {file.parts[depth] for file in inside}
    for name in names:
        if name not in full:
            raise DataError(f"{path / name}: holds no {tree.noun}; fill the class, or remove its folder")
    check_spelling(path, names)
    return [(file, printable(file.parts[depth])) for file in inside]


def check_spelling(path: object, names: Sequence[str]) -> None:
    """Raise DataError for two classes whose names look alike."""
    seen: dict[str, str] = {}
    for name in names:
        key = normalize("NFKC", printable(name)).casefold().strip()
        if key in seen:
            how = "differ only in case" if seen[key].casefold() == name.casefold() else "look alike"
            raise DataError(f"{path}: the classes {seen[key]!r} and {name!r} {how}; merge or rename one")
        seen[key] = name


def check_classes(tree: Tree, layout: Layout) -> None:
    """Raise DataError unless there are enough classes, told apart by their names, and the same in all parts."""
    classes, training = layout.classes(), layout.parts[TRAINING]
    check_spelling(tree.root, classes)
    if len(classes) == 1:
        inner = tree.children((training[0][0].parts[0],)) if layout.source == "sub-folders" else []
        hint = f"; if its folders are the classes, give {tree.root / classes[0]}" if len(inner) > 1 else ""
        raise DataError(f"{tree.root}: has one class only, {classes[0]!r}; expected two or more{hint}")
    if len(classes) > MAX_CLASSES:
        raise DataError(f"{tree.root}: has {len(classes):,} classes; expected at most {MAX_CLASSES:,}")
    for part, rows in layout.parts.items():
        for name in sorted({name for _, name in rows} - set(classes)):
            check_spelling(tree.root, [*classes, name])
            raise DataError(f"{tree.root}: {part} has a class {name!r} that training lacks; add it there, or rename it")


def count(number: int, noun: str) -> str:
    """A number of things in words: 1 image, 2 images."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}{'es' if noun.endswith('s') else 's'}"
