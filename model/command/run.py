"""What every command of the project has: numbers in options, where it writes, how it ends.

Done, or one clear line and a non-zero status.
"""

import shlex
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.text import Text

from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.extras import MissingExtraError

from .paths import OutputPath, refuse_overlaps


class Command(click.Command):
    """A command that writes over none of its inputs and no two outputs into one file."""

    def __init__(self, name: str | None, **keywords: Any):
        keywords.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(name, **keywords)

    def invoke(self, ctx: click.Context) -> Any:
        refuse_overlaps(ctx)
        return super().invoke(ctx)


def command_line(name: str, context: click.Context) -> str:
    """The command that makes the same again: what differs from defaults, without files of results.

    Parameters
    ----------
    name
        After ``lmul-pe``.
    """
    arguments, options = [], []
    for each in context.command.params:
        value = context.params.get(each.name or "")
        unsaid = isinstance(each.type, OutputPath) or each.name == "verbose"
        if unsaid or value in (None, False, each.default):
            continue
        if isinstance(each, click.Argument):
            arguments.append(str(value))
        else:
            options += [each.opts[0]] if value is True else [each.opts[0], str(value)]
    return shlex.join(["lmul-pe", *name.split(), *arguments, *options])


LARGEST_SEED = 2**31 - 1
"""What every simulator takes."""


def number(
    name: str, text: str, least: float, most: float, kind: type[int] | type[float] = int
) -> Any:
    """The number that ``text`` gives for option ``name``.

    Raises
    ------
    SpecificationError
        None, or one out of range.
    """
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not least <= value <= most:
        noun = "an integer" if kind is int else "a number"
        raise SpecificationError(f"{name} {text[:40]!r} is not {noun} from {least} to {most}")
    return value


FILE_COLUMNS = 80
"""Width of what goes to a file: that of a usual terminal."""

verbose_option = click.option(
    "--verbose", is_flag=True, help="All tables and details, then the verdict."
)
"""The option of commands that say more to those who ask."""


def console(*, stderr: bool = False) -> Console:
    """Where commands write to; what stands between brackets is text like any other."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else FILE_COLUMNS
    return Console(stderr=stderr, width=width, markup=False, highlight=False)


def say(lines: Iterable[str]) -> None:
    """Print sentences, none wider than a terminal; a path is never broken."""
    width = min(console().width, FILE_COLUMNS)
    for line in lines:
        indent = " " * (4 if line.startswith(" ") else 2)
        click.echo(
            textwrap.fill(
                line,
                width,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
        )


@contextmanager
def steps(kept: bool) -> Iterator[Callable[[str], None]]:
    """A function that shows what a command is at, on standard error.

    Parameters
    ----------
    kept
        Whether each step stays there, with its time, and not only in a terminal for as long as it
        takes.
    """
    output = console(stderr=True)
    started = time.monotonic()
    with output.status("starting") as status:

        def show(text: str) -> None:
            if kept:
                output.print(f"{time.monotonic() - started:5.1f} s  {text}")
            status.update(Text(text))

        yield show


FAILED = 1
MISUSED = 2
INTERRUPTED = 130


def run(command: click.Command) -> NoReturn:
    """Run ``command`` on the process's arguments and exit.

    Errors that the user can mend are printed as one line on standard error: those of the command
    line and of specifications with status 2, those of files with status 1.
    """
    try:
        status = command.main(standalone_mode=False) or 0
    except click.exceptions.Abort:
        status = _report("interrupted", INTERRUPTED)
    except click.ClickException as error:
        status = _report(error.format_message(), MISUSED)
    except MissingExtraError as error:
        status = _report(str(error), FAILED)
    except SpecificationError as error:
        status = _report(str(error), MISUSED)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        status = _report(f"{where}{error.strerror or error}", FAILED)
    sys.exit(status)


def _report(message: str, status: int) -> int:
    click.echo("error: " + " ".join(message.split()), err=True)
    return status
