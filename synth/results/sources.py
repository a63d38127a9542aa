"""What the page is made from: files that other commands write, and those commands."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from lmul_pe.model import FloatFormat, SpecificationError, format_named
from lmul_pe.synth.curves import curves_file

from .making import report_folder

REPORT_KEYS = {
    "format",
    "technology",
    "library",
    "tools",
    "assumptions",
    "designs",
    "ladder",
    "savings",
    "claims",
}


@dataclass(frozen=True)
class Source:
    """A file's content, a JSON object, and the command that makes it."""

    path: Path
    command: str
    content: dict[str, Any]


@dataclass(frozen=True)
class Sources:
    """Everything that the page is made from; empty where there is no file.

    Parameters
    ----------
    reports
        Of every format, in the order of the page.
    curves
        Area-delay and energy-delay curves, of every format that has them.
    claims
        The judged claims, with the memory: one file.
    """

    reports: list[Source]
    curves: list[Source]
    claims: list[Source]


def read_sources(build: Path, formats: Sequence[str]) -> Sources:
    """Read what is under ``build``.

    Raises
    ------
    SpecificationError
        There is no report of a format, or a file holds something else.
    """
    reports = []
    curves = []
    for format in formats:
        path = build / "synth" / format / "report.json"
        command = f"make synth FMT={format}"
        if not path.exists():
            raise SpecificationError(f"there is no {path}: `make report` or `{command}` makes it")
        reports.append(read_source(path, REPORT_KEYS, command))
        path = build / "curves" / f"{format}.json"
        if path.exists():
            curves.append(
                read_source(path, {"format", "designs"}, f"lmul-pe curves --fmt {format}")
            )
    path = build / "claims" / "claims.json"
    claims = [read_source(path, {"claims"}, "make claims")] if path.exists() else []
    return Sources(reports, curves, claims)


def read_source(path: Path, keys: set[str], command: str) -> Source:
    """The JSON object in ``path``, which has ``keys``.

    Raises
    ------
    SpecificationError
        It is none, or lacks one; the text names ``command``, which makes the file again.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise broken(path, str(error), command) from None
    if not isinstance(content, dict):
        raise broken(path, f"a {type(content).__name__} instead of an object", command)
    if missing := keys - content.keys():
        raise broken(path, f"{', '.join(sorted(missing))} missing", command)
    return Source(path, command, content)


def broken(path: Path, why: str, command: str) -> SpecificationError:
    """The error for a file that does not hold what its command writes."""
    return SpecificationError(f"{path} cannot be used: {why}; `{command}` makes it again")


def make_sources(formats: Sequence[str], console: Console) -> None:
    """Make what is missing or stale: reports, curves and claims.

    Each is made as its own command makes it, which does nothing where its files are current and
    shows how far it is where they are not.

    Raises
    ------
    click.exceptions.Exit
        The claims could not be judged, and it has been said why.
    SpecificationError, OSError, click.ClickException
        As ``making.report_folder`` and ``curves.curves_file``.
    """
    steps: list[tuple[str, Callable[[FloatFormat], Path]]] = [
        ("report", report_folder),
        ("curves", curves_file),
    ]
    for what, make in steps:
        for place, format in enumerate(formats, start=1):
            console.print(f"[dim]{what} of {format}, {place} of {len(formats)}[/dim]")
            make(format_named(format))
    console.print("[dim]claims[/dim]")
    words = [sys.executable, "-m", "lmul_pe", "claims", "--formats", " ".join(formats)]
    # Its tables are not for this terminal.
    done = subprocess.run(words, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise click.exceptions.Exit(done.returncode)
