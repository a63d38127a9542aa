"""The report of one format in one technology, as the dictionary that ``report.json`` holds.

``report.schema.json`` describes it.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from lmul_pe.model import FloatFormat, Multiplier, relative_errors
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.design import LeftOut
from lmul_pe.synth.design.multipliers import MultiplierDesign, ladder
from lmul_pe.synth.mapping.flow import tool_versions
from lmul_pe.synth.mapping.recipes import SCRIPTS, STRUCTURES, TIMED_SCRIPTS
from lmul_pe.synth.measuring.measured import Measured
from lmul_pe.synth.measuring.sensitivity import sensitivity
from lmul_pe.synth.published.paper import energy_claims, gate_claims, published
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD, Settings

from .levels import dot_product_verdicts, level_words, saving, unit_savings
from .record import multiplier_entry, unit_entry

SCHEMA = 3
LARGEST_ERROR_BITS = 10
SENSITIVITY_PAIRS = 2049

UNITS = (
    "an operation of a unit is one multiply-accumulate; sums of 64 products, a pair every cycle, "
    "nothing waits; glitches settle within the cycle, registers change at their clock-to-output "
    "delay; arrays tile behind tile, fill and drain of the first and the last not counted; clock "
    "without a tree, no clock gating"
)
"""How units are measured."""

COMPARED = (
    ("lmul", "exact", "both flush subnormals"),
    ("lmul_gradual", "exact_gradual", "both with gradual underflow"),
    (
        "lmul",
        "exact_gradual",
        "unlike features: L-Mul flushes, the conventional one does not",
    ),
    ("lmul_raw", "exact", "the paper's comparison: a sum without a single special case"),
    ("adder", "exact", "the paper's reading: a bare adder, which multiplies nothing"),
)
"""Which designs are compared, least favourable reading first."""


def design_name(role: str, format: FloatFormat) -> str:
    """The name of the design that plays ``role`` (kind, or kind and policy) for ``format``."""
    kind, _, policy = role.partition("_")
    return "_".join(filter(None, (kind, format.name, policy)))


def build_report(
    format: FloatFormat,
    technology: Technology,
    settings: Settings,
    measured: Sequence[Measured],
    left_out: Sequence[LeftOut] = (),
    variants: Sequence[Technology] = (),
) -> dict[str, Any]:
    """Everything that was measured, and what the paper says beside it.

    Parameters
    ----------
    measured
        The bare adder first, and then the other multipliers.
    variants
        ``technology``, and the same library read at other input slews.
    """
    floor = measured[0]
    clock_ps = common_clock(measured)
    designs = [_entry(result, technology, clock_ps, floor) for result in measured]
    savings = _multiplier_savings(format, designs) + unit_savings(designs)
    return {
        "schema": SCHEMA,
        "format": format.name,
        "technology": technology.name,
        "library": library_entry(technology),
        "tools": tool_versions(),
        "seed": settings.seed,
        "assumptions": {
            "voltage": technology.voltage,
            "temperature": technology.temperature,
            "wire_ff_per_fanout": settings.wire_ff,
            "clock_ps": clock_ps,
            "input_slew_ps": technology.input_slew_ps,
            "pairs_per_workload": settings.pairs,
            "workloads": settings.described,
            "delay_target": "none, but for iso_delay: the best netlists of each design that meet "
            "its clock_ps with registers at inputs and outputs",
            "units": UNITS,
        },
        "recipes": {
            "tried": "every structure that a design has by every script that it is worth; with "
            "a delay target, conventional multipliers of wide formats have fewer scripts",
            "structures": list(STRUCTURES),
            "scripts": SCRIPTS | TIMED_SCRIPTS,
        },
        "designs": designs,
        "ladder": [design.name for design in ladder(format)],
        "savings": savings,
        "sensitivity": _sensitivity(measured, variants or (technology,), settings),
        "left_out": [{"level": each.level, "why": each.why} for each in left_out],
        "levels": level_words(format.name, savings, {design["name"]: design for design in designs}),
        "claims": _claims(format, savings),
    }


def _sensitivity(
    measured: Sequence[Measured],
    variants: Sequence[Technology],
    settings: Settings,
) -> list[dict[str, Any]]:
    """Of the netlists of least energy of the two multipliers that are compared first."""
    rows: list[dict[str, Any]] = []
    for each in measured:
        design, netlist = each.design, each.least_energy.netlist
        if isinstance(design, MultiplierDesign) and design.sets_clock and netlist:
            pairs = min(settings.pairs, SENSITIVITY_PAIRS)
            a, b = design.stream(DEFAULT_WORKLOAD, pairs, settings.seed)
            rows += map(asdict, sensitivity(netlist, variants, {"a": a, "b": b}))
    return rows


def library_entry(technology: Technology) -> dict[str, Any]:
    """What is said of the library."""
    return {
        "node_nm": technology.node_nm,
        "source": technology.source,
        "gate_equivalent_um2": technology.nand2.area_um2,
        "gate_equivalent_cell": technology.nand2.name,
    }


def common_clock(measured: Sequence[Measured]) -> float:
    """The clock by which leakage, which is power, becomes energy: the slowest design's, in ps."""
    return float(
        max(
            figures.path.delay_ps
            for result in measured
            for figures in (result.least_energy, result.least_area)
        )
    )


def _entry(
    result: Measured,
    technology: Technology,
    clock_ps: float,
    floor: Measured,
) -> dict[str, Any]:
    if isinstance(result.design, MultiplierDesign):
        return multiplier_entry(result, technology, clock_ps, floor)
    return unit_entry(result, technology, clock_ps)


def _multiplier_savings(
    format: FloatFormat, designs: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    known = {design["name"]: design for design in designs}
    return [
        saving(known[design_name(role, format)], known[design_name(baseline, format)], meaning)
        for role, baseline, meaning in COMPARED
    ]


def _claims(format: FloatFormat, savings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The paper's figures from its own tables, and what was measured beside the 95 %."""
    fair, nothing = savings[0], savings[len(COMPARED) - 1]
    measured = fair["glitch_energy_percent"]
    verdict = "holds" if measured >= 95 else "does not hold"
    return {
        "published": {
            "source": published()["energy_pj"]["source"],
            "obtained": "arithmetic on published energies per operation; nothing measured",
            "savings": [
                {
                    "name": claim.name,
                    "before_pj": claim.before_pj,
                    "after_pj": claim.after_pj,
                    "saving_percent": claim.saving_percent,
                    "claimed_percent": claim.claimed,
                }
                for claim in energy_claims()
            ],
            "gate_counts": [
                {
                    "kind": claim.kind,
                    "format": claim.format,
                    "printed": claim.printed,
                    "formula": claim.formula,
                }
                for claim in gate_claims()
            ],
        },
        "verdicts": [
            {
                "claim": "95 % less energy for element-wise products",
                "measured_percent": measured,
                "design": fair["design"],
                "baseline": fair["baseline"],
                "workload": DEFAULT_WORKLOAD,
                "verdict": verdict,
                "text": f"The paper says 95 % less energy for an element-wise product, of 32 or 16 "
                f"bits. These gates say {measured:.1f} % for {format.name} ({fair['design']} "
                f"against {fair['baseline']}, energy with glitches, workload {DEFAULT_WORKLOAD}): "
                f"the claim {verdict}. A bare adder of the same width, which multiplies nothing, "
                f"would save {nothing['glitch_energy_percent']:.1f} %.",
            },
            *dot_product_verdicts(format.name, savings),
        ],
        "error": _error(format),
    }


def _error(format: FloatFormat) -> dict[str, Any] | None:
    """Relative error of the product over uniform mantissas; None where the pairs are too many."""
    bits = format.mantissa_bits
    if bits > LARGEST_ERROR_BITS:
        return None
    errors = relative_errors(bits, Multiplier("lmul", format).offset or 0)
    return {
        "of": "L-Mul against the real product, uniform mantissas, no overflow or underflow",
        "mean": float(abs(errors).mean()),
        "bias": float(errors.mean()),
        "least": float(errors.min()),
        "greatest": float(errors.max()),
    }
