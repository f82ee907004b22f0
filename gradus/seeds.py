"""Any whole number is a seed, for JAX's random numbers and for NumPy's alike."""

import hashlib
from typing import Any

from gradus.errors import SettingError

__all__ = ["check_seed", "seed_bits"]

BITS = 63  # that both libraries take as they are


def check_seed(seed: Any) -> None:
    """Raise SettingError unless a seed is a whole number."""
    if type(seed) is not int:
        raise SettingError(f"seed {seed!r}: expected a whole number")


def seed_bits(seed: int) -> int:
    """The number from 0 to 2**63 - 1 to draw with: the seed itself where it is one, else a hash of it.

    Raises:
        SettingError: for anything but a whole number.
    """
    check_seed(seed)
    if 0 <= seed < 2**BITS:
        return seed
    content = seed.to_bytes(seed.bit_length() // 8 + 1, signed=True)
    return int.from_bytes(hashlib.sha256(content).digest()[:8]) >> (64 - BITS)
