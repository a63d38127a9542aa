"""Figures of a design: every recipe mapped, checked against the model, and measured."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass

import numpy as np

from hw.yosys import stop_yosys

from .activity import cell_functions, evaluate
from .designs import Design, MacDesign
from .energy import Energy, area_um2, dynamic_energy, leakage_power_nw, run_energy
from .flow import Mapped, Synthesis
from .generic import GENERIC_FUNCTIONS, generic_gate_equivalents
from .mac_stimulus import LANES, RESET_CYCLES, MacStimulus
from .netlist import Netlist
from .recipes import GENERIC, STRUCTURES, Recipe
from .sequential import simulate
from .technology import Technology
from .timing import CriticalPath, critical_path
from .workloads import WORKLOADS

DEFAULT_WORKLOAD = next(iter(WORKLOADS))


@dataclass(frozen=True)
class Settings:
    """What a measurement depends on besides the design and the technology.

    Parameters
    ----------
    wire_ff
        Wire capacitance per driven pin, in fF.
    pairs
        Operand pairs of each workload.
    check_pairs
        Operand pairs of a check that cannot take every one.
    seed
        Of every random stream.
    """

    wire_ff: float = 0.0
    pairs: int = 16_384
    check_pairs: int = 65_536
    seed: int = 2024


class MismatchError(RuntimeError):
    """A netlist that does not do what the model says; the text names the first operands."""


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
    """A design and what every recipe gave."""

    design: Design | MacDesign
    figures: tuple[Figures, ...]
    generic: Generic | None
    checked_pairs: int

    @property
    def least_energy(self) -> Figures:
        return min(self.figures, key=lambda figures: (figures.functional_fj, figures.area_um2))

    @property
    def least_area(self) -> Figures:
        return min(self.figures, key=lambda figures: (figures.area_um2, figures.functional_fj))


def measure(
    designs: Sequence[Design | MacDesign],
    technology: Technology,
    synthesis: Synthesis,
    settings: Settings,
    progress: Callable[[str, int], None],
) -> list[Measured]:
    """Map each design by every recipe, check each netlist against the model, and measure it.

    Parameters
    ----------
    progress
        Called whenever the netlists of one structure are done, with their name and the number of
        such calls there will be.

    Raises
    ------
    MismatchError
        A netlist differs from the model.
    TechnologyError
        The technology cannot express the design.
    """
    executor = ThreadPoolExecutor(max_workers=os.cpu_count())
    jobs = _jobs(designs)
    done: dict[str, dict[Recipe, Mapped]] = {design.name: {} for design in designs}
    try:
        futures = {
            executor.submit(
                synthesis.map,
                job.rtlil,
                job.design,
                job.scripts,
                None if job.scripts == (GENERIC,) else technology,
            ): job
            for job in jobs
        }
        for future in as_completed(futures):
            job = futures[future]
            for script, mapped in future.result().items():
                done[job.design][Recipe(job.structure, script)] = mapped
            progress(f"{job.design}, {job.structure}", len(jobs))
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        stop_yosys()
        raise
    finally:
        executor.shutdown()
    return [
        _measure(design, done[design.name], technology, settings)
        if isinstance(design, Design)
        else _measure_mac(design, done[design.name], technology, settings)
        for design in designs
    ]


@dataclass(frozen=True)
class _Job:
    """The netlists to make of one design by one structure."""

    design: str
    structure: str
    scripts: tuple[str, ...]
    rtlil: str


def _jobs(designs: Sequence[Design | MacDesign]) -> list[_Job]:
    """Every structure that differs, by every script; the largest first."""
    jobs = []
    for design in designs:
        seen: set[str] = set()
        for structure in design.structures:
            rtlil = design.rtlil(STRUCTURES[structure])
            if rtlil in seen:
                continue
            if not seen and isinstance(design, Design):
                jobs.append(_Job(design.name, structure, (GENERIC,), rtlil))
            seen.add(rtlil)
            jobs.append(_Job(design.name, structure, design.scripts, rtlil))
    # Large designs last longest: they start first, so that no processor waits for them at the end.
    return sorted(jobs, key=lambda job: -len(job.rtlil))


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
    return Measured(
        design,
        tuple(figures),
        Generic(
            generic.cell_counts,
            generic_gate_equivalents(generic),
            generic.depth,
        ),
        len(a),
    )


def _measure_mac(
    design: MacDesign,
    done: dict[Recipe, Mapped],
    technology: Technology,
    settings: Settings,
) -> Measured:
    stimulus = MacStimulus(design.mac, DEFAULT_WORKLOAD, settings.seed)
    figures = []
    for recipe, mapped in sorted(done.items(), key=lambda item: item[0].name):
        netlist = mapped.netlist
        run = simulate(
            netlist, technology, stimulus.inputs, LANES, stimulus.cycles, settle=RESET_CYCLES
        )
        mismatch = stimulus.mismatch(run)
        if mismatch:
            raise MismatchError(
                f"netlist {design.name} by {recipe.name} differs from the model: {mismatch}"
            )
        energy = {DEFAULT_WORKLOAD: run_energy(run, netlist, technology, settings.wire_ff)}
        figures.append(_figures(recipe, mapped, energy, technology, settings))
    return Measured(design, tuple(figures), None, stimulus.cycles * LANES)


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
