"""The catalogue is complete: every figure, in every language, key by key and number by number."""

import string
from importlib import import_module

import pytest

from gradus.figures import FIGURES
from gradus.figures.catalogue import LANGUAGES, read

each_text = pytest.mark.parametrize("name", [*FIGURES, "common"])


def leaves(tree: dict, path: str = "") -> dict[str, str]:
    """Every text in a tree of tables, by its path."""
    found: dict[str, str] = {}
    for key, value in tree.items():
        found |= leaves(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
    return found


def places(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@each_text
def test_the_languages_have_the_same_texts_with_the_same_numbers(name: str) -> None:
    english, *others = (leaves(read(name)[language]) for language in LANGUAGES)
    for other in others:
        assert other.keys() == english.keys()
        assert all(text.strip() for text in [*english.values(), *other.values()])
        assert {key: places(text) for key, text in other.items()} == {
            key: places(text) for key, text in english.items()
        }


@each_text
def test_chinese_is_chinese(name: str) -> None:
    chinese = leaves(read(name)["zh"])
    for key in ("title", "question", "sentences.shows"):
        if key in chinese:
            assert any("一" <= letter <= "鿿" for letter in chinese[key]), key


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_its_module(name: str) -> None:
    module = import_module(f"gradus.figures.{name.replace('-', '_')}")
    assert callable(module.measure)
    assert callable(module.draw)
    assert set(read(name)) == {"theory", "equation", *LANGUAGES}
