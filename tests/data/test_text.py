"""Texts: what a file becomes, how it is cut, and what is refused with which words."""

from pathlib import Path

import numpy as np
import pytest

from gradus.data import Text, documentation_text, encode, is_text, load_text
from gradus.data.text import read_text
from gradus.errors import DataError

LINES = "The cat sat on the mat.\n" * 50


def written(folder: Path, content: bytes) -> Path:
    path = folder / "mine.txt"
    path.write_bytes(content)
    return path


def test_a_text_is_cut_in_order_and_can_be_put_together_again():
    text = Text.from_string(LINES[:1007])
    assert [len(part) for part in (text.training, text.validation, text.test)] == [856, 50, 101]
    numbers = np.concatenate([text.validation, text.training, text.test])
    assert "".join(text.vocabulary[number] for number in numbers) == LINES[:1007]
    assert text.vocabulary == tuple(sorted(set(LINES)))


def test_characters_that_only_the_held_out_part_has_are_in_the_vocabulary():
    text = Text.from_string("ab" * 100 + "z")
    assert text.vocabulary == ("a", "b", "z")
    assert text.test[-1] == 2
    assert 2 not in text.training


@pytest.mark.parametrize(
    ("content", "characters"),
    [
        (b"\xef\xbb\xbf" + LINES.encode(), LINES),  # the mark with which Windows begins UTF-8
        (LINES.replace("\n", "\r\n").encode(), LINES),
        (LINES.replace("\n", "\r").encode(), LINES),
        ("人工智能\n".encode() * 40, "人工智能\n" * 40),
    ],
)
def test_a_file_is_read_as_people_write_it(tmp_path: Path, content: bytes, characters: str):
    path = written(tmp_path, content)
    assert read_text(path) == characters
    assert load_text(path).name == "mine"


@pytest.mark.parametrize(("characters", "dtype"), [(60, np.uint8), (1000, np.uint16), (70_000, np.uint32)])
def test_numbers_take_no_more_room_than_they_need(characters: int, dtype: type):
    text = "".join(map(chr, range(0x10000, 0x10000 + characters))) * 2
    assert Text.from_string(text).training.dtype == dtype


def test_the_documentation_is_a_text_that_every_python_has():
    text = load_text("text")
    assert text.name == "text"
    assert len(documentation_text()) > 300_000
    assert "\r" not in text.vocabulary
    assert documentation_text() == documentation_text()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "mine: the text has 0 characters; expected at least 100"),
        (b"\xef\xbb\xbf", "mine: the text has 0 characters"),
        (b"short", "mine: the text has 5 characters"),
        (b"a" * 500, "mine: the text repeats the one character 'a'; there is nothing to learn"),
        ("Все счастливые семьи похожи\n".encode("koi8-r") * 50, "mine.txt: is in an encoding other than UTF-8, UTF-16"),
        (LINES.encode("utf-16-le"), "mine.txt: holds NUL bytes"),
    ],
)
def test_a_file_that_is_no_text_is_refused_in_words(tmp_path: Path, content: bytes, message: str):
    with pytest.raises(DataError, match=message):
        load_text(written(tmp_path, content))


def test_a_path_that_is_no_file_is_refused_in_words(tmp_path: Path):
    with pytest.raises(DataError, match=r"nothing\.txt: there is no such file"):
        load_text(tmp_path / "nothing.txt")
    with pytest.raises(DataError, match="is a folder; expected a text file"):
        load_text(tmp_path)


def test_a_file_too_large_to_hold_is_refused_unread(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("gradus.data.text.MAX_TEXT_BYTES", 100)
    with pytest.raises(DataError, match="larger than 100 bytes, the most"):
        load_text(written(tmp_path, LINES.encode()))


def test_a_python_without_its_documentation_says_so(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pydoc_data.topics", None)
    with pytest.raises(DataError, match="comes without its documentation"):
        load_text("text")


def test_characters_outside_of_a_vocabulary_are_named():
    assert encode("abba", ("a", "b")).tolist() == [0, 1, 1, 0]
    assert len(encode("", ("a", "b"))) == 0
    with pytest.raises(DataError, match=r"prompt: the vocabulary of the model has no '\\n' 'c'; it has 2 characters"):
        encode("abc\n", ("a", "b"), "prompt")


def test_what_a_person_names_is_a_text_or_not(tmp_path: Path):
    path = tmp_path / "notes"
    path.write_text(LINES)
    assert is_text(str(path))
    assert is_text("text")
    assert is_text("missing.TXT")
    assert not is_text("mnist")
    assert not is_text(str(tmp_path))
