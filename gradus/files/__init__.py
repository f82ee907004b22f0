"""Files that are replaced whole or not at all, checked files of tensors, and locks."""

from gradus.files.atomic import current_umask, sync_file, sync_folder, write_atomically
from gradus.files.lock import FolderLock, exclusive, is_locked
from gradus.files.problems import describe_problem
from gradus.files.tensors import TensorFormat, without_duplicates

__all__ = [
    "FolderLock",
    "TensorFormat",
    "current_umask",
    "describe_problem",
    "exclusive",
    "is_locked",
    "sync_file",
    "sync_folder",
    "without_duplicates",
    "write_atomically",
]
