"""What the operating system says when a file cannot be read or written, in words that lead on."""

import errno

__all__ = ["describe_problem"]

REASONS = {
    errno.ENOSPC: "the disk is full; make room, or choose a folder on another",
    errno.EDQUOT: "your quota of the disk is used up; make room, or choose a folder on another",
    errno.EFBIG: "the file is larger than the system allows",
    errno.EACCES: "there is no permission; choose another folder, or change its permissions",
    errno.EPERM: "there is no permission; choose another folder, or change its permissions",
    errno.EROFS: "the disk is read-only; choose a folder on another",
    errno.ENOENT: "there is no such file or folder",
    errno.EEXIST: "exists already; choose another name",
    errno.ENOTDIR: "a file is where a folder is expected; choose another folder",
    errno.EISDIR: "a folder is where a file is expected; choose another name",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.EMFILE: "too many files are open; close some, or raise the limit (ulimit -n)",
    errno.EIO: "the disk failed; copy what is on it, and choose a folder on another",
}


def describe_problem(error: OSError) -> str:
    """The file and the reason of an error, on one line; the system's own words for rare ones."""
    reason = REASONS.get(error.errno or 0) or error.strerror or str(error)
    path = error.filename2 or error.filename
    return f"{path}: {reason}" if path is not None else reason
