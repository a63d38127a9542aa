"""Results over formats, as in the README: ``make results``."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from lmul_pe.model import SpecificationError
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.paths import InputPath, OutputPath
from lmul_pe.model.command.run import Command

from .published.judgement import LIKE, conclusions, judgements
from .report.chart import png
from .report.section import Results
from .report.sections.verdict import energy_charts
from .results.key_figures import UNITS, KeyFigure, key_figures
from .results.record import REPORT, Report
from .workload.settings import DEFAULT_WORKLOAD

BEGIN = "<!-- results: written by `make results` -->"
END = "<!-- end of results -->"

Values = Mapping[str, Mapping[str, KeyFigure]]
"""Key figures by format and key."""

Columns = Mapping[str, tuple[str, ...]]
"""Headings, and the keys of the figures in each cell."""

EQUAL: Columns = {
    "clock, ps": ("clock",),
    "L-Mul alone, ps": ("fastest",),
    "adder, GE": ("area at equal delay of adder",),
    "L-Mul, GE": ("area at equal delay of lmul",),
    "conventional, GE": ("area at equal delay of exact",),
    "area saved": ("area saved at equal delay",),
    "adder, fJ": ("energy at equal delay of adder",),
    "L-Mul, fJ": ("energy at equal delay of lmul",),
    "conventional, fJ": ("energy at equal delay of exact",),
    "energy saved": ("energy saved at equal delay",),
    "L-Mul over adder: area": ("area over the adder",),
    "its energy": ("energy over the adder",),
}
"""Multipliers at the smallest clock that both meet."""

OTHER: Columns = {
    "1.25 x clock: area saved": ("area saved at the relaxed clock",),
    "energy saved": ("energy saved at the relaxed clock",),
    "L-Mul over adder: area": ("area over the adder at the relaxed clock",),
    "its energy": ("energy over the adder at the relaxed clock",),
    "no target: area saved": ("area saved",),
    "energy saved ": ("energy saved",),
    "without glitches": ("functional energy saved",),
    "L-Mul over adder: area ": ("area over the adder without a target",),
    "its energy ": ("energy over the adder without a target",),
}
"""Multipliers that hurry less, or not at all."""


def _saved(of: str) -> tuple[str, ...]:
    quantities = ("area saved", "energy saved", "energy with clock and leakage saved")
    return tuple(f"{quantity}{of}" for quantity in quantities)


LEVELS: Columns = {
    "equal clock: multiplier": _saved(" at equal delay, multiplier"),
    **{
        name: _saved(f" at equal delay, {name}")
        for name in ("multiply-accumulate, fp32", "8 x 8 array, fp32")
    },
    "no target: multiplier": _saved(""),
    **{f"{name} ": _saved(f", {name}") for name in UNITS},
}
"""What is saved at each level: area, energy, energy with clock."""

PARTS: Columns = {
    "multiply-accumulate, fp32: conventional": (
        "energy of the unit, conventional",
        "energy of its multiplier, conventional",
        "energy of its adder, conventional",
    ),
    "L-Mul": (
        "energy of the unit, L-Mul",
        "energy of its multiplier, L-Mul",
        "energy of its adder, L-Mul",
    ),
    "int8, sums in int32": ("energy of the unit, int8",),
}
"""What a multiply-accumulate takes, with glitches, without its clock."""


def summary_tables(values: Values) -> str:
    """The Markdown of the README: multipliers in two tables, and units unless there are none."""
    tables = [_table("format", EQUAL, values), _table("format", OTHER, values)]
    units = {format: figures for format, figures in values.items() if PARTS["L-Mul"][0] in figures}
    if units:
        tables.append(_table("saved, %: area, energy, with clock", LEVELS, units))
        tables.append(_table("fJ, no target: whole, multiplier, adder", PARTS, units))
    return "\n".join(tables)


def summary_verdicts(reports: Sequence[Report]) -> str:
    """Where the paper's claims hold in these reports, as the judge says it."""
    judged = [
        each
        for each in judgements(reports)
        if each.reading == LIKE and each.workload == DEFAULT_WORKLOAD
    ]
    return "\n".join(
        f"- {each.claim}, {each.claimed_percent:.0f} %: {each.text}."
        for each in conclusions(judged)
    )


def _table(corner: str, columns: Columns, values: Values) -> str:
    lines = [
        f"| {corner} | {' | '.join(heading.strip() for heading in columns)} |",
        f"|---|{'--:|' * len(columns)}",
        *(
            f"| {format} | {' | '.join(_cell(keys, figures) for keys in columns.values())} |"
            for format, figures in values.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _cell(keys: tuple[str, ...], figures: Mapping[str, KeyFigure]) -> str:
    """The text for a format; empty where a figure is missing."""
    if any(key not in figures for key in keys):
        return ""
    units = [figures[key].quantity.unit for key in keys]
    return ", ".join(_text(figures[key]) for key in keys) + (" %" if units == ["%"] else "")


def _text(figure: KeyFigure) -> str:
    """Whole numbers; two decimals of ratios, two digits of energies below 10."""
    value, unit = figure.value, figure.quantity.unit
    if unit == "x":
        return f"{value:.2f}"
    return f"{value:.2g}" if unit == "fJ" and value < 10 else f"{value:.0f}"


@click.command(cls=Command)
@click.argument("reports", nargs=-1, required=True, type=InputPath())
@click.option("--readme", type=OutputPath(), help="File whose table is replaced.")
@click.option("--plot", type=OutputPath(), help="PNG to write.")
def main(reports: tuple[Path, ...], readme: Path | None, plot: Path | None) -> None:
    """Print the results of several report.json, and put them where people look."""
    loaded = tuple(REPORT.read(path, "make synth") for path in reports)
    table = summary_tables({report.format: key_figures(report) for report in loaded})
    table += f"\nThe paper's claims, judged on like designs:\n\n{summary_verdicts(loaded)}\n"
    click.echo(table, nl=False)
    text = readme.read_text(encoding="utf-8") if readme else ""
    if readme and (BEGIN not in text or END not in text):
        raise SpecificationError(f"{readme} has no place for results: expected {BEGIN} ... {END}")
    if plot:
        write_whole(plot, png(energy_charts(Results(loaded))))
    if readme:
        head, rest = text.split(BEGIN, 1)
        write_whole(readme, f"{head}{BEGIN}\n{table}{END}{rest.split(END, 1)[1]}")
