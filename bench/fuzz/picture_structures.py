"""Mutations of the chunks and numbers of a picture file, with checksums and lengths made right again."""

import random
import struct
import zlib

from bench.fuzz.mutations import mutate_bytes

__all__ = ["chunk", "mutate_header", "mutate_png", "mutate_riff", "mutate_tiff"]

HEADER = 64  # bytes that hold the sizes in most formats


def mutate_png(data: bytes, rng: random.Random) -> bytes:
    """A PNG with one chunk changed, repeated, removed or moved, and every checksum right."""
    signature, chunks = data[:8], split_chunks(data)
    place = rng.randrange(len(chunks))
    name, content = chunks[place]
    kind = rng.randrange(6)
    if kind == 0:
        del chunks[place]
    elif kind == 1:
        chunks.insert(rng.randint(0, len(chunks)), (name, content))
    elif kind == 2:
        chunks[place] = (rng.choice((b"IHDR", b"PLTE", b"tRNS", b"eXIf", b"iCCP", b"zTXt", b"acTL", b"fdAT")), content)
    elif name == b"IDAT" and kind == 3:
        pixels = zlib.decompressobj().decompress(content, 1 << 20)
        chunks[place] = (name, zlib.compress(mutate_bytes(pixels, [pixels], (), rng), 1))
    else:
        sizes = [struct.pack(">I", 1 << bits) for bits in range(32)]
        chunks[place] = (name, mutate_bytes(content, [content], sizes, rng))
    return signature + b"".join(chunk(*some) for some in chunks)


def split_chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    chunks, place = [], 8
    while place + 8 <= len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        chunks.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    return chunks


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def mutate_riff(data: bytes, rng: random.Random) -> bytes:
    """A WebP with one chunk changed, repeated, removed or renamed, and every length right."""
    chunks, place = [], 12
    while place + 8 <= len(data):
        (length,) = struct.unpack("<I", data[place + 4 : place + 8])
        chunks.append((data[place : place + 4], data[place + 8 : place + 8 + length]))
        place += 8 + length + length % 2
    place = rng.randrange(len(chunks))
    name, content = chunks[place]
    kind = rng.randrange(5)
    if kind == 0:
        del chunks[place]
    elif kind == 1:
        chunks.insert(rng.randint(0, len(chunks)), (name, content))
    elif kind == 2:
        chunks[place] = (rng.choice((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF")), content)
    elif kind == 3:
        chunks[place] = (name, mutate_header(content, rng))
    else:
        chunks[place] = (name, mutate_bytes(content, [content], (), rng))
    body = b"".join(name + struct.pack("<I", len(some)) + some + bytes(len(some) % 2) for name, some in chunks)
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def mutate_tiff(data: bytes, rng: random.Random) -> bytes:
    """A TIFF with one or two entries of its first directory changed: the tag, the type, the count or the value."""
    changed = bytearray(data)
    (directory,) = struct.unpack("<I", data[4:8])
    if data[2] == 43 or directory + 14 > len(data):  # BigTIFF
        return mutate_header(data, rng)
    (count,) = struct.unpack("<H", data[directory : directory + 2])
    for _ in range(rng.choice((1, 1, 2))):
        entry = directory + 2 + 12 * rng.randrange(count)
        kind = rng.randrange(6)
        if kind == 0:
            changed[entry : entry + 2] = struct.pack("<H", rng.choice((256, 257, 258, 262, 277, 317, 322, 324, 34665)))
        elif kind == 1:
            changed[entry + 2 : entry + 4] = struct.pack("<H", rng.randrange(18))
        elif kind == 2:
            changed[entry + 4 : entry + 8] = struct.pack("<I", boundary(rng))
        else:
            value = boundary(rng) if rng.random() < 0.5 else rng.randrange(100)
            changed[entry + 8 : entry + 12] = struct.pack("<I", value)
    return bytes(changed)


def mutate_header(data: bytes, rng: random.Random) -> bytes:
    """The file with a number of one, two or four bytes, lowest first, replaced near its beginning."""
    size = rng.choice((1, 2, 4))
    place = rng.randrange(max(1, min(len(data), HEADER) - size))
    value = boundary(rng) if rng.random() < 0.7 else rng.randrange(1000)
    return data[:place] + struct.pack("<I", value)[:size] + data[place + size :]


def boundary(rng: random.Random) -> int:
    """A power of two, or a number beside one, below 2**32."""
    return ((1 << rng.randrange(33)) + rng.choice((-1, 0, 0, 1))) % (1 << 32)
