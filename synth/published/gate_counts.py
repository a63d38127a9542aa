"""The paper's gate formulas (Eq. 6 to 8) beside what synthesis gives."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from lmul_pe.model import Multiplier, format_named
from lmul_pe.synth.results import quantities as q
from lmul_pe.synth.results.compare import percent_saved
from lmul_pe.synth.results.record import Design, Report

from .paper import lmul_gates, multiplier_gates, published, published_name

SOURCE = "Luo & Sun, arXiv 2410.00907v2, Eq. 6 to 8"


@dataclass(frozen=True)
class Gates:
    """Gates of both multipliers of one report.

    Parameters
    ----------
    exact_formula, lmul_formula
        What the paper's formulas give.
    exact_printed, lmul_printed
        What it prints; None where it prints nothing.
    exact_generic, lmul_generic, raw_generic, adder_generic
        Two-input gates, counted, without a technology.
    exact_mapped, lmul_mapped
        NAND2 equivalents of the smallest mapped netlist.
    """

    format: str
    technology: str
    exact_formula: Annotated[int, q.FORMULA_GATES]
    lmul_formula: Annotated[int, q.FORMULA_GATES]
    exact_printed: int | None
    lmul_printed: int | None
    exact_generic: int
    lmul_generic: int
    raw_generic: int
    adder_generic: int
    exact_mapped: Annotated[float, q.AREA]
    lmul_mapped: Annotated[float, q.AREA]

    @property
    def formula_percent(self) -> float:
        """What L-Mul saves by the formulas."""
        return percent_saved(self.lmul_formula, self.exact_formula)

    @property
    def generic_percent(self) -> float:
        """What it saves in two-input gates."""
        return percent_saved(self.lmul_generic, self.exact_generic)

    @property
    def mapped_percent(self) -> float:
        """What it saves in mapped area."""
        return percent_saved(self.lmul_mapped, self.exact_mapped)


def gate_counts(reports: Sequence[Report]) -> list[Gates]:
    """Of each report."""
    return [_gates(report) for report in reports]


def _gates(report: Report) -> Gates:
    format = format_named(report.format)
    printed = {(each.kind, each.format): each.gates for each in published().gate_count}
    exact = report.design(Multiplier("exact", format).name)
    lmul = report.design(Multiplier("lmul", format).name)
    raw = report.design(Multiplier("lmul", format, guard="raw").name)
    adder = report.rungs[0]
    assert exact is not None
    assert lmul is not None
    assert raw is not None
    return Gates(
        format=format.name,
        technology=report.technology,
        exact_formula=multiplier_gates(format.mantissa_bits),
        lmul_formula=lmul_gates(format.exponent_bits + format.mantissa_bits),
        exact_printed=printed.get(("exact", format.name)),
        lmul_printed=printed.get(("lmul", published_name(format))),
        exact_generic=_count(exact),
        lmul_generic=_count(lmul),
        raw_generic=_count(raw),
        adder_generic=_count(adder),
        exact_mapped=exact.least_area.gate_equivalents,
        lmul_mapped=lmul.least_area.gate_equivalents,
    )


def _count(design: Design) -> int:
    assert design.generic is not None
    return sum(design.generic.cells.values())
