"""The book's own curves: from a folder, and without."""

from pathlib import Path

import pytest

from gradus.data import book
from gradus.errors import DataError


def test_a_curve_is_read_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "nielsen").mkdir()
    (tmp_path / "nielsen" / "more_data.json").write_text("[69.09, 76.37]")
    assert book.load_curve("more_data", tmp_path) == [69.09, 76.37]


def test_another_file_in_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "nielsen").mkdir()
    (tmp_path / "nielsen" / "more_data.json").write_text("<html>")
    with pytest.raises(DataError, match=r"more_data\.json: not the JSON of the book's repository"):
        book.load_curve("more_data", tmp_path)


def test_out_of_reach_is_none_and_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("GRADUS_DATA", raising=False)
    monkeypatch.setattr(book, "REPOSITORY", "http://127.0.0.1:9/")
    assert book.load_curve("more_data") is None


def test_the_names_are_those_of_the_repository() -> None:
    assert "multiple_eta" in book.FILES
    assert all(len(checksum) == 64 for checksum in book.FILES.values())
