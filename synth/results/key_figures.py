"""The figures that a report is known by: those of the README, which the baseline guards."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from lmul_pe.model import (
    AlignedAccumulator,
    DotProduct,
    FixedAccumulator,
    FloatAccumulator,
    Mac,
    SystolicArray,
    unit_named,
)
from lmul_pe.model.unit.names import Unit
from lmul_pe.synth.design.units import EXACT_WIDTH

from . import quantities as q
from .compare import main_saving, middle
from .record import Design, Point, Report, Saved, Saving

_Placed = TypeVar("_Placed")

SIGNIFICANT_DIGITS = 6
"""Of a value: more are noise."""

UNITS: dict[str, Callable[[Unit], bool]] = {
    "multiply-accumulate, fp32": lambda unit: (
        isinstance(unit, Mac) and isinstance(unit.accumulator, FloatAccumulator)
    ),
    "multiply-accumulate, fixed": lambda unit: (
        isinstance(unit, Mac) and isinstance(unit.accumulator, FixedAccumulator)
    ),
    "dot product of 4, aligned": lambda unit: (
        isinstance(unit, DotProduct) and isinstance(unit.accumulator, AlignedAccumulator)
    ),
    f"dot product of {EXACT_WIDTH}": lambda unit: (
        isinstance(unit, DotProduct) and unit.n == EXACT_WIDTH
    ),
    "8 x 8 array, fp32": lambda unit: (
        isinstance(unit, SystolicArray)
        and unit.dataflow == "os"
        and isinstance(unit.accumulator, FloatAccumulator)
    ),
}
"""The units that the README shows, by what they are called there."""

SMALLEST, MIDDLE, FREE = "smallest", "middle", "free"
CONDITIONS = {SMALLEST: " at equal delay", MIDDLE: " at the middle clock", FREE: ""}
"""The smallest clock of both, the middle one of the band, which any effort measures, and none; with
the words behind a figure."""


@dataclass(frozen=True)
class KeyFigure:
    """One figure of a report.

    Parameters
    ----------
    key
        Its name, the same for every format.
    design
        Whose it is.
    """

    key: str
    quantity: q.Quantity
    value: float
    design: str


def key_figures(report: Report) -> dict[str, KeyFigure]:
    """Every key figure that a report has, by key, rounded to ``SIGNIFICANT_DIGITS``."""
    return {
        key: KeyFigure(key, quantity, float(f"{value:.{SIGNIFICANT_DIGITS}g}"), design)
        for key, quantity, value, design in _all(report)
        if value is not None
    }


_Found = tuple[str, q.Quantity, float | None, str]


def _all(report: Report) -> Iterator[_Found]:
    main = main_saving(report, "multiplier")
    assert main is not None
    lmul, exact = report.pair(main)
    kinds = (report.rungs[0], lmul, exact)
    if lmul.iso_delay:
        yield "clock", q.CLOCK, lmul.iso_delay[0].clock_ps, lmul.name
    yield "fastest", q.FASTEST, lmul.fastest_ps, lmul.name
    for kind in kinds:
        for point in kind.iso_delay[:1]:
            where = f"at equal delay of {kind.kind}"
            yield f"area {where}", q.AREA, point.least_area.gate_equivalents, kind.name
            yield f"energy {where}", q.GLITCH, point.energy_fj.glitch, kind.name
    for place, at in CONDITIONS.items():
        for saved in _saved(main, place):
            yield f"area saved{at}", q.SAVED_AREA, saved.area_percent, lmul.name
            yield f"energy saved{at}", q.SAVED_ENERGY, saved.glitch_percent, lmul.name
        if place == FREE:
            functional = main.free.functional_percent
            yield "functional energy saved", q.SAVED_FUNCTIONAL, functional, lmul.name
        for chosen in _chosen(lmul, place):
            over = chosen.over_adder
            where = {SMALLEST: "", FREE: " without a target"}.get(place, at)
            if over:
                yield f"area over the adder{where}", q.AREA_RATIO, over.area, lmul.name
                yield f"energy over the adder{where}", q.GLITCH_RATIO, over.glitch, lmul.name
    yield from _levels(report, main)
    yield from _parts(report)


def _levels(report: Report, main: Saving) -> Iterator[_Found]:
    """Area, energy, and energy with clock saved by the multiplier and by units."""
    found = {"multiplier": main}
    for saving in report.savings:
        if saving.level != "multiplier":
            unit = unit_named(saving.design)
            for name, wanted in UNITS.items():
                if wanted(unit):
                    found.setdefault(name, saving)
    for place in CONDITIONS:
        for name, saving in found.items():
            alone = name == "multiplier" and place == FREE
            where = f"{CONDITIONS[place]}{'' if alone else f', {name}'}"
            for saved in _saved(saving, place):
                yield f"area saved{where}", q.SAVED_AREA, saved.area_percent, saving.design
                yield f"energy saved{where}", q.SAVED_ENERGY, saved.glitch_percent, saving.design
                total = "energy with clock and leakage saved"
                yield f"{total}{where}", q.SAVED_TOTAL, saved.total_percent, saving.design


def _parts(report: Report) -> Iterator[_Found]:
    """Energy of a multiply-accumulate and of parts of it, glitches included, without its clock."""
    saving = main_saving(report, "mac")
    if saving is None:
        return
    for words, unit in zip(("L-Mul", "conventional"), report.pair(saving), strict=True):
        yield f"energy of the unit, {words}", q.GLITCH, unit.energy_fj.glitch, unit.name
        for part in ("multiplier", "adder"):
            key = f"energy of its {part}, {words}"
            yield key, q.GLITCH, unit.parts[part].glitch_fj, unit.name
    for unit in report.units:
        if unit.level == "mac" and unit.kind == "int":
            yield "energy of the unit, int8", q.GLITCH, unit.energy_fj.glitch, unit.name


def _saved(saving: Saving, place: str) -> tuple[Saved, ...]:
    return (saving.free,) if place == FREE else _at(saving.equal, place)


def _chosen(design: Design, place: str) -> tuple[Design | Point, ...]:
    return (design,) if place == FREE else _at(design.iso_delay, place)


def _at(points: Sequence[_Placed], place: str) -> tuple[_Placed, ...]:
    """The one of the smallest clock, or that of the middle one; none if it is not there."""
    found = middle(points) if place == MIDDLE else next(iter(points), None)
    return () if found is None else (found,)
