"""The command line. What a command needs is imported when it runs: `gradus --help` loads no JAX."""

import os
import sys

import click

from gradus import __version__
from gradus.cli.augment import augment
from gradus.cli.evaluate import evaluate
from gradus.cli.explain import explain
from gradus.cli.figure import figure, figures
from gradus.cli.predict import predict
from gradus.cli.sample import sample
from gradus.cli.search import search
from gradus.cli.train import train
from gradus.errors import DataError, DivergedError, GradusError, RunInterruptedError

__all__ = ["main"]

USAGE, DATA, DIVERGED, INTERRUPTED = 2, 3, 4, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gradus")
def gradus() -> None:
    """Train, use and understand neural networks whose equations are the code.

    \b
    Exit codes: 0 fine, 2 usage, 3 data, 4 the training diverged, 130 interrupted.
    """


for command in (train, search, predict, sample, evaluate, augment, explain, figure, figures):
    gradus.add_command(command)


def main() -> None:
    """Run the command line, and leave with one line and the right exit code where something is wrong."""
    try:
        sys.exit(gradus(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        fail("interrupted", INTERRUPTED)
    except GradusError as error:
        fail(str(error), exit_code(error))
    except BrokenPipeError:
        # whoever read the output has gone (`gradus ... | head`); Python would complain once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (OSError, MemoryError) as error:
        fail(f"{type(error).__name__}: {error}", DATA)


def exit_code(error: GradusError) -> int:
    codes = {DivergedError: DIVERGED, RunInterruptedError: INTERRUPTED, DataError: DATA}
    return next((code for kind, code in codes.items() if isinstance(error, kind)), USAGE)


def fail(message: str, code: int) -> None:
    click.echo(f"gradus: {message}", err=True)
    sys.exit(code)
