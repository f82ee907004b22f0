"""The book's own curves: from a folder of data, and without."""

from pathlib import Path

import pytest

from gradus.errors import DataError
from gradus.figures import Sources, book_curves


@pytest.mark.parametrize("place", ["data", "data/nielsen", "nielsen"])
@pytest.mark.parametrize("named_by", ["argument", "variable"])
def test_a_curve_is_read_from_the_folder_of_data_or_from_one_in_it_or_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, named_by: str
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train-images-idx3-ubyte").touch()
    (tmp_path / place).mkdir(exist_ok=True)
    (tmp_path / place / "more_data.json").write_text("[69.09, 76.37]")
    monkeypatch.setenv("GRADUS_DATA", str(tmp_path / "data"))
    data_dir = None
    if named_by == "argument":
        monkeypatch.setenv("GRADUS_DATA", str(tmp_path / "elsewhere"))
        data_dir = tmp_path / "data"
    assert book_curves.load_curve("more_data", data_dir) == [69.09, 76.37]


def test_a_relative_folder_has_folders_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("mnist", "nielsen"):
        (tmp_path / folder).mkdir()
    (tmp_path / "nielsen" / "more_data.json").write_text("[69.09]")
    monkeypatch.chdir(tmp_path / "mnist")
    assert book_curves.load_curve("more_data", Path(".")) == [69.09]


def test_another_file_in_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "nielsen").mkdir()
    (tmp_path / "nielsen" / "more_data.json").write_text("<html>")
    with pytest.raises(DataError, match=r"more_data\.json: not the JSON of the book's repository"):
        book_curves.load_curve("more_data", tmp_path)


def test_out_of_reach_is_none_and_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("GRADUS_DATA", raising=False)
    monkeypatch.setattr(book_curves, "REPOSITORY", "http://127.0.0.1:9/")
    assert book_curves.load_curve("more_data") is None


def test_several_curves_are_given_together_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(book_curves, "REPOSITORY", "http://127.0.0.1:9/")
    (tmp_path / "more_data.json").write_text("[69.09]")
    names = {"network": "more_data", "svm": "more_data_svm"}
    assert Sources(tmp_path).curves(names) == {}
    (tmp_path / "more_data_svm.json").write_text("[60.5]")
    assert Sources(tmp_path).curves(names) == {"network": [69.09], "svm": [60.5]}


def test_the_names_are_those_of_the_repository() -> None:
    assert "multiple_eta" in book_curves.FILES
    assert all(len(checksum) == 64 for checksum in book_curves.FILES.values())


def test_an_offline_machine_tries_one_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("GRADUS_DATA", raising=False)
    tried = []

    def retrieve(url: str, *_: object, **__: object) -> str:
        tried.append(url)
        raise ConnectionError

    monkeypatch.setattr("pooch.retrieve", retrieve)
    sources = Sources()
    assert sources.curves({"network": "more_data", "svm": "more_data_svm"}) == {}
    assert sources.curve("overfitting") is None
    assert tried == [f"{book_curves.REPOSITORY}more_data.json"]
    assert sources.missing_curves == {"more_data", "more_data_svm", "overfitting"}
