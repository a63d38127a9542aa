"""The table of known recipes, made anew from runs that try everything: ``make recipes``."""

from collections.abc import Sequence

import click

from lmul_pe.model import FloatFormat, format_named
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.lists import names_in
from lmul_pe.model.command.run import Command, console, say

from .cells.library import BUILT_IN, load_technology
from .cells.technology import Technology
from .curves import curve_clocks, curves_pipeline
from .design.levels import LEVELS
from .mapping.flow import Synthesis
from .mapping.known import TABLE, Entry, Known, Subject, Taken, entries_text, known_entries, united
from .measuring.measure import Pipeline
from .measuring.measured import Measured, Point
from .results.making import FORMATS
from .results.progress import synthesis_progress
from .results.store import BUILD
from .workload.conditions import Conditions
from .workload.settings import Settings


@click.command(cls=Command)
@click.option(
    "--formats", default=" ".join(FORMATS), show_default=True, help="With commas or blanks."
)
@click.option("--techs", default=BUILT_IN[0], show_default=True, help="With commas or blanks.")
def main(formats: str, techs: str) -> None:
    """Try every recipe, and write down which ones win; what else is in the table stays.

    A recipe is a structure of the hardware with a script that maps it to cells.
    """
    chosen = list(dict.fromkeys(map(format_named, names_in(formats))))
    technologies = list(map(load_technology, dict.fromkeys(names_in(techs))))
    if not chosen or not technologies:
        what = "format" if not chosen else "technology"
        raise click.UsageError(f"no {what} is named: expected one at least")
    output = console(stderr=True)
    table = {(entry.technology, entry.subject): entry for entry in known_entries()}
    for technology in technologies:
        for format in chosen:
            output.print(f"{format} in {technology.name}", style="dim")
            for entry in winners(format, technology):
                table[entry.technology, entry.subject] = entry
            write_whole(TABLE, entries_text(list(table.values())))
    say([f"{TABLE.name} has what won in {len(table)} designs; it is to be committed"])


def winners(format: FloatFormat, technology: Technology) -> list[Entry]:
    """What wins in the designs of ``format``, at the clocks of its report and of its curves.

    Raises
    ------
    click.ClickException
        A netlist differs from the model, or Yosys was stopped.
    """
    conditions = Conditions(technology, Settings(effort="full"))
    designs = [design for level in LEVELS.values() for design in level.designs(format)[0]]
    found: dict[Subject, Known] = {}
    reported: dict[Subject, tuple[str, Taken]] = {}
    with synthesis_progress() as progress:
        pipeline = Pipeline(designs, conditions, Synthesis(BUILD / "cache"), progress)
        pipeline.run()
        for measurement, measured in zip(pipeline.measurements, pipeline.measured(), strict=True):
            design = measured.design
            found[design.subject] = measurement.won(measured.points)
            points = reported_points(measured, pipeline.clocks_ps().get(design.clocks, ()))
            reported[design.subject] = design.name, measurement.taken(points)
        curves = curves_pipeline(format, conditions, progress)
        clocks = curve_clocks(curves)
        for each in curves.measurements:
            subject = each.design.subject
            found[subject] = united(found[subject], each.won(each.points(clocks)))
    return [
        Entry(technology.name, technology.node_nm, subject, known, reported[subject])
        for subject, known in found.items()
    ]


def reported_points(measured: Measured, clocks_ps: Sequence[float]) -> list[Point]:
    """The points of a design that a report of default settings has as well.

    Parameters
    ----------
    clocks_ps
        Those at which it was measured, or could not be, the smallest first.
    """
    if not clocks_ps or (measured.design.level == "dot" and not Settings().timed_dots):
        return []
    few = {clocks_ps[0] * times for times in (1.0, *Settings().clock_band)}
    return [point for point in measured.points if point.clock_ps in few]
