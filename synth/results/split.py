"""What a dot-product unit saves, in two parts: by the unit, and by L-Mul in it."""

from dataclasses import dataclass

from lmul_pe.model import DotProduct, unit_named
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD
from lmul_pe.synth.workload.streams import LONG_SUM_LENGTH, LONG_SUMS, SUM_LENGTH

from .compare import best_mac, percent_saved, sums_in_float
from .record import Design, Point, Report

SUMS = {DEFAULT_WORKLOAD: SUM_LENGTH, LONG_SUMS: LONG_SUM_LENGTH}
"""Workload to the products of a sum."""


@dataclass(frozen=True)
class Split:
    """A product and its sum in three units, figures for one multiply-accumulate.

    Parameters
    ----------
    mac
        The conventional multiply-accumulate that sums in a float format and takes least energy.
    exact, lmul
        The dot-product unit with conventional products, and with those of L-Mul.
    integer
        The one of int8 and as many lanes, where there is one.
    workload
        One of :data:`SUMS`; a unit without the longer ones is taken with the shorter ones.
    """

    mac: Design
    exact: Design
    lmul: Design
    integer: Design | None
    workload: str

    def total_fj(self, design: Design) -> float:
        """Energy with glitches, clock and leakage."""
        return design.total_fj(
            self.workload if self.workload in design.energy_by_workload else DEFAULT_WORKLOAD
        )

    @property
    def sum_length(self) -> int:
        """Products of a sum."""
        return SUMS[self.workload]

    @property
    def unit_percent(self) -> float:
        """Saved by the unit, with conventional products."""
        return percent_saved(self.total_fj(self.exact), self.total_fj(self.mac))

    @property
    def lmul_percent(self) -> float:
        """Saved by L-Mul of what is left: like for like."""
        return percent_saved(self.total_fj(self.lmul), self.total_fj(self.exact))

    @property
    def whole_percent(self) -> float:
        """Saved by both: unit for unit."""
        return percent_saved(self.total_fj(self.lmul), self.total_fj(self.mac))


def splits(report: Report) -> tuple[Split, ...]:
    """Of every dot-product unit that is there with both kinds and does not sum in a float format,
    on sums of each length.

    None without a conventional multiply-accumulate to set it against.
    """
    mac = best_mac(report.units)
    if mac is None:
        return ()
    units = [each for each in report.units if each.level == "dot"]
    exact = {each.compared: each for each in units if each.kind == "exact"}
    integers = {_lanes(each): each for each in units if each.kind == "int"}
    return tuple(
        Split(mac, exact[each.compared], each, integers.get(_lanes(each)), workload)
        for each in units
        if each.kind == "lmul" and each.compared in exact and not sums_in_float(each)
        for workload in SUMS
        if workload in each.energy_by_workload
    )


@dataclass(frozen=True)
class ClockedSplit:
    """A product and its sum in the units of a split, at one clock of the multiply-accumulate.

    Parameters
    ----------
    times
        Its clock over the smallest that both kinds of it meet.
    mac, exact, lmul, integer
        As of :class:`Split`; None of a unit that does not meet the clock.
    """

    split: Split
    clock_ps: float
    times: float
    mac: Point
    exact: Point | None
    lmul: Point | None
    integer: Point | None

    @property
    def unit_percent(self) -> float | None:
        """Saved by the unit, with conventional products."""
        return percent_saved(self.exact.total_fj(), self.mac.total_fj()) if self.exact else None

    @property
    def lmul_percent(self) -> float | None:
        """Saved by L-Mul of what is left: like for like."""
        if self.lmul is None or self.exact is None:
            return None
        return percent_saved(self.lmul.total_fj(), self.exact.total_fj())

    @property
    def whole_percent(self) -> float | None:
        """Saved by both: unit for unit."""
        return percent_saved(self.lmul.total_fj(), self.mac.total_fj()) if self.lmul else None


def clocked_splits(report: Report) -> tuple[ClockedSplit, ...]:
    """Of every unit that was measured at clocks, at all those of the multiply-accumulate."""
    found = []
    for split in splits(report):
        # What is measured at clocks has a fastest one, even where it meets none of them.
        if split.workload != DEFAULT_WORKLOAD or split.lmul.fastest_ps is None:
            continue
        clocks = [point.clock_ps for point in split.mac.iso_delay]
        for point in split.mac.iso_delay:
            exact, lmul, integer = (
                next((each for each in unit.iso_delay if each.clock_ps == point.clock_ps), None)
                if unit
                else None
                for unit in (split.exact, split.lmul, split.integer)
            )
            times = point.clock_ps / clocks[0]
            found.append(ClockedSplit(split, point.clock_ps, times, point, exact, lmul, integer))
    return tuple(found)


def best_split(report: Report) -> Split | None:
    """Of the unit that takes least energy with L-Mul, on sums of the usual length."""
    found = [each for each in splits(report) if each.workload == DEFAULT_WORKLOAD]
    return min(found, key=lambda each: each.total_fj(each.lmul), default=None)


def _lanes(design: Design) -> int:
    unit = unit_named(design.name)
    assert isinstance(unit, DotProduct)
    return unit.products_per_cycle
