"""What was measured of a design, as the report holds it."""

from collections.abc import Sequence
from typing import Any

from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.multipliers import Design
from lmul_pe.synth.design.units import UnitDesign
from lmul_pe.synth.measuring.cost import Part
from lmul_pe.synth.measuring.measure import Measured
from lmul_pe.synth.measuring.multiplier import Figures
from lmul_pe.synth.measuring.multiplier_equal_clock import Point
from lmul_pe.synth.measuring.registered import registers
from lmul_pe.synth.measuring.unit import MeasuredUnit, UnitFigures
from lmul_pe.synth.netlists.timing import CriticalPath
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD, Settings

FJ_OF_NW_PS = 1e-6
"""1 nW for 1 ps."""


def multiplier_entry(
    result: Measured, technology: Technology, clock_ps: float, floor: Measured, settings: Settings
) -> dict[str, Any]:
    """A multiplier, beside ``floor``, the bare adder."""
    design = result.design
    least_energy, least_area = result.least_energy, result.least_area
    floors = {point.clock_ps: point for point in floor.points}
    return {
        **_heading(design),
        **_figures_and_files(
            design.name,
            _multiplier_figures(least_energy, technology, clock_ps),
            _multiplier_figures(least_area, technology, clock_ps),
            same=least_area is least_energy,
        ),
        "over_adder": _ratios(least_energy, least_area, floor.least_energy, floor.least_area),
        "fastest_ps": result.fastest_ps,
        "iso_delay": [
            _point_entry(design, point, technology, floors.get(point.clock_ps), settings)
            for point in result.points
        ],
        "given_up": list(result.given_up),
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


def _ratios(
    energy: Figures, area: Figures, floor_energy: Figures, floor_area: Figures
) -> dict[str, float]:
    return {
        "area": area.area_um2 / floor_area.area_um2,
        "energy": energy.functional_fj / floor_energy.functional_fj,
        "glitch": energy.glitch_fj / floor_energy.glitch_fj,
    }


def _point_entry(
    design: Design,
    point: Point[Figures],
    technology: Technology,
    floor: Point[Figures] | None,
    settings: Settings,
) -> dict[str, Any]:
    """The best netlists at one clock; the registers around them are the same on every side."""
    least_energy, least_area = point.least_energy, point.least_area
    a, b = design.stream(DEFAULT_WORKLOAD, settings.pairs, settings.seed)
    around = registers(
        least_energy.mapped.netlist,
        {"a": a, "b": b, "y": design.expected(a, b)},
        technology,
        settings.wire_ff,
    )
    return {
        "clock_ps": point.clock_ps,
        **_figures_and_files(
            _at(design.name, point.clock_ps),
            _multiplier_figures(least_energy, technology, point.clock_ps),
            _multiplier_figures(least_area, technology, point.clock_ps),
            same=least_area is least_energy,
        ),
        "over_adder": _ratios(least_energy, least_area, floor.least_energy, floor.least_area)
        if floor
        else None,
        "registers": {
            "bits": around.bits,
            "area_um2": around.area_um2,
            "gate_equivalents": technology.gate_equivalents(around.area_um2),
            "clock_fj": around.clock_fj,
            "data_fj": around.data_fj,
            "leakage_fj": around.leakage_nw * point.clock_ps * FJ_OF_NW_PS,
        },
    }


def _at(name: str, clock_ps: float) -> str:
    """The name of a design's netlists that were chosen at a clock."""
    return f"{name}.{clock_ps:.0f}ps"


def _heading(design: Design | UnitDesign) -> dict[str, Any]:
    return {
        "name": design.name,
        "level": design.level,
        "kind": design.kind,
        "summary": design.summary,
    }


def _figures_and_files(
    name: str, least_energy: dict[str, Any], least_area: dict[str, Any], *, same: bool
) -> dict[str, Any]:
    """Figures of the netlist of least energy, and in them those of the smallest; with the files
    called ``name`` that hold both, one if they are the ``same``."""
    return {
        **least_energy,
        "netlist": f"{name}.v",
        "workload": DEFAULT_WORKLOAD,
        "least_area": {
            **least_area,
            "netlist": f"{name}.v" if same else f"{name}.least_area.v",
            "workload": DEFAULT_WORKLOAD,
        },
    }


def unit_entry(result: MeasuredUnit, technology: Technology, clock_ps: float) -> dict[str, Any]:
    """A unit: area of the whole, energy of one multiply-accumulate."""
    design = result.design
    operations = design.operations
    return {
        **_heading(design),
        **_figures_and_files(
            design.name,
            _unit_figures(result.least_energy, technology, clock_ps, operations),
            _unit_figures(result.least_area, technology, clock_ps, operations),
            same=result.least_area is result.least_energy,
        ),
        "iso_delay": [_unit_point(design, point, technology) for point in result.points],
        "given_up": list(result.given_up),
        "compared": design.compared,
        "operations_per_cycle": operations,
        "checked": {"pairs": result.checked, "every_pair": False, "mismatches": 0},
    }


def _unit_point(
    design: UnitDesign, point: Point[UnitFigures], technology: Technology
) -> dict[str, Any]:
    """The best choices of netlists at one clock."""
    clock_ps, operations = point.clock_ps, design.operations
    return {
        "clock_ps": clock_ps,
        **_figures_and_files(
            _at(design.name, clock_ps),
            _unit_figures(point.least_energy, technology, clock_ps, operations),
            _unit_figures(point.least_area, technology, clock_ps, operations),
            same=point.least_area is point.least_energy,
        ),
    }


def entry_files(entry: dict[str, Any], result: Measured | MeasuredUnit) -> dict[str, bytes]:
    """The netlists that ``entry`` names."""
    chosen: list[tuple[dict[str, Any], Figures | UnitFigures]] = [
        (entry, result.least_energy),
        (entry["least_area"], result.least_area),
    ]
    points: Sequence[Point[Figures] | Point[UnitFigures]] = result.points
    for listed, point in zip(entry["iso_delay"], points, strict=True):
        chosen += [(listed, point.least_energy), (listed["least_area"], point.least_area)]
    return {figures["netlist"]: _verilog(measured).encode() for figures, measured in chosen}


def _verilog(figures: Figures | UnitFigures) -> str:
    return figures.verilog if isinstance(figures, UnitFigures) else figures.mapped.verilog


def _path(path: CriticalPath) -> dict[str, Any]:
    return {
        "delay_ps": path.delay_ps,
        "critical_path": [
            {"instance": step.instance, "cell": step.cell, "pin": step.pin, "time_ps": step.time_ps}
            for step in path.steps
        ],
    }


def _multiplier_figures(
    figures: Figures, technology: Technology, clock_ps: float
) -> dict[str, Any]:
    return {
        "recipe": figures.recipe.name,
        "gate_equivalents": technology.gate_equivalents(figures.area_um2),
        "area_um2": figures.area_um2,
        "cells": figures.mapped.netlist.cell_counts,
        **_path(figures.path),
        "smallest_clock_ps": figures.clock_ps,
        "energy_fj": {
            "functional": figures.functional_fj,
            "glitch": figures.glitch_fj,
            "leakage": figures.leakage_nw * clock_ps * FJ_OF_NW_PS,
        },
        "energy_by_workload": {
            workload: {
                "functional": energy.total_fj,
                "switching": energy.switching_fj,
                "internal": energy.internal_fj,
                "uncertainty": energy.uncertainty_fj,
                "glitch": figures.glitch[workload].total_fj,
                "glitch_uncertainty": figures.glitch[workload].uncertainty_fj,
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
            "glitch": whole.with_glitches_fj / operations,
            "leakage": whole.leakage_nw * clock_ps * FJ_OF_NW_PS / operations,
            "clock": whole.clock_fj / operations,
        },
        "energy_by_workload": {
            workload: {
                "functional": cost.total.functional_fj / operations,
                "switching": cost.total.switching_fj / operations,
                "internal": cost.total.internal_fj / operations,
                "uncertainty": cost.uncertainty_fj / operations,
                "glitch": cost.total.with_glitches_fj / operations,
                "glitch_uncertainty": cost.glitch_uncertainty_fj / operations,
            }
            for workload, cost in figures.costs.items()
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
        "glitch_fj": part.with_glitches_fj / operations,
        "clock_fj": part.clock_fj / operations,
        "functional_share": part.functional_fj / whole.functional_fj,
        "energy_share": (part.functional_fj + part.clock_fj)
        / (whole.functional_fj + whole.clock_fj),
        "glitch_share": (part.with_glitches_fj + part.clock_fj)
        / (whole.with_glitches_fj + whole.clock_fj),
    }
