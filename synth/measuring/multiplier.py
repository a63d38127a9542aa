"""The measurement of a multiplier: a netlist by each recipe, and which of them is the best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lmul_pe.synth.activity.energy import (
    Energy,
    area_um2,
    dynamic_energy,
    glitch_energy,
    leakage_power_nw,
)
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.activity.glitch import transitions
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.multipliers import MultiplierDesign
from lmul_pe.synth.mapping.blocks import BlockSource
from lmul_pe.synth.mapping.flow import Mapped
from lmul_pe.synth.mapping.generic import GENERIC_FUNCTIONS, generic_gate_equivalents
from lmul_pe.synth.mapping.jobs import Job
from lmul_pe.synth.mapping.recipes import FASTEST, GENERIC, STRUCTURES, Recipe, timed
from lmul_pe.synth.netlists.timing import CriticalPath, critical_path
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD, MismatchError

from .cost import Cost, Part
from .measured import Checked, Figures, Generic, Measured, Point
from .measurement import Measurement, Wanted
from .registered import Registers, clock_period, register_ps, registers

RELAXED = 1.25
"""A clock over the smallest one: at the smallest, a design is at its limit, where it costs most."""

_TIGHTER = (0.9, 0.8)
"""ABC sees no full-adder cells, and registers load what it takes for free: some netlists miss the
clock that they were made for, and meet it when made for less."""

_GLITCH_PAIRS = 4097
"""Operand pairs of every energy with glitches: its error is below 2 % (95 %)."""
_SHORTLIST = 4
"""Netlists of least functional energy of each structure that are tried with glitches."""
_SHORT_PAIRS = 2049
"""Operand pairs of that trial."""


@dataclass(frozen=True)
class Candidate:
    """A netlist of a multiplier, and what is needed to choose between it and others.

    Parameters
    ----------
    path
        From inputs to outputs.
    clock_ps
        The smallest clock with registers around it, None in a library without flip-flops.
    energy
        Functional, on the default workload.
    """

    recipe: Recipe
    mapped: Mapped
    area_um2: float
    path: CriticalPath
    clock_ps: float | None
    leakage_nw: float
    energy: Energy


@dataclass(frozen=True)
class Best:
    """The best of some candidates: which one takes least energy, and the figures of it and of the
    smallest one, often one and the same."""

    frugal: Candidate
    least_energy: Figures
    least_area: Figures


def delay_targets(clock_ps: float, technology: Technology) -> tuple[int, ...]:
    """The delays in ps for which netlists are made, that some meet ``clock_ps``."""
    room = max(1.0, clock_ps - register_ps(technology))
    return tuple(sorted({max(1, round(room * share)) for share in (1.0, *_TIGHTER)}))


class MultiplierMeasurement(Measurement):
    """The measurement of a multiplier, or of the bare adder beside them.

    Members
    -------
    candidates
        Its netlists, those without a delay target first.
    """

    design: MultiplierDesign
    relaxations = (1.0, RELAXED)

    def __init__(self, design: MultiplierDesign, conditions: Conditions):
        super().__init__(conditions)
        self.design = design
        self.candidates: list[Candidate] = []
        settings = conditions.settings
        self._checked_pairs = design.check(settings.check_pairs, settings.seed)

    def recipe_name(self, module: str, recipe: Recipe) -> str:
        return recipe.name

    # -- netlists --

    def free_netlists(self) -> list[Wanted]:
        design = self.design
        circuits: dict[str, str] = {}
        for structure in design.structures:
            circuits.setdefault(design.rtlil(STRUCTURES[structure]), structure)
        rtlil, first = next(iter(circuits.items()))
        generic = Job(BlockSource(design.name, rtlil, (), (GENERIC,)), generic=True)
        return [
            Wanted(GENERIC, first, generic),
            *(
                Wanted(
                    design.name, structure, Job(BlockSource(design.name, rtlil, (), design.scripts))
                )
                for rtlil, structure in circuits.items()
            ),
        ]

    def fastest_netlists(self) -> list[Wanted]:
        if self.conditions.settings.clock_ps or self.smallest_clock_ps() is None:
            return []
        return self.timed_netlists([FASTEST])

    def netlists_between(self, clocks_ps: Sequence[float]) -> list[Wanted]:
        """Netlists for the delays that ``clocks_ps`` leave between registers."""
        technology = self.conditions.technology
        if not technology.has_plain_flip_flop:
            return []
        targets = {target for clock in clocks_ps for target in delay_targets(clock, technology)}
        return self.timed_netlists(sorted(targets)) if targets else []

    def timed_netlists(self, targets_ps: Sequence[int]) -> list[Wanted]:
        """Netlists for each of ``targets_ps``, of every structure; equal circuits once."""
        circuits: dict[str, tuple[str, dict[str, None]]] = {}
        for structure, names in self.design.timed.items():
            rtlil = self.design.rtlil(STRUCTURES[structure])
            _, scripts = circuits.setdefault(rtlil, (structure, {}))
            scripts |= dict.fromkeys(names)
        wanted = []
        for rtlil, (structure, scripts) in circuits.items():
            listed = tuple(timed(script, target) for target in targets_ps for script in scripts)
            job = Job(BlockSource(self.design.name, rtlil, (), listed))
            wanted.append(Wanted(self.design.name, structure, job))
        return wanted

    # -- candidates --

    def measure(self) -> None:
        self._check(self.netlists[GENERIC])
        self.measure_timed()
        best = self.best_of(self.candidates)
        self._frugal = best.frugal
        self.least_energy, self.least_area = best.least_energy, best.least_area

    def measure_timed(self) -> None:
        """Make candidates of the netlists that came last."""
        known = {each.recipe for each in self.candidates}
        new = dict(
            sorted(
                (each for each in self.netlists[self.design.name].items() if each[0] not in known),
                # Of equal netlists the first is taken.
                key=lambda each: each[0].name if each[0].target_ps in (None, FASTEST) else "",
            )
        )
        self._check(new)
        self.candidates += [self.candidate(*each) for each in new.items()]

    def _check(self, netlists: Mapping[Recipe, Mapped]) -> None:
        functions = cell_functions(self.conditions.technology)
        a, b = self._checked_pairs
        expected = self.design.expected(a, b)
        for recipe, mapped in netlists.items():
            known = GENERIC_FUNCTIONS if recipe.script == GENERIC else functions
            result = evaluate(mapped.netlist, known, {"a": a, "b": b}).output("y")
            wrong = np.flatnonzero(result != expected)
            if wrong.size:
                first = wrong[0]
                raise MismatchError(
                    f"netlist {self.design.name} by {recipe.name} differs from the model on "
                    f"{wrong.size} of {len(a)} pairs, first a={int(a[first]):#x} "
                    f"b={int(b[first]):#x}: netlist {int(result[first]):#x}, model "
                    f"{int(expected[first]):#x}"
                )

    def candidate(self, recipe: Recipe, mapped: Mapped) -> Candidate:
        """The candidate that a netlist is."""
        technology, wire_ff = self.conditions.technology, self.conditions.wire_ff
        netlist = mapped.netlist
        return Candidate(
            recipe,
            mapped,
            area_um2(netlist, technology),
            critical_path(netlist, technology, wire_ff),
            clock_period(netlist, technology, wire_ff) if technology.has_plain_flip_flop else None,
            leakage_power_nw(netlist, technology),
            self._functional(mapped, DEFAULT_WORKLOAD),
        )

    def _functional(self, mapped: Mapped, workload: str) -> Energy:
        technology, settings = self.conditions.technology, self.conditions.settings
        a, b = self.design.stream(settings.workloads[workload], settings.pairs, settings.seed)
        waveforms = evaluate(mapped.netlist, cell_functions(technology), {"a": a, "b": b})
        return dynamic_energy(waveforms, technology, settings.wire_ff)

    def _with_glitches(self, mapped: Mapped, workload: str, pairs: int) -> Energy:
        technology, settings = self.conditions.technology, self.conditions.settings
        count = min(pairs, settings.pairs)
        a, b = self.design.stream(settings.workloads[workload], count, settings.seed)
        found = transitions(mapped.netlist, technology, {"a": a, "b": b}, settings.wire_ff)
        return glitch_energy(found, mapped.netlist, technology, settings.wire_ff)

    # -- the best of them --

    def best_of(
        self,
        candidates: Sequence[Candidate],
        workloads: Sequence[str] | None = None,
        also: Sequence[Candidate] = (),
    ) -> Best:
        """The candidate of least energy with glitches, and the smallest one.

        Tried with glitches are those of least functional energy of each structure, the smallest
        one, and ``also``, the best under other conditions.

        Parameters
        ----------
        workloads
            On which the former is measured; all of the settings if None.
        """
        smallest = min(candidates, key=lambda each: (each.area_um2, each.energy.total_fj))
        listed = [*_shortlist(candidates), smallest, *also]
        # One and the same netlist is tried once.
        tried = list({each.mapped.verilog: each for each in reversed(listed)}.values())[::-1]
        frugal = tried[0]
        if len(tried) > 1:
            frugal = min(
                tried,
                key=lambda each: (
                    self._with_glitches(each.mapped, DEFAULT_WORKLOAD, _SHORT_PAIRS).total_fj
                ),
            )
        if workloads is None:
            workloads = list(self.conditions.settings.workloads)
        least_energy = self._figures(frugal, workloads)
        if smallest.recipe == frugal.recipe:
            return Best(frugal, least_energy, least_energy)
        return Best(frugal, least_energy, self._figures(smallest, [DEFAULT_WORKLOAD]))

    def _figures(self, candidate: Candidate, workloads: Sequence[str]) -> Figures:
        mapped = candidate.mapped
        return Figures(
            candidate.recipe.name,
            mapped.verilog,
            mapped.netlist,
            mapped.netlist.cell_counts,
            candidate.path,
            {workload: self._cost(candidate, workload) for workload in workloads},
            candidate.clock_ps,
        )

    def _cost(self, candidate: Candidate, workload: str) -> Cost:
        functional = self._functional(candidate.mapped, workload)
        glitch = self._with_glitches(candidate.mapped, workload, _GLITCH_PAIRS)
        part = Part(
            candidate.area_um2,
            candidate.leakage_nw,
            functional.switching_fj,
            functional.internal_fj,
            glitches_fj=glitch.total_fj - functional.total_fj,
        )
        return Cost({"multiplier": part}, functional.uncertainty_fj, glitch.uncertainty_fj)

    # -- at a clock --

    @property
    def fastest_ps(self) -> float | None:
        """The smallest clock between registers that a netlist without another target meets.

        One that was made for another clock may be a little faster by chance, where every
        picosecond costs much.  None in a library without flip-flops.
        """
        clocks = [
            each.clock_ps
            for each in self.candidates
            if each.clock_ps is not None and each.recipe.target_ps in (None, FASTEST)
        ]
        return min(clocks, default=None)

    def smallest_clock_ps(self) -> float | None:
        return self.fastest_ps if self.design.sets_clock else None

    def points(
        self, clocks_ps: Sequence[float], workloads: Sequence[str] | None = None
    ) -> tuple[Point, ...]:
        """The best of all candidates at each of ``clocks_ps`` that any of them meets.

        Parameters
        ----------
        workloads
            On which those of least energy are measured, the default one among them; all of the
            settings if None.
        """
        points: list[Point] = []
        # The best at other clocks are tried as well.
        known = [self._frugal]
        for clock_ps in sorted(clocks_ps):
            quick = [each for each in self.candidates if _meets(each, clock_ps)]
            if quick:
                also = [each for each in known if _meets(each, clock_ps)]
                best = self.best_of(quick, workloads, also)
                known.append(best.frugal)
                points.append(Point(clock_ps, best.least_energy, best.least_area, self._registers))
        return tuple(points)

    @cached_property
    def _registers(self) -> Registers:
        """Those at the ports, which are the same around every netlist."""
        technology, settings = self.conditions.technology, self.conditions.settings
        a, b = self.design.stream(DEFAULT_WORKLOAD, settings.pairs, settings.seed)
        values = {"a": a, "b": b, "y": self.design.expected(a, b)}
        netlist = self.candidates[0].mapped.netlist
        return registers(netlist, values, technology, settings.wire_ff)

    def measured(self, clocks_ps: Sequence[float]) -> Measured:
        (generic,) = self.netlists[GENERIC].values()
        return Measured(
            self.design,
            self.least_energy,
            self.least_area,
            self.points(clocks_ps),
            tuple(self.given_up),
            Checked(len(self._checked_pairs[0]), self.design.exhaustive),
            Generic(
                generic.netlist.cell_counts,
                generic_gate_equivalents(generic.netlist),
                generic.netlist.depth,
            ),
            self.fastest_ps,
        )


def _meets(candidate: Candidate, clock_ps: float) -> bool:
    return candidate.clock_ps is not None and candidate.clock_ps <= clock_ps


def _shortlist(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Those of least functional energy of each structure: structures differ in their glitches."""
    listed: dict[str, list[Candidate]] = {}
    for each in sorted(candidates, key=lambda each: (each.energy.total_fj, each.area_um2)):
        of_structure = listed.setdefault(each.recipe.structure, [])
        # Scripts and delay targets often give one and the same netlist.
        if all(each.mapped.verilog != other.mapped.verilog for other in of_structure):
            of_structure.append(each)
    return [each for found in listed.values() for each in found[:_SHORTLIST]]
