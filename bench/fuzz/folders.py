"""Folders as bytes, so that they can be mutated like any other input: good ones, their mutations, and writing them."""

import contextlib
import csv
import os
import random
import shutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from bench.fuzz import data_seeds
from bench.fuzz.mutations import NASTY_TEXTS, mutate_bytes
from bench.fuzz.picture_seeds import pictures
from bench.fuzz.picture_structures import mutate_png
from bench.fuzz.rows import mutate_rows

__all__ = ["STANDARD_INPUT", "image_folders", "mutate_folder", "passage_folders", "questions", "write_folder"]

BEGINNING = b"\n# file: "  # of a name, which ends with its line; that of an empty folder ends with a slash
LINK, PIPE = b"link:", b"pipe:"  # contents that stand for a link to a path of the folder, and for a pipe
STANDARD_INPUT = b"-"  # the name of what `gradus predict` reads there
LONGEST = 200  # bytes of a name
MOST_FILES = 200

PNG, HEADER = b"\x89PNG", 33  # bytes
LITTER = (b".DS_Store", b"Thumbs.db", b"desktop.ini", b"__MACOSX/._a.png", b".git/a.png", b"a/", b"a/b/c/", b"c.csv")
FOLDERS = (b"", b"train/", b"val/", b"test/", b"Test/", b"cats/", b"Cats/", b"dogs/", b"d\xf6gs/", "狗/".encode(),
           "ｃats/".encode(), b"x" * 100 + b"/", b"\x1b[31m/", b"con/", b" /", b"a/" * 45)  # fmt: skip
SUFFIXES = (b".png", b".PNG", b".jpg", b".txt", b".md", b".csv", b".tsv", b".xlsx", b".parquet", b"")
ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "gb18030", "big5", "shift_jis", "euc_kr", "cp1252", "koi8-r", "utf-32")

Files = list[tuple[bytes, bytes]]  # name and content


def pack(files: Files) -> bytes:
    return b"".join(BEGINNING + name + b"\n" + content for name, content in files)


def unpack(data: bytes) -> Files:
    """The files in the bytes; anything is a folder."""
    pieces = [piece.partition(b"\n") for piece in data.split(BEGINNING)[1:]]
    return [(name, content) for name, _, content in pieces[:MOST_FILES]]


def write_folder(data: bytes, folder: Path, name: str = "mine") -> Path:
    """Write the files into a new folder of that name; a name that the system does not take is left out."""
    root = folder / name
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir()
    for path, content in unpack(data):
        place = inside(root, path)
        try:
            if path.endswith(b"/"):
                place.mkdir(parents=True, exist_ok=True)
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            if content.startswith(LINK):
                place.symlink_to(inside(root, content.removeprefix(LINK)))
            elif content.startswith(PIPE):
                os.mkfifo(place)
            elif not place.is_fifo():  # which would wait for a reader
                place.write_bytes(content)
        except (OSError, ValueError):  # too long, there already, a file in place of a folder
            continue
    return root


def inside(root: Path, path: bytes) -> Path:
    """A path in the folder, whatever was given."""
    parts = [part[:LONGEST] for part in path.replace(b"\0", b"").split(b"/") if part not in (b"", b".", b"..")]
    return root.joinpath(*map(os.fsdecode, parts))


def mutate_folder(data: bytes, rng: random.Random) -> bytes:
    """A folder with a few files renamed, moved, removed, repeated, linked, changed, or in another encoding."""
    files = unpack(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        place = rng.randrange(len(files)) if files else 0
        name, content = files.pop(place) if files else (b"a.png", b"")
        files[place:place] = MUTATIONS[rng.randrange(len(MUTATIONS))](name, content, rng)
    return pack(files)


def rename(name: bytes, content: bytes, rng: random.Random) -> Files:
    stem, suffix = os.path.splitext(name)
    text = rng.choice(NASTY_TEXTS).encode("utf-8", "surrogatepass")
    head = rng.choice((stem, stem + text, text, stem.swapcase(), stem + b"\xff"))
    return [(head + rng.choice((suffix, suffix, *SUFFIXES)), content)]


def move(name: bytes, content: bytes, rng: random.Random) -> Files:
    return [(rng.choice(FOLDERS) + rng.choice((name, os.path.basename(name))), content)]


def remove(name: bytes, content: bytes, rng: random.Random) -> Files:
    return [(os.path.dirname(name) + b"/", b"")] if rng.random() < 0.5 else []


def repeat(name: bytes, content: bytes, rng: random.Random) -> Files:
    return [(name, content), *((b"%d-%s" % (k, name), content) for k in range(rng.choice((1, 3, 30))))]


def link(name: bytes, content: bytes, rng: random.Random) -> Files:
    target = rng.choice((b"", name, os.path.dirname(name), rng.choice(FOLDERS)))
    return [(name, content), (rng.choice(FOLDERS) + rng.choice((b"link", b"link.png", b"link.txt")), LINK + target)]


def litter(name: bytes, content: bytes, rng: random.Random) -> Files:
    odd = rng.choice((b"", PIPE, b"\0", content))
    return [(name, content), (rng.choice(FOLDERS) + rng.choice((*LITTER, b"odd" + rng.choice(SUFFIXES))), odd)]


def change(name: bytes, content: bytes, rng: random.Random) -> Files:
    if name.endswith(b".csv") and rng.random() < 0.7:
        with contextlib.suppress(ValueError, IndexError, csv.Error):  # no table any more
            return [(name, mutate_rows(content, rng))]
    if content.startswith(PNG) and len(content) > HEADER and rng.random() < 0.5:
        return [(name, mutate_png(content, rng))]
    words = [b",", b"\n", b'"', b"../", b"a.png", b"cats", b"\0", b"label", LINK, PIPE]
    return [(name, mutate_bytes(content, [content], words, rng))]


def encode_anew(name: bytes, content: bytes, rng: random.Random) -> Files:
    text = content.decode("utf-8", "replace") + rng.choice(("", "\nMüller", "\n漢字和歷史", "\n한국어", "\nПривет"))
    return [(name, content if content.startswith(PNG) else text.encode(rng.choice(ENCODINGS), "replace"))]


MUTATIONS = (rename, move, remove, repeat, link, litter, change, change, encode_anew)


@cache
def image_folders() -> Sequence[bytes]:
    """Pictures by class, in parts, and beside a table of labels."""
    drawn = [pictures(name)[0] for name in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")]
    names = [(kind, b"%d.png" % k) for kind in (b"cats", b"dogs") for k in range(4)]
    classes = [(b"%s/%s" % path, drawn[k % len(drawn)]) for k, path in enumerate(names)]
    parts = [(part + name, content) for part in (b"train/", b"val/", b"test/") for name, content in classes[::2]]
    rows = b"".join(b"%s-%s,%s\n" % (kind, name, kind) for kind, name in names)
    loose = [(b"%s-%s" % path, drawn[k % len(drawn)]) for k, path in enumerate(names)]
    return [pack(classes), pack(parts), pack([*loose, (b"labels.csv", b"file,label\n" + rows)])]


@cache
def passage_folders() -> Sequence[bytes]:
    """Texts by class, in parts, in Chinese, and one text in several files."""
    texts = {b"good": "a good film, seen twice {}", b"bad": "a bad film, seen once {}"}
    chinese = {b"weather": "今天天气很好，明天下雨{}", b"food": "这家饭馆的菜很好吃{}"}
    classes, others = (
        [(b"%s/%d.txt" % (kind, k), text.format(k).encode()) for kind, text in some.items() for k in range(4)]
        for some in (texts, chinese)
    )
    parts = [(part + name, content) for part in (b"train/", b"test/") for name, content in classes]
    text = [(b"%d.txt" % k, 5 * b"the quick brown fox\n") for k in range(3)]
    return [pack(classes), pack(parts), pack(others), pack(text)]


@cache
def questions() -> Sequence[bytes]:
    """What `gradus predict` and `evaluate` are given: tables, folders of pictures and texts, and standard input."""
    tables = [*data_seeds.delimited(), data_seeds.odd_rows()]
    named = [(b"mine.parquet", data_seeds.parquet_files()[0]), (b"mine.xlsx", data_seeds.excel_files()[0])]
    rows = [pack([(b"mine.csv", table), *named, (STANDARD_INPUT, table)]) for table in tables]
    lines = "a good film\na bad film\r\n\n".encode("utf-16")
    picture = pack([(STANDARD_INPUT, pictures("PNG")[0])])
    return [*rows, *(folder + picture for folder in image_folders()),
            *(folder + pack([(STANDARD_INPUT, lines)]) for folder in passage_folders())]  # fmt: skip
