"""Writing files so that a reader, or a power cut, never meets half of one."""

import os
import tempfile
from pathlib import Path

__all__ = ["current_umask", "write_atomically"]


def write_atomically(path: Path, content: bytes) -> None:
    """Replace the file at path by content: whole, or not at all.

    The bytes go to a temporary file beside it, onto the disk, are read back, and only then take the name.
    Raises OSError where the folder cannot be written to.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if temporary.read_bytes() != content:
            raise OSError(f"{path}: the disk gave back other bytes than were written; the file was not replaced")
        # mkstemp makes a private file; this one gets what any new file would
        temporary.chmod(0o666 & ~current_umask())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def current_umask() -> int:
    """Which permissions new files of this process do not get."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def sync_folder(folder: Path) -> None:
    """Put a folder's entries on the disk, where the system can (Windows cannot)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
