"""Files and folders become arrays."""

from gradus.data.dataset import Dataset, Examples, Preprocessing, from_arrays

__all__ = ["Dataset", "Examples", "Preprocessing", "from_arrays"]
