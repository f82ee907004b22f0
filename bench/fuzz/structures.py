"""Mutations of a file's structure, with its checksums made right again: so the checks behind them are reached."""

import gzip
import io
import json
import random
import re
import struct
import tomllib
import zipfile

import numpy as np
import safetensors
import safetensors.numpy
import tomli_w

from bench.fuzz.mutations import NASTY_TEXTS, mutate_bytes, mutate_tree
from gradus.files.tensors import digest

__all__ = ["SEPARATOR", "mutate_gzip", "mutate_run", "mutate_tensors", "mutate_toml", "mutate_words", "mutate_zip"]

XML = (
    b"<",
    b"/>",
    b'"',
    b"A1",
    b"XFD1048576",
    b"1048577",
    b'r="B2"',
    b't="s"',
    b"&lt;",
    b"<!DOCTYPE a>",
    b"NUMPY",
    b"<f8",
)
SEPARATOR = b"\n# metrics.csv\n"  # between the two files of a run folder


def mutate_tensors(data: bytes, rng: random.Random) -> bytes:
    """A model file or checkpoint with another description, header or tensor, and a checksum that is right."""
    length = struct.unpack("<Q", data[:8])[0]
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    envelope = json.loads(header["__metadata__"]["gradus"])
    kind = rng.randrange(5)
    if kind < 3:
        description = json.loads(envelope["model"])
        for _ in range(rng.choice((1, 1, 2, 4))):
            description = mutate_tree(description, rng)
        envelope["model"] = json.dumps(description, ensure_ascii=False)
    elif kind == 3:
        body = mutate_bytes(body, [body], [np.float32(number).tobytes() for number in (np.nan, np.inf, 3e38)], rng)
    else:
        header = mutate_tree(header, rng)
    envelope["sha256"] = repaired_digest(envelope["model"], data[: 8 + length] + body, envelope["sha256"])
    if isinstance(header, dict) and isinstance(header.get("__metadata__"), dict):
        header["__metadata__"]["gradus"] = json.dumps(envelope)
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def repaired_digest(description: str, data: bytes, otherwise: str) -> str:
    """The checksum of the file with that description; the old one where there can be none."""
    try:
        return digest(description, safetensors.numpy.load(data))
    except (safetensors.SafetensorError, UnicodeEncodeError):
        return otherwise


def mutate_gzip(data: bytes, rng: random.Random) -> bytes:
    """The bytes after a mutation of what is inside, where they are compressed, and compressed again or not."""
    inside = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
    changed = mutate_bytes(inside, [inside], [struct.pack(">I", 1 << bits) for bits in range(32)], rng)
    return gzip.compress(changed, 1, mtime=0) if rng.random() < 0.5 else changed


def mutate_zip(data: bytes, rng: random.Random) -> bytes:
    """An archive with the content of one of its files changed, or of another, and every checksum right."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    name = rng.choice(list(files))
    if rng.random() < 0.1:
        del files[name]
    elif rng.random() < 0.1:
        files[name] = files[rng.choice(list(files))]
    else:
        for _ in range(rng.choice((1, 1, 2, 8))):
            files[name] = mutate_bytes(files[name], list(files.values()), XML, rng)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
        for name, inside in files.items():
            archive.writestr(name, inside)
    return content.getvalue()


def mutate_toml(data: bytes, rng: random.Random) -> bytes:
    """Settings with one or two of their values changed, where TOML can still say them."""
    tree = tomllib.loads(data.decode())
    tree["settings"] = mutate_tree(tree["settings"], rng)
    if rng.random() < 0.3:
        tree = mutate_tree(tree, rng)
    try:
        return tomli_w.dumps(tree).encode()
    except (AttributeError, TypeError, ValueError):  # TOML has no null, and no half characters
        return data


def mutate_run(data: bytes, rng: random.Random) -> bytes:
    """The two files of a run folder with a cell of the metrics changed, or a setting."""
    settings, _, metrics = data.partition(SEPARATOR)
    if rng.random() < 0.2:
        return mutate_toml(settings, rng) + SEPARATOR + metrics
    rows = [line.split(b",") for line in metrics.splitlines(keepends=True)]
    row = rng.choice(rows)
    cell = rng.choice((b"", b"inf", b"1e999", b'"', b'"a\nb"', b"\0", b"9" * 5000, b"x" * 200_000, rng.choice(row)))
    row[rng.randrange(len(row))] = cell
    return settings + SEPARATOR + b"".join(b",".join(row) for row in rows)


def mutate_words(data: bytes, rng: random.Random) -> bytes:
    """A line with a word removed, repeated, put in brackets or of another number."""
    words = data.decode().split(" ")
    for _ in range(rng.randint(1, 4)):
        place = rng.randrange(len(words))
        kind = rng.randrange(5)
        if kind == 0 and len(words) > 1:
            del words[place]
        elif kind == 1:
            words[place:place] = words[place:] * rng.choice((1, 1, 30))
        elif kind == 2:
            words[place] = f"{rng.choice(('residual', 'bidirectional', ''))}({words[place]})"
        elif kind == 3:
            words.append(rng.choice(words))
        else:
            number = rng.choice((*NASTY_TEXTS[:20], str(rng.randrange(1000))))
            words[place] = re.sub(r"\d+", lambda match, new=number: rng.choice((match[0], new)), words[place])
    return " ".join(words).encode("utf-8", "surrogatepass")
