"""What a command does to the files below a folder: operations on files and folders, which have inodes and names."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

__all__ = ["ROOT", "Create", "Data", "Names", "Operation", "Output", "Recording", "Sync", "Tree"]

ROOT = 0  # the inode of the recorded folder


@dataclass(frozen=True)
class Create:
    """A new file or folder, still without a name."""

    inode: int
    is_folder: bool


@dataclass(frozen=True)
class Data:
    """Bytes at an offset of a file; without bytes, its new length."""

    inode: int
    offset: int
    content: bytes | None


@dataclass(frozen=True)
class Names:
    """Names that change together: (folder, name, inode), with the inode None for a name that goes."""

    changes: tuple[tuple[int, str, int | None], ...]


@dataclass(frozen=True)
class Sync:
    """fsync or fdatasync of a file or a folder."""

    inode: int


@dataclass(frozen=True)
class Output:
    """Text on standard output."""

    text: str


Operation = Create | Data | Names | Sync | Output


@dataclass
class Tree:
    """Files and folders by inode; a folder has the inodes of its entries by name."""

    files: dict[int, bytes] = field(default_factory=dict)
    folders: dict[int, dict[str, int]] = field(default_factory=lambda: {ROOT: {}})

    @classmethod
    def read(cls, root: Path) -> "Tree":
        """The files below a folder."""
        tree = cls()
        for number, path in enumerate(sorted(root.rglob("*")), 1):
            parent = tree.find(path.parent.relative_to(root))
            assert parent is not None
            tree.folders[parent][path.name] = number
            if path.is_dir():
                tree.folders[number] = {}
            else:
                tree.files[number] = path.read_bytes()
        return tree

    def find(self, path: Path | PurePosixPath) -> int | None:
        """The inode of a path relative to the root, or None."""
        inode: int | None = ROOT
        for name in path.parts:
            inode = self.folders.get(inode, {}).get(name) if inode is not None else None
        return inode

    def paths(self, inode: int = ROOT, prefix: str = "") -> Iterator[tuple[str, int]]:
        """The paths of all files and folders, with their inodes."""
        for name, entry in self.folders[inode].items():
            yield prefix + name, entry
            if entry in self.folders:
                yield from self.paths(entry, f"{prefix}{name}/")

    def apply(self, names: Names) -> None:
        """Let names change."""
        for folder, name, inode in names.changes:
            if inode is None:
                self.folders[folder].pop(name, None)
            else:
                self.folders[folder][name] = inode


@dataclass
class Recording:
    """The files below a folder before a command, and what it did to them."""

    start: Tree
    operations: list[Operation]
