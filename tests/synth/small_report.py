"""Reports in miniature, with figures so round that what follows from them is seen at once.

A netlist's area in gate equivalents is twice that in um2.  The netlist of least energy has 1.5
times the area of the smallest one, which takes twice its energy and twice its delay.
"""

from dataclasses import replace

from lmul_pe.model import Multiplier, format_named
from lmul_pe.model.accuracy.product import ProductError
from lmul_pe.synth.design.design import LeftOut
from lmul_pe.synth.results.compare import savings, unit_savings
from lmul_pe.synth.results.record import (
    Assumptions,
    Checked,
    Curve,
    CurvePoint,
    Curves,
    Cycles,
    Design,
    Energy,
    Figures,
    GenericGates,
    Library,
    Part,
    Point,
    Ratios,
    Recipes,
    Registers,
    Report,
    Sensitivity,
    Step,
    WorkloadEnergy,
)

ENERGY_FJ = {
    # L-Mul loses.
    "e4m3": {"adder": 10.0, "lmul": 30.0, "exact": 20.0},
    # It saves 75 %; over the band 77.5 % (70 to 82.5); at the smallest clock 80 %.
    "bf16": {"adder": 20.0, "lmul": 50.0, "exact": 200.0},
    # Over the band 96.4 %, but 87.6 % with clock, leakage and registers.
    "fp16": {"adder": 2.0, "lmul": 4.0, "exact": 100.0},
    # Over the band 96.4 %, and 95.4 % with clock, leakage and registers.
    "fp32": {"adder": 20.0, "lmul": 40.0, "exact": 1000.0},
}
"""With glitches, of one product, without a delay target."""

AREA_UM2 = {"adder": 10.0, "lmul": 20.0, "exact": 80.0}
"""Of the smallest netlist, in every format."""

DELAY_PS = {"adder": 100.0, "lmul": 200.0, "exact": 400.0}
GATES = {"adder": 12, "lmul": 30, "exact": 60}
"""Two-input gates, half of them exclusive or."""

FUNCTIONAL = {"adder": 1.0, "lmul": 0.5, "exact": 0.25}
"""What of the energy is left without glitches."""

UNIFORM = {"adder": 1.0, "lmul": 1.0, "exact": 1.25}
"""Times the energy on the default workload."""

AT_CLOCK = {
    300.0: {"adder": 2.0, "lmul": 2.0, "exact": 2.5},
    315.0: {"adder": 1.5, "lmul": 1.05, "exact": 1.5},
    420.0: {"adder": 1.0, "lmul": 1.2, "exact": 1.0},
    600.0: {"adder": 0.8, "lmul": 0.9, "exact": 1.0},
}
"""Times area and energy without a delay target.  Of L-Mul over conventional 0.8 at the smallest
clock; then 0.7, 1.2 and 0.9, whose median is not that of the middle clock."""

LEAKAGE_FJ = 1.0
"""Of everything."""

REGISTERS = Registers(
    bits=24, area_um2=10.0, gate_equivalents=20.0, clock_fj=5.0, data_fj=3.0, leakage_fj=1.0
)
"""9 fJ around every multiplier."""

CLOCK_FJ = 30.0
"""Of every unit."""

ADDER_FJ = {"mac": 40.0, "dot": 10.0, "array": 90.0}
"""Of a unit's adder; its registers take 10 fJ without their clock, its control 20."""

INT8_FJ = 12.0
"""Of an integer multiplier."""

UNITS = {
    "mac_{}_fp32": ("mac", "multiply-accumulate with fp32 sums"),
    "dot4_{}_fp32": ("dot", "dot product of 4 with fp32 sums"),
    "dot4_{}_aligned": ("dot", "dot product of 4 with aligned sums"),
    "array_os_8x8_{}_fp32": ("array", "output stationary 8 x 8 array with fp32 sums"),
    "array_ws_8x8_{}_fp32": ("array", "weight stationary 8 x 8 array with fp32 sums"),
}
"""Levels, and what is compared, by the names of units."""

NODES = {"nangate45": 45.0, "asap7": 7.0, "sky130hd": 130.0}


def figures(
    file: str,
    kind: str,
    area_um2: float,
    energy_fj: float,
    delay_ps: float,
    recipe: str = "cells/area",
    clock_fj: float = 0.0,
    parts: dict[str, Part] | None = None,
    smallest_clock_ps: float | None = None,
) -> Figures:
    """One netlist, on both workloads; units, which have parts, on the default one alone."""
    share = 0.5 if parts else FUNCTIONAL[kind]
    times = {"normal": 1.0} if parts else {"normal": 1.0, "uniform": UNIFORM[kind]}
    return Figures(
        recipe=recipe,
        netlist=file,
        workload="normal",
        gate_equivalents=2 * area_um2,
        area_um2=area_um2,
        cells={"NAND2_X1": 4},
        delay_ps=delay_ps,
        critical_path=(Step("g1", "NAND2_X1", "ZN", delay_ps),),
        smallest_clock_ps=smallest_clock_ps,
        energy_fj=Energy(share * energy_fj, energy_fj, LEAKAGE_FJ, clock_fj),
        energy_by_workload={
            workload: WorkloadEnergy(
                functional=share * more * energy_fj,
                switching=0.4 * share * more * energy_fj,
                internal=0.6 * share * more * energy_fj,
                uncertainty=0.01 * energy_fj,
                glitch=more * energy_fj,
                glitch_uncertainty=0.02 * energy_fj,
            )
            for workload, more in times.items()
        },
        parts=parts or {},
    )


def _both(name: str, kind: str, area_um2: float, energy_fj: float, delay_ps: float, **more):
    """The fields of the netlist of least energy, and in them the smallest one."""
    parts = more.pop("parts", None)
    frugal = figures(
        f"{name}.v",
        kind,
        1.5 * area_um2,
        energy_fj,
        delay_ps,
        parts=_scaled(parts, 1.5, 1.0),
        **more,
    )
    smallest = figures(
        f"{name}.least_area.v",
        kind,
        area_um2,
        2 * energy_fj,
        2 * delay_ps,
        "gates/area",
        parts=_scaled(parts, 1.0, 2.0),
        **more,
    )
    return {**vars(frugal), "least_area": smallest}


def _scaled(parts, area: float, energy: float):
    return parts and {
        name: replace(
            part,
            area_um2=area * part.area_um2,
            functional_fj=energy * part.functional_fj,
            glitch_fj=energy * part.glitch_fj,
        )
        for name, part in parts.items()
    }


def point(
    name: str, kind: str, clock_ps: float, area_um2: float, energy_fj: float, floor: Figures | None
) -> Point:
    """A multiplier's netlists at a clock that leaves 50 ps to its registers."""
    both = _both(
        f"{name}.{clock_ps:.0f}ps",
        kind,
        area_um2,
        energy_fj,
        (clock_ps - 50) / 2,
        smallest_clock_ps=clock_ps,
    )
    return Point(
        **both,
        clock_ps=clock_ps,
        registers=REGISTERS,
        over_adder=_ratios(kind, area_um2, energy_fj, floor) if floor else None,
    )


def _ratios(kind: str, area_um2: float, energy_fj: float, floor: Figures) -> Ratios:
    return Ratios(
        area=area_um2 / floor.least_area.area_um2,
        energy=FUNCTIONAL[kind] * energy_fj / floor.energy_fj.functional,
        glitch=energy_fj / floor.energy_fj.glitch,
    )


def multiplier(
    name: str,
    kind: str,
    energy_fj: float,
    times: float = 1.0,
    floor: Design | None = None,
    is_timed: bool = True,
) -> Design:
    """A multiplier, ``times`` as large and as costly as the usual one of its kind."""
    area_um2, energy_fj = times * AREA_UM2[kind], times * energy_fj
    gates = int(times * GATES[kind])
    floors = floor.iso_delay if floor else (None,) * len(AT_CLOCK)
    return Design(
        **_both(name, kind, area_um2, energy_fj, times * DELAY_PS[kind]),
        name=name,
        level="multiplier",
        kind=kind,
        summary=f"{name} <&> so on",
        iso_delay=tuple(
            point(name, kind, clock_ps, more[kind] * area_um2, more[kind] * energy_fj, below)
            for (clock_ps, more), below in zip(AT_CLOCK.items(), floors, strict=True)
        )
        if is_timed
        else (),
        over_adder=_ratios(kind, area_um2, energy_fj, floor) if floor else None,
        fastest_ps=250.0,
        given_up=("gates/deep",) if kind == "exact" else (),
        generic=GenericGates({"$_AND_": gates // 2, "$_XOR_": gates - gates // 2}, 1.5 * gates, 7),
        checked=Checked(65536, True),
    )


def parts(multiplier: float, adder: float, registers: float, control: float) -> dict[str, Part]:
    """Parts of these energies, half of them glitches, and areas of a smallest netlist."""
    energies = {"adder": adder, "registers": registers, "control": control}
    areas = {"adder": 50.0, "registers": 20.0, "control": 10.0}
    return {
        "multiplier": Part(20.0, multiplier / 2, multiplier, 0.0),
        **{
            name: Part(areas[name], energy / 2, energy, CLOCK_FJ if name == "registers" else 0.0)
            for name, energy in energies.items()
        },
    }


def unit(name: str, kind: str, level: str, compared: str, own: dict[str, Part]) -> Design:
    """A unit of ``own`` parts; of the areas the conventional multiplier's is four times L-Mul's."""
    if kind == "exact":
        own = {**own, "multiplier": replace(own["multiplier"], area_um2=AREA_UM2["exact"])}
    both = _both(
        name,
        kind,
        sum(part.area_um2 for part in own.values()),
        sum(part.glitch_fj for part in own.values()),
        900.0 if kind == "lmul" else 1000.0,
        clock_fj=CLOCK_FJ,
        parts=own,
    )
    return Design(
        **both,
        name=name,
        level=level,
        kind=kind,
        summary=f"{kind} products in a {level}",
        compared=compared,
        operations_per_cycle={"mac": 1, "dot": 4, "array": 64}[level],
        checked=Checked(1000, False),
    )


def at_clock(design: Design, clock_ps: float, times: float) -> Design:
    """``design`` with a point at ``clock_ps``: ``times`` the energy, half the delay."""
    # The smallest netlist has twice the energy.
    own = _scaled(design.least_area.parts, 1.0, times / 2)
    both = _both(
        f"{design.name}.{clock_ps:.0f}ps",
        design.kind,
        design.least_area.area_um2,
        times * design.energy_fj.glitch,
        design.delay_ps / 2,
        clock_fj=CLOCK_FJ,
        parts=own,
    )
    return replace(design, iso_delay=(*design.iso_delay, Point(**both, clock_ps=clock_ps)))


def _multipliers(format: str) -> list[Design]:
    energies = ENERGY_FJ[format]
    floor = multiplier(f"adder_{format}", "adder", energies["adder"])
    floor = replace(
        floor,
        over_adder=Ratios(1.0, 1.0, 1.0),
        iso_delay=tuple(
            replace(each, over_adder=Ratios(1.0, 1.0, 1.0)) for each in floor.iso_delay
        ),
    )
    lmul, exact = energies["lmul"], energies["exact"]
    gradual = {"subnormals": "gradual"}
    return [
        floor,
        multiplier(Multiplier("lmul", format, guard="raw").name, "lmul", lmul, 0.8, floor),
        multiplier(Multiplier("lmul", format).name, "lmul", lmul, 1.0, floor),
        multiplier(Multiplier("lmul", format, **gradual).name, "lmul", lmul, 1.5, floor, False),
        multiplier(Multiplier("exact", format).name, "exact", exact, 1.0, floor),
        multiplier(Multiplier("exact", format, **gradual).name, "exact", exact, 1.5, floor, False),
    ]


def _units(format: str) -> list[Design]:
    found = []
    for name, (level, compared) in UNITS.items():
        for kind in ("lmul", "exact"):
            own = parts(ENERGY_FJ[format][kind], ADDER_FJ[level], 10.0, 20.0)
            found.append(unit(name.format(f"{kind}_{format}"), kind, level, compared, own))
    own = parts(INT8_FJ, ADDER_FJ["mac"], 10.0, 20.0)
    compared = "multiply-accumulate with int32 sums"
    return [*found, unit("mac_int8_int32", "int", "mac", compared, own)]


def _report(format: str, technology: str, designs: tuple[Design, ...], **more) -> Report:
    return Report(
        command=f"make synth FMT={format}"
        + (f" TECH={technology}" if technology != "nangate45" else ""),
        format=format,
        technology=technology,
        measured_on="2026-02-03",
        library=Library(NODES[technology], "a library", 0.5, "NAND2_X1"),
        tools={"amaranth": "0.5", "pyosys": "0.70"},
        seed=1,
        assumptions=Assumptions(
            voltage=1.1,
            temperature=25.0,
            wire_ff_per_fanout=0.0,
            clock_ps=9000.0 if format == "bf16" else 8000.0,
            input_slew_ps=20.0,
            pairs_per_workload=16384,
            workloads={"normal": "normal values", "uniform": "uniform codes"},
            delay_target="none",
            units="one multiply-accumulate",
        ),
        recipes=Recipes("everything", ("cells", "gates"), {"area": "abc", "deep": "abc; abc"}),
        designs=designs,
        **more,
    )


def small_report(format: str = "bf16", technology: str = "nangate45") -> Report:
    """Multipliers, most at four equal clocks too, and units of every level without any."""
    designs = (*_multipliers(format), *_units(format))
    energies = ENERGY_FJ[format]
    return _report(
        format,
        technology,
        designs,
        savings=savings(format_named(format), designs),
        ladder=tuple(design.name for design in designs[:3]),
        sensitivity=tuple(
            Sensitivity(f"{kind}_{format}", wire_ff, 20.0, 1.0, energies[kind] + wire_ff, 100.0)
            for kind in ("lmul", "exact")
            for wire_ff in (0.0, 2.0)
        ),
        left_out=(LeftOut("array", f"{format} has no array of this kind"),),
        errors={
            "lmul": ProductError(0.04, 0.03, -0.1, 0.12),
            "exact": ProductError(0.01, 0.0, -0.03, 0.03),
        },
    )


def small_array_report(format: str = "bf16") -> Report:
    """Both output-stationary arrays, and the cycles of a product in each."""
    designs = tuple(each for each in _units(format) if each.name.startswith("array_os"))
    return replace(
        _report(format, "nangate45", designs, savings=unit_savings(designs)),
        command="lmul-pe array-cost --fmt bf16",
        cycles=tuple(Cycles(each.name, 256, 256, 256, 270_000, 0.97) for each in designs),
    )


def with_designs(report: Report, *changed: Design) -> Report:
    """``report`` with other designs in place of those of their names, and what follows."""
    known = {design.name: design for design in changed}
    assert known.keys() <= {design.name for design in report.designs}
    designs = tuple(known.get(design.name, design) for design in report.designs)
    if report.multipliers:
        saved = savings(format_named(report.format), designs)
    else:
        saved = unit_savings(designs)
    return replace(report, designs=designs, savings=saved)


def without_clocks(report: Report) -> Report:
    """``report`` without a single equal clock."""
    return with_designs(report, *(replace(each, iso_delay=()) for each in report.designs))


def multipliers_alone(report: Report) -> Report:
    """``report`` as ``LEVELS=multiplier`` makes it."""
    return replace(
        report,
        designs=report.multipliers,
        savings=tuple(each for each in report.savings if each.level == "multiplier"),
    )


def small_curves(format: str = "bf16") -> Curves:
    """At three clocks; area falls as the clock grows, energy stays."""
    return Curves(
        inputs="0",
        format=format,
        technology="nangate45",
        workload="normal",
        command=f"lmul-pe curves --fmt {format}",
        designs=tuple(
            Curve(
                f"{kind}_{format}",
                kind,
                tuple(
                    CurvePoint(
                        clock_ps=clock_ps,
                        delay_ps=clock_ps - 10,
                        gate_equivalents=40000 / clock_ps,
                        area_um2=20000 / clock_ps,
                        functional_fj=energy_fj / 2,
                        glitch_fj=energy_fj,
                        leakage_nw=5.0,
                        recipe="cells/fast; cells/area",
                    )
                    for clock_ps in (200.0, 400.0, 800.0)
                ),
            )
            for kind, energy_fj in ENERGY_FJ[format].items()
        ),
    )
