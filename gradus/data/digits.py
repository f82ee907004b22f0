"""Small handwritten digits that come with scikit-learn, so that no download is needed.

1,797 images of 8x8 points, each 0 to 16: the UCI data set "Optical Recognition of Handwritten Digits"
(Alpaydin & Kaynak 1998), its test part.
"""

import numpy as np

from gradus.data.dataset import Dataset, Examples, Preprocessing

__all__ = ["load_digits"]

DARKEST = 16


def load_digits() -> Dataset:
    """x: (n, 8, 8, 1) uint8. A quarter is held out as test, a tenth of the rest as validation, each class alike."""
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    digits = datasets.load_digits()
    x, y = digits.images[..., None].astype(np.uint8), digits.target
    # The split is the same for everyone, so that accuracies can be compared.
    x, x_test, y, y_test = train_test_split(x, y, test_size=0.25, stratify=y, random_state=0)
    x, x_validation, y, y_validation = train_test_split(x, y, test_size=0.1, stratify=y, random_state=0)
    return Dataset(
        "digits",
        Examples(x, y),
        Examples(x_validation, y_validation),
        Examples(x_test, y_test),
        tuple(str(digit) for digit in range(10)),
        Preprocessing(DARKEST),
    )
