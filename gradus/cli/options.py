"""What several commands share: where runs and data are found, and JAX's compilation cache."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gradus.errors import DataError

if TYPE_CHECKING:
    from gradus.models import Model

__all__ = ["RUNS", "as_json", "data_dir", "load_run", "run_path", "use_compilation_cache"]

RUNS = Path("runs")

data_dir = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Folder with the four MNIST files, in place of downloading them; GRADUS_DATA does the same.",
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")


def load_run(run: str) -> "Model":
    """The model of a run. Raises DataError."""
    from gradus.models import Model

    return Model.load(run_path(run) / "model.safetensors")


def run_path(run: str) -> Path:
    """The folder of a run, given as that or as its name in runs/. Raises DataError."""
    folder = next((path for path in (Path(run), RUNS / run) if path.is_dir()), None)
    if folder is None:
        known = ", ".join(sorted(path.name for path in RUNS.glob("[!.]*") if path.is_dir()))
        hint = f"runs/ has {known}" if known else "train one with: gradus train digits"
        raise DataError(f"there is no run folder {run!r}; {hint}")
    return folder


def use_compilation_cache() -> None:
    """Keep what JAX compiles between commands, in a folder of the user's that nobody else can write to."""
    # XLA takes two of its own tuning hints for missing machine features whenever it loads a kept program, and
    # says so at length; this must be set before JAX is first imported.
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import jax
    import jaxlib
    import platformdirs

    # Compiled programs are run as they are read, so the folder is private, and of one jaxlib alone.
    folder = platformdirs.user_cache_path("gradus") / "compiled" / f"jaxlib-{jaxlib.__version__}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError:
        return  # a home that cannot be written to costs a second or two, nothing else
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.2)
