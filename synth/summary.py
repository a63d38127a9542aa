"""Results over formats, as in the README: ``lmul-pe summary``."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click

from lmul_pe.model import SpecificationError
from lmul_pe.model.command.files import write_whole
from lmul_pe.synth.report.plots import summary_plot

BEGIN = "<!-- results: written by `make results` -->"
END = "<!-- end of results -->"

Report = Mapping[str, Any]


DIGITS = 6
"""Significant digits of a key figure: more are noise."""


@dataclass(frozen=True)
class Figure:
    """One measured figure of a report.

    Parameters
    ----------
    key
        Its name, the same for every format.
    unit
        Of its value: ``GE``, ``fJ``, ``ps``, ``%``, or ``x`` for a ratio.
    where
        ``designs`` or ``savings``: the list of the report that has it.
    name
        Of the design, with ``{}`` for the format, and ``*`` for what follows a window's name; the
        first counts.
    path
        Keys that lead to it there, and places in lists.
    """

    key: str
    unit: str
    where: str
    name: str
    path: tuple[str | int, ...]

    def source(self, format: str) -> str:
        """Where ``report.json`` has it, in words."""
        return f"{self.where}, {self.name.format(format)}: {'.'.join(map(str, self.path))}"

    def read(self, report: Report) -> float | None:
        """Its value, rounded to ``DIGITS``; None where the report has none."""
        pattern = self.name.format(report["format"])
        named = "name" if self.where == "designs" else "design"
        found = [each for each in report[self.where] if fnmatchcase(each[named], pattern)]
        value: Any = found[0] if found else None
        for key in self.path:
            try:
                value = value[key]
            except (KeyError, IndexError, TypeError):
                return None
        return float(f"{value:.{DIGITS}g}")


@dataclass(frozen=True)
class Column:
    """A column of a table of results: a heading, and the figures in each of its cells."""

    heading: str
    figures: tuple[Figure, ...]

    def cell(self, values: Mapping[str, float]) -> str:
        """The text for a format whose figures have these ``values``; empty where one is missing."""
        if any(figure.key not in values for figure in self.figures):
            return ""
        numbers = [_text(values[figure.key], figure.unit) for figure in self.figures]
        percent = " %" if len(numbers) == 1 and self.figures[0].unit == "%" else ""
        return ", ".join(numbers) + percent


def summary_tables(values: Mapping[str, Mapping[str, float]]) -> str:
    """The Markdown of the README, from figures by format and key.

    Two tables of multipliers, and two of units unless no format has any.
    """
    tables = [_table("format", EQUAL, values), _table("format", OTHER, values)]
    units = {
        format: figures
        for format, figures in values.items()
        if any(column.cell(figures) for column in LEVELS if column.figures[0].name != _MULTIPLIER)
    }
    if units:
        tables.append(_table("saved, %: area, energy, with clock", LEVELS, units))
        tables.append(_table("fJ, no target: whole, multiplier, adder", PARTS, units))
    return "\n".join(tables)


def key_figures(report: Report) -> dict[str, float]:
    """The figures of the README that a report has, by key."""
    values = {figure.key: figure.read(report) for figure in FIGURES.values()}
    return {key: value for key, value in values.items() if value is not None}


def load_report(path: Path) -> dict[str, Any]:
    """The report in ``path``.

    Raises
    ------
    SpecificationError
        It is none.
    OSError
        It cannot be read.
    """
    try:
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SpecificationError(f"{path} is no report: {error}; expected a report.json") from None
    if not isinstance(report, dict) or not {"format", "designs", "savings"} <= report.keys():
        raise SpecificationError(f"{path} is no report; expected a report.json of synth")
    return report


_KINDS = {"adder": "adder", "lmul": "L-Mul", "exact": "conventional"}


_POINT = ("iso_delay", 0)
"""Where a design or a saving has its figures at equal delay: what is compared meets the smallest
clock, so that its point is the first."""

_RELAXED = ("iso_delay", 1)
"""Where it has those at a quarter more."""


def _three(quantity: str, unit: str, *path: str | int) -> list[Column]:
    """A column for the bare adder, L-Mul and the conventional multiplier."""
    return [
        Column(
            f"{words}, {unit}",
            (Figure(f"{quantity} of {kind}", unit, "designs", f"{kind}_{{}}", path),),
        )
        for kind, words in _KINDS.items()
    ]


def _one(key: str, heading: str, unit: str, *path: str | int, where: str = "savings") -> Column:
    """A column of L-Mul alone."""
    return Column(heading, (Figure(key, unit, where, "lmul_{}", path),))


def _level(heading: str, design: str, of: str = "", *where: str | int) -> Column:
    """What is saved at a level: the designs' name, and what is added to the figures' keys.

    ``where`` leads to the place in a saving that has the percentages.
    """
    quantities = {
        "area saved": ("area_percent",),
        "energy saved": ("glitch_energy_percent",),
        "energy with clock and leakage saved": ("total_energy_percent",),
    }
    return Column(
        heading,
        tuple(
            Figure(f"{quantity}{of}", "%", "savings", design, (*where, *path))
            for quantity, path in quantities.items()
        ),
    )


_MULTIPLIER = "lmul_{}"
"""The multiplier that all tables are about."""


def _saved(heading: str, of: str, *where: str | int) -> list[Column]:
    """Area and energy saved by L-Mul, as percentages; ``where`` leads to them in a saving."""
    return [
        _one(f"area saved{of}", f"{heading}: area saved", "%", *where, "area_percent"),
        _one(f"energy saved{of}", "energy saved", "%", *where, "glitch_energy_percent"),
    ]


def _over_adder(of: str, *where: str | int) -> list[Column]:
    """Area and energy of L-Mul over those of the bare adder."""
    return [
        _one(f"{key}{of}", words, "x", *where, "over_adder", what, where="designs")
        for key, words, what in (
            ("area over the adder", "L-Mul over adder: area", "area"),
            ("energy over the adder", "its energy", "glitch"),
        )
    ]


EQUAL: tuple[Column, ...] = (
    _one("clock", "clock, ps", "ps", *_POINT, "clock_ps", where="designs"),
    _one("fastest", "L-Mul alone, ps", "ps", "fastest_ps", where="designs"),
    *_three("area at equal delay", "GE", *_POINT, "least_area", "gate_equivalents"),
    _one("area saved at equal delay", "area saved", "%", *_POINT, "area_percent"),
    *_three("energy at equal delay", "fJ", *_POINT, "energy_fj", "glitch"),
    _one("energy saved at equal delay", "energy saved", "%", *_POINT, "glitch_energy_percent"),
    *_over_adder("", *_POINT),
)
"""Columns of the table of multipliers at the smallest clock that both meet."""

OTHER: tuple[Column, ...] = (
    *_saved("1.25 x clock", " at the relaxed clock", *_RELAXED),
    *_over_adder(" at the relaxed clock", *_RELAXED),
    *_saved("no target", ""),
    _one("functional energy saved", "without glitches", "%", "energy_percent", "normal"),
    *_over_adder(" without a target"),
)
"""Columns of the table of multipliers that hurry less, or not at all."""

LEVELS: tuple[Column, ...] = (
    *(
        _level(
            f"equal clock: {heading}" if not index else heading,
            design,
            f" at equal delay, {heading}",
            *_POINT,
        )
        for index, (heading, design) in enumerate(
            {
                "multiplier": _MULTIPLIER,
                "multiply-accumulate, fp32": "mac_lmul_{}_fp32",
                "8 x 8 array, fp32": "array_os_8x8_lmul_{}_fp32",
            }.items()
        )
    ),
    _level("no target: multiplier", _MULTIPLIER),
    *(
        _level(heading, design, f", {heading}")
        for heading, design in {
            "multiply-accumulate, fp32": "mac_lmul_{}_fp32",
            "multiply-accumulate, fixed": "mac_lmul_{}_fixed*",
            "dot product of 4, aligned": "dot4_lmul_{}_aligned",
            "8 x 8 array, fp32": "array_os_8x8_lmul_{}_fp32",
        }.items()
    ),
)
"""Columns of the table of levels."""

PARTS: tuple[Column, ...] = (
    *(
        Column(
            f"multiply-accumulate, fp32: {words}" if kind == "exact" else words,
            tuple(
                Figure(f"energy of {what}, {words}", "fJ", "designs", f"mac_{kind}_{{}}_fp32", path)
                for what, path in (
                    ("the unit", ("energy_fj", "glitch")),
                    ("its multiplier", ("parts", "multiplier", "glitch_fj")),
                    ("its adder", ("parts", "adder", "glitch_fj")),
                )
            ),
        )
        for kind, words in (("exact", "conventional"), ("lmul", "L-Mul"))
    ),
    Column(
        "int8, sums in int32",
        (
            Figure(
                "energy of the unit, int8",
                "fJ",
                "designs",
                "mac_int8_int32",
                ("energy_fj", "glitch"),
            ),
        ),
    ),
)
"""Columns of the table of what a multiply-accumulate takes, with glitches, without its clock."""

FIGURES: dict[str, Figure] = {
    figure.key: figure for column in (*EQUAL, *OTHER, *LEVELS, *PARTS) for figure in column.figures
}
"""Every figure of the tables, by key."""


def _table(
    corner: str, columns: Sequence[Column], values: Mapping[str, Mapping[str, float]]
) -> str:
    lines = [
        f"| {corner} | {' | '.join(column.heading for column in columns)} |",
        f"|---|{'--:|' * len(columns)}",
        *(
            f"| {format} | {' | '.join(column.cell(figures) for column in columns)} |"
            for format, figures in values.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _text(value: float, unit: str) -> str:
    """Whole numbers; two decimals of ratios, two digits of energies below 10."""
    if unit == "x":
        return f"{value:.2f}"
    return f"{value:.2g}" if unit == "fJ" and value < 10 else f"{value:.0f}"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("reports", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--readme", type=click.Path(path_type=Path), help="File whose table is replaced.")
@click.option("--plot", type=click.Path(path_type=Path), help="PNG to write.")
def main(reports: tuple[Path, ...], readme: Path | None, plot: Path | None) -> None:
    """Print the results of several report.json, and put them where people look."""
    loaded = [load_report(path) for path in reports]
    table = summary_tables({report["format"]: key_figures(report) for report in loaded})
    click.echo(table, nl=False)
    text = readme.read_text(encoding="utf-8") if readme else ""
    if readme and (BEGIN not in text or END not in text):
        raise SpecificationError(f"{readme} has no place for results: expected {BEGIN} ... {END}")
    if plot:
        write_whole(plot, summary_plot(loaded))
    if readme:
        head, rest = text.split(BEGIN, 1)
        write_whole(readme, f"{head}{BEGIN}\n{table}{END}{rest.split(END, 1)[1]}")
