"""The files below a folder, by their path, without the litter that systems leave behind."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from gradus.errors import DataError

__all__ = ["IMAGE_SUFFIXES", "TEXT_SUFFIXES", "File", "Tree", "read_tree"]

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".gif")
TEXT_SUFFIXES = (".txt", ".md", ".rst", ".tex", ".html", ".py", ".log")
SUFFIXES = {"image": IMAGE_SUFFIXES, "text": TEXT_SUFFIXES}
LITTER = ("thumbs.db", "desktop.ini", "__macosx")  # besides all names that begin with a point
MAX_DEPTH = 40  # folders inside folders


class File(NamedTuple):
    """A file of the wanted kind.

    Args:
        parts: its path from the folder down: folders, then its name.
        size: in bytes.
        changed: when it last changed, in nanoseconds.
    """

    parts: tuple[str, ...]
    size: int
    changed: int


@dataclass(frozen=True)
class Tree:
    """What lies below a folder.

    Args:
        root: the folder.
        noun: what the wanted files are, "image" or "text".
        files: those of the wanted kind, in the order of their paths.
        folders: all below it, as paths from it.
        others: all other files, as paths from it.
    """

    root: Path
    noun: str
    files: list[File]
    folders: list[tuple[str, ...]]
    others: list[tuple[str, ...]]

    def path(self, file: File) -> Path:
        """Where a file is."""
        return self.root.joinpath(*file.parts)

    def children(self, folder: tuple[str, ...]) -> list[str]:
        """The names of the folders in a folder."""
        return [path[-1] for path in self.folders if path[:-1] == folder]


def read_tree(root: Path, noun: str = "image") -> Tree:
    """List a folder. Links to folders inside it or above it are not followed.

    Args:
        root: the folder.
        noun: the wanted files, "image" or "text".

    Raises:
        DataError: if it is missing, not a folder, or cannot be read.
    """
    tree = Tree(root, noun, [], [], [])
    try:
        above = {identity(folder) for folder in root.resolve(strict=True).parents}
        collect(tree, (), above | {identity(root)})
    except NotADirectoryError:
        raise DataError(f"{root}: is a file; expected a folder") from None
    except FileNotFoundError as error:
        raise DataError(f"{error.filename or root}: there is no such folder") from None
    except OSError as error:
        raise DataError(f"{error.filename or root}: cannot be read ({error.strerror or error})") from None
    tree.files.sort()
    return tree


def collect(tree: Tree, folder: tuple[str, ...], visited: set[tuple[int, int]]) -> None:
    """Add what lies in a folder of the tree, and below it. `visited` are folders not to be entered again."""
    if len(folder) > MAX_DEPTH:
        raise DataError(f"{tree.root.joinpath(*folder)}: folders inside folders, more than {MAX_DEPTH} deep")
    for entry in entries(tree.root.joinpath(*folder)):
        path = (*folder, entry.name)
        if is_folder(entry):
            here = identity(Path(entry.path))
            if here not in visited and not leads_inside(entry, tree.root):
                visited.add(here)
                tree.folders.append(path)
                collect(tree, path, visited)
        elif entry.name.lower().endswith(SUFFIXES[tree.noun]):
            tree.files.append(file_of(entry, path))
        else:
            tree.others.append(path)


def is_folder(entry: os.DirEntry[str]) -> bool:
    """True for a folder, and for a link to one."""
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def leads_inside(entry: os.DirEntry[str], root: Path) -> bool:
    """True for a link to a folder below the root: its files are there already, and may be of another class."""
    return entry.is_symlink() and Path(os.path.realpath(entry.path)).is_relative_to(os.path.realpath(root))


def file_of(entry: os.DirEntry[str], path: tuple[str, ...]) -> File:
    """A file, or a link to none: who reads it says so."""
    try:
        status = entry.stat()
    except OSError:
        return File(path, 0, 0)
    return File(path, status.st_size, status.st_mtime_ns)


def entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """The entries of a folder by name, without litter."""
    with os.scandir(folder) as found:
        for entry in sorted(found, key=lambda entry: entry.name):
            if not entry.name.startswith(".") and entry.name.lower() not in LITTER:
                yield entry


def identity(folder: Path) -> tuple[int, int]:
    """What tells a folder from all others, whatever its name."""
    status = folder.stat()
    return status.st_dev, status.st_ino
