"""Mutations of bytes and of trees of JSON, each decided by a random generator."""

import random
from collections.abc import Sequence
from typing import Any

__all__ = ["NASTY_TEXTS", "mutate_bytes", "mutate_tree", "mutated"]

NASTY_TEXTS = (
    "", " ", "0", "-0", "-1", "1", "2", "255", "256", "65536", "2147483647", "2147483648", "4294967296",
    "9223372036854775808", "18446744073709551616", "99999999999999999999", "1e308", "1e309", "-1e308", "1e-320", "nan",
    "inf", "-inf", "0x10", "1_000", "٣", "½", "true", "None", "null", "[]", "{}", "()", "[" * 50, "(" * 50,
    "residual(" * 30, "\x00", "\n", "\r\n", "\t", "\x1b[31m", "\x9b", "\u202e", "\u2028", "\ud800", "\ufeff", "é", "狗",
    "a" * 300, "9" * 400, "9" * 5000, "%s%n", "{0}", "{image[epochs]}", "'", '"', '"""', "\\", "--", "-", "=", "#", ",",
    "..", "con", "fifo", "text", "mnist", "digits", "__import__('os')", "../../x",
)  # fmt: skip
NASTY_BYTES = (b"\0", b"\xff", b"\x80", b"\xed\xa0\x80", b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff",
               b"\x1f\x8b", b"cos\nsystem\n(S'true'\ntR.")  # fmt: skip
NASTY_VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 255, 2**31 - 1, 2**31, 2**32, 2**53, 2**63, 2**64, 1152921504606846976, 10**30,
    10**400, 0.5, -0.0, 1e308, 1e-320, float("nan"), float("inf"), [], {}, [[]], [0], ["F32"], {"kind": "Chain"},
    {"kind": "Dense"}, [[[[[[[[]]]]]]]],
)  # fmt: skip
MOST_BYTES = 1 << 18  # of an input


def mutated(seed: bytes, others: Sequence[bytes], tokens: Sequence[bytes], rng: random.Random) -> bytes:
    """The seed after one to eight mutations."""
    for _ in range(min(1 + int(rng.expovariate(0.7)), 8)):
        seed = mutate_bytes(seed, others, tokens, rng)
    return seed[:MOST_BYTES]


def mutate_bytes(data: bytes, others: Sequence[bytes], tokens: Sequence[bytes], rng: random.Random) -> bytes:
    """The bytes after one mutation: a bit, a byte, a piece moved, repeated, cut, inserted, or of another input."""
    start, stop = sorted(rng.randint(0, len(data)) for _ in range(2))
    if rng.random() < 0.7:
        stop = min(stop, start + rng.choice((1, 2, 4, 16)))
    kind = rng.randrange(9)
    if kind == 0 and data:
        place = rng.randrange(len(data))
        return data[:place] + bytes([data[place] ^ 1 << rng.randrange(8)]) + data[place + 1 :]
    if kind == 1:
        return data[:start] + rng.randbytes(stop - start) + data[stop:]
    if kind == 2:
        return data[:start] + data[stop:]
    if kind == 3:
        return data[:start]
    if kind == 4:
        return data[:stop] + data[start:stop] * rng.choice((1, 1, 3, 50)) + data[stop:]
    if kind == 5:
        other = rng.choice(others)
        return data[:start] + other[rng.randint(0, len(other)) :]
    if kind == 6:
        return data[:start] + rng.choice(NASTY_BYTES) + data[stop:]
    word = rng.choice(tokens) if tokens and kind == 7 else nasty_text(rng)
    return data[:start] + word + data[rng.choice((start, stop)) :]


def nasty_text(rng: random.Random) -> bytes:
    return rng.choice(NASTY_TEXTS).encode("utf-8", "surrogatepass")


def mutate_tree(tree: Any, rng: random.Random) -> Any:
    """A tree of JSON with one value replaced, removed, repeated, nested, or put in place of another."""
    places = list(walk(tree, ()))
    path, value = rng.choice(places)
    kind = rng.randrange(8)
    if kind == 0:
        return replaced(tree, path, None, remove=True)
    if kind == 1:
        return replaced(tree, path, rng.choice(places)[1])
    if kind == 2:
        return replaced(tree, path, [value] * rng.choice((1, 2, 20)))
    if kind == 3 and isinstance(value, list) and value:
        return replaced(tree, path, value + [rng.choice(value)] * rng.choice((1, 3, 40)))
    if kind == 4 and type(value) in (int, float):
        third = value / 3 if abs(value) < 2**60 else 0.5
        return replaced(tree, path, rng.choice((value + 1, value - 1, -value, value * 1000, third, str(value)[:400])))
    if kind == 5:
        return replaced(tree, path, rng.choice(NASTY_TEXTS))
    if kind == 6 and isinstance(value, dict):
        return replaced(tree, path, value | {rng.choice((*NASTY_TEXTS, *value)): rng.choice(NASTY_VALUES)})
    return replaced(tree, path, rng.choice(NASTY_VALUES))


def walk(tree: Any, path: tuple[Any, ...]) -> list[tuple[tuple[Any, ...], Any]]:
    """Every value of the tree with the keys that lead to it."""
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [(path, tree), *(place for key, value in items for place in walk(value, (*path, key)))]


def replaced(tree: Any, path: tuple[Any, ...], value: Any, remove: bool = False) -> Any:
    """A copy of the tree with another value at the path, or none."""
    if not path:
        return value
    items = dict(tree) if isinstance(tree, dict) else dict(enumerate(tree))
    if remove and len(path) == 1:
        del items[path[0]]
    else:
        items[path[0]] = replaced(items[path[0]], path[1:], value, remove)
    return items if isinstance(tree, dict) else list(items.values())
