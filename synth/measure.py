"""Figures of designs: every recipe mapped, checked against the model, and measured."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace

import numpy as np

from hw.yosys import stop_yosys

from .activity import cell_functions, evaluate
from .blocks import BlockSource, block_sources
from .designs import Design
from .energy import Energy, area_um2, dynamic_energy, glitch_energy, leakage_power_nw
from .flow import Mapped, Synthesis
from .generic import GENERIC_FUNCTIONS, generic_gate_equivalents
from .glitch import transitions
from .netlist import Netlist
from .recipes import GENERIC, STRUCTURES, Recipe
from .settings import DEFAULT_WORKLOAD, MismatchError, Settings
from .technology import Technology
from .timing import CriticalPath, critical_path
from .unit_measure import MeasuredUnit, measure_unit
from .units import UnitDesign
from .workloads import WORKLOADS

_CHUNK = 1024
"""Operand pairs of one sample of the energy with glitches."""


@dataclass(frozen=True)
class Figures:
    """What one recipe gave."""

    recipe: Recipe
    mapped: Mapped
    area_um2: float
    path: CriticalPath
    leakage_nw: float
    energy: dict[str, Energy]

    @property
    def functional_fj(self) -> float:
        return self.energy[DEFAULT_WORKLOAD].total_fj


@dataclass(frozen=True)
class Generic:
    """The technology-independent count."""

    cells: dict[str, int]
    gate_equivalents: float
    depth: int


@dataclass(frozen=True)
class Measured:
    """A multiplier and what every recipe gave."""

    design: Design
    figures: tuple[Figures, ...]
    generic: Generic
    checked_pairs: int
    glitch: Mapping[Recipe, Energy]
    """With glitches, for the default workload: of the recipes of least energy and least area."""

    @property
    def least_energy(self) -> Figures:
        return min(self.figures, key=lambda figures: (figures.functional_fj, figures.area_um2))

    @property
    def least_area(self) -> Figures:
        return min(self.figures, key=lambda figures: (figures.area_um2, figures.functional_fj))


@dataclass(frozen=True)
class Job:
    """Netlists to make of one module, by several scripts; equal jobs are done once.

    Parameters
    ----------
    source
        What is mapped.
    generic
        Whether it is mapped to generic gates, without a technology.
    """

    source: BlockSource
    generic: bool = False


@dataclass
class _Wanted:
    """A design, and the netlists that it waits for: module and structure to job."""

    design: Design | UnitDesign
    jobs: dict[tuple[str, str], Job] = field(default_factory=dict)


def measure(
    designs: Sequence[Design | UnitDesign],
    technology: Technology,
    synthesis: Synthesis,
    settings: Settings,
    progress: Callable[[str, int], None],
) -> list[Measured | MeasuredUnit]:
    """Map each design by every recipe, check the netlists against the model, and measure them.

    Parameters
    ----------
    progress
        Called whenever the netlists of one job are done, with the name of the module and the number
        of such calls there will be.

    Raises
    ------
    MismatchError
        A netlist differs from the model.
    TechnologyError
        The technology cannot express a design.
    """
    wanted: list[_Wanted] = []
    futures: dict[Job, Future[dict[str, Mapped]]] = {}
    done: dict[Job, dict[str, Mapped]] = {}
    results: dict[str, Measured | MeasuredUnit] = {}
    executor = ThreadPoolExecutor(max_workers=os.cpu_count())
    try:
        # Large designs take longest: they come first, so that no processor waits at the end.
        for design in reversed(designs):
            each = _wanted(design)
            wanted.append(each)
            for job in each.jobs.values():
                if job not in futures:
                    futures[job] = executor.submit(_map, synthesis, job, technology)
        jobs = {future: job for job, future in futures.items()}
        for future in as_completed(jobs):
            job = jobs[future]
            done[job] = future.result()
            progress(job.source.module, len(jobs))
            # What is complete is measured while other netlists are being made.
            for each in wanted:
                if each.design.name not in results and done.keys() >= set(each.jobs.values()):
                    results[each.design.name] = _measured(each, done, technology, settings)
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        stop_yosys()
        raise
    finally:
        executor.shutdown()
    return [results[design.name] for design in designs]


def _map(synthesis: Synthesis, job: Job, technology: Technology) -> dict[str, Mapped]:
    source = job.source
    return synthesis.map(
        source.rtlil,
        source.module,
        source.scripts,
        None if job.generic else technology,
        dict(source.blocks),
    )


def _wanted(design: Design | UnitDesign) -> _Wanted:
    """Every structure that differs, by every script."""
    wanted = _Wanted(design)
    if isinstance(design, UnitDesign):
        for module, sources in block_sources(design.unit, design.structures).items():
            for structure, source in sources.items():
                wanted.jobs[module, structure] = Job(source)
        return wanted
    for structure in design.structures:
        rtlil = design.rtlil(STRUCTURES[structure])
        job = Job(BlockSource(design.name, rtlil, (), design.scripts))
        if not wanted.jobs:
            generic = BlockSource(design.name, rtlil, (), (GENERIC,))
            wanted.jobs[GENERIC, structure] = Job(generic, generic=True)
        if job not in wanted.jobs.values():
            wanted.jobs[design.name, structure] = job
    return wanted


def _measured(
    wanted: _Wanted,
    done: dict[Job, dict[str, Mapped]],
    technology: Technology,
    settings: Settings,
) -> Measured | MeasuredUnit:
    netlists: dict[str, dict[Recipe, Mapped]] = {}
    for (module, structure), job in wanted.jobs.items():
        found = netlists.setdefault(module, {})
        found |= {Recipe(structure, script): mapped for script, mapped in done[job].items()}
    if isinstance(wanted.design, UnitDesign):
        return measure_unit(wanted.design, netlists, technology, settings)
    recipes = netlists[GENERIC] | netlists[wanted.design.name]
    return _measure(wanted.design, recipes, technology, settings)


def _measure(
    design: Design,
    done: dict[Recipe, Mapped],
    technology: Technology,
    settings: Settings,
) -> Measured:
    functions = cell_functions(technology)
    a, b = design.check(settings.check_pairs, settings.seed)
    expected = design.expected(a, b)

    def check(netlist: Netlist, recipe: Recipe) -> None:
        known = GENERIC_FUNCTIONS if recipe.script == GENERIC else functions
        result = evaluate(netlist, known, {"a": a, "b": b}).output("y")
        wrong = np.flatnonzero(result != expected)
        if wrong.size:
            first = wrong[0]
            raise MismatchError(
                f"netlist {design.name} by {recipe.name} differs from the model on "
                f"{wrong.size} of {len(a)} pairs, first a={int(a[first]):#x} b={int(b[first]):#x}: "
                f"netlist {int(result[first]):#x}, model {int(expected[first]):#x}"
            )

    streams = {
        workload: design.stream(workload, settings.pairs, settings.seed) for workload in WORKLOADS
    }
    figures = []
    for recipe, mapped in sorted(done.items(), key=lambda item: item[0].name):
        netlist = mapped.netlist
        check(netlist, recipe)
        if recipe.script == GENERIC:
            generic = netlist
            continue
        energy = {
            workload: dynamic_energy(
                evaluate(netlist, functions, {"a": first, "b": second}),
                technology,
                settings.wire_ff,
            )
            for workload, (first, second) in streams.items()
        }
        figures.append(_figures(recipe, mapped, energy, technology, settings))
    measured = Measured(
        design,
        tuple(figures),
        Generic(
            generic.cell_counts,
            generic_gate_equivalents(generic),
            generic.depth,
        ),
        len(a),
        {},
    )
    first, second = streams[DEFAULT_WORKLOAD]
    glitch = {}
    for chosen in (measured.least_energy, measured.least_area):
        netlist = chosen.mapped.netlist
        if chosen.recipe not in glitch:
            found = transitions(
                netlist, technology, {"a": first, "b": second}, settings.wire_ff, chunk=_CHUNK
            )
            glitch[chosen.recipe] = glitch_energy(found, netlist, technology, settings.wire_ff)
    return replace(measured, glitch=glitch)


def _figures(
    recipe: Recipe,
    mapped: Mapped,
    energy: dict[str, Energy],
    technology: Technology,
    settings: Settings,
) -> Figures:
    netlist = mapped.netlist
    return Figures(
        recipe,
        mapped,
        area_um2(netlist, technology),
        critical_path(netlist, technology, settings.wire_ff),
        leakage_power_nw(netlist, technology),
        energy,
    )
