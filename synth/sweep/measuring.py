"""What a worker does: designs measured by the project's own measurement, one after the other."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from lmul_pe.model import DotProduct, IntegerMultiplier, Mac, Multiplier, SystolicArray
from lmul_pe.model.accuracy.dot import growth
from lmul_pe.model.accuracy.operands import operands
from lmul_pe.model.accuracy.product import distribution
from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.unit.names import Specification, specification_named
from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.design import Design
from lmul_pe.synth.design.multipliers import multiplier_design
from lmul_pe.synth.design.units import UnitDesign, unit_design
from lmul_pe.synth.mapping.flow import Synthesis, tool_versions
from lmul_pe.synth.mapping.processes import Processes
from lmul_pe.synth.measuring.measure import Pipeline
from lmul_pe.synth.measuring.measured import Measured
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
    product_error, sum_error = errors(specification)
    outcomes = []
    for target_ps in wanted.targets:
        started = time.monotonic()
        settings = settings_of(target_ps, wanted.effort)
        pipeline = _Pipeline(design, Conditions.of(technology, settings), Synthesis(cache))
        pipeline.run()
        (found,) = pipeline.measured()
        point = replace(
            _point(design, specification, found, technology, target_ps),
            key=key_of(wanted.design, technology.digest, target_ps, wanted.effort),
            effort=wanted.effort,
            mean_error=product_error,
            sum_error=sum_error,
            seconds=time.monotonic() - started,
        )
        outcomes.append(Outcome(point, _figures(found, target_ps)[1]))
    return outcomes


def design_of(specification: Specification) -> Design:
    """A design as it is measured: at any clock, by itself."""
    if isinstance(specification, Multiplier):
        return multiplier_design(specification, specification.name)
    design = unit_design(specification)
    return replace(design, clocks=design.compared)


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


def _figures(found: Measured, target_ps: float | None) -> tuple[object, str]:
    if target_ps is None:
        return found, found.least_energy.verilog
    return (found.points[0], found.points[0].least_energy.verilog) if found.points else (None, "")


def _point(
    design: Design,
    specification: Specification,
    found: Measured,
    technology: Technology,
    target_ps: float | None,
) -> Point:
    is_unit = isinstance(design, UnitDesign)
    multiplier = (
        specification if isinstance(specification, Multiplier) else specification.multiplier
    )
    array = specification if isinstance(specification, SystolicArray) else None
    at = found if target_ps is None else next(iter(found.points), None)
    clock_ps = energy_fj = leakage_fj = None
    figures = at.least_energy if at else None
    if at and figures:
        total = figures.cost.total
        clock_ps = figures.path.delay_ps if is_unit else figures.clock_ps
        by_ps = target_ps or clock_ps or figures.path.delay_ps
        leakage_fj = figures.leakage_nw * by_ps * FJ_OF_NW_PS / design.operations
        energy_fj = total.with_glitches_fj
        if is_unit:
            energy_fj += total.clock_fj + leakage_fj
    return Point(
        key="",
        design=design.name,
        level=design.level,
        kind=design.kind,
        format=multiplier.format.name,
        multiplier=multiplier.name,
        accumulator="" if isinstance(specification, Multiplier) else specification.accumulator.name,
        lanes=design.operations,
        shape=f"{array.rows}x{array.cols}" if array else "",
        dataflow=array.dataflow if array else "",
        technology=technology.name,
        target_ps=target_ps,
        effort="",
        clock_ps=clock_ps,
        energy_fj=energy_fj,
        functional_fj=figures.cost.total.functional_fj if figures else None,
        glitch_fj=figures.cost.total.with_glitches_fj if figures else None,
        clock_fj=figures.cost.total.clock_fj if figures else None,
        leakage_fj=leakage_fj,
        area_um2=figures.area_um2 / design.operations if figures else None,
        least_area_um2=at.least_area.area_um2 / design.operations if at else None,
        gate_equivalents=technology.gate_equivalents(figures.area_um2) if figures else None,
        delay_ps=figures.path.delay_ps if figures else None,
        mean_error=0.0,
        sum_error=None,
        recipe=figures.recipe if figures else "",
        products_checked=found.checked.pairs,
        source=source(),
        tools=", ".join(f"{name} {version}" for name, version in tool_versions().items()),
        measured_on=datetime.now(UTC).date().isoformat(),
        seconds=0.0,
    )


def measured_all(wanted: Sequence[Wanted], cache: Path) -> list[Outcome]:
    """The points of several designs, one after the other."""
    return [outcome for each in wanted for outcome in measured(each, cache)]
