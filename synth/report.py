"""The report of one format in one technology, as the dictionary that ``report.json`` holds.

``report.schema.json`` describes it.
"""

from collections.abc import Sequence
from typing import Any

from model import FloatFormat, Multiplier, relative_errors

from .claims import energy_claims, gate_claims, published
from .designs import Design
from .flow import tool_versions
from .measure import DEFAULT_WORKLOAD, Figures, Measured, Settings
from .recipes import SCRIPTS, STRUCTURES
from .technology import Technology
from .workloads import WORKLOADS

SCHEMA = 1
LARGEST_ERROR_BITS = 10

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
) -> dict[str, Any]:
    """Everything that was measured, and what the paper says beside it."""
    # Leakage is power; it becomes energy by a clock, the same one for all: the slowest design's.
    clock_ps = float(
        max(
            figures.path.delay_ps
            for result in measured
            for figures in (result.least_energy, result.least_area)
        )
    )
    designs = [_design(result, technology, clock_ps, measured[0]) for result in measured]
    savings = _savings(format, designs)
    return {
        "schema": SCHEMA,
        "format": format.name,
        "technology": technology.name,
        "library": {
            "node_nm": technology.node_nm,
            "source": technology.source,
            "gate_equivalent_um2": technology.nand2.area_um2,
            "gate_equivalent_cell": technology.nand2.name,
        },
        "tools": tool_versions(),
        "seed": settings.seed,
        "assumptions": {
            "voltage": technology.voltage,
            "temperature": technology.temperature,
            "wire_ff_per_fanout": settings.wire_ff,
            "clock_ps": clock_ps,
            "input_slew_ps": technology.input_slew_ps,
            "pairs_per_workload": settings.pairs,
            "workloads": dict(WORKLOADS),
            "delay_target": "none: every recipe is free of a delay constraint",
        },
        "recipes": {
            "tried": "every structure that a design has by every script, on both sides alike",
            "structures": list(STRUCTURES),
            "scripts": dict(SCRIPTS),
        },
        "designs": designs,
        "savings": savings,
        "claims": _claims(format, savings),
    }


def _design(
    result: Measured, technology: Technology, clock_ps: float, floor: Measured
) -> dict[str, Any]:
    design = result.design
    entry = {
        "name": design.name,
        "level": design.level,
        "kind": design.kind,
        "summary": design.summary,
        **_figures(result.least_energy, technology, clock_ps),
        "netlist": f"{design.name}.v",
        "workload": DEFAULT_WORKLOAD,
        "least_area": {
            **_figures(result.least_area, technology, clock_ps),
            "netlist": f"{design.name}.v"
            if result.least_area is result.least_energy
            else f"{design.name}.least_area.v",
            "workload": DEFAULT_WORKLOAD,
        },
    }
    if isinstance(design, Design) and result.generic:
        entry["over_adder"] = {
            "area": result.least_area.area_um2 / floor.least_area.area_um2,
            "energy": result.least_energy.functional_fj / floor.least_energy.functional_fj,
        }
        entry["generic"] = {
            "cells": result.generic.cells,
            "gate_equivalents": result.generic.gate_equivalents,
            "depth": result.generic.depth,
        }
    exhaustive = isinstance(design, Design) and design.exhaustive
    entry["checked"] = {
        "pairs": result.checked_pairs,
        "every_pair": exhaustive,
        "mismatches": 0,
    }
    return entry


def _figures(figures: Figures, technology: Technology, clock_ps: float) -> dict[str, Any]:
    clock = figures.energy[DEFAULT_WORKLOAD].clock_fj
    by_workload = {
        workload: {
            "functional": energy.total_fj,
            "switching": energy.switching_fj,
            "internal": energy.internal_fj,
            "uncertainty": energy.uncertainty_fj,
        }
        for workload, energy in figures.energy.items()
    }
    return {
        "recipe": figures.recipe.name,
        "gate_equivalents": technology.gate_equivalents(figures.area_um2),
        "area_um2": figures.area_um2,
        "cells": figures.mapped.netlist.cell_counts,
        "delay_ps": figures.path.delay_ps,
        "critical_path": [
            {"instance": step.instance, "cell": step.cell, "pin": step.pin, "time_ps": step.time_ps}
            for step in figures.path.steps
        ],
        "energy_fj": {
            "functional": figures.functional_fj,
            # 1 nW for 1 ps is 1e-6 fJ.
            "leakage": figures.leakage_nw * clock_ps * 1e-6,
            **({"clock": clock} if clock else {}),
        },
        "energy_by_workload": by_workload,
    }


def _savings(format: FloatFormat, designs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Percent saved by each design over its baseline: area, delay, and energy by workload."""
    known = {design["name"]: design for design in designs}
    found = []
    pairs = [
        (design_name(role, format), design_name(baseline, format), meaning)
        for role, baseline, meaning in COMPARED
    ]
    pairs.append(
        (
            f"mac_{design_name('lmul', format)}_fp32",
            f"mac_{design_name('exact', format)}_fp32",
            "multiply-accumulate, registers and adder included",
        )
    )
    for name, baseline_name, meaning in pairs:
        if name not in known:
            continue
        design, baseline = known[name], known[baseline_name]

        def saved(now: float, before: float) -> float:
            return 100 * (1 - now / before)

        found.append(
            {
                "level": design["level"],
                "design": design["name"],
                "baseline": baseline["name"],
                "meaning": meaning,
                "area_percent": saved(
                    design["least_area"]["area_um2"], baseline["least_area"]["area_um2"]
                ),
                "delay_percent": saved(design["delay_ps"], baseline["delay_ps"]),
                "energy_percent": {
                    workload: saved(
                        design["energy_by_workload"][workload]["functional"],
                        baseline["energy_by_workload"][workload]["functional"],
                    )
                    for workload in design["energy_by_workload"]
                },
                "obtained": "area of the smallest recipes, delay and functional energy of the "
                "recipes of least energy, unconstrained in delay",
            }
        )
    return found


def _claims(format: FloatFormat, savings: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The paper's figures from its own tables, and what was measured beside the 95 %."""
    fair = savings[0]
    measured = fair["energy_percent"][DEFAULT_WORKLOAD]
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
                f"bits. These gates "
                f"say {measured:.1f} % for {format.name} ({fair['design']} against "
                f"{fair['baseline']}, functional energy, workload {DEFAULT_WORKLOAD}): the claim "
                f"{verdict}. A bare adder of the same width, which multiplies nothing, would save "
                f"{savings[len(COMPARED) - 1]['energy_percent'][DEFAULT_WORKLOAD]:.1f} %.",
            }
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
