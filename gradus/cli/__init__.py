"""The command line. A command imports what it needs when it runs, so `gradus --help` loads no JAX."""

import os
import sys
from importlib import import_module
from pkgutil import iter_modules

import click

from gradus import __version__
from gradus.cli import commands
from gradus.cli.signals import INTERRUPTED, exit_at_signals
from gradus.errors import DataError, DivergedError, GradusError, RunInterruptedError

__all__ = ["gradus", "main"]

USAGE, DATA, DIVERGED = 2, 3, 4


class CommandFolder(click.Group):
    """The commands of the folder commands/: its file NAME.py holds the command NAME."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(module.name for module in iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = getattr(import_module(f"{commands.__name__}.{cmd_name}"), cmd_name)
        return command


@click.group(cls=CommandFolder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gradus")
def gradus() -> None:
    """Train, use and understand neural networks whose equations are the code.

    Exit codes: 0 success, 2 usage error, 3 data error, 4 the training diverged, 130 interrupted.
    """


@exit_at_signals()
def main() -> None:
    """Run the command line; an error ends it with a message of one line and an exit code."""
    try:
        sys.exit(gradus(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except GradusError as error:
        fail(str(error), exit_code(error))
    except BrokenPipeError:
        # The reader of the output is gone (`gradus ... | head`); without this, Python complains again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (OSError, MemoryError) as error:
        fail(f"{type(error).__name__}: {error}", DATA)


def exit_code(error: GradusError) -> int:
    """The exit code for an error of Gradus."""
    codes = {DivergedError: DIVERGED, RunInterruptedError: INTERRUPTED, DataError: DATA}
    return next((code for kind, code in codes.items() if isinstance(error, kind)), USAGE)


def fail(message: str, code: int) -> None:
    """Print the message on standard error and exit."""
    click.echo(f"gradus: {message}", err=True)
    sys.exit(code)
