"""What one design saves over another."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from statistics import median_low
from typing import TypeVar

from lmul_pe.model import (
    AlignedAccumulator,
    DotProduct,
    FloatAccumulator,
    FloatFormat,
    IntegerMultiplier,
    Mac,
    Multiplier,
    SystolicArray,
    unit_named,
)
from lmul_pe.model.multiplier.policies import UNGUARDED
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD

from .record import Chosen, Design, Report, Saved, Saving

RAW_MEANING = "the paper's comparison: a sum without a single special case"
UNIT_FOR_UNIT = "unit for unit: a dot-product unit instead of a conventional MAC with float sums"
ADDER_MEANING = "the paper's reading: a bare adder, which multiplies nothing"

_Placed = TypeVar("_Placed")


def percent_saved(now: float, before: float) -> float:
    """Percent; negative where more is spent."""
    return 100 * (1 - now / before)


def saving(design: Design, baseline: Design, meaning: str) -> Saving:
    """What ``design`` saves at every clock that both meet, on every workload that both have."""
    own = {point.clock_ps: point for point in design.iso_delay}
    other = {point.clock_ps: point for point in baseline.iso_delay}
    conditions: list[tuple[float | None, Chosen, Chosen]] = [
        (clock_ps, own[clock_ps], other[clock_ps]) for clock_ps in sorted(own.keys() & other.keys())
    ]
    conditions.append((None, design, baseline))
    saved = tuple(each for condition in conditions for each in _saved(*condition))
    return Saving(design.level, design.name, baseline.name, meaning, saved)


def _saved(clock_ps: float | None, own: Chosen, other: Chosen) -> Iterator[Saved]:
    for workload, energy in own.energy_by_workload.items():
        if workload not in other.energy_by_workload:
            continue
        beside = other.energy_by_workload[workload]
        yield Saved(
            clock_ps=clock_ps,
            workload=workload,
            area_percent=percent_saved(own.least_area.area_um2, other.least_area.area_um2),
            delay_percent=percent_saved(own.delay_ps, other.delay_ps),
            functional_percent=percent_saved(energy.functional, beside.functional),
            glitch_percent=percent_saved(energy.glitch, beside.glitch),
            total_percent=percent_saved(own.total_fj(workload), other.total_fj(workload)),
        )


def savings(format: FloatFormat, designs: Sequence[Design]) -> tuple[Saving, ...]:
    """Of multipliers every reading of the comparison, the fairest first; then of units."""
    known = {design.name: design for design in designs}
    exact = Multiplier("exact", format)
    gradual = Multiplier("exact", format, subnormals="gradual")
    readings = (
        (Multiplier("lmul", format).name, exact, "both flush subnormals"),
        (
            Multiplier("lmul", format, subnormals="gradual").name,
            gradual,
            "both with gradual underflow",
        ),
        (
            Multiplier("lmul", format).name,
            gradual,
            "unlike features: L-Mul flushes, the conventional one does not",
        ),
        (Multiplier("lmul", format, guard="raw").name, exact, RAW_MEANING),
        (designs[0].name, exact, ADDER_MEANING),
    )
    multipliers = tuple(
        saving(known[name], known[baseline.name], meaning) for name, baseline, meaning in readings
    )
    return multipliers + unit_savings(designs)


def unit_savings(designs: Sequence[Design]) -> tuple[Saving, ...]:
    """What each L-Mul unit saves over the conventional one with the same accumulator."""
    exact = {each.compared: each for each in designs if each.parts and each.kind == "exact"}
    like = tuple(
        saving(design, exact[design.compared], _meaning(design))
        for design in designs
        if design.parts and design.kind == "lmul" and design.compared in exact
    )
    mac = best_mac(designs)
    if mac is None:
        return like
    return like + tuple(
        saving(design, mac, UNIT_FOR_UNIT)
        for design in designs
        if (design.level, design.kind) == ("dot", "lmul") and not sums_in_float(design)
    )


def best_mac(designs: Sequence[Design]) -> Design | None:
    """The conventional multiply-accumulate that sums in a float format and takes least energy."""
    found = [
        design
        for design in designs
        if (design.level, design.kind) == ("mac", "exact") and sums_in_float(design)
    ]
    return min(found, key=lambda design: design.total_fj(), default=None)


def sums_in_float(design: Design) -> bool:
    """Whether a unit rounds its sum to a float format after every addition."""
    unit = unit_named(design.name)
    return isinstance(unit, Mac | DotProduct) and isinstance(unit.accumulator, FloatAccumulator)


def _meaning(design: Design) -> str:
    unit = unit_named(design.name)
    folded = isinstance(unit, SystolicArray) and unit.fold
    return f"{design.compared}{', offset folded into the weights' if folded else ''}"


def is_like(saving: Saving) -> bool:
    """Whether both designs do the same but for the kind of their products."""
    if saving.level != "multiplier":
        return saving.meaning != UNIT_FOR_UNIT
    try:
        own, other = unit_named(saving.design), unit_named(saving.baseline)
    except ValueError:
        # The bare adder is no specification.
        return False
    return (
        isinstance(own, Multiplier)
        and isinstance(other, Multiplier)
        and own.guard not in UNGUARDED
        and own.subnormals == other.subnormals
    )


def main_saving(report: Report, level: str) -> Saving | None:
    """The comparison that stands for a level; None where there is none.

    Of multipliers the fairest, of multiply-accumulates that with sums in a float format, of dot
    products the one of most lanes, of arrays the output-stationary one with sums in a float format.
    """
    found = [each for each in report.savings if each.level == level and _is_main(each)]
    return max(found, key=_lanes, default=None)


def _is_main(saving: Saving) -> bool:
    if not is_like(saving):
        return False
    unit = unit_named(saving.design)
    if isinstance(unit, Multiplier | IntegerMultiplier):
        return True
    if isinstance(unit, DotProduct):
        return not isinstance(unit.accumulator, AlignedAccumulator) and not unit.held_cycles
    flow = unit.dataflow if isinstance(unit, SystolicArray) else "os"
    return isinstance(unit.accumulator, FloatAccumulator) and flow == "os"


def _lanes(saving: Saving) -> int:
    unit = unit_named(saving.design)
    return unit.n if isinstance(unit, DotProduct) else 1


def smallest(saving: Saving) -> Saved | None:
    """At the smallest clock that both meet; None where neither was made for one."""
    return saving.equal[0] if saving.equal else None


def band(saving: Saving, workload: str = DEFAULT_WORKLOAD) -> tuple[Saved, ...]:
    """At the clocks of the band: all equal ones but the smallest."""
    return tuple(each for each in saving.on(workload) if each.clock_ps is not None)[1:]


def typical(saving: Saving, workload: str = DEFAULT_WORKLOAD) -> Saved | None:
    """The medians over the band, each figure's own, with the median clock; None without a band."""
    found = band(saving, workload)
    return _medians(found) if found else None


def basis(saving: Saving, workload: str = DEFAULT_WORKLOAD) -> tuple[Saved, ...]:
    """What a headline rests on: the band, or the only equal clock, or no delay target."""
    return band(saving, workload) or saving.on(workload)[:1]


def headline(saving: Saving, workload: str = DEFAULT_WORKLOAD) -> Saved:
    """The medians over :func:`basis`."""
    return _medians(basis(saving, workload))


def _medians(found: Sequence[Saved]) -> Saved:
    """Each figure's own; of an even number the lower one of the two in the middle."""
    medians = {
        each.name: median_low([getattr(saved, each.name) for saved in found])
        for each in fields(Saved)
    }
    return Saved(**medians)


def middle(points: Sequence[_Placed]) -> _Placed | None:
    """Of ``points`` by rising clock that of the band's median clock; None without a band."""
    others = points[1:]
    return others[(len(others) - 1) // 2] if others else None
