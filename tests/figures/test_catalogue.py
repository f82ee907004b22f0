"""The catalogue is complete: every figure, in every language, key by key and number by number."""

import importlib
import inspect
import pkgutil
import string
import subprocess
import sys
from importlib.resources import files

import pytest

from gradus import figures
from gradus.errors import SettingError
from gradus.figures import FIGURES, LANGUAGES
from gradus.figures.catalogue import read

each_text = pytest.mark.parametrize("name", [*FIGURES, "common"])
each_figure = pytest.mark.parametrize("name", FIGURES)


def leaves(tree: dict, path: str = "") -> dict[str, str]:
    """Every text in a tree of tables, by its path."""
    found: dict[str, str] = {}
    for key, value in tree.items():
        found |= leaves(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
    return found


def placeholders(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@each_text
def test_the_languages_have_the_same_texts_with_the_same_numbers(name: str) -> None:
    english, *others = (leaves(read(name)[language]) for language in LANGUAGES)
    for other in others:
        assert other.keys() == english.keys()
        assert all(text.strip() for text in [*english.values(), *other.values()])
        assert {key: placeholders(text) for key, text in other.items()} == {
            key: placeholders(text) for key, text in english.items()
        }


@each_text
def test_chinese_is_chinese(name: str) -> None:
    chinese = leaves(read(name)["zh"])
    for key in ("title", "question", "sentences.shows"):
        if key in chinese:
            assert any("一" <= letter <= "鿿" for letter in chinese[key]), key


@each_figure
def test_every_figure_has_its_module(name: str) -> None:
    module = FIGURES[name].module()
    measure, *others = inspect.signature(module.measure).parameters.values()
    assert measure.name == "sources"
    assert all(size.default is not size.empty for size in others)  # `gradus figure` takes the defaults
    assert [*inspect.signature(module.draw).parameters] == ["measurement", "labels"]
    if hasattr(module, "animate"):
        assert [*inspect.signature(module.animate).parameters] == ["measurement", "labels"]


def test_every_module_that_measures_has_its_texts() -> None:
    modules = [importlib.import_module(f"gradus.figures.{one.name}") for one in pkgutil.iter_modules(figures.__path__)]
    measuring = {one.__name__.rsplit(".")[-1].replace("_", "-") for one in modules if hasattr(one, "measure")}
    assert measuring == set(FIGURES)
    assert {file.name for file in files("gradus.figures").joinpath("texts").iterdir()} == {
        f"{name}.toml" for name in [*FIGURES, "common"]
    }


def test_the_figures_are_in_the_order_of_the_theory() -> None:
    numbers = [(figure.theory[0], int(figure.theory[1:])) for figure in FIGURES.values()]
    assert numbers == sorted(numbers)
    assert numbers[0] < ("B", 1)
    assert [name for name, figure in FIGURES.items() if figure.theory == "D5"] == [
        "symmetry", "initial-z", "initial-weights",
    ]  # fmt: skip
    assert [name for name, figure in FIGURES.items() if figure.takes_hours] == ["ladder"]
    assert [name for name, figure in FIGURES.items() if figure.needs_own_data] == ["flips"]


def test_an_unknown_name_is_an_error_that_lists_the_others() -> None:
    with pytest.raises(SettingError, match=r"'neurone' \(did you mean neuron\?\); choose one of concepts, softmax, "):
        FIGURES.find("neurone")


def test_the_catalogue_loads_no_heavy_library() -> None:
    code = (
        "import sys; from gradus.figures import FIGURES, LANGUAGES, FigureRecord, Sources; "
        "print(len(FIGURES), {'jax', 'matplotlib', 'optax', 'scipy'} & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == f"{len(FIGURES)} set()\n"


def test_every_public_name_is_found() -> None:
    assert set(figures.__all__) <= set(dir(figures))
    assert all(getattr(figures, name) is not None for name in figures.__all__)
