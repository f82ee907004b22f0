"""The one place where an exception becomes a line on standard error and an exit code.

An error of Gradus has a message for its user, as have a full disk and too little memory. Any other exception is a
defect of Gradus, and its line asks for a report.
"""

import logging
import shlex
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import click

from gradus.cli.signals import INTERRUPTED
from gradus.errors import DataError, DivergedError, GradusError, RunInterruptedError

__all__ = ["DATA", "errors_in_one_line", "escape_control_characters", "library_warnings", "print_error"]

DEFECT, USAGE, DATA, DIVERGED = 1, 2, 3, 4  # exit codes, besides INTERRUPTED
EXIT_CODES = {DivergedError: DIVERGED, RunInterruptedError: INTERRUPTED, DataError: DATA, GradusError: USAGE}
LONGEST = 300  # characters of a library's message
# How JAX begins the messages of its only class of errors.
NO_MEMORY, NO_DEVICE = "RESOURCE_EXHAUSTED", "Unable to initialize backend"


@contextmanager
def errors_in_one_line(debug: bool) -> Iterator[None]:
    """A context in which an exception ends the process, with a line on standard error and an exit code.

    Click's own exceptions pass, and a reader of the output that is gone, which click handles in silence.

    Args:
        debug: whether to print the traceback first.
    """
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, BrokenPipeError, SystemExit):
        raise
    except BaseException as error:  # a panic in a library written in Rust is no Exception
        if debug:
            traceback.print_exception(error)
        message, code = explain(error, debug)
        print_error(message)
        sys.exit(code)


def print_error(message: str) -> None:
    """Print a message as a line on standard error."""
    click.echo(f"gradus: {escape_control_characters(message)}", err=True)


def explain(error: BaseException, debug: bool) -> tuple[str, int]:
    """The message for an exception, and the exit code."""
    if isinstance(error, GradusError):
        return str(error), next(code for kind, code in EXIT_CODES.items() if isinstance(error, kind))
    if isinstance(error, KeyboardInterrupt):
        return "interrupted", INTERRUPTED
    if isinstance(error, OSError):
        from gradus.files import describe_problem

        return describe_problem(error), DATA
    text = shorten(str(error))
    if isinstance(error, MemoryError) or text.startswith(NO_MEMORY):
        return f"{join('out of memory', text)}; try a smaller network, batch or number of examples", USAGE
    if isinstance(error, ImportError):
        return f"{join('the installation is incomplete', text)}; install Gradus again", USAGE
    if text.startswith(NO_DEVICE):
        return text, USAGE
    return f"{join(type(error).__name__, text)}; this is a defect of Gradus: {report_request(debug)}", DEFECT


def join(name: str, text: str) -> str:
    """The name of an error and its message, which may be empty."""
    return f"{name}: {text}" if text else name


def report_request(debug: bool) -> str:
    """How to report a defect of this command."""
    if debug:
        return "please report it, with the lines above"
    command = shorten(shlex.join(sys.argv[1:]))
    return f"please report it, with the output of: gradus --debug {command}"


def shorten(text: str) -> str:
    """The text on one line of at most LONGEST characters."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}..."


def escape_control_characters(text: str) -> str:
    """The text with \\n, \\x1b and the like for what would break its line or command the terminal.

    A message may quote a file's name, an option's value or the classes of somebody else's model.
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


@contextmanager
def library_warnings(shown: bool) -> Iterator[None]:
    """A context in which warnings and logs of libraries are shown or not; PYTHONWARNINGS, where set, has its way."""
    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("default" if shown else "ignore")
        logging.disable(logging.NOTSET if shown else logging.CRITICAL)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)
