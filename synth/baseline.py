"""Whether the key figures are still those that were accepted: ``make baseline``.

The accepted ones are committed, so that neither a change of the code nor one of a tool moves them
unseen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import click
from pydantic import Field
from rich.console import Console

from lmul_pe.model import format_named
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.lists import names_in
from lmul_pe.model.command.paths import OutputPath
from lmul_pe.model.command.run import FAILED, Command, console, say
from lmul_pe.model.command.table import Heading, print_table

from .report.folder import read_report
from .results.key_figures import key_figures
from .results.making import FORMATS, report_folder
from .results.record import RecordFile, Report

PATH = Path("docs/baseline.json")
ABOUT = (
    "Accepted key figures. `make baseline` compares them with reports; `make baseline ACCEPT=1` "
    "accepts what the reports say. A value may move by its tolerance, which is in its own unit."
)

RELATIVE_TOLERANCE = 0.02
"""Of areas, energies, delays and ratios.  With the same tools and seed they repeat to the last
digit; this is what another release of a tool may move without anybody having to look."""
POINTS_TOLERANCE = 1.0
"""Of savings, which are percents: the last digit that the README shows."""


@dataclass(frozen=True)
class AcceptedFigure:
    """A key figure; ``source`` is where a report has it, in words."""

    value: float
    unit: str
    tolerance: float
    source: Annotated[str, Field(alias="from")]


@dataclass(frozen=True)
class Accepted:
    """What a baseline says of one report: its tools, and its key figures."""

    command: str
    technology: str
    tools: dict[str, str]
    figures: dict[str, AcceptedFigure]


@dataclass(frozen=True)
class Baseline:
    """The accepted figures, by format."""

    formats: dict[str, Accepted]
    schema: Literal[1] = 1
    about: str = ABOUT


BASELINE = RecordFile(Baseline, "baseline")


@dataclass(frozen=True)
class Drift:
    """A figure that is not what was accepted.

    ``accepted`` or ``now`` is None where there is no such figure; ``tolerance`` is in its unit.
    """

    format: str
    key: str
    unit: str
    accepted: float | None
    now: float | None
    tolerance: float


def accepted_from(report: Report) -> Accepted:
    """What is accepted of one report."""
    return Accepted(
        command=f"make synth FMT={report.format}",
        technology=report.technology,
        tools=dict(report.tools),
        figures={
            key: AcceptedFigure(
                figure.value,
                unit=figure.quantity.unit,
                tolerance=tolerance(figure.value, figure.quantity.unit),
                source=f"{figure.design}: {figure.quantity.name}",
            )
            for key, figure in key_figures(report).items()
        },
    )


def tolerance(value: float, unit: str) -> float:
    """By how much a figure may move, in its own unit."""
    if unit == "%":
        return POINTS_TOLERANCE
    return float(f"{abs(value) * RELATIVE_TOLERANCE:.3g}")


def drifts(before: Mapping[str, Accepted], now: Mapping[str, Accepted]) -> list[Drift]:
    """The figures of ``now`` beyond their tolerance, missing or new.

    Formats that only ``before`` has are not looked at.
    """
    found = []
    for format, measured in now.items():
        earlier = before[format].figures if format in before else {}
        for key in dict.fromkeys((*earlier, *measured.figures)):
            old, new = earlier.get(key), measured.figures.get(key)
            either = old or new
            assert either is not None
            if old is None or new is None or abs(new.value - old.value) > either.tolerance:
                found.append(
                    Drift(
                        format,
                        key,
                        either.unit,
                        old.value if old else None,
                        new.value if new else None,
                        either.tolerance,
                    )
                )
    return found


def load_baseline(path: Path) -> dict[str, Accepted]:
    """Entries by format; empty where there is no file.

    Raises
    ------
    SpecificationError
        A file that is no baseline.
    """
    if not path.exists():
        return {}
    return BASELINE.read(path, "git checkout docs/baseline.json").formats


def print_drifts(output: Console, found: Sequence[Drift]) -> None:
    """Both numbers of every drift, in a table."""
    headings = [Heading("format"), Heading("figure")]
    headings += [Heading(name, numbers=True) for name in ("accepted", "now", "allowed")]
    rows = [
        (
            each.format,
            each.key,
            "none" if each.accepted is None else f"{each.accepted:g} {each.unit}",
            "none" if each.now is None else f"{each.now:g} {each.unit}",
            f"± {each.tolerance:g}",
        )
        for each in found
    ]
    print_table(output, headings, rows, "not as accepted")


@click.command(cls=Command)
@click.option(
    "--formats", default=" ".join(FORMATS), show_default=True, help="With commas or blanks."
)
@click.option("--accept", is_flag=True, help="Write what the reports say as the new baseline.")
@click.option("--file", type=OutputPath(), default=PATH, show_default=True, help="The baseline.")
def main(formats: str, accept: bool, file: Path) -> int:
    """Compare reports with the accepted figures; missing or stale reports are made first."""
    chosen = list(dict.fromkeys(map(format_named, names_in(formats))))
    if not chosen:
        raise click.UsageError("no format is named: expected one at least")
    before = load_baseline(file)
    now = {
        format.name: accepted_from(read_report(report_folder(format), f"make synth FMT={format}"))
        for format in chosen
    }
    found = drifts(before, now)
    if found:
        print_drifts(console(), found)
        say(_other_tools(before, now))
    if accept:
        write_whole(file, BASELINE.text(Baseline({**before, **now})).decode())
        say([f"accepted: {len(found)} figures moved; {file} is to be committed"])
        return 0
    count = sum(len(each.figures) for each in now.values())
    if found:
        names = " ".join(now)
        click.echo(
            f"error: {len(found)} of {count} figures are not as accepted in {file}; if they are as "
            f'they should be: make baseline FORMATS="{names}" ACCEPT=1, and make results',
            err=True,
        )
        return FAILED
    say([f"{count} figures of {', '.join(now)} are as accepted in {file}"])
    return 0


def _other_tools(before: Mapping[str, Accepted], now: Mapping[str, Accepted]) -> list[str]:
    lines = []
    for format, measured in now.items():
        tools = before[format].tools if format in before else measured.tools
        moved = [
            f"{name} {tools.get(name, 'none')} -> {number}"
            for name, number in measured.tools.items()
            if tools.get(name) != number
        ]
        if moved:
            lines.append(f"{format} was accepted with other tools: {', '.join(moved)}")
    return lines
