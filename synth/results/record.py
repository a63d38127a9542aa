"""What was measured of a design, as the report holds it."""

from collections.abc import Mapping
from typing import Any

from lmul_pe.synth.activity.energy import FJ_OF_NW_PS
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.measuring.cost import Cost, Part
from lmul_pe.synth.measuring.measured import Figures, Measured, Point
from lmul_pe.synth.netlists.timing import CriticalPath
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD


def multiplier_entry(
    result: Measured, technology: Technology, clock_ps: float, floor: Measured
) -> dict[str, Any]:
    """A multiplier, beside ``floor``, the bare adder."""
    floors = {point.clock_ps: point for point in floor.points}
    assert result.generic is not None
    return {
        **_heading(result, technology, clock_ps),
        "over_adder": _ratios(result, floor),
        "fastest_ps": result.fastest_ps,
        "iso_delay": [
            _multiplier_point(result.design.name, point, technology, floors.get(point.clock_ps))
            for point in result.points
        ],
        "given_up": list(result.given_up),
        "generic": {
            "cells": dict(result.generic.cells),
            "gate_equivalents": result.generic.gate_equivalents,
            "depth": result.generic.depth,
        },
        "checked": _checked(result),
    }


def unit_entry(result: Measured, technology: Technology, clock_ps: float) -> dict[str, Any]:
    """A unit: area of the whole, energy of one multiply-accumulate."""
    design = result.design
    return {
        **_heading(result, technology, clock_ps),
        "iso_delay": [
            _point(design.name, point, technology, design.operations) for point in result.points
        ],
        "given_up": list(result.given_up),
        "compared": design.compared,
        "operations_per_cycle": design.operations,
        "checked": _checked(result),
    }


def _heading(result: Measured, technology: Technology, clock_ps: float) -> dict[str, Any]:
    design = result.design
    return {
        "name": design.name,
        "level": design.level,
        "kind": design.kind,
        "summary": design.summary,
        **_figures_and_files(design.name, result, technology, clock_ps, design.operations),
    }


def _checked(result: Measured) -> dict[str, Any]:
    checked = result.checked
    return {"pairs": checked.pairs, "every_pair": checked.every_pair, "mismatches": 0}


def _ratios(result: Measured | Point, floor: Measured | Point) -> dict[str, float]:
    energy, floor_energy = (each.least_energy.cost.total for each in (result, floor))
    return {
        "area": result.least_area.area_um2 / floor.least_area.area_um2,
        "energy": energy.functional_fj / floor_energy.functional_fj,
        "glitch": energy.with_glitches_fj / floor_energy.with_glitches_fj,
    }


def _point(name: str, point: Point, technology: Technology, operations: int) -> dict[str, Any]:
    """The best netlists at one clock."""
    at_clock = f"{name}.{point.clock_ps:.0f}ps"
    return {
        "clock_ps": point.clock_ps,
        **_figures_and_files(at_clock, point, technology, point.clock_ps, operations),
    }


def _multiplier_point(
    name: str, point: Point, technology: Technology, floor: Point | None
) -> dict[str, Any]:
    """The same; the registers around a multiplier are the same on every side."""
    around = point.registers
    assert around is not None
    return {
        **_point(name, point, technology, 1),
        "over_adder": _ratios(point, floor) if floor else None,
        "registers": {
            "bits": around.bits,
            "area_um2": around.area_um2,
            "gate_equivalents": technology.gate_equivalents(around.area_um2),
            "clock_fj": around.clock_fj,
            "data_fj": around.data_fj,
            "leakage_fj": around.leakage_nw * point.clock_ps * FJ_OF_NW_PS,
        },
    }


def _figures_and_files(
    name: str, best: Measured | Point, technology: Technology, clock_ps: float, operations: int
) -> dict[str, Any]:
    """Figures of the netlist of least energy, and in them those of the smallest; with the files
    called ``name`` that hold both, one if they are the same."""
    same = best.least_area is best.least_energy
    return {
        **_figures(best.least_energy, technology, clock_ps, operations),
        "netlist": f"{name}.v",
        "workload": DEFAULT_WORKLOAD,
        "least_area": {
            **_figures(best.least_area, technology, clock_ps, operations),
            "netlist": f"{name}.v" if same else f"{name}.least_area.v",
            "workload": DEFAULT_WORKLOAD,
        },
    }


def entry_files(entry: dict[str, Any], result: Measured) -> dict[str, bytes]:
    """The netlists that ``entry`` names."""
    chosen = [(entry, result.least_energy), (entry["least_area"], result.least_area)]
    for listed, point in zip(entry["iso_delay"], result.points, strict=True):
        chosen += [(listed, point.least_energy), (listed["least_area"], point.least_area)]
    return {each["netlist"]: figures.verilog.encode() for each, figures in chosen}


def _path(path: CriticalPath) -> dict[str, Any]:
    return {
        "delay_ps": path.delay_ps,
        "critical_path": [
            {"instance": step.instance, "cell": step.cell, "pin": step.pin, "time_ps": step.time_ps}
            for step in path.steps
        ],
    }


def _figures(
    figures: Figures, technology: Technology, clock_ps: float, operations: int
) -> dict[str, Any]:
    whole = figures.cost.total
    # A unit has parts, and registers of its own; a multiplier has a clock with some around it.
    is_unit = figures.clock_ps is None
    return {
        "recipe": figures.recipe,
        "gate_equivalents": technology.gate_equivalents(figures.area_um2),
        "area_um2": figures.area_um2,
        "cells": dict(figures.cells),
        **_path(figures.path),
        **({} if is_unit else {"smallest_clock_ps": figures.clock_ps}),
        "energy_fj": {
            "functional": whole.functional_fj,
            "glitch": whole.with_glitches_fj,
            "leakage": figures.leakage_nw * clock_ps * FJ_OF_NW_PS / operations,
            **({"clock": whole.clock_fj} if is_unit else {}),
        },
        "energy_by_workload": _by_workload(figures.costs),
        **({"parts": _parts(figures.cost)} if is_unit else {}),
    }


def _by_workload(costs: Mapping[str, Cost]) -> dict[str, Any]:
    return {
        workload: {
            "functional": cost.total.functional_fj,
            "switching": cost.total.switching_fj,
            "internal": cost.total.internal_fj,
            "uncertainty": cost.uncertainty_fj,
            "glitch": cost.total.with_glitches_fj,
            "glitch_uncertainty": cost.glitch_uncertainty_fj,
        }
        for workload, cost in costs.items()
    }


def _parts(cost: Cost) -> dict[str, Any]:
    return {name: _part(part, cost.total) for name, part in cost.parts.items()}


def _part(part: Part, whole: Part) -> dict[str, float]:
    return {
        "area_um2": part.area_um2,
        "area_share": part.area_um2 / whole.area_um2,
        "functional_fj": part.functional_fj,
        "glitch_fj": part.with_glitches_fj,
        "clock_fj": part.clock_fj,
        "functional_share": part.functional_fj / whole.functional_fj,
        "energy_share": (part.functional_fj + part.clock_fj)
        / (whole.functional_fj + whole.clock_fj),
        "glitch_share": (part.with_glitches_fj + part.clock_fj)
        / (whole.with_glitches_fj + whole.clock_fj),
    }
