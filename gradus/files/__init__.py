"""Files that are replaced whole or not at all, and checked files of tensors."""

from gradus.files.atomic import current_umask, write_atomically
from gradus.files.tensors import TensorFormat, without_duplicates

__all__ = ["TensorFormat", "current_umask", "without_duplicates", "write_atomically"]
