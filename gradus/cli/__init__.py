"""The command line. A command imports what it needs when it runs, so `gradus --help` loads no JAX."""

import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import click

from gradus import __version__
from gradus.cli import commands
from gradus.cli.errors import errors_in_one_line, escape_control_characters, library_warnings
from gradus.cli.signals import exit_at_signals

__all__ = ["gradus", "main"]


class CommandFolder(click.Group):
    """The commands of the folder commands/: its file NAME.py holds the command NAME."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(module.name for module in iter_modules(commands.__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = getattr(import_module(f"{commands.__name__}.{cmd_name}"), cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        # Here, and not in `main`, because click takes a library's EOFError for Ctrl-D.
        debug = ctx.params["debug"]
        with errors_in_one_line(debug), library_warnings(shown=debug):
            return super().invoke(ctx)


@click.group(cls=CommandFolder, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an error, and the warnings of libraries.")
@click.version_option(__version__, prog_name="gradus")
def gradus(debug: bool) -> None:
    """Train, use and understand neural networks whose equations are the code.

    Exit codes: 0 success, 1 a defect of Gradus, 2 usage error, 3 data error, 4 the training diverged, 130 interrupted.
    """


@exit_at_signals()
def main() -> None:
    """Run the command line; an error ends it with a message of one line and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # as with `gradus ... >&-`
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # an encoding may lack characters
    try:
        sys.exit(gradus(standalone_mode=False))
    except click.ClickException as error:
        error.message = escape_control_characters(error.message)  # type: ignore[misc]
        error.show()
        sys.exit(error.exit_code)
