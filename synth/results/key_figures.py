"""The figures that a report is known by: those of the README, which the baseline guards."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lmul_pe.model import (
    AlignedAccumulator,
    DotProduct,
    FixedAccumulator,
    FloatAccumulator,
    IntegerMultiplier,
    Mac,
    SystolicArray,
    unit_named,
)
from lmul_pe.model.unit.names import Unit

from . import quantities as q
from .compare import main_saving, relaxed, smallest
from .record import Chosen, Design, Point, Report, Saved, Saving

SIGNIFICANT_DIGITS = 6
"""Of a value: more are noise."""

KINDS = {"adder": "bare adder", "lmul": "L-Mul", "exact": "conventional"}


@dataclass(frozen=True)
class KeyFigure:
    """One figure of a report.

    Parameters
    ----------
    key
        Its name, the same for every format.
    source
        Where the record has it, in words.
    find
        Its value in a report; None where that has none.
    """

    key: str
    quantity: q.Quantity
    source: str
    find: Callable[[Report], float | None]

    def read(self, report: Report) -> float | None:
        """Its value, rounded to ``SIGNIFICANT_DIGITS``."""
        value = self.find(report)
        return None if value is None else float(f"{value:.{SIGNIFICANT_DIGITS}g}")


def key_values(report: Report) -> dict[str, float]:
    """The value of every key figure that a report has, by key."""
    values = {figure.key: figure.read(report) for figure in KEY_FIGURES.values()}
    return {key: value for key, value in values.items() if value is not None}


def _multiplier(report: Report, kind: str) -> Design:
    """The bare adder, or one of both multipliers that are compared first."""
    main = main_saving(report, "multiplier")
    assert main is not None
    return {each.kind: each for each in (report.rungs[0], *report.pair(main))}[kind]


def _of_design(
    key: str,
    quantity: q.Quantity,
    kind: str,
    place: int | None,
    pick: Callable[[Chosen], float | None],
) -> KeyFigure:
    """Of a multiplier at the equal clock at ``place``, or without a delay target for None."""

    def find(report: Report) -> float | None:
        design = _multiplier(report, kind)
        if place is None:
            return pick(design)
        return pick(design.iso_delay[place]) if len(design.iso_delay) > place else None

    return KeyFigure(key, quantity, f"{KINDS[kind]}, {_CONDITIONS[place]}: {quantity.name}", find)


_CONDITIONS = {None: "no delay target", 0: "smallest equal clock", 1: "relaxed clock"}
_SAVED_AT: dict[int | None, Callable[[Saving], Saved | None]] = {
    None: lambda saving: saving.free,
    0: smallest,
    1: relaxed,
}


def _of_saving(
    key: str,
    quantity: q.Quantity,
    what: str,
    find_saving: Callable[[Report], Saving | None],
    place: int | None,
) -> KeyFigure:
    """Of what one L-Mul design saves, at the equal clock at ``place`` or without a target."""

    def find(report: Report) -> float | None:
        saving = find_saving(report)
        saved = _SAVED_AT[place](saving) if saving else None
        return getattr(saved, quantity.name) if saved else None

    return KeyFigure(key, quantity, f"{what} saved, {_CONDITIONS[place]}: {quantity.name}", find)


def _main(report: Report) -> Saving | None:
    return main_saving(report, "multiplier")


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
    "8 x 8 array, fp32": lambda unit: (
        isinstance(unit, SystolicArray)
        and unit.dataflow == "os"
        and isinstance(unit.accumulator, FloatAccumulator)
    ),
}
"""The units that the README shows, by what they are called there."""


def _saving_of(wanted: Callable[[Unit], bool]) -> Callable[[Report], Saving | None]:
    def find(report: Report) -> Saving | None:
        return next(
            (
                saving
                for saving in report.savings
                if saving.level != "multiplier" and wanted(unit_named(saving.design))
            ),
            None,
        )

    return find


def _three(of: str, place: int | None) -> Iterator[KeyFigure]:
    """Area, energy, and energy with clock saved by the multiplier or a unit."""
    find = _saving_of(UNITS[of]) if of in UNITS else _main
    at = "" if place is None else " at equal delay"
    name = "" if of == "multiplier" and place is None else f", {of}"
    for words, quantity in (
        ("area saved", q.SAVED_AREA),
        ("energy saved", q.SAVED_ENERGY),
        ("energy with clock and leakage saved", q.SAVED_TOTAL),
    ):
        yield _of_saving(f"{words}{at}{name}", quantity, of, find, place)


def _mac(report: Report, kind: str) -> Design | None:
    if kind == "int":
        return next((each for each in report.units if each.kind == "int" and _is_mac(each)), None)
    saving = main_saving(report, "mac")
    if saving is None:
        return None
    return next(each for each in report.pair(saving) if each.kind == kind)


def _is_mac(design: Design) -> bool:
    unit = unit_named(design.name)
    return isinstance(unit, Mac) and isinstance(unit.multiplier, IntegerMultiplier)


def _of_mac(key: str, kind: str, part: str = "") -> KeyFigure:
    """Energy of a multiply-accumulate, or of a part of it, glitches included, without its clock."""

    def find(report: Report) -> float | None:
        design = _mac(report, kind)
        if design is None:
            return None
        return design.parts[part].glitch_fj if part else design.energy_fj.glitch

    source = f"multiply-accumulate, {kind}, no delay target: {part or 'whole'}"
    return KeyFigure(key, q.GLITCH, source, find)


def _area(chosen: Chosen) -> float:
    return chosen.least_area.gate_equivalents


def _energy(chosen: Chosen) -> float:
    return chosen.energy_fj.glitch


def _area_over(chosen: Chosen) -> float | None:
    assert isinstance(chosen, Design | Point)
    return chosen.over_adder.area if chosen.over_adder else None


def _energy_over(chosen: Chosen) -> float | None:
    assert isinstance(chosen, Design | Point)
    return chosen.over_adder.glitch if chosen.over_adder else None


def _clock(chosen: Chosen) -> float:
    assert isinstance(chosen, Point)
    return chosen.clock_ps


def _fastest(chosen: Chosen) -> float | None:
    assert isinstance(chosen, Design)
    return chosen.fastest_ps


def _all() -> Iterator[KeyFigure]:
    yield _of_design("clock", q.CLOCK, "lmul", 0, _clock)
    yield _of_design("fastest", q.FASTEST, "lmul", None, _fastest)
    for kind in KINDS:
        yield _of_design(f"area at equal delay of {kind}", q.AREA, kind, 0, _area)
    yield _of_saving("area saved at equal delay", q.SAVED_AREA, "multiplier", _main, 0)
    for kind in KINDS:
        yield _of_design(f"energy at equal delay of {kind}", q.GLITCH, kind, 0, _energy)
    yield _of_saving("energy saved at equal delay", q.SAVED_ENERGY, "multiplier", _main, 0)
    for place, at in ((0, ""), (1, " at the relaxed clock"), (None, " without a target")):
        if place != 0:
            of = at if place else ""
            yield _of_saving(f"area saved{of}", q.SAVED_AREA, "multiplier", _main, place)
            yield _of_saving(f"energy saved{of}", q.SAVED_ENERGY, "multiplier", _main, place)
        if place is None:
            yield _of_saving(
                "functional energy saved", q.SAVED_FUNCTIONAL, "multiplier", _main, None
            )
        yield _of_design(f"area over the adder{at}", q.AREA_RATIO, "lmul", place, _area_over)
        yield _of_design(f"energy over the adder{at}", q.GLITCH_RATIO, "lmul", place, _energy_over)
    for of in ("multiplier", "multiply-accumulate, fp32", "8 x 8 array, fp32"):
        yield from _three(of, 0)
    for of in ("multiplier", *UNITS):
        yield from _three(of, None)
    for kind in ("exact", "lmul"):
        yield _of_mac(f"energy of the unit, {KINDS[kind]}", kind)
        yield _of_mac(f"energy of its multiplier, {KINDS[kind]}", kind, "multiplier")
        yield _of_mac(f"energy of its adder, {KINDS[kind]}", kind, "adder")
    yield _of_mac("energy of the unit, int8", "int")


KEY_FIGURES = {figure.key: figure for figure in _all()}
"""Every key figure, by key."""
