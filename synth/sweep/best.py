"""The designs of a sweep that no other beats: ``lmul-pe best``."""

from collections.abc import Sequence
from pathlib import Path

import click

from lmul_pe.model import format_named
from lmul_pe.model.choices import SpecificationError, unknown_choice
from lmul_pe.model.command.paths import InputPath
from lmul_pe.model.command.run import Command, number, say
from lmul_pe.model.command.unit_options import INTEGER_KIND
from lmul_pe.model.multiplier.kinds import KINDS
from lmul_pe.synth.design.levels import LEVELS

from .frontier import CRITERIA, frontier, reason
from .halving import groups_of
from .point import Point
from .store import Store
from .table import FOLDER, TABLE, read_table

SHOWN = 8
"""Points of a frontier that are printed; the page has all."""


@click.command(cls=Command)
@click.option("--format", "format", required=True, help="Of the operands, as e4m3.")
@click.option("--kind", help=f"One of {', '.join((*KINDS, INTEGER_KIND))}; all by default.")
@click.option("--level", help=f"One of {', '.join(LEVELS)}; all by default.")
@click.option("--max-error", help="Mean relative error of a product, at most, as 0.05.")
@click.option("--max-sum-error", help="Relative error of sums, at most; of units.")
@click.option("--min-clock-ghz", help="Clock that has to be met, in GHz.")
@click.option(
    "--minimise",
    default=next(iter(CRITERIA)),
    show_default=True,
    help=f"What matters most, of {', '.join(CRITERIA)}.",
)
@click.option("--table", type=InputPath(), help=f"Of a sweep  [{FOLDER / TABLE}].")
def main(
    format: str,
    kind: str | None,
    level: str | None,
    max_error: str | None,
    max_sum_error: str | None,
    min_clock_ghz: str | None,
    minimise: str,
    table: Path | None,
) -> None:
    """Name the best designs of a sweep, why they are, and how to have them."""
    format_named(format)
    for what, value, choices in (
        ("kind", kind, (*KINDS, INTEGER_KIND)),
        ("level", level, tuple(LEVELS)),
        ("minimise", minimise, tuple(CRITERIA)),
    ):
        if value is not None and value not in choices:
            raise unknown_choice(what, value, choices)
    error = number("max-error", max_error or "inf", 0, float("inf"), float)
    sum_error = number("max-sum-error", max_sum_error or "inf", 0, float("inf"), float)
    clock_ghz = number("min-clock-ghz", min_clock_ghz or "0", 0, 1000, float)
    path = table or FOLDER / TABLE
    try:
        points = read_table(path)
    except FileNotFoundError:
        raise SpecificationError(
            f"{path} is not there: `make sweep SPACE=space.toml` makes it"
        ) from None
    fitting = [
        each
        for each in points
        if each.format == format
        and kind in (None, each.kind)
        and level in (None, each.level)
        and each.mean_error <= error
        and (each.sum_error or 0.0) <= sum_error
        and each.clock_ghz >= clock_ghz
    ]
    if not any(each.meets for each in fitting):
        raise SpecificationError(_nothing(points, format, path))
    store = Store(path.parent / "store")
    for (name, _, technology), group in groups_of(fitting).items():
        best = sorted(frontier(group), key=CRITERIA[minimise].value)
        if best:
            title = f"{LEVELS[name].title}, {format}, {technology}"
            say(
                [
                    f"{title}: {len(best)} of {len(group)} points are beaten by no other in "
                    f"{', '.join(each.words for each in CRITERIA.values())}; least {minimise} "
                    "first."
                ]
            )
            say(line for each in best[:SHOWN] for line in _lines(each, best, minimise))
            say(_how(best[0], store))


def _nothing(points: Sequence[Point], format: str, path: Path) -> str:
    formats = dict.fromkeys(each.format for each in points)
    if format not in formats:
        return f"{path} has no {format}: expected one of {', '.join(formats)}"
    near = [each for each in points if each.format == format and each.meets]
    if not near:
        return f"{path} has no {format} that meets its clock"
    quick = max(near, key=lambda each: each.clock_ghz)
    right = min(near, key=lambda each: each.mean_error)
    return (
        f"nothing in {path} fits: of {format} the fastest is {quick.design} at "
        f"{quick.clock_ghz:.2f} GHz, the least error {right.mean_error:.4f} of {right.design}"
    )


def _lines(point: Point, best: Sequence[Point], by: str) -> list[str]:
    target = "" if point.target_ps is None else f" made for {point.target_ps:g} ps"
    figures = ", ".join(
        f"{each.words} {each.value(point):.3g} {each.unit}"
        for each in CRITERIA.values()
        if each is not CRITERIA["sum-error"] or point.sum_error is not None
    )
    return [
        f" {point.design}{target}: {figures}, {point.clock_ghz:.2f} GHz",
        f" on it for {reason(point, best, by)}",
    ]


def _how(point: Point, store: Store) -> list[str]:
    netlist = store.netlist(point.key)
    where = f"; its netlist is {netlist}" if netlist else ""
    return [
        f"The first by `{point.command}`, as Verilog by `{point.verilog}`{where}.",
    ]
