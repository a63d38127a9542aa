"""What a worker does: designs measured by the project's own measurement, one after the other."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TypedDict, cast

from lmul_pe.model import DotProduct, IntegerMultiplier, Mac, Multiplier, SystolicArray
from lmul_pe.model.accuracy.dot import growth
from lmul_pe.model.accuracy.operands import operands
from lmul_pe.model.accuracy.product import distribution
from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.unit.names import Specification, specification_named
from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.design import Design
from lmul_pe.synth.design.multipliers import multiplier_design, timed_recipes
from lmul_pe.synth.design.units import UnitDesign, unit_design
from lmul_pe.synth.mapping.flow import Synthesis, tool_versions
from lmul_pe.synth.mapping.processes import Processes
from lmul_pe.synth.measuring.measure import Pipeline
from lmul_pe.synth.measuring.measured import Measured
from lmul_pe.synth.measuring.measured import Point as AtClock
from lmul_pe.synth.results.recording import FJ_OF_NW_PS
from lmul_pe.synth.workload.conditions import Conditions

from .point import Point, key_of, settings_of, source

SUM_LENGTH = 64
"""Products of the sums whose error is given."""


@dataclass(frozen=True)
class Wanted:
    """A design to be measured at some points, in a form that any worker can take.

    Parameters
    ----------
    technology
        The name of a built-in one, or the path of a Liberty file, there as here.
    digest
        Of that technology.
    source
        Digest of the source that must be there as well.
    """

    design: str
    technology: str
    digest: str
    targets: tuple[float | None, ...]
    effort: str
    source: str


@dataclass(frozen=True)
class Outcome:
    """A point and its netlist as Verilog, empty where none meets the clock."""

    point: Point
    verilog: str


class _OneByOne(Processes):
    """Work in this process: a worker is one of many, and has one processor."""

    def run(self) -> None:
        while queue := self._urgent or self._waiting:
            work, done = queue.popleft()
            done(work())


class _Pipeline(Pipeline):
    """A pipeline that starts no processes but those of the synthesis tool."""

    def __init__(self, design: Design, conditions: Conditions, synthesis: Synthesis):
        super().__init__([design], conditions, synthesis, lambda name, total: None)
        self._processes = _OneByOne()


@cache
def _technology(name: str) -> Technology:
    return load_technology(name)


def measured(wanted: Wanted, cache: Path) -> list[Outcome]:
    """The points of a design.

    Parameters
    ----------
    cache
        Folder of the netlists that are made on the way; workers may share it.

    Raises
    ------
    SpecificationError
        Source or technology is another one here.
    MismatchError
        A netlist differs from the model.
    TechnologyError
        The technology cannot express the design.
    """
    technology = _technology(wanted.technology)
    if (wanted.source, wanted.digest) != (source(), technology.digest):
        other = "technology" if wanted.source == source() else "version of lmul-pe or its tools"
        raise SpecificationError(f"a worker has another {other}: expected the same everywhere")
    specification = specification_named(wanted.design)
    design = design_of(specification)
    wrong = errors(specification)
    outcomes = []
    for target_ps in wanted.targets:
        started = time.monotonic()
        settings = settings_of(target_ps, wanted.effort)
        pipeline = _Pipeline(design, Conditions.of(technology, settings), Synthesis(cache))
        pipeline.run()
        (found,) = pipeline.measured()
        chosen = found if target_ps is None else next(iter(found.points), None)
        point = Point(
            key=key_of(wanted.design, technology.digest, target_ps, wanted.effort),
            **_identity(specification, design),
            technology=technology.name,
            target_ps=target_ps,
            effort=wanted.effort,
            **_figures(design, chosen, technology, target_ps),
            mean_error=wrong[0],
            sum_error=wrong[1],
            products_checked=found.checked.pairs,
            source=source(),
            tools=", ".join(f"{name} {version}" for name, version in tool_versions().items()),
            measured_on=datetime.now(UTC).date().isoformat(),
            seconds=time.monotonic() - started,
        )
        outcomes.append(Outcome(point, chosen.least_energy.verilog if chosen else ""))
    return outcomes


def design_of(specification: Specification) -> Design:
    """A design as it is measured: at any clock, by itself.

    A report makes no netlists for a clock of what only stands beside: here everything gets them.
    """
    if isinstance(specification, Multiplier):
        design = multiplier_design(specification, specification.name)
        return replace(design, timed=timed_recipes(specification))
    unit = unit_design(specification)
    return replace(unit, clocks=unit.compared)


def errors(specification: Specification) -> tuple[float, float | None]:
    """The mean error of a product, and of units the relative one of a sum; see :class:`Point`."""
    multiplier = (
        specification if isinstance(specification, Multiplier) else specification.multiplier
    )
    if isinstance(multiplier, IntegerMultiplier):
        return 0.0, None
    mean = distribution(multiplier, operands("exact", multiplier.format)).mean
    if isinstance(specification, Multiplier):
        return mean, None
    if multiplier.kind == "exact":
        mean = 0.0
    summed: Mac | DotProduct
    if isinstance(specification, SystolicArray):
        summed = DotProduct(multiplier, specification.accumulator, specification.lanes)
    else:
        summed = specification
    (relative,) = growth(summed, "signed", lengths=(SUM_LENGTH,)).relative
    return mean, relative


class _Identity(TypedDict):
    design: str
    level: str
    kind: str
    format: str
    multiplier: str
    accumulator: str
    lanes: int
    shape: str
    dataflow: str


def _identity(specification: Specification, design: Design) -> _Identity:
    """What a design is."""
    multiplier: Multiplier | IntegerMultiplier
    if isinstance(specification, Multiplier):
        multiplier, accumulator = specification, ""
    else:
        multiplier, accumulator = specification.multiplier, specification.accumulator.name
    array = specification if isinstance(specification, SystolicArray) else None
    return {
        "design": design.name,
        "level": design.level,
        "kind": design.kind,
        "format": multiplier.format.name,
        "multiplier": multiplier.name,
        "accumulator": accumulator,
        "lanes": design.operations,
        "shape": f"{array.rows}x{array.cols}" if array else "",
        "dataflow": array.dataflow if array else "",
    }


class _Figures(TypedDict):
    clock_ps: float | None
    energy_fj: float | None
    functional_fj: float | None
    glitch_fj: float | None
    clock_fj: float | None
    leakage_fj: float | None
    area_um2: float | None
    least_area_um2: float | None
    gate_equivalents: float | None
    delay_ps: float | None
    recipe: str


_NONE = cast(_Figures, {**dict.fromkeys(_Figures.__annotations__), "recipe": ""})


def _figures(
    design: Design,
    chosen: Measured | AtClock | None,
    technology: Technology,
    target_ps: float | None,
) -> _Figures:
    """What the netlist of least energy costs; nothing where none meets the clock."""
    if chosen is None:
        return _NONE
    figures, is_unit = chosen.least_energy, isinstance(design, UnitDesign)
    total = figures.cost.total
    clock_ps = figures.path.delay_ps if is_unit else figures.clock_ps
    by_ps = target_ps or clock_ps or figures.path.delay_ps
    leakage_fj = figures.leakage_nw * by_ps * FJ_OF_NW_PS / design.operations
    around_fj = total.clock_fj + leakage_fj if is_unit else 0.0
    return {
        "clock_ps": clock_ps,
        "energy_fj": total.with_glitches_fj + around_fj,
        "functional_fj": total.functional_fj,
        "glitch_fj": total.with_glitches_fj,
        "clock_fj": total.clock_fj,
        "leakage_fj": leakage_fj,
        "area_um2": figures.area_um2 / design.operations,
        "least_area_um2": chosen.least_area.area_um2 / design.operations,
        "gate_equivalents": technology.gate_equivalents(figures.area_um2),
        "delay_ps": figures.path.delay_ps,
        "recipe": figures.recipe,
    }
