"""Figures of designs: every recipe mapped, checked against the model, and measured."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.multipliers import Design
from lmul_pe.synth.design.units import UnitDesign
from lmul_pe.synth.mapping.blocks import BlockSource, block_sources
from lmul_pe.synth.mapping.flow import Mapped, Synthesis
from lmul_pe.synth.mapping.generic import GENERIC_FUNCTIONS, generic_gate_equivalents
from lmul_pe.synth.mapping.jobs import Job, map_all
from lmul_pe.synth.mapping.recipes import FASTEST, GENERIC, STRUCTURES, Recipe
from lmul_pe.synth.netlists.netlist import Netlist
from lmul_pe.synth.workload.settings import MismatchError, Settings

from .multiplier import Figures, best_of, candidate
from .multiplier_equal_clock import Point, best_at, delay_targets, equal_clocks, timed_jobs
from .unit import MeasuredUnit, in_block, measure_unit
from .unit_equal_clock import at_equal_clock

Progress = Callable[[str, int], None]
"""Called whenever the netlists of one job are done, with the name of the module and the number of
such calls that are known to come."""


@dataclass(frozen=True)
class Generic:
    """The technology-independent count."""

    cells: dict[str, int]
    gate_equivalents: float
    depth: int


@dataclass(frozen=True)
class Measured:
    """A multiplier and what every recipe gave.

    Parameters
    ----------
    figures
        Of the netlists without a delay target, on the default workload, without glitches.
    timed
        The same of those that were made for one.
    least_energy, least_area
        The best of ``figures``, on every workload, with glitches.
    points
        The best of all that meet a clock, by clock.
    given_up
        Names of the recipes for which the synthesis tool made no netlist.
    """

    design: Design
    figures: tuple[Figures, ...]
    timed: tuple[Figures, ...]
    least_energy: Figures
    least_area: Figures
    generic: Generic
    checked_pairs: int
    points: tuple[Point[Figures], ...] = ()
    given_up: tuple[str, ...] = ()

    @property
    def candidates(self) -> tuple[Figures, ...]:
        """Every netlist."""
        return self.figures + self.timed

    @property
    def fastest_ps(self) -> float:
        """The smallest clock between registers that a netlist without another target meets."""
        return min(
            figures.clock_ps
            for figures in self.candidates
            if figures.recipe.target_ps in (None, FASTEST)
        )


@dataclass
class _Wanted:
    """A design, and the netlists that it waits for: module and structure to jobs."""

    design: Design | UnitDesign
    jobs: dict[tuple[str, str], list[Job]] = field(default_factory=dict)

    def add(self, module: str, structure: str, job: Job) -> None:
        if all(job not in jobs for jobs in self.jobs.values()):
            self.jobs.setdefault((module, structure), []).append(job)

    @property
    def all_jobs(self) -> Iterator[Job]:
        for jobs in self.jobs.values():
            yield from jobs


def measure(
    designs: Sequence[Design | UnitDesign],
    technology: Technology,
    synthesis: Synthesis,
    settings: Settings,
    progress: Progress,
) -> list[Measured | MeasuredUnit]:
    """Map each design by every recipe, check the netlists against the model, and measure them.

    Multipliers, and units with floating-point sums, are measured again at an equal clock: that of
    ``settings``, or else the smallest one that all that are compared with each other can meet, and
    multipliers at :data:`~.equal_clock.RELAXED` times that as well.

    Raises
    ------
    MismatchError
        A netlist differs from the model.
    TechnologyError
        The technology cannot express a design.
    """
    wanted: list[_Wanted] = []
    done: dict[Job, dict[str, Mapped]] = {}
    results: dict[str, Measured | MeasuredUnit] = {}

    def finished(job: Job, netlists: dict[str, Mapped], total: int) -> None:
        done[job] = netlists
        progress(job.source.module, total)
        # What is complete is measured while other netlists are being made.
        for each in wanted:
            if each.design.name not in results and all(job in done for job in each.all_jobs):
                results[each.design.name] = _measured(each, done, technology, settings)

    def jobs() -> Iterator[Job]:
        # Large designs take longest: they come first, so that no processor waits at the end.
        for design in reversed(designs):
            wanted.append(_wanted(design, settings))
            yield from wanted[-1].all_jobs

    map_all(jobs(), technology, synthesis, finished)

    def going_on(module: str, total: int) -> None:
        progress(module, len(done) + total)

    multipliers = [each for each in results.values() if isinstance(each, Measured)]
    clocks = equal_clocks(clock_setters(multipliers), settings.clock_ps)
    if clocks:
        timed = with_netlists_for(clocks, multipliers, technology, synthesis, settings, going_on)
        for each in timed:
            results[each.design.name] = with_points(each, clocks, technology, settings)
    units = [
        (result, _netlists(each, done))
        for each in wanted
        if isinstance(result := results[each.design.name], MeasuredUnit) and result.design.is_timed
    ]
    for unit in at_equal_clock(units, technology, synthesis, settings, going_on):
        results[unit.design.name] = unit
    return [results[design.name] for design in designs]


def clock_setters(measured: Iterable[Measured]) -> list[float]:
    """The smallest clocks, in ps, of the designs that decide at which clock all are compared."""
    return [each.fastest_ps for each in measured if each.design.sets_clock]


def with_netlists_for(
    clocks_ps: Sequence[float],
    measured: Sequence[Measured],
    technology: Technology,
    synthesis: Synthesis,
    settings: Settings,
    progress: Progress,
) -> list[Measured]:
    """``measured`` with netlists made for each of ``clocks_ps`` among the timed ones.

    Raises
    ------
    MismatchError
        A netlist differs from the model.
    """
    targets = {target for clock in clocks_ps for target in delay_targets(clock, technology)}
    jobs = {each.design.name: timed_jobs(each.design, sorted(targets)) for each in measured}
    done: dict[Job, dict[str, Mapped]] = {}

    def finished(job: Job, netlists: dict[str, Mapped], total: int) -> None:
        done[job] = netlists
        progress(job.source.module, total)

    ordered = [job for each in reversed(measured) for _, job in jobs[each.design.name]]
    map_all(ordered, technology, synthesis, finished)
    results = []
    for each in measured:
        known = {figures.recipe for figures in each.timed}
        recipes = {
            recipe: mapped
            for structure, job in jobs[each.design.name]
            for script, mapped in done[job].items()
            if (recipe := Recipe(structure, script)) not in known
        }
        check(each.design, recipes, technology, settings)
        found = tuple(
            candidate(each.design, recipe, mapped, technology, settings)
            for recipe, mapped in recipes.items()
        )
        missing = tuple(
            recipe.name
            for structure, job in jobs[each.design.name]
            for recipe in job.given_up(structure, done[job])
        )
        results.append(replace(each, timed=each.timed + found, given_up=each.given_up + missing))
    return results


def with_points(
    measured: Measured,
    clocks_ps: Sequence[float],
    technology: Technology,
    settings: Settings,
    workloads: Sequence[str] | None = None,
) -> Measured:
    """``measured`` with the best of its netlists at each of ``clocks_ps`` that any of them meets.

    Parameters
    ----------
    workloads
        On which these are measured, the default one among them; all of ``settings`` if None.
    """
    points: list[Point[Figures]] = []
    for clock_ps in sorted(clocks_ps):
        known = [measured.least_energy, *(point.least_energy for point in points)]
        point = best_at(
            clock_ps,
            measured.design,
            measured.candidates,
            technology,
            settings,
            workloads,
            known,
        )
        if point:
            points.append(point)
    return replace(measured, points=tuple(points))


def _wanted(design: Design | UnitDesign, settings: Settings) -> _Wanted:
    """Every structure that differs, by every script."""
    wanted = _Wanted(design)
    if isinstance(design, UnitDesign):
        for module, sources in block_sources(design.unit, design.structures).items():
            for structure, source in sources.items():
                wanted.add(module, structure, Job(source))
        return wanted
    for structure in design.structures:
        rtlil = design.rtlil(STRUCTURES[structure])
        if not wanted.jobs:
            generic = BlockSource(design.name, rtlil, (), (GENERIC,))
            wanted.add(GENERIC, structure, Job(generic, generic=True))
        wanted.add(design.name, structure, Job(BlockSource(design.name, rtlil, (), design.scripts)))
    if design.sets_clock and not settings.clock_ps:
        for structure, job in timed_jobs(design, [FASTEST]):
            wanted.add(design.name, structure, job)
    return wanted


def _netlists(
    wanted: _Wanted, done: dict[Job, dict[str, Mapped]]
) -> dict[str, dict[Recipe, Mapped]]:
    """Module to recipe to netlist."""
    netlists: dict[str, dict[Recipe, Mapped]] = {}
    for (module, structure), jobs in wanted.jobs.items():
        found = netlists.setdefault(module, {})
        for job in jobs:
            found |= {Recipe(structure, script): mapped for script, mapped in done[job].items()}
    return netlists


def _measured(
    wanted: _Wanted,
    done: dict[Job, dict[str, Mapped]],
    technology: Technology,
    settings: Settings,
) -> Measured | MeasuredUnit:
    netlists = _netlists(wanted, done)
    missing = [
        (module, recipe)
        for (module, structure), jobs in wanted.jobs.items()
        for job in jobs
        for recipe in job.given_up(structure, done[job])
    ]
    if isinstance(wanted.design, UnitDesign):
        unit = measure_unit(wanted.design, netlists, technology, settings)
        return replace(unit, given_up=tuple(in_block(*each) for each in missing))
    recipes = dict(sorted(netlists[wanted.design.name].items(), key=lambda item: item[0].name))
    found = _measure(wanted.design, netlists[GENERIC], recipes, technology, settings)
    return replace(found, given_up=tuple(recipe.name for _, recipe in missing))


def _measure(
    design: Design,
    generic: dict[Recipe, Mapped],
    recipes: dict[Recipe, Mapped],
    technology: Technology,
    settings: Settings,
) -> Measured:
    checked = check(design, generic | recipes, technology, settings)
    (unmapped,) = (mapped.netlist for mapped in generic.values())
    found = [
        candidate(design, recipe, mapped, technology, settings)
        for recipe, mapped in recipes.items()
    ]
    free = tuple(figures for figures in found if figures.recipe.target_ps is None)
    best = best_of(free, design, technology, settings)
    return Measured(
        design,
        free,
        tuple(figures for figures in found if figures.recipe.target_ps is not None),
        best.least_energy,
        best.least_area,
        Generic(unmapped.cell_counts, generic_gate_equivalents(unmapped), unmapped.depth),
        checked,
    )


def check(
    design: Design, recipes: dict[Recipe, Mapped], technology: Technology, settings: Settings
) -> int:
    """Compare netlists with the model; the number of operand pairs.

    Raises
    ------
    MismatchError
        A netlist differs from the model.
    """
    functions = cell_functions(technology)
    a, b = design.check(settings.check_pairs, settings.seed)
    expected = design.expected(a, b)

    def compare(netlist: Netlist, recipe: Recipe) -> None:
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

    for recipe, mapped in recipes.items():
        compare(mapped.netlist, recipe)
    return len(a)
