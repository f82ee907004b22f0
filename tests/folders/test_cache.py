"""The cache of decoded pictures: used where nothing has changed, made anew where anything has."""

from pathlib import Path

import numpy as np
import pytest
from folders.pictures import make_folder, save

from gradus.folders import cache, load_image_folder, loading


@pytest.fixture
def entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cache, "WORTHWHILE", 10)
    monkeypatch.setattr(cache, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def test_the_second_time_nothing_is_decoded(entries: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = load_image_folder(make_folder(tmp_path / "pets"))
    assert len(list(entries.iterdir())) == 1
    monkeypatch.setattr(loading, "read_pictures", None)
    again = load_image_folder(tmp_path / "pets")
    np.testing.assert_array_equal(again.training.x, first.training.x)


def test_a_changed_picture_is_seen(entries: Path, tmp_path: Path):
    load_image_folder(make_folder(tmp_path / "pets"))
    for path in (tmp_path / "pets" / "dark").iterdir():
        save(path, (7, 7, 7))
    data = load_image_folder(tmp_path / "pets")
    assert (data.training.x[data.training.y == 0] == 7).all()


DAMAGES = (lambda c: c[:-1], lambda c: c + b"x", lambda c: c[:-1] + b"\xff", lambda c: b"")


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_made_anew(damage, entries: Path, tmp_path: Path):
    first = load_image_folder(make_folder(tmp_path / "pets"))
    [entry] = entries.iterdir()
    entry.write_bytes(damage(entry.read_bytes()))
    again = load_image_folder(tmp_path / "pets")
    np.testing.assert_array_equal(again.training.x, first.training.x)


def test_the_oldest_entries_are_removed(entries: Path, tmp_path: Path):
    for number in range(cache.KEPT + 2):
        load_image_folder(make_folder(tmp_path / str(number)))
    assert len(list(entries.iterdir())) == cache.KEPT


def test_a_folder_that_cannot_be_written_to_costs_only_time(entries: Path, tmp_path: Path):
    entries.write_text("a file in the way")
    assert len(load_image_folder(make_folder(tmp_path / "pets")).training.x) == 14
