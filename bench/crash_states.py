"""The states of the files that a power cut may leave, at every point of a recording.

What the model assumes of a file system is what POSIX promises, and no more:

- A file's content is on disk once it was synced. Of later writes any may be there: all, none, some without the others,
  one cut off after 512 or 4,096 bytes, or the file's new length with zeros in place of the data (as ext4 and XFS do).
- A folder's names are on disk once the folder was synced. Later changes of names are there or not, each for itself; a
  rename is there as a whole or not at all. (A journal keeps their order; its states are among these.)
"""

import copy
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from bench.file_operations import Create, Data, Names, Operation, Output, Recording, Sync, Tree

__all__ = ["CrashState", "crash_states", "without_folder"]

SECTORS = (512, 4096)  # bytes that a disk, or a page cache, writes whole
ALL_SUBSETS = 6  # changes of names of which every subset is tried: 64
ALL_PRODUCTS = 64  # combinations of two files' contents of which every one is tried


@dataclass(frozen=True)
class CrashState:
    """What a power cut left.

    Attributes:
        files: the content of every file by its path, None for a folder.
        announced: what had been printed.
    """

    files: dict[str, bytes | None]
    announced: str

    def key(self, prefix: str = "") -> bytes:
        """A hash of the files whose path starts with `prefix`."""
        sha = hashlib.sha256()
        for path, content in sorted(self.files.items()):
            if path.startswith(prefix):
                sha.update(f"{path}\0{-1 if content is None else len(content)}\0".encode() + (content or b""))
        return sha.digest()

    def write(self, folder: Path) -> None:
        """Make the files below a new folder."""
        folder.mkdir(parents=True)
        for path, content in self.files.items():
            if content is None:
                (folder / path).mkdir(exist_ok=True)
            else:
                (folder / path).write_bytes(content)


class Disk:
    """What is on disk for certain, and what may be.

    Args:
        start: the files before the recording, all of them on disk.
    """

    def __init__(self, start: Tree):
        self.certain = start
        self.data: dict[int, list[Data]] = {}
        self.names: list[Names] = []

    def apply(self, operation: Operation) -> None:
        """Take over an operation."""
        match operation:
            case Create(inode, is_folder):
                if is_folder:
                    self.certain.folders[inode] = {}
                else:
                    self.certain.files[inode] = b""
            case Data(inode):
                self.data.setdefault(inode, []).append(operation)
            case Names():
                self.names.append(operation)
            case Sync(inode):
                self.sync(inode)

    def sync(self, inode: int) -> None:
        """Make certain what was pending for a file or a folder."""
        if inode in self.certain.files:
            for change in self.data.pop(inode, []):
                self.certain.files[inode] = changed(self.certain.files[inode], change)
            return
        for names in self.names:
            if any(folder == inode for folder, _, _ in names.changes):
                self.certain.apply(names)
        self.names = [names for names in self.names if all(folder != inode for folder, _, _ in names.changes)]

    def states(self) -> Iterator[dict[str, bytes | None]]:
        """The files that a power cut now may leave."""
        for names in subsets(self.names):
            tree = Tree(self.certain.files, {inode: dict(entries) for inode, entries in self.certain.folders.items()})
            for change in names:
                tree.apply(change)
            paths = dict(tree.paths())
            dirty = sorted({inode for inode in paths.values() if inode in self.data})
            for contents in combinations([self.contents(inode) for inode in dirty]):
                here = dict(zip(dirty, contents, strict=True))
                yield {path: here.get(inode, tree.files.get(inode)) for path, inode in paths.items()}

    def contents(self, inode: int) -> list[bytes]:
        """The contents that a file may have; that before any write comes first, that after all of them last."""
        before, changes = self.certain.files[inode], self.data[inode]
        last, earlier = changes[-1], changes[:-1]
        variants = [[], [last], *(changes[:i] + changes[i + 1 :] for i in range(len(changes) - 1))]
        variants += [[*earlier, torn] for torn in torn_writes(last)]
        variants += [[zeros(change) for change in changes], [*earlier, zeros(last)], changes]
        contents = []
        for variant in variants:
            content = before
            for change in variant:
                content = changed(content, change)
            contents.append(content)
        return list(dict.fromkeys(contents))


def crash_states(recording: Recording) -> Iterator[CrashState]:
    """Every state that a power cut may leave, before the first operation and after each of them.

    The same state may come several times, each time with more that was announced.
    """
    disk, announced = Disk(copy.deepcopy(recording.start)), ""
    for operation in [None, *recording.operations]:
        if isinstance(operation, Output):
            announced += operation.text
        elif operation is not None:
            disk.apply(operation)
        if not isinstance(operation, Create | Sync):  # these leave nothing that was not possible before
            for files in disk.states():
                yield CrashState(files, announced)


def without_folder(recording: Recording, name: str) -> Recording:
    """The recording without the files in folders of this name."""
    changes = [change for names in recording.operations if isinstance(names, Names) for change in names.changes]
    inodes = {inode for _, entry, inode in changes if entry == name}
    kept = [
        operation
        for operation in recording.operations
        if not (isinstance(operation, Names) and all(folder in inodes for folder, _, _ in operation.changes))
    ]
    return Recording(recording.start, kept)


def changed(content: bytes, change: Data) -> bytes:
    """A file's content after a write, or with another length."""
    content = content.ljust(change.offset, b"\0")
    if change.content is None:
        return content[: change.offset]
    return content[: change.offset] + change.content + content[change.offset + len(change.content) :]


def torn_writes(change: Data) -> Iterator[Data]:
    """The write cut off after the first sector or before the last, and without its first."""
    content = change.content or b""
    for sector in SECTORS:
        if len(content) > sector:
            for stop in {sector, (len(content) - 1) // sector * sector}:
                yield Data(change.inode, change.offset, content[:stop])
            yield Data(change.inode, change.offset + sector, content[sector:])


def zeros(change: Data) -> Data:
    """The write with zeros in place of its data."""
    return change if change.content is None else Data(change.inode, change.offset, bytes(len(change.content)))


def subsets(names: list[Names]) -> Iterator[list[Names]]:
    """Subsets of changes: all of them, or of many none, each, all but each, and the first few."""
    if len(names) <= ALL_SUBSETS:
        for flags in product((False, True), repeat=len(names)):
            yield [change for change, is_there in zip(names, flags, strict=True) if is_there]
        return
    yield []
    for i in range(len(names)):
        yield from (names[: i + 1], [names[i]], names[:i] + names[i + 1 :])


def combinations(contents: list[list[bytes]]) -> Iterator[tuple[bytes, ...]]:
    """The contents of several files: all combinations, or of many each file's with the first and the last of others."""
    count = 1
    for variants in contents:
        count *= len(variants)
    if count <= ALL_PRODUCTS or len(contents) == 1:
        yield from product(*contents)
        return
    for others in (0, -1):
        for i, variants in enumerate(contents):
            for content in variants:
                yield tuple(content if j == i else rest[others] for j, rest in enumerate(contents))
