"""The report of one array, as dictionary, Markdown and tables."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from lmul_pe.model import SystolicArray, cycles
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.units import UnitDesign
from lmul_pe.synth.mapping.flow import tool_versions
from lmul_pe.synth.measuring.measured import Measured
from lmul_pe.synth.report.terminal import markdown, savings_table, units_table
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD, Settings
from lmul_pe.synth.workload.streams import WORKLOADS

from .format_report import UNITS, common_clock, library_entry
from .levels import unit_savings
from .record import unit_entry

SCHEMA = 1
PRODUCT_SIDE = 256
"""Rows and columns of the matrix product whose cycles are given."""


def array_report(
    technology: Technology, settings: Settings, measured: Sequence[Measured]
) -> dict[str, Any]:
    """What was measured of arrays that differ in their multiplier alone."""
    clock_ps = common_clock(measured)
    designs = [unit_entry(result, technology, clock_ps) for result in measured]
    return {
        "schema": SCHEMA,
        "technology": technology.name,
        "library": library_entry(technology),
        "tools": tool_versions(),
        "seed": settings.seed,
        "assumptions": {
            "voltage": technology.voltage,
            "wire_ff_per_fanout": settings.wire_ff,
            "clock_ps": clock_ps,
            "workloads": {DEFAULT_WORKLOAD: WORKLOADS[DEFAULT_WORKLOAD]},
            "units": UNITS,
        },
        "designs": designs,
        "savings": unit_savings(designs),
        "cycles": [_cycles(result) for result in measured],
    }


def _cycles(result: Measured) -> dict[str, Any]:
    """Cycles of one matrix product, by the closed formula."""
    assert isinstance(result.design, UnitDesign)
    array = result.design.unit
    assert isinstance(array, SystolicArray)
    # Without sums to begin from, weights stay for one tile of the inner dimension.
    inner = PRODUCT_SIDE
    if array.dataflow == "ws" and not array.partial:
        inner = array.rows
    counted = cycles(array, PRODUCT_SIDE, inner, PRODUCT_SIDE)
    return {
        "design": array.name,
        "m": PRODUCT_SIDE,
        "k": inner,
        "n": PRODUCT_SIDE,
        "cycles": counted.total,
        "utilisation": counted.utilisation,
    }


def array_markdown(report: Mapping[str, Any], command: str) -> str:
    """``report`` as Markdown; ``command`` is what makes it again."""
    return markdown(report, command, "array.md.jinja")


def print_array(report: Mapping[str, Any], console: Console) -> None:
    """The figures of ``report`` as tables."""
    console.print(units_table(report["designs"]))
    if report["savings"]:
        console.print(savings_table(report["savings"], list(report["assumptions"]["workloads"])))
    for each in report["cycles"]:
        console.print(
            f"{each['design']}: a {each['m']} x {each['k']} x {each['n']} product takes "
            f"{each['cycles']:,} cycles and keeps the elements {each['utilisation']:.1%} busy."
        )
