"""python -m bench.mutants: do the tests notice small mistakes in the equations, the layers and the training?

Each mutant is a copy of the package with one change: another operator, a constant off by one, a condition that always
or never holds, min for max, a keyword argument or a check left out. The tests of the changed file should fail. The
survivors, and why they are equivalent, are listed in bench/mutants.md.

Why not a tool: mutmut forks the tests from a process in which JAX has threads, and cosmic-ray changes the working tree
and runs the same tests for every file.
"""

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from queue import SimpleQueue

import click

from bench.mutations import Mutant, mutants_of

ROOT = Path(__file__).parents[1]
ROOMS = ("equations", "layers", "recurrent", "network.py", "optimizers", "training")
# The tests of a file, those first that are likely to notice; of the longest prefix that fits.
TESTS: dict[str, Sequence[str]] = {
    "equations": ("equations", "layers/test_layers.py"),
    "equations/activations.py": ("equations/test_activations.py", "runs/test_layer_statistics.py",
                                 "training/test_build.py"),
    "equations/costs.py": ("equations/test_costs.py",),
    "equations/penalties.py": ("equations/test_penalties.py", "training/test_settings.py"),
    "equations/weights.py": ("equations/test_weights.py", "training/test_build.py"),
    "equations/windows.py": ("layers/test_convolution.py", "layers/test_pooling.py", "test_notation.py"),
    "layers": ("layers/test_caches.py", "layers/test_layers.py", "layers/test_derived.py", "test_notation.py",
               "test_network.py"),
    "layers/__init__.py": ("layers/test_layers.py", "test_extending.py"),
    "layers/conv.py": ("layers/test_convolution.py", "layers/test_layers.py", "test_notation.py"),
    "layers/dropout.py": ("layers/test_pooling.py", "layers/test_layers.py", "test_notation.py"),
    "layers/embedding.py": ("layers/test_recurrent_values.py", "layers/test_layers.py", "test_notation.py"),
    "layers/norm.py": ("layers/test_normalisation.py", "layers/test_layers.py", "test_notation.py"),
    "layers/parameters.py": ("layers/test_parameters.py", "layers/test_layers.py", "test_notation.py"),
    "layers/pool.py": ("layers/test_caches.py", "layers/test_pooling.py", "layers/test_layers.py", "test_notation.py"),
    "layers/registry.py": ("test_notation.py", "layers/test_layers.py", "models/test_layers_in_files.py"),
    "layers/residual.py": ("layers/test_normalisation.py", "layers/test_layers.py", "test_notation.py"),
    "recurrent": ("layers/test_caches.py", "layers/test_recurrent.py", "layers/test_recurrent_values.py",
                  "layers/test_layers.py", "test_masks.py", "conformance/test_conformance_recurrent.py",
                  "test_notation.py"),
    "network.py": ("test_network.py", "test_summary.py", "test_masks.py", "layers/test_derived.py", "language",
                   "test_notation.py"),
    "optimizers": ("optimizers", "training"),
    "training/settings.py": ("training", "images/test_augmentation.py", "optimizers/test_second_order.py"),
    "training": ("training", "optimizers/test_second_order.py", "test_chapter1.py", "test_files_of_before.py",
                 "language", "runs"),
}  # fmt: skip


@click.command()
@click.option("--count", type=click.IntRange(1), default=200, show_default=True, help="Mutants, spread over the files.")
@click.option("--seed", type=int, default=0, show_default=True, help="Decides which.")
@click.option("--only", default="", help="Files whose path contains this, such as layers/conv.")
@click.option("--workers", type=click.IntRange(1), default=2, show_default=True, help="Mutants tried at a time.")
@click.option("--limit", type=click.FloatRange(1), default=900, show_default=True,
              help="Seconds for the tests of a mutant; longer counts as caught.")  # fmt: skip
def main(count: int, seed: int, only: str, workers: int, limit: float) -> None:
    """Change the package a little, run the tests of the changed file, and count how often they fail."""
    chosen = choose(count, seed, only)
    if not chosen:
        raise click.UsageError(f"no file of {', '.join(ROOMS)} has {only!r} in its path")
    caught: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        for mutant, outcome in try_all(chosen, Path(name), workers, limit):
            caught[outcome] += 1
            click.echo(f"{caught.total():3}/{len(chosen)} {outcome:8} {mutant.path}:{mutant.line}  {mutant.change}")
    share = 1 - caught["SURVIVED"] / len(chosen)
    click.echo(f"{len(chosen) - caught['SURVIVED']} of {len(chosen)} mutants caught, {share:.1%}")


def choose(count: int, seed: int, only: str = "") -> list[Mutant]:
    """Mutants of all files in turn, at random within each, so that a short file counts as much as a long one."""
    chance = random.Random(seed)
    by_file = []
    for room in ROOMS:
        for path in sorted((ROOT / "gradus" / room).rglob("*.py")) or [ROOT / "gradus" / room]:
            if only in path.as_posix():
                mutants = mutants_of(path.relative_to(ROOT), path.read_text(encoding="utf-8"))
                by_file.append(chance.sample(mutants, len(mutants)))
    in_turn = [mutant for turn in zip_longest(*by_file) for mutant in turn if mutant]
    return in_turn[:count]


def try_all(mutants: list[Mutant], folder: Path, workers: int, limit: float) -> Iterator[tuple[Mutant, str]]:
    """Each mutant with its outcome, in copies of the package, one for each worker.

    Raises:
        click.ClickException: if the tests fail without any change.
    """
    copies: SimpleQueue[Path] = SimpleQueue()
    for number in range(workers):
        shutil.copytree(ROOT / "gradus", folder / str(number) / "gradus", ignore=shutil.ignore_patterns("__pycache__"))
        copies.put(folder / str(number))

    def attempt_unchanged(tests: tuple[str, ...]) -> None:
        place = copies.get()
        if outcome(place, tests, limit) != "SURVIVED":
            raise click.ClickException(f"{', '.join(tests)}: these tests fail without any change")
        copies.put(place)

    def attempt(mutant: Mutant) -> str:
        place = copies.get()
        try:
            (place / mutant.path).write_text(mutant.source, encoding="utf-8")
            return outcome(place, tests_of(mutant.path), limit)
        finally:
            shutil.copy(ROOT / mutant.path, place / mutant.path)
            copies.put(place)

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(attempt_unchanged, {tests_of(mutant.path) for mutant in mutants}))
        yield from zip(mutants, pool.map(attempt, mutants), strict=True)


def tests_of(path: Path) -> tuple[str, ...]:
    """The tests of a file of the package."""
    inside = path.relative_to("gradus").as_posix()
    prefix = max((prefix for prefix in TESTS if inside.startswith(prefix)), key=len)
    return tuple(f"tests/{name}" for name in TESTS[prefix])


def outcome(place: Path, tests: Sequence[str], limit: float) -> str:
    """ "caught" where a test of the package in that place fails, "timeout" or "SURVIVED"."""
    compiled = place.parent / "compiled"
    variables = os.environ | {
        "PYTHONPATH": str(place),
        "PYTHONDONTWRITEBYTECODE": "1",
        "JAX_COMPILATION_CACHE_DIR": str(compiled),  # most programs of a mutant are those of the others
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        "XDG_CACHE_HOME": str(place / "cache"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    # -P: the working directory, and so the package without the change, is not first in the path.
    command = [sys.executable, "-P", "-m", "pytest", "-q", "-x", "-n", "0", "-p", "no:cacheprovider", *tests]
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return "timeout"
    if done.returncode not in (0, 1, 2):  # passed, failed, or could not be imported
        raise click.ClickException(f"pytest did not run:\n{done.stdout[-2000:]}")
    return "caught" if done.returncode else "SURVIVED"


if __name__ == "__main__":
    main()
