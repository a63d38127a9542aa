"""What a dot-product unit saves, in two parts: by the unit, and by L-Mul in it."""

from dataclasses import dataclass

from lmul_pe.model import DotProduct, unit_named
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD
from lmul_pe.synth.workload.streams import LONG_SUM_LENGTH, LONG_SUMS, SUM_LENGTH

from .compare import best_mac, percent_saved, sums_in_float
from .record import Design, Report

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


def best_split(report: Report) -> Split | None:
    """Of the unit that takes least energy with L-Mul, on sums of the usual length."""
    found = [each for each in splits(report) if each.workload == DEFAULT_WORKLOAD]
    return min(found, key=lambda each: each.total_fj(each.lmul), default=None)


def _lanes(design: Design) -> int:
    unit = unit_named(design.name)
    assert isinstance(unit, DotProduct)
    return unit.products_per_cycle
