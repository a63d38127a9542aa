"""Rows of figures from ``report.json`` and from the curves.

Every function raises KeyError, TypeError, ValueError, AttributeError or IndexError where the file
holds something else than its command writes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .compare import total_energy

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Design:
    """A design, free of a delay target: areas of its smallest recipe, all else of the one of least
    energy.

    Areas in gate equivalents and um2, delay in ps, energies in fJ per operation; ``total_fj`` is
    energy with glitches, clock and leakage.  ``over_adder`` fields are times the bare adder.
    """

    format: str
    level: str
    kind: str
    name: str
    summary: str
    compared: str
    area_ge: float
    area_um2: float
    delay_ps: float
    functional_fj: float
    uncertainty_fj: float
    glitch_fj: float
    clock_fj: float
    leakage_fj: float
    total_fj: float
    workload: str
    area_over_adder: float | None
    energy_over_adder: float | None
    glitch_over_adder: float | None
    area_recipe: str
    energy_recipe: str
    checked_pairs: int
    every_pair: bool


@dataclass(frozen=True)
class EqualDelay:
    """A design that meets a clock: the recipe of least energy, or of least area (``goal``).

    ``registers_fj`` is what registers at the ports of a multiplier add: clock, data and leakage; of
    a unit, whose registers are its own, their clock.
    """

    format: str
    level: str
    kind: str
    name: str
    goal: str
    clock_ps: float
    delay_ps: float
    area_ge: float
    area_um2: float
    functional_fj: float
    glitch_fj: float
    leakage_fj: float
    registers_fj: float
    recipe: str


@dataclass(frozen=True)
class Saving:
    """What a design saves over another, in percent; negative where it spends more.

    ``total_percent`` is of energy with glitches, clock and leakage.  The ``equal`` figures are for
    the shortest clock that both meet, where there is one: of energy with glitches, and the total,
    registers at the ports included.
    """

    format: str
    level: str
    design: str
    baseline: str
    meaning: str
    area_percent: float
    delay_percent: float
    functional_percent: float
    glitch_percent: float
    total_percent: float
    equal_ps: float | None
    equal_area_percent: float | None
    equal_percent: float | None
    equal_total_percent: float | None


@dataclass(frozen=True)
class Workload:
    """Energy of a design on one workload, in fJ per operation."""

    format: str
    level: str
    kind: str
    name: str
    workload: str
    functional_fj: float
    uncertainty_fj: float
    switching_fj: float
    internal_fj: float
    glitch_fj: float
    glitch_uncertainty_fj: float


@dataclass(frozen=True)
class Share:
    """A part of a unit: area in um2, energies in fJ per multiply-accumulate."""

    format: str
    level: str
    kind: str
    name: str
    compared: str
    part: str
    area_um2: float
    functional_fj: float
    glitch_fj: float
    clock_fj: float


@dataclass(frozen=True)
class CurvePoint:
    """A design at one clock: area and delay of its smallest netlist, energy of the least one."""

    format: str
    kind: str
    name: str
    clock_ps: float
    delay_ps: float
    area_ge: float
    area_um2: float
    functional_fj: float
    glitch_fj: float
    leakage_nw: float
    recipe: str


STEPS = ("adder", "raw", "zero", "range")
"""What each step of the ladder is; formats without infinity and NaN have no step ``range``."""

WHOLE = "whole"
"""The last step."""


@dataclass(frozen=True)
class Step:
    """A step from the bare adder to the whole L-Mul, one special case more in each.

    Area in gate equivalents, energy with glitches in fJ, both also over those of the adder, at the
    shortest clock that all steps meet; ``clock_ps`` is None where there is no delay target.
    """

    format: str
    step: str
    name: str
    clock_ps: float | None
    area_ge: float
    glitch_fj: float
    area_over_adder: float
    energy_over_adder: float


@dataclass(frozen=True)
class Sensitivity:
    """A multiplier at one wire load per driven pin and one input slew, energy per operation."""

    format: str
    name: str
    wire_ff: float
    input_slew_ps: float
    functional_fj: float
    glitch_fj: float
    delay_ps: float


@dataclass(frozen=True)
class Condition:
    """One thing that the figures of a format depend on."""

    format: str
    what: str
    value: str


def number(value: Any) -> float:
    """``value``, which must be a number.

    Raises
    ------
    ValueError
        It is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} where a number belongs")
    return value


def optional(value: Any) -> float | None:
    return None if value is None else number(value)


def _whose(report: Entry, design: Entry) -> dict[str, str]:
    return {
        "format": str(report["format"]),
        "level": str(design["level"]),
        "kind": str(design["kind"]),
        "name": str(design["name"]),
    }


def designs(report: Entry) -> Iterator[Design]:
    for design in report["designs"]:
        energy, smallest = design["energy_fj"], design["least_area"]
        over = design.get("over_adder", {})
        yield Design(
            **_whose(report, design),
            summary=str(design["summary"]),
            compared=str(design.get("compared", "")),
            area_ge=number(smallest["gate_equivalents"]),
            area_um2=number(smallest["area_um2"]),
            delay_ps=number(design["delay_ps"]),
            functional_fj=number(energy["functional"]),
            uncertainty_fj=number(design["energy_by_workload"][design["workload"]]["uncertainty"]),
            glitch_fj=number(energy["glitch"]),
            clock_fj=number(energy.get("clock", 0.0)),
            leakage_fj=number(energy["leakage"]),
            total_fj=total_energy(design),
            workload=str(design["workload"]),
            area_over_adder=optional(over.get("area")),
            energy_over_adder=optional(over.get("energy")),
            glitch_over_adder=optional(over.get("glitch")),
            area_recipe=str(smallest["recipe"]),
            energy_recipe=str(design["recipe"]),
            checked_pairs=int(design["checked"]["pairs"]),
            every_pair=bool(design["checked"]["every_pair"]),
        )


def equal_delay(report: Entry) -> Iterator[EqualDelay]:
    for design in report["designs"]:
        for point in design["iso_delay"]:
            for goal, figures in (("energy", point), ("area", point["least_area"])):
                energy = figures["energy_fj"]
                yield EqualDelay(
                    **_whose(report, design),
                    goal=goal,
                    clock_ps=number(point["clock_ps"]),
                    delay_ps=number(figures["delay_ps"]),
                    area_ge=number(figures["gate_equivalents"]),
                    area_um2=number(figures["area_um2"]),
                    functional_fj=number(energy["functional"]),
                    glitch_fj=number(energy["glitch"]),
                    leakage_fj=number(energy["leakage"]),
                    registers_fj=_registers(point),
                    recipe=str(figures["recipe"]),
                )


def _registers(point: Entry) -> float:
    if "parts" in point:
        return number(point["energy_fj"]["clock"])
    around = point["registers"]
    return sum(number(around[part]) for part in ("clock_fj", "data_fj", "leakage_fj"))


def savings(report: Entry) -> Iterator[Saving]:
    workload = report["designs"][0]["workload"]
    for saving in report["savings"]:
        equal: Entry = min(
            saving.get("iso_delay", ()), key=lambda each: each["clock_ps"], default={}
        )
        yield Saving(
            format=str(report["format"]),
            level=str(saving["level"]),
            design=str(saving["design"]),
            baseline=str(saving["baseline"]),
            meaning=str(saving["meaning"]),
            area_percent=number(saving["area_percent"]),
            delay_percent=number(saving["delay_percent"]),
            functional_percent=number(saving["energy_percent"][workload]),
            glitch_percent=number(saving["glitch_energy_percent"]),
            total_percent=number(saving["total_energy_percent"]),
            equal_ps=optional(equal.get("clock_ps")),
            equal_area_percent=optional(equal.get("area_percent")),
            equal_percent=optional(equal.get("glitch_energy_percent")),
            equal_total_percent=optional(equal.get("total_energy_percent")),
        )


def workloads(report: Entry) -> Iterator[Workload]:
    for design in report["designs"]:
        for workload, energy in design["energy_by_workload"].items():
            yield Workload(
                **_whose(report, design),
                workload=str(workload),
                functional_fj=number(energy["functional"]),
                uncertainty_fj=number(energy["uncertainty"]),
                switching_fj=number(energy["switching"]),
                internal_fj=number(energy["internal"]),
                glitch_fj=number(energy["glitch"]),
                glitch_uncertainty_fj=number(energy["glitch_uncertainty"]),
            )


def shares(report: Entry) -> Iterator[Share]:
    for design in report["designs"]:
        for part, cost in design.get("parts", {}).items():
            yield Share(
                **_whose(report, design),
                compared=str(design["compared"]),
                part=str(part),
                area_um2=number(cost["area_um2"]),
                functional_fj=number(cost["functional_fj"]),
                glitch_fj=number(cost["glitch_fj"]),
                clock_fj=number(cost["clock_fj"]),
            )


def curves(curves: Entry) -> Iterator[CurvePoint]:
    for design in curves["designs"]:
        for point in design["points"]:
            yield CurvePoint(
                format=str(curves["format"]),
                kind=str(design["kind"]),
                name=str(design["name"]),
                clock_ps=number(point["target_ps"]),
                delay_ps=number(point["delay_ps"]),
                area_ge=number(point["gate_equivalents"]),
                area_um2=number(point["area_um2"]),
                functional_fj=number(point["functional_fj"]),
                glitch_fj=number(point["glitch_fj"]),
                leakage_nw=number(point["leakage_nw"]),
                recipe=str(point["recipe"]),
            )


def ladder(report: Entry) -> Iterator[Step]:
    known = {design["name"]: design for design in report["designs"]}
    steps = [known[name] for name in report["ladder"]]
    words = [*STEPS[: len(steps) - 1], WHOLE]
    points = [{point["clock_ps"]: point for point in step["iso_delay"]} for step in steps]
    clock_ps = min(set.intersection(*(set(each) for each in points)), default=None)
    figures = steps if clock_ps is None else [each[clock_ps] for each in points]
    floor = figures[0]
    for what, step, each in zip(words, steps, figures, strict=True):
        area_ge = number(each["least_area"]["gate_equivalents"])
        glitch_fj = number(each["energy_fj"]["glitch"])
        yield Step(
            format=str(report["format"]),
            step=what,
            name=str(step["name"]),
            clock_ps=optional(clock_ps),
            area_ge=area_ge,
            glitch_fj=glitch_fj,
            area_over_adder=area_ge / floor["least_area"]["gate_equivalents"],
            energy_over_adder=glitch_fj / floor["energy_fj"]["glitch"],
        )


def sensitivity(report: Entry) -> Iterator[Sensitivity]:
    for row in report.get("sensitivity", ()):
        yield Sensitivity(
            format=str(report["format"]),
            name=str(row["design"]),
            wire_ff=number(row["wire_ff"]),
            input_slew_ps=number(row["input_slew_ps"]),
            functional_fj=number(row["functional_fj"]),
            glitch_fj=number(row["glitch_fj"]),
            delay_ps=number(row["delay_ps"]),
        )


def conditions(report: Entry) -> Iterator[Condition]:
    assumptions, library = report["assumptions"], report["library"]
    said = {
        "technology": f"{report['technology']}: {library['source']}",
        "supply": f"{assumptions['voltage']} V, {assumptions['temperature']} degrees Celsius",
        "gate equivalent": f"{library['gate_equivalent_cell']}, "
        f"{library['gate_equivalent_um2']} um2",
        "wire load": f"{assumptions['wire_ff_per_fanout']} fF per driven pin",
        "input slew": f"{assumptions['input_slew_ps']:g} ps",
        "clock": f"{assumptions['clock_ps']:.0f} ps, by which leakage becomes energy",
        "delay target": str(assumptions["delay_target"]),
        "operand pairs": f"{assumptions['pairs_per_workload']:,} per workload, "
        f"seed {report['seed']}",
        **{f"workload {name}": str(meaning) for name, meaning in assumptions["workloads"].items()},
        "units": str(assumptions["units"]),
        "tools": ", ".join(f"{name} {version}" for name, version in report["tools"].items()),
        **{f"left out of {each['level']}": str(each["why"]) for each in report["left_out"]},
    }
    for what, value in said.items():
        yield Condition(str(report["format"]), what, value)


def node(report: Entry) -> Iterator[float | None]:
    """The node of the technology in nm; None where the library does not say."""
    yield optional(report["library"]["node_nm"])
