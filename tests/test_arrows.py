"""Who may know whom: the rooms of the house, held over the syntax trees of gradus/."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import gradus

HOUSE = Path(gradus.__file__).parent

# An arrow only ever points down. A room that is not here fails the tests: give it its place.
FLOOR = {"errors", "files"}
NETWORK = {"network", "layers", "equations"}
TRAINING = {"training", "data", "notation"} | NETWORK
INSIGHT = {"doctor", "figures", "report"}

MAY_KNOW: dict[str, set[str]] = {
    "errors": set(),
    "files": {"errors"},
    "equations": {"errors"},
    "layers": {"equations", "errors"},
    "network": {"layers", "equations", "errors"},
    "notation": NETWORK | {"errors"},
    "data": FLOOR,  # beside the network: neither imports the other
    "training": {"data", "notation"} | NETWORK | FLOOR,
    **dict.fromkeys(INSIGHT, TRAINING | FLOOR),
    "report": {"figures"} | TRAINING | FLOOR,  # for the one house style
    **dict.fromkeys(("cli", "lab", "estimator", "onnx"), INSIGHT | TRAINING | FLOOR),
}

# What a room may import that is neither Gradus nor the standard library. Other rooms may import anything.
MAY_IMPORT = {room: {"jax", "numpy"} if room in NETWORK else set() for room in NETWORK | FLOOR}
MAY_NOT_IMPORT = {"data": {"jax", "jaxlib", "optax"}}
# Augmentation is of data, yet runs inside the compiled step; nothing that `import gradus.data` loads imports it.
COMPILED = HOUSE / "data" / "augmentation.py"


def room_of(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def imports(source: str, package: str = "gradus") -> Iterator[str]:
    """The full names of all modules that a file of `package` imports, inside functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func):  # import_module, __import__
            yield from (a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))


FILES = sorted(HOUSE.rglob("*.py"))
INSIDE = [path for path in FILES if path != HOUSE / "__init__.py"]

each_file = pytest.mark.parametrize("path", INSIDE, ids=lambda path: str(path.relative_to(HOUSE)))


def arrows(path: Path) -> set[str]:
    package = ".".join(["gradus", *path.relative_to(HOUSE).parent.parts])
    return set(imports(path.read_text(encoding="utf-8"), package))


def wrong_arrows(room: str, names: set[str]) -> set[str]:
    """Of the imports of a file in a room, those that it may not have."""
    return {name for name in names if not allowed(room, *name.split("."))}


def allowed(room: str, top: str, *inner: str) -> bool:
    if top == "gradus":
        return bool(inner) and inner[0] in {*MAY_KNOW[room], room, "__version__"}
    if room in MAY_IMPORT:
        return top in MAY_IMPORT[room] | sys.stdlib_module_names
    return top not in MAY_NOT_IMPORT.get(room, ())


def test_every_room_has_its_place() -> None:
    rooms = {room_of(path) for path in INSIDE}
    assert rooms - set(MAY_KNOW) == set()
    assert {"errors", "equations", "layers", "network", "data", "training", "cli"} <= rooms


def test_the_rooms_form_no_circle() -> None:
    """Going down for ever is impossible: what a room knows, knows less."""
    for room, below in MAY_KNOW.items():
        for other in below:
            assert MAY_KNOW[other] < below, f"{room} knows {other}, which knows more"


@each_file
def test_arrows_point_down(path: Path) -> None:
    allowed_here = {"jax", "jax.Array", "jax.lax", "jax.numpy"} if path == COMPILED else set()
    assert wrong_arrows(room_of(path), arrows(path)) - allowed_here == set()


def test_the_import_of_data_loads_no_jax() -> None:
    listing = "import sys, gradus.data; print('jax' in sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "False"


def test_the_package_itself_imports_no_room() -> None:
    """`import gradus` is cheap: rooms are imported when one of their names is first used."""
    assert {name.split(".")[0] for name in arrows(HOUSE / "__init__.py")} <= sys.stdlib_module_names


def test_public_names_are_where_the_package_says() -> None:
    for name, module in gradus.PUBLIC.items():
        assert module.removeprefix("gradus.") in MAY_KNOW, name


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("data", "import jax.numpy as jnp"),
        ("data", "from gradus.network import Network"),
        ("data", "from gradus import layers"),
        ("data", "def late():\n    from gradus.layers import Dense"),
        ("equations", "from gradus.layers import Dense"),
        ("equations", "import optax"),
        ("layers", "from gradus.files.atomic import write_atomically"),
        ("layers", "from ..network import Chain"),
        ("layers", "from .. import training"),
        ("layers", "import onnx"),
        ("network", "import gradus.data"),
        ("network", "import_module('gradus.training')"),
        ("training", "import gradus"),
        ("training", "from gradus import train"),
        ("training", "from gradus.cli import main"),
        ("report", "from gradus.cli.options import RUNS"),
        ("errors", "from gradus.files.atomic import write_atomically"),
        ("cli", "from gradus.attic import anything"),
    ],
)
def test_a_wrong_arrow_is_seen(room: str, source: str) -> None:
    assert len(wrong_arrows(room, set(imports(source, f"gradus.{room}")))) == 1


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("layers", "from .layer import Layer"),
        ("layers", "from gradus.layers.layer import Layer"),
        ("layers", "import jax\nfrom math import prod"),
        ("training", "import optax\nfrom gradus.data import Dataset\nfrom gradus.network import Network"),
        ("cli", "from gradus import __version__\nfrom gradus.figures.curves import draw_curves"),
    ],
)
def test_a_right_arrow_is_let_be(room: str, source: str) -> None:
    assert wrong_arrows(room, set(imports(source, f"gradus.{room}"))) == set()
