"""The paper's claims judged over formats and technologies: ``make claims``."""

import json
import shlex
from pathlib import Path

import click
from rich.console import Console

from lmul_pe.model import FloatFormat, format_named
from lmul_pe.model.command.lists import names_in
from lmul_pe.model.command.paths import OutputPath
from lmul_pe.model.command.run import Command, console, number, say, verbose_option

from .cells.library import BUILT_IN, load_technology
from .published.judgement import LIKE, Judgement, conclusions, growth_brief, judgements
from .report.folder import read_report
from .report.markdown import markdown
from .report.section import Results
from .report.sections import published
from .report.sections.scaling import claimed_growth
from .report.sections.split import split_everywhere
from .report.table import csv_files
from .results.making import FORMATS, build_name, report_folder
from .results.record import Report
from .results.scaling import SCALING, SCALING_FILE, Scaling, scaling_path
from .results.store import BUILD, inputs_digest, require_writable, write_folder
from .system.memory import SIDE, TARGET_PERCENT
from .workload.settings import DEFAULT_WORKLOAD, Settings

WIRED_LEVELS = ("multiplier", "mac", "dot")
"""What is measured with wires."""


@click.command(cls=Command)
@click.option(
    "--formats", default=" ".join(FORMATS), show_default=True, help="With commas or blanks."
)
@click.option(
    "--techs",
    default=" ".join(BUILT_IN),
    show_default=True,
    help="With commas or blanks; each one of these or the path of a Liberty file.",
)
@click.option(
    "--side", default=str(SIDE), show_default=True, help="Of the matrices that memory is read for."
)
@click.option(
    "--target",
    default=f"{TARGET_PERCENT:g}",
    show_default=True,
    help="Saving in the whole, in %, that the break-even reuse is for.",
)
@click.option(
    "--wire-ff",
    default="",
    help="Wire loads per driven pin, in fF, at which dot products are measured besides none.",
)
@click.option("--out", type=OutputPath(), help="Folder of the result  [build/claims].")
@verbose_option
def main(
    formats: str,
    techs: str,
    side: str,
    target: str,
    wire_ff: str,
    out: Path | None,
    verbose: bool,
) -> None:
    """Judge the paper's claims; reports that are missing or stale are made first."""
    chosen = list(dict.fromkeys(map(format_named, names_in(formats))))
    technologies = names_in(techs)
    if not chosen or not technologies:
        what = "format" if not chosen else "technology"
        raise click.UsageError(f"no {what} is named: expected one at least")
    length = number("side", side, 1, 2**20, int)
    percent = number("target", target, 1, 99, float)
    wires = [number("wire load", each, 0, 1000, float) for each in names_in(wire_ff)]
    wires = [each for each in dict.fromkeys(wires) if each]
    # What cannot be is found before hours of work.
    for tech in technologies:
        load_technology(tech)
    if out:
        require_writable(out)
    folder = out or BUILD / "claims"
    reports = make_reports(chosen, technologies, console(stderr=True))
    wired = make_wired(chosen, technologies, wires, console(stderr=True))
    words = ["make", "claims", f"FORMATS={' '.join(each.name for each in chosen)}"]
    words.append(f"TECHS={' '.join(technologies)}")
    if (length, percent) != (SIDE, TARGET_PERCENT):
        words += [f"SIDE={length}", f"TARGET={percent:g}"]
    if wires:
        words.append(f"WIRE_FF={' '.join(f'{each:g}' for each in wires)}")
    command = shlex.join(words)
    scalings = known_scalings(technologies)
    write_claims(folder, reports, command, length, percent, scalings, wired)
    if verbose:
        print_claims(reports, console())
    say(
        [*verdict(reports, scalings), f"{folder}: claims.md, claims.json, a CSV file of each table"]
    )


def make_reports(
    formats: list[FloatFormat], technologies: list[str], output: Console
) -> tuple[Report, ...]:
    """The reports of every format in every technology, made where they are missing or stale.

    Raises
    ------
    SpecificationError, OSError, click.ClickException
        As :func:`~.making.report_folder`.
    """
    wanted = [(format, tech) for tech in technologies for format in formats]
    reports = []
    for place, (format, tech) in enumerate(wanted, start=1):
        output.print(f"{place}/{len(wanted)} report of {format} in {tech}", style="dim")
        folder = report_folder(format, tech)
        reports.append(read_report(folder, f"make synth FMT={format} TECH={tech}"))
    return tuple(reports)


def known_scalings(technologies: list[str]) -> tuple[Scaling, ...]:
    """What ``make scaling`` left, of each technology where it was run; it is not run here.

    Raises
    ------
    SpecificationError
        A file of another version.
    """
    paths = [scaling_path(load_technology(each)) / SCALING_FILE for each in technologies]
    return tuple(SCALING.read(path, "make scaling") for path in paths if path.exists())


def make_wired(
    formats: list[FloatFormat], technologies: list[str], wires: list[float], output: Console
) -> tuple[Report, ...]:
    """Reports of units of one sum each with wires, made where they are missing or stale.

    Raises
    ------
    SpecificationError, OSError, click.ClickException
        As :func:`~.making.report_folder`.
    """
    reports = []
    for wire in wires:
        for tech in technologies:
            for format in formats:
                output.print(f"report of {format} in {tech}, {wire:g} fF a pin", style="dim")
                name = f"{build_name(format, load_technology(tech))}_wire{wire:g}"
                folder = report_folder(
                    format, tech, WIRED_LEVELS, Settings(wire_ff=wire), BUILD / "synth" / name
                )
                reports.append(
                    read_report(folder, f"make synth FMT={format} TECH={tech} WIRE_FF={wire:g}")
                )
    return tuple(reports)


def write_claims(
    folder: Path,
    reports: tuple[Report, ...],
    command: str,
    side: int,
    target_percent: float,
    scalings: tuple[Scaling, ...] = (),
    wired: tuple[Report, ...] = (),
) -> None:
    """Everything that is said of the claims: Markdown, JSON, and a CSV file of each table.

    Parameters
    ----------
    wired
        Reports with wires, of which dot products alone are shown.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    first = reports[0].technology
    results = Results(tuple(each for each in reports if each.technology == first), reports)
    sections = [
        published.claims(results),
        *([claimed_growth(scalings)] if scalings else []),
        split_everywhere((*reports, *wired)),
        published.gates(results),
        published.memory(results, side, target_percent),
        published.others(results),
    ]
    tables = [table for section in sections for table in section.tables]
    words = [
        "Published figures stand under that word with their source; everything else is measured on "
        "netlists of these reports, or computed from both as said:",
        "\n".join(f"- `{report.command}`" for report in (*reports, *wired)),
    ]
    content = {
        "command": command,
        "reports": [report.command for report in (*reports, *wired)],
        "tables": {table.name: table.records() for table in tables},
    }
    files = {
        "claims.json": (json.dumps(content, indent=1, allow_nan=False) + "\n").encode(),
        "claims.md": markdown("The claims, judged", words, sections, command).encode(),
        **csv_files(tables),
    }
    write_folder(folder, inputs_digest({"command": command}), files)


def verdict(reports: tuple[Report, ...], scalings: tuple[Scaling, ...] = ()) -> list[str]:
    """Where each claim holds for designs of like features, a sentence to a claim."""
    formats = ", ".join(dict.fromkeys(each.format for each in reports))
    technologies = ", ".join(dict.fromkeys(each.technology for each in reports))
    return [
        *(each.brief for each in conclusions(judgements(reports)) if each.reading == LIKE),
        *(growth_brief(each) for each in scalings),
        f"Judged on {formats} in {technologies}: designs of like features, energy with glitches, "
        "medians over equal clocks where those were measured.",
    ]


def print_claims(reports: tuple[Report, ...], output: Console) -> None:
    """Of each format, technology and level the like comparison that saves most; then the whole."""
    judged = judgements(reports)
    best: dict[tuple[str, ...], Judgement] = {}
    for each in judged:
        if each.reading == LIKE and each.workload == DEFAULT_WORKLOAD:
            key = each.technology, each.format, each.level
            present = best.get(key, each)
            more = each.measured.glitch_percent > present.measured.glitch_percent
            best[key] = each if more else present
    table = published.claims_table(list(best.values())).only(
        "technology", "design", "claimed_percent", "glitch_percent", "total_percent", "verdict"
    )
    table.print(output, "Of each level the comparison that saves most")
    for conclusion in conclusions(judged):
        if conclusion.reading == LIKE:
            output.print(
                f"{conclusion.claim}, {conclusion.claimed_percent:.0f} %: {conclusion.text}.",
                markup=False,
                highlight=False,
            )
    output.print()
