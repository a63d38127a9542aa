"""From what was measured to its record."""

import dataclasses
from typing import TypedDict, cast

from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.measuring import measured as m
from lmul_pe.synth.measuring.cost import Cost
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD

from .record import (
    Checked,
    Design,
    Energy,
    Figures,
    GenericGates,
    Part,
    Point,
    Ratios,
    Registers,
    Step,
    WorkloadEnergy,
)

FJ_OF_NW_PS = 1e-6
"""1 nW for 1 ps."""


def design_record(
    measured: m.Measured, technology: Technology, clock_ps: float, floor: m.Measured | None
) -> Design:
    """The record of one design.

    Parameters
    ----------
    clock_ps
        By which leakage power becomes energy, where there is no equal clock.
    floor
        The bare adder, which multipliers are set against.
    """
    design = measured.design
    against = floor if measured.generic else None
    floors = {point.clock_ps: point for point in against.points} if against else {}
    return Design(
        **_chosen(measured, measured.least_energy, measured.least_area, technology, clock_ps, ""),
        name=design.name,
        level=design.level,
        kind=design.kind,
        summary=design.summary,
        compared="" if measured.generic else design.compared,
        operations_per_cycle=design.operations,
        iso_delay=tuple(
            _point(measured, point, technology, floors.get(point.clock_ps))
            for point in measured.points
        ),
        over_adder=_ratios(measured, against) if against else None,
        fastest_ps=measured.fastest_ps,
        given_up=measured.given_up,
        generic=GenericGates(**vars(measured.generic)) if measured.generic else None,
        checked=Checked(measured.checked.pairs, measured.checked.every_pair),
    )


class _Chosen(TypedDict):
    """The fields of figures with the smallest netlist's beside them."""

    recipe: str
    netlist: str
    workload: str
    gate_equivalents: float
    area_um2: float
    cells: dict[str, int]
    delay_ps: float
    critical_path: tuple[Step, ...]
    smallest_clock_ps: float | None
    energy_fj: Energy
    energy_by_workload: dict[str, WorkloadEnergy]
    parts: dict[str, Part]
    least_area: Figures


def _chosen(
    measured: m.Measured,
    least_energy: m.Figures,
    least_area: m.Figures,
    technology: Technology,
    clock_ps: float,
    suffix: str,
) -> _Chosen:
    """Figures of the netlist of least energy, and in them those of the smallest; with the files
    that hold both, one if they are the same."""
    name = f"{measured.design.name}{suffix}"
    frugal = _figures(measured, least_energy, f"{name}.v", technology, clock_ps)
    smallest = frugal
    if least_area is not least_energy:
        smallest = _figures(measured, least_area, f"{name}.least_area.v", technology, clock_ps)
    fields = {each.name: getattr(frugal, each.name) for each in dataclasses.fields(frugal)}
    return cast(_Chosen, fields | {"least_area": smallest})


def _point(
    measured: m.Measured, point: m.Point, technology: Technology, floor: m.Point | None
) -> Point:
    """The best netlists at one clock; the registers around them are the same on every side."""
    around = point.registers
    return Point(
        **_chosen(
            measured,
            point.least_energy,
            point.least_area,
            technology,
            point.clock_ps,
            f".{point.clock_ps:.0f}ps",
        ),
        clock_ps=point.clock_ps,
        over_adder=_ratios(point, floor) if floor else None,
        registers=Registers(
            bits=around.bits,
            area_um2=around.area_um2,
            gate_equivalents=technology.gate_equivalents(around.area_um2),
            clock_fj=around.clock_fj,
            data_fj=around.data_fj,
            leakage_fj=around.leakage_nw * point.clock_ps * FJ_OF_NW_PS,
        )
        if around
        else None,
    )


def _ratios(own: m.Measured | m.Point, floor: m.Measured | m.Point) -> Ratios:
    mine, its = own.least_energy.cost.total, floor.least_energy.cost.total
    return Ratios(
        area=own.least_area.area_um2 / floor.least_area.area_um2,
        energy=mine.functional_fj / its.functional_fj,
        glitch=mine.with_glitches_fj / its.with_glitches_fj,
    )


def _figures(
    measured: m.Measured, figures: m.Figures, file: str, technology: Technology, clock_ps: float
) -> Figures:
    whole = figures.cost.total
    leakage_fj = figures.leakage_nw * clock_ps * FJ_OF_NW_PS / measured.design.operations
    return Figures(
        recipe=figures.recipe,
        netlist=file,
        workload=DEFAULT_WORKLOAD,
        gate_equivalents=technology.gate_equivalents(figures.area_um2),
        area_um2=figures.area_um2,
        cells=dict(figures.cells),
        delay_ps=figures.path.delay_ps,
        critical_path=tuple(
            Step(step.instance, step.cell, step.pin, step.time_ps) for step in figures.path.steps
        ),
        smallest_clock_ps=figures.clock_ps,
        energy_fj=Energy(whole.functional_fj, whole.with_glitches_fj, leakage_fj, whole.clock_fj),
        energy_by_workload={
            workload: _workload_energy(cost) for workload, cost in figures.costs.items()
        },
        parts={}
        if measured.generic
        else {
            name: Part(part.area_um2, part.functional_fj, part.with_glitches_fj, part.clock_fj)
            for name, part in figures.cost.parts.items()
        },
    )


def _workload_energy(cost: Cost) -> WorkloadEnergy:
    whole = cost.total
    return WorkloadEnergy(
        functional=whole.functional_fj,
        switching=whole.switching_fj,
        internal=whole.internal_fj,
        uncertainty=cost.uncertainty_fj,
        glitch=whole.with_glitches_fj,
        glitch_uncertainty=cost.glitch_uncertainty_fj,
    )
