"""What several commands share: options, help texts that list registered names, run folders, the compilation cache."""

import os
from collections.abc import Callable, Iterable
from dataclasses import asdict
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gradus.errors import DataError

if TYPE_CHECKING:
    from gradus.models import Model

__all__ = [
    "RUNS",
    "Command",
    "as_json",
    "data_dir",
    "data_options",
    "load_model",
    "memory_limit",
    "missing_data",
    "run_path",
    "use_compilation_cache",
]

RUNS = Path("runs")

data_dir = click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Folder with MNIST's four files, instead of downloading them; GRADUS_DATA does the same.",
)


def limit_memory(context: click.Context, option: click.Parameter, limit: str | None) -> None:
    """Set the limit of this process, or lift an earlier one."""
    from gradus.memory import parse_memory, set_memory_limit

    set_memory_limit(parse_memory(limit) if limit is not None else None)


memory_limit = click.option(
    "--memory-limit", metavar="SIZE", callback=limit_memory, expose_value=False,
    help="Refuse a network that needs more memory, such as 2GB.  [default: what the machine has left]",
)  # fmt: skip
DATA_OPTIONS = (
    click.option("--target", metavar="COLUMN",
                 help="Column of a table to predict, or several with commas between them.  [default: the last]"),
    click.option("--task", help="Whether a table's target is a class or a number: classification or regression.  "
                 "[default: what its values suggest]"),
    click.option("--drop", metavar="COLUMNS", help="Columns of a table to leave out, with commas between them."),
    click.option("--keep", metavar="COLUMNS", help="Columns of a table to use although they look useless."),
    click.option("--text", metavar="COLUMN",
                 help="Column of a table that holds texts; they alone are learned from."),
    click.option("--image-size", type=int, help="Sides in pixels to which a folder's pictures are scaled.  "
                 "[default: those of the median picture, at most 64]"),
    click.option("--skip-bad", is_flag=True, default=None,
                 help="Leave out a folder's pictures that cannot be read."),
)  # fmt: skip


def missing_data() -> str:
    """The message where DATA is missing."""
    from gradus.data import DATASETS

    return f"Missing argument 'DATA': {', '.join(DATASETS)}, or yours, such as people.csv."


def data_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say how a person's own data are read."""
    for option in reversed(DATA_OPTIONS):
        command = option(command)
    return command


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object per line.")


class Command(click.Command):
    """A command whose help lists registered names and defaults: {activations}, {image[epochs]}.

    The registries are imported only when the help is shown, so that `gradus --help` stays fast.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Refuse an empty argument: click would take an empty path for the current folder."""
        may_be_empty = {word for option in self.params if option.default == "" for word in option.opts}
        for before, argument in pairwise(["", *args]):
            option, separator, value = argument.partition("=")
            is_empty = argument == "" and before not in may_be_empty
            if is_empty or (option.startswith("--") and separator and not value and option not in may_be_empty):
                after = f", after {before!r}" if before else ""
                raise click.UsageError(f"An argument is empty{after}; leave it out.", ctx)
        return super().parse_args(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [option for option in self.params if isinstance(option, click.Option) and option.help]
        if any("{" in str(text) for text in (self.help, *(option.help for option in options))):
            facts = help_facts()
            self.help = (self.help or "").format_map(facts)
            for option in options:
                option.help = str(option.help).format_map(facts)
        super().format_help(ctx, formatter)


def help_facts() -> dict[str, Any]:
    """The facts that help texts name in braces: the names in each registry, and default settings."""
    from gradus.data import DATASETS
    from gradus.equations import ACTIVATIONS, COSTS, INITIAL_WEIGHTS
    from gradus.figures import LANGUAGES
    from gradus.images import TRANSFORMS
    from gradus.optimizers import OPTIMIZERS, SCHEDULES, SECOND_ORDER
    from gradus.runs import IMAGE_DEFAULTS, TEXT_DEFAULTS
    from gradus.search import SEARCH_SPACE, TRIAL_EPOCHS, SearchSettings
    from gradus.training import PRESETS
    from gradus.worksheets import FORMATS

    registries: dict[str, Iterable[str]] = {
        "activations": ACTIVATIONS,
        "costs": COSTS,
        "datasets": DATASETS,
        "formats": FORMATS,
        "hyperparameters": SEARCH_SPACE,
        "initial_weights": INITIAL_WEIGHTS,
        "languages": LANGUAGES,
        "optimizers": (*OPTIMIZERS, *SECOND_ORDER),
        "presets": PRESETS,
        "schedules": SCHEDULES,
        "transforms": (transform.example for transform in TRANSFORMS.values()),
    }
    names = {name: ", ".join(registry) for name, registry in registries.items()}
    search = asdict(SearchSettings()) | {"epochs": TRIAL_EPOCHS}
    search["hyperparameters"] = ",".join(search["hyperparameters"])
    return {**names, "image": IMAGE_DEFAULTS, "text": TEXT_DEFAULTS, "search": search}


def load_model(run: str) -> "Model":
    """The model of a run, given as for `run_path`.

    Raises:
        DataError: where there is no such run, or its model file is damaged.
    """
    from gradus.models import Model

    return Model.load(run_path(run) / "model.safetensors")


def run_path(run: str) -> Path:
    """The folder of a run.

    Args:
        run: the path of the folder, or its name in runs/.

    Raises:
        DataError: where there is no such folder, with the names of those in runs/.
    """
    folders = [path for path in (Path(run), RUNS / run) if os.path.isdir(path)]
    folders.sort(key=lambda path: not (path / "settings.toml").exists())  # a folder of data may have a run's name
    folder = next(iter(folders), None)
    if folder is None:
        known = ", ".join(sorted(path.name for path in RUNS.glob("[!.]*") if path.is_dir()))
        hint = f"runs/ has {known}" if known else "train one with: gradus train digits"
        raise DataError(f"there is no run folder {run!r}; {hint}")
    return folder


def use_compilation_cache() -> None:
    """Keep JAX's compiled programs between commands, in a folder of the user's that nobody else can write to."""
    # XLA mistakes two of its own tuning hints for missing machine features whenever it loads a cached program, and
    # warns at length. The variable must be set before JAX is first imported.
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import jax
    import platformdirs

    # A cached program is executed as it is read, so the folder is private, and for one version of jaxlib alone.
    folder = platformdirs.user_cache_path("gradus") / "compiled" / f"jaxlib-{version('jaxlib')}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError:
        return  # without a writable home, compiling costs a second or two
    jax.config.update("jax_compilation_cache_dir", str(folder))
    # Small programs, too: a run has dozens, and each is loaded five times as fast as it is compiled.
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0)
