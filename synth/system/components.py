"""Measured designs as components of other estimators: the CSV of Accelergy's library plug-in.

Timeloop takes them through Accelergy.  Format: the README of
Accelergy-Project/accelergy-library-plug-in: a line that names the component, a heading, and a row
for each action, in pJ and um2; ``leak`` is for a cycle of ``global_cycle_seconds``.
"""

import re
from collections.abc import Iterator

from lmul_pe.model import unit_named
from lmul_pe.model.command.project import version
from lmul_pe.synth.results.record import Design, Report

HEADING = "technology,global_cycle_seconds,width|datawidth,energy,area,action"
PREFIX = "lmul_pe_"
_PJ_OF_FJ = 1e-3
_S_OF_PS = 1e-12

COMPUTE = "compute|multiply|read"
SUM = "compute|mac|multiply|read"
"""Actions of what multiplies, and of what sums, too."""


def components(report: Report) -> str:
    """Every measured design of a report as a component, with its provenance in comments.

    Figures are for one multiplication, or multiply-accumulate: energy with glitches and clock on
    the default workload, and area of one multiplier's share, of the netlist without a delay target:
    the plug-in scales leakage with the cycle, and would not choose a netlist by it.
    """
    node = "" if report.library.node_nm is None else f"{report.library.node_nm:g}nm"
    lines = [
        f"# {provenance(report)}",
        "# Energy in pJ with glitches and clock; area in um2; both of one multiplier's share.",
    ]
    for design in report.designs:
        if design.kind != "adder":
            lines += ["", f"COMPONENT: {PREFIX}{design.name}", *_lines(report, design, node)]
    return "\n".join(lines) + "\n"


def provenance(report: Report) -> str:
    """Version, command, technology and day."""
    return (
        f"lmul-pe {version()}: {report.command}; {report.technology}; measured on "
        f"{report.measured_on or 'an unknown day'}"
    )


def _lines(report: Report, design: Design, node: str) -> Iterator[str]:
    yield f"# {_plain(design.summary)}; workload {design.workload}; netlist {design.netlist}"
    yield HEADING
    width = unit_named(design.name).operand_formats[0].width
    actions = SUM if design.parts else COMPUTE
    share = design.area_um2 / design.operations_per_cycle
    energy = design.energy_fj
    start = f"{node},{report.assumptions.clock_ps * _S_OF_PS:.6g},{width}"
    for value_fj, action in (
        (energy.glitch + energy.clock, actions),
        (energy.leakage, "leak"),
        (0.0, "update|write"),
    ):
        yield f"{start},{value_fj * _PJ_OF_FJ:.6g},{share:.6g},{action}"


def _plain(text: str) -> str:
    """A text that is no field and no comment of its own."""
    return re.sub(r"[,#\n]", " ", text)
