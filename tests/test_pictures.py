"""The pictures in the documents: each belongs to the numbers and the texts beside it, and together they are small."""

import hashlib
import json
from pathlib import Path

import pytest
from PIL import Image

from gradus.figures import FIGURES, LANGUAGES, Measurement
from gradus.figures.record import describe

ROOT = Path(__file__).parents[1]
FOLDERS = {"en": ROOT / "docs", "zh": ROOT / "docs" / "zh"}
MANIFEST_TEXT = (ROOT / "docs" / "pictures" / "manifest.json").read_text(encoding="utf-8")
MANIFEST = json.loads(MANIFEST_TEXT)
MOST_BYTES = 4 * 2**20

every_picture = pytest.mark.parametrize("name", MANIFEST)
both_languages = pytest.mark.parametrize("language", LANGUAGES)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_manifest_is_json_that_every_reader_takes():
    """Python's writes and reads NaN, which is none: a browser and the site's highlighter refuse it."""

    def refuse(constant: str):
        raise AssertionError(f"{constant} is not JSON")

    json.loads(MANIFEST_TEXT, parse_constant=refuse)


def test_every_figure_has_a_picture_and_every_picture_a_figure():
    assert list(MANIFEST) == list(FIGURES)
    for folder in FOLDERS.values():
        assert {path.stem for path in (folder / "pictures").glob("*.webp")} == set(FIGURES)


@every_picture
def test_the_texts_are_those_that_the_picture_was_drawn_with(name: str):
    """A change of a title or a label asks for `python docs/draw_pictures.py NAME`."""
    assert MANIFEST[name]["texts"] == digest(ROOT / "gradus" / "figures" / "texts" / f"{name}.toml")


@every_picture
@both_languages
def test_a_picture_is_the_one_of_the_manifest_and_fits_a_page(name: str, language: str):
    path = FOLDERS[language] / "pictures" / f"{name}.webp"
    assert MANIFEST[name]["pictures"][language] == digest(path)
    with Image.open(path) as image:
        assert image.format == "WEBP"
        assert 400 <= image.width <= 1200


@every_picture
@both_languages
def test_the_sentences_follow_from_the_numbers_and_stand_in_the_gallery(name: str, language: str):
    entry = MANIFEST[name]
    measurement = Measurement({}, entry["numbers"], entry["claim_holds"], tuple(entry["sentences"]))
    assert describe(name, language, measurement, 0, {}).shows == entry["shows"][language]
    assert f"](pictures/{name}.webp)\n\n{entry['shows'][language]}\n" in gallery(language)


@both_languages
def test_the_gallery_shows_nothing_else(language: str):
    assert gallery(language).count(".webp)") == len(FIGURES)


def gallery(language: str) -> str:
    return (FOLDERS[language] / "gallery.md").read_text(encoding="utf-8")


def test_the_pictures_are_small():
    assert sum(path.stat().st_size for folder in FOLDERS.values() for path in folder.glob("pictures/*")) <= MOST_BYTES
