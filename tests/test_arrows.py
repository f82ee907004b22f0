"""Who may know whom: the rooms of the house, held over the syntax trees of gradus/ (docs/house.md)."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

import gradus

HOUSE = Path(gradus.__file__).parent

# From the roof to the ground: an arrow only ever points down. A room that is not here fails the tests.
FLOORS = [
    "cli", "answers", "reports", "figures", "search", "runs", "ensembles", "language", "training", "optimizers",
    "models",
    "sources", "worked", "explanations", "worksheets", "ensemble", "network", "notation", "summary", "recurrent",
    "layers", "equations", "passages", "folders", "tables", "images", "data", "files", "memory", "seeds",
    "registry", "checks", "errors",
]  # fmt: skip
NETWORK = {"ensemble", "network", "notation", "summary", "recurrent", "layers", "equations"}
BESIDE_THE_NETWORK = {"data", "images", "files"}  # neither imports the other

# The only libraries of a room; rooms that are not here may import any.
LIBRARIES: dict[str, set[str]] = {
    **{room: {"jax", "jaxtyping", "numpy"} for room in NETWORK},
    **{room: {"jax", "numpy"} for room in ("worked", "explanations")},
    "worksheets": {"numpy"},
    **{room: set() for room in ("errors", "checks", "registry", "seeds")},
    "files": {"filelock", "numpy", "safetensors"},
    "memory": {"psutil"},
}
MAX_LINES = 1600  # of a room; figures/ has as many as there are figures

FILES = sorted(HOUSE.rglob("*.py"))
INSIDE = [path for path in FILES if path != HOUSE / "__init__.py"]
each_file = pytest.mark.parametrize("path", INSIDE, ids=lambda path: str(path.relative_to(HOUSE)))


def room_of(path: Path) -> str:
    return path.relative_to(HOUSE).parts[0].removesuffix(".py")


def module_name(path: Path) -> str:
    parts = path.relative_to(HOUSE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(source: str, package: str = "gradus") -> Iterator[tuple[str, str | None]]:
    """Each import of a file of `package`, inside functions too: (module, name), where `import a.b` has no name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            yield from ((module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Call) and "import" in ast.unparse(node.func):  # import_module, __import__
            yield from ((a.value, None) for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))


def imports_of(path: Path) -> list[tuple[str, str | None]]:
    return list(imports(path.read_text(encoding="utf-8"), module_name(path.parent / "__init__.py")))


def wrong_imports(room: str, found: list[tuple[str, str | None]]) -> set[str]:
    """Of the imports of a file in a room, those that it may not have."""
    return {f"{module}.{name}" if name else module for module, name in found if not is_allowed(room, module, name)}


def is_allowed(room: str, module: str, name: str | None) -> bool:
    top, *inner = module.split(".")
    if top != "gradus":
        return room not in LIBRARIES or top in LIBRARIES[room] | sys.stdlib_module_names
    if not inner:  # from gradus import ...
        if name in FLOORS:
            return is_below(room, name)
        return name == "__version__"
    if inner[0] == room:
        return True
    return is_below(room, inner[0]) and inner[1:] == [] and (name is None or name in public_names(inner[0]))


def is_below(room: str, other: str) -> bool:
    if other not in FLOORS or (room in NETWORK and other in BESIDE_THE_NETWORK):
        return False
    return FLOORS.index(other) > FLOORS.index(room)


def public_names(room: str) -> list[str]:
    return import_module(f"gradus.{room}").__all__


def test_every_room_has_its_place() -> None:
    assert {room_of(path) for path in INSIDE} == set(FLOORS)


@each_file
def test_arrows_point_down_and_take_public_names_alone(path: Path) -> None:
    assert wrong_imports(room_of(path), imports_of(path)) == set()


def test_no_two_files_import_each_other_in_a_circle() -> None:
    names = {module_name(path) for path in INSIDE}
    edges: dict[str, set[str]] = {}
    for path in INSIDE:
        found = {
            full if (full := f"{module}.{name}") in names else module for module, name in imports_of(path) if module
        }
        edges[module_name(path)] = (found & names) - {module_name(path)}
    while edges:
        free = {name for name, others in edges.items() if not others & edges.keys()}
        assert free, f"a circle among {sorted(edges)}"
        edges = {name: others for name, others in edges.items() if name not in free}


@pytest.mark.parametrize("room", [room for room in FLOORS if room != "figures" and (HOUSE / room).is_dir()])
def test_no_room_is_too_large(room: str) -> None:
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (HOUSE / room).rglob("*.py"))
    assert lines <= MAX_LINES


@each_file
def test_no_file_is_too_long(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("import gradus", ["jax", "numpy", "scipy", "sklearn", "matplotlib", "optax", "optuna"]),
        ("import gradus.data", ["jax", "scipy", "sklearn", "matplotlib", "optax", "optuna"]),
        ("import gradus.files", ["jax", "scipy", "sklearn", "matplotlib", "optax", "optuna"]),
        ("import gradus.runs", ["sklearn", "matplotlib", "optuna"]),
        ("import gradus.search", ["sklearn", "matplotlib", "optuna"]),
    ],
)
def test_an_import_loads_no_heavy_library(statement: str, heavy: list[str]) -> None:
    listing = f"import sys; {statement}; print([name for name in {heavy} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("data", "from gradus.network import Network"),
        ("data", "from gradus import layers"),
        ("data", "def late():\n    from gradus.layers import Dense"),
        ("equations", "from gradus.layers import Dense"),
        ("equations", "import optax"),
        ("layers", "from gradus.files import write_atomically"),
        ("layers", "from ..network import Chain"),
        ("layers", "from .. import training"),
        ("layers", "import onnx"),
        ("network", "import gradus.data"),
        ("network", "import_module('gradus.training')"),
        ("training", "import gradus"),
        ("training", "from gradus import train"),
        ("training", "from gradus.cli import main"),
        ("training", "from gradus.layers.dense import Dense"),
        ("training", "from gradus.layers import annotations"),
        ("errors", "from gradus.files import write_atomically"),
        ("cli", "from gradus.attic import anything"),
    ],
)
def test_a_wrong_import_is_seen(room: str, source: str) -> None:
    assert len(wrong_imports(room, list(imports(source, f"gradus.{room}")))) == 1


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("layers", "from .layer import Layer"),
        ("layers", "from gradus.layers.layer import Layer"),
        ("layers", "import jax\nfrom math import prod"),
        ("training", "import optax\nfrom gradus.data import Dataset\nfrom gradus.network import Network"),
        ("cli", "from gradus import __version__\nfrom gradus.training import Settings"),
    ],
)
def test_a_right_import_passes(room: str, source: str) -> None:
    assert wrong_imports(room, list(imports(source, f"gradus.{room}"))) == set()
