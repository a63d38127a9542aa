"""What other projects published beside the nearest like thing that is measured here."""

from collections.abc import Sequence
from dataclasses import dataclass

from lmul_pe.synth.results.compare import basis, headline
from lmul_pe.synth.results.quantities import AREA, SAVED_AREA, SAVED_ENERGY, SAVED_TOTAL, Quantity
from lmul_pe.synth.results.record import Report

from .judgement import delay_words
from .paper import OthersFigure, OthersWork, published

TECHNOLOGY = "nangate45"
"""Of the measured figures: the node of most of the published ones."""


@dataclass(frozen=True)
class Beside:
    """A published figure, and what is measured of the nearest like thing.

    Parameters
    ----------
    quantity, value
        What was measured here; None where there is nothing like it.
    designs
        Whose.
    how
        How it was obtained, or why there is nothing.
    """

    work: OthersWork
    figure: OthersFigure
    quantity: Quantity | None
    value: float | None
    designs: str
    how: str


def beside_others(reports: Sequence[Report]) -> list[Beside]:
    """One or more for every published figure."""
    known = {each.format: each for each in reports if each.technology == TECHNOLOGY}
    found = []
    for work in published().others:
        for figure in work.figures:
            report = known.get(figure.ours)
            near = list(_nearest(report, work, figure)) if report and work.nearest else []
            why = work.why or f"no such design in a report of {figure.ours} in {TECHNOLOGY}"
            found += near or [Beside(work, figure, None, None, "", why)]
    return found


def _nearest(report: Report, work: OthersWork, figure: OthersFigure) -> list[Beside]:
    assert work.nearest is not None
    ((what, pattern),) = work.nearest.items()
    name = pattern.format(report.format)
    if what == "design":
        design = report.design(name)
        if design is None:
            return []
        area = design.least_area.gate_equivalents
        return [Beside(work, figure, AREA, area, name, "smallest netlist, mapped and not placed")]
    saving = next((each for each in report.savings if each.design == name), None)
    if saving is None:
        return []
    first = headline(saving)
    delay = delay_words(basis(saving))
    pair = f"{saving.design} / {saving.baseline}"
    area_how, energy_how = f"mapped and not placed, {delay}", f"workload {first.workload}, {delay}"
    # A multiplier alone has no clock; what a report counts as its registers are not part of it.
    energy, value = SAVED_TOTAL, first.total_percent
    if saving.level == "multiplier":
        energy, value = SAVED_ENERGY, first.glitch_percent
    both = [
        Beside(work, figure, SAVED_AREA, first.area_percent, pair, area_how),
        Beside(work, figure, energy, value, pair, energy_how),
    ]
    if "area" in figure.quantity:
        return both[:1]
    return both[1:] if "power" in figure.quantity else both
