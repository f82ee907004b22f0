"""Files that are replaced whole or not at all, read within limits, checked files of tensors, and locks."""

from gradus.files.atomic import current_umask, make_folder, sync_file, sync_folder, write_atomically
from gradus.files.encoding import decode
from gradus.files.lock import FolderLock, exclusive, is_locked
from gradus.files.problems import describe_problem
from gradus.files.reading import open_regular, read_regular
from gradus.files.silence import silent_libraries
from gradus.files.tensors import TensorFormat, without_duplicates

__all__ = [
    "FolderLock",
    "TensorFormat",
    "current_umask",
    "decode",
    "describe_problem",
    "exclusive",
    "is_locked",
    "make_folder",
    "open_regular",
    "read_regular",
    "silent_libraries",
    "sync_file",
    "sync_folder",
    "without_duplicates",
    "write_atomically",
]
