"""What was measured of a design, as the report holds it."""

from typing import Any

from .cost import Part
from .measure import Figures, Measured
from .settings import DEFAULT_WORKLOAD
from .technology import Technology
from .timing import CriticalPath
from .unit_measure import MeasuredUnit, UnitFigures

FJ_OF_NW_PS = 1e-6
"""1 nW for 1 ps."""


def multiplier_entry(
    result: Measured, technology: Technology, clock_ps: float, floor: Measured
) -> dict[str, Any]:
    """A multiplier, beside ``floor``, the bare adder."""
    design = result.design
    same = result.least_area is result.least_energy
    return {
        "name": design.name,
        "level": design.level,
        "kind": design.kind,
        "summary": design.summary,
        **_multiplier_figures(result, result.least_energy, technology, clock_ps),
        "netlist": f"{design.name}.v",
        "workload": DEFAULT_WORKLOAD,
        "least_area": {
            **_multiplier_figures(result, result.least_area, technology, clock_ps),
            "netlist": _least_area_file(design.name, same=same),
            "workload": DEFAULT_WORKLOAD,
        },
        "over_adder": {
            "area": result.least_area.area_um2 / floor.least_area.area_um2,
            "energy": result.least_energy.functional_fj / floor.least_energy.functional_fj,
            "glitch": _glitch(result) / _glitch(floor),
        },
        "generic": {
            "cells": result.generic.cells,
            "gate_equivalents": result.generic.gate_equivalents,
            "depth": result.generic.depth,
        },
        "checked": {
            "pairs": result.checked_pairs,
            "every_pair": design.exhaustive,
            "mismatches": 0,
        },
    }


def _glitch(result: Measured) -> float:
    """Energy with glitches of the recipe of least energy, in fJ."""
    return result.glitch[result.least_energy.recipe].total_fj


def unit_entry(result: MeasuredUnit, technology: Technology, clock_ps: float) -> dict[str, Any]:
    """A unit: area of the whole, energy of one multiply-accumulate."""
    design = result.design
    same = result.least_area is result.least_energy
    operations = design.operations
    return {
        "name": design.name,
        "level": design.level,
        "kind": design.kind,
        "summary": design.summary,
        **_unit_figures(result.least_energy, technology, clock_ps, operations),
        "netlist": f"{design.name}.v",
        "workload": DEFAULT_WORKLOAD,
        "least_area": {
            **_unit_figures(result.least_area, technology, clock_ps, operations),
            "netlist": _least_area_file(design.name, same=same),
            "workload": DEFAULT_WORKLOAD,
        },
        "compared": design.compared,
        "operations_per_cycle": operations,
        "checked": {"pairs": result.checked, "every_pair": False, "mismatches": 0},
    }


def entry_files(entry: dict[str, Any], result: Measured | MeasuredUnit) -> dict[str, bytes]:
    """The netlists that ``entry`` names."""
    return {
        figures["netlist"]: verilog.encode()
        for figures, verilog in (
            (entry, _verilog(result.least_energy)),
            (entry["least_area"], _verilog(result.least_area)),
        )
    }


def _verilog(figures: Figures | UnitFigures) -> str:
    return figures.verilog if isinstance(figures, UnitFigures) else figures.mapped.verilog


def _least_area_file(name: str, *, same: bool) -> str:
    return f"{name}.v" if same else f"{name}.least_area.v"


def _path(path: CriticalPath) -> dict[str, Any]:
    return {
        "delay_ps": path.delay_ps,
        "critical_path": [
            {"instance": step.instance, "cell": step.cell, "pin": step.pin, "time_ps": step.time_ps}
            for step in path.steps
        ],
    }


def _multiplier_figures(
    result: Measured, figures: Figures, technology: Technology, clock_ps: float
) -> dict[str, Any]:
    glitch = result.glitch[figures.recipe].total_fj
    return {
        "recipe": figures.recipe.name,
        "gate_equivalents": technology.gate_equivalents(figures.area_um2),
        "area_um2": figures.area_um2,
        "cells": figures.mapped.netlist.cell_counts,
        **_path(figures.path),
        "energy_fj": {
            "functional": figures.functional_fj,
            "glitch": glitch,
            "leakage": figures.leakage_nw * clock_ps * FJ_OF_NW_PS,
        },
        "energy_by_workload": {
            workload: {
                "functional": energy.total_fj,
                "switching": energy.switching_fj,
                "internal": energy.internal_fj,
                "uncertainty": energy.uncertainty_fj,
                **({"glitch": glitch} if workload == DEFAULT_WORKLOAD else {}),
            }
            for workload, energy in figures.energy.items()
        },
    }


def _unit_figures(
    figures: UnitFigures, technology: Technology, clock_ps: float, operations: int
) -> dict[str, Any]:
    whole = figures.cost.total
    return {
        "recipe": figures.recipe,
        "gate_equivalents": technology.gate_equivalents(whole.area_um2),
        "area_um2": whole.area_um2,
        "cells": figures.cells,
        **_path(figures.path),
        "energy_fj": {
            "functional": whole.functional_fj / operations,
            "leakage": whole.leakage_nw * clock_ps * FJ_OF_NW_PS / operations,
            "clock": whole.clock_fj / operations,
        },
        "energy_by_workload": {
            DEFAULT_WORKLOAD: {
                "functional": whole.functional_fj / operations,
                "switching": whole.switching_fj / operations,
                "internal": whole.internal_fj / operations,
                "uncertainty": figures.cost.uncertainty_fj / operations,
            }
        },
        "parts": {
            name: _part(part, whole, operations) for name, part in figures.cost.parts.items()
        },
    }


def _part(part: Part, whole: Part, operations: int) -> dict[str, float]:
    return {
        "area_um2": part.area_um2,
        "area_share": part.area_um2 / whole.area_um2,
        "functional_fj": part.functional_fj / operations,
        "clock_fj": part.clock_fj / operations,
        "functional_share": part.functional_fj / whole.functional_fj,
        "energy_share": (part.functional_fj + part.clock_fj)
        / (whole.functional_fj + whole.clock_fj),
    }
