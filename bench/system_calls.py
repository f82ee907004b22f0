"""Every change that a command makes to the files below a folder, in order, recorded by strace."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from os.path import normpath
from pathlib import Path, PurePosixPath

from bench.file_operations import ROOT, Create, Data, Names, Operation, Output, Recording, Sync, Tree

__all__ = ["Recorder", "can_trace", "record", "whole_lines"]

CALLS = (
    "openat,open,creat,write,pwrite64,writev,pwritev,pwritev2,lseek,ftruncate,truncate,fallocate,fsync,fdatasync,"
    "rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,symlink,symlinkat,mmap,"
    "copy_file_range,sendfile"
)
LINE = re.compile(r"(\d+) +(\w+)\((.*)\) += (-?\d+)(?:<([^>]*)>)?")
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
DESCRIPTOR = re.compile(r"(AT_FDCWD|\d+)<([^>]*)>")


def can_trace() -> bool:
    """True if strace is here and may trace."""
    if shutil.which("strace") is None:
        return False
    return subprocess.run(["strace", "-o", "/dev/null", "true"], capture_output=True, check=False).returncode == 0


def record(command: Sequence[str], root: Path, environment: Mapping[str, str]) -> Recording:
    """Run a command in a folder and record it.

    Raises:
        subprocess.CalledProcessError: if it fails.
        ValueError: for a change that the recording cannot follow.
    """
    root = root.resolve()
    start, tree = Tree.read(root), Tree.read(root)
    with tempfile.TemporaryDirectory() as folder:
        trace, output = Path(folder, "trace"), Path(folder, "output")
        strace = ["strace", "-f", "-y", "-xx", "-s", str(1 << 28), "-e", f"trace={CALLS}", "-o", str(trace)]
        with output.open("wb") as stdout:
            subprocess.run([*strace, *command], cwd=root, env=environment, check=True, stdout=stdout)
        with trace.open(encoding="ascii", errors="replace") as lines:
            return Recording(start, Recorder(root, tree, output).operations(whole_lines(lines)))


def whole_lines(lines: Iterator[str]) -> Iterator[str]:
    """The calls of all threads, each on one line, in the order in which they ended."""
    unfinished: dict[str, str] = {}
    for line in lines:
        thread, _, call = line.strip().partition(" ")
        call = call.lstrip()
        if call.endswith("<unfinished ...>"):
            unfinished[thread] = call.removesuffix("<unfinished ...>").rstrip()
        elif call.startswith("<... "):
            yield f"{thread} {unfinished.pop(thread)}{call.partition('resumed>')[2]}"
        else:
            yield f"{thread} {call}"


class Recorder:
    """Turns calls into operations, following the names of files as they change.

    Args:
        root: the recorded folder.
        tree: of its files before the first call.
        output: the file that is the command's standard output.
    """

    def __init__(self, root: Path, tree: Tree, output: Path):
        self.root, self.tree, self.output = PurePosixPath(root), tree, PurePosixPath(output)
        self.next_inode = 1 + max([ROOT, *tree.files, *tree.folders])
        self.lengths = {inode: len(content) for inode, content in tree.files.items()}
        self.positions: dict[str, int] = {}  # of open files, by descriptor
        self.appending: set[str] = set()

    def operations(self, lines: Iterator[str]) -> list[Operation]:
        """The operations of the calls that succeeded."""
        operations: list[Operation] = []
        for line in lines:
            if (match := LINE.match(line)) and int(match[4]) >= 0:
                _, call, arguments, result, opened = match.groups()
                for operation in self.translate(call, arguments, result, unhex(opened or "").decode()):
                    if isinstance(operation, Names):
                        self.tree.apply(operation)
                    operations.append(operation)
        return operations

    def translate(self, call: str, arguments: str, result: str, opened: str) -> Iterator[Operation]:
        """The operations of one call."""
        texts = [unhex(text) for text in STRING.findall(arguments)]
        descriptor, path = self.descriptor(arguments)
        match call:
            case "openat" | "open" | "creat":
                yield from self.open(result, arguments, opened)
            case "write" | "pwrite64" | "writev" | "pwritev" | "pwritev2":
                content = b"".join(texts)[: int(result)]
                yield from self.write(descriptor, path, content, offset_of(call, arguments))
            case "lseek":
                self.positions[descriptor] = int(result)
            case "ftruncate":
                yield from self.truncate(path, int(arguments.rpartition(", ")[2]))
            case "fsync" | "fdatasync":
                if (inode := self.find(path)) is not None:
                    yield Sync(inode)
            case "mkdir" | "mkdirat":
                yield from self.create(self.path_of(arguments, texts[0]), is_folder=True)
            case "rename" | "renameat" | "renameat2":
                yield from self.rename(*self.two_paths(arguments, texts))
            case "unlink" | "unlinkat" | "rmdir":
                yield from self.remove(self.path_of(arguments, texts[0]))
            case _:
                self.refuse(call, arguments, [path, *(self.path_of(arguments, text) for text in texts)])

    def refuse(self, call: str, arguments: str, paths: list[PurePosixPath | None]) -> None:
        """Raise ValueError for another way to change a file below the root."""
        is_reading = call == "mmap" and not ("PROT_WRITE" in arguments and "MAP_SHARED" in arguments)
        if not is_reading and any(path is not None and path.is_relative_to(self.root) for path in paths):
            raise ValueError(f"{call} is not recorded: {paths}")

    def open(self, descriptor: str, arguments: str, opened: str) -> Iterator[Operation]:
        """A file that is created, cut to nothing, or only opened."""
        path = PurePosixPath(opened)
        self.positions[descriptor] = 0
        self.appending.discard(descriptor)
        if "O_APPEND" in arguments:
            self.appending.add(descriptor)
        if "O_CREAT" in arguments and self.find(path) is None:
            yield from self.create(path, is_folder=False)
        elif "O_TRUNC" in arguments:
            yield from self.truncate(path, 0)

    def create(self, path: PurePosixPath | None, is_folder: bool) -> Iterator[Operation]:
        """A new file or folder, and its name."""
        if path is None or (parent := self.find(path.parent)) is None:
            return
        inode, self.next_inode = self.next_inode, self.next_inode + 1
        self.lengths[inode] = 0
        if is_folder:
            self.tree.folders[inode] = {}
        yield Create(inode, is_folder)
        yield Names(((parent, path.name, inode),))

    def write(
        self, descriptor: str, path: PurePosixPath | None, content: bytes, offset: int | None
    ) -> Iterator[Operation]:
        """Bytes in a file, or on standard output."""
        inode = self.find(path)
        if inode is None:
            if path == self.output:
                yield Output(content.decode(errors="replace"))
            return
        position = self.lengths[inode] if descriptor in self.appending else self.positions.get(descriptor, 0)
        if offset is None:
            self.positions[descriptor] = position + len(content)
        start = position if offset is None else offset
        self.lengths[inode] = max(self.lengths[inode], start + len(content))
        yield Data(inode, start, content)

    def truncate(self, path: PurePosixPath | None, length: int) -> Iterator[Operation]:
        """A file's new length."""
        if (inode := self.find(path)) is not None and self.lengths[inode] != length:
            self.lengths[inode] = length
            yield Data(inode, length, None)

    def rename(self, source: PurePosixPath | None, target: PurePosixPath | None) -> Iterator[Operation]:
        """A file or folder takes another name."""
        inode = self.find(source)
        if source is not None and target is not None and inode is not None:
            old, new = self.find(source.parent), self.find(target.parent)
            if old is None or new is None:
                raise ValueError(f"renamed into or out of the recorded folder: {source}, {target}")
            yield Names(((old, source.name, None), (new, target.name, inode)))

    def remove(self, path: PurePosixPath | None) -> Iterator[Operation]:
        """A name goes."""
        if path is not None and self.find(path) is not None:
            parent = self.find(path.parent)
            assert parent is not None
            yield Names(((parent, path.name, None),))

    def find(self, path: PurePosixPath | None) -> int | None:
        """The inode of a path, or None outside of the recorded folder."""
        if path is None or not path.is_relative_to(self.root):
            return None
        return self.tree.find(path.relative_to(self.root))

    def descriptor(self, arguments: str) -> tuple[str, PurePosixPath | None]:
        """The descriptor that is a call's first argument, and its path."""
        match = DESCRIPTOR.match(arguments)
        return (match[1], PurePosixPath(unhex(match[2]).decode(errors="replace"))) if match else ("", None)

    def path_of(self, arguments: str, text: bytes) -> PurePosixPath:
        """The absolute path of a call's text, which is relative to its first argument or to the root."""
        folder = self.descriptor(arguments)[1] or self.root
        return PurePosixPath(normpath(folder / text.decode(errors="replace")))

    def two_paths(self, arguments: str, texts: list[bytes]) -> tuple[PurePosixPath, PurePosixPath]:
        """Both paths of a rename."""
        second = arguments.partition('", ')[2]
        return self.path_of(arguments, texts[0]), self.path_of(second, texts[1])


def unhex(text: str) -> bytes:
    """The bytes of strace's \\x2f\\x74."""
    return bytes.fromhex(text.replace("\\x", "")) if text.startswith("\\x") else text.encode()


def offset_of(call: str, arguments: str) -> int | None:
    """The offset that a call was given; None for the file's position."""
    if not call.startswith("pwrite"):
        return None
    last = arguments.rpartition(", ")[2] if call != "pwritev2" else arguments.split(", ")[-2]
    return int(last)
