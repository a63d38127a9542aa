"""The measurement of a multiplier: a netlist by each recipe, and which of them is the best."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.synth.activity.energy import (
    Energy,
    area_um2,
    dynamic_energy,
    glitch_energy,
)
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.activity.glitch import transitions
from lmul_pe.synth.activity.leakage import leakages_nw
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.multipliers import MultiplierDesign, Pairs
from lmul_pe.synth.mapping.blocks import BlockSource, Texts, different
from lmul_pe.synth.mapping.flow import Mapped
from lmul_pe.synth.mapping.generic import GENERIC_FUNCTIONS, generic_gate_equivalents
from lmul_pe.synth.mapping.jobs import Job
from lmul_pe.synth.mapping.known import FASTER
from lmul_pe.synth.mapping.memo import Memo
from lmul_pe.synth.mapping.recipes import FASTEST, GENERIC, STRUCTURES, Recipe, timed
from lmul_pe.synth.netlists.netlist import Netlist
from lmul_pe.synth.netlists.timing import CriticalPath, critical_path
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD, MismatchError

from .cost import Cost, Part
from .measured import Checked, Figures, Generic, Measured, Point
from .measurement import Free, Measurement, Wanted
from .registered import Registers, clock_period, register_ps, registers

_TIGHTER = (0.9, 0.8)
"""ABC sees no full-adder cells, and registers load what it takes for free: some netlists miss the
clock that they were made for, and meet it when made for less."""

_FIRST_TARGETS: Collection[int | None] = (None, FASTEST)
"""Those of the first two rounds."""

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


@dataclass(frozen=True)
class FreeMultiplier(Free):
    """The best netlists without a delay target, and all of those.

    Parameters
    ----------
    frugal
        That of least energy.
    """

    candidates: Sequence[Candidate]
    frugal: Candidate


class MultiplierMeasurement(Measurement):
    """The measurement of a multiplier, or of the bare adder beside them.

    Members
    -------
    timed
        Its netlists with a delay target.
    """

    design: MultiplierDesign
    free: FreeMultiplier
    timed: Sequence[Candidate]

    def __init__(self, design: MultiplierDesign, conditions: Conditions):
        super().__init__(design, conditions)
        self.timed = ()
        self._fast_targets = set(_FIRST_TARGETS)
        self._between_targets: set[int] = set()
        self._streams: dict[tuple[str, int], dict[str, NDArray[Any]]] = {}

    def block(self, module: str) -> str:
        return "multiplier" if module == self.design.name else module

    def recipe_name(self, module: str, recipe: Recipe) -> str:
        return recipe.name

    @property
    def candidates(self) -> Sequence[Candidate]:
        """All netlists, those without a delay target first."""
        return [*self.free.candidates, *self.timed]

    # -- netlists --

    def elaborated(self, memo: Memo) -> Texts:
        design = self.design
        return {
            design.name: {
                structure: memo.get(
                    partial(design.rtlil, STRUCTURES[structure]), design.name, structure
                )
                for structure in dict.fromkeys((*design.structures, *design.timed))
            }
        }

    def _netlists(self, structure: str, scripts: Sequence[str]) -> Wanted:
        name = self.design.name
        source = BlockSource(name, self.texts[name][structure], (), tuple(scripts))
        return Wanted(name, structure, Job(source))

    def free_netlists(self) -> list[Wanted]:
        design = self.design
        structures = different(self.texts, design.name, design.structures)
        first = self._netlists(structures[0], (GENERIC,))
        return [
            Wanted(GENERIC, first.structure, Job(first.job.source, generic=True)),
            *self.worth(
                "free", [self._netlists(structure, design.scripts) for structure in structures]
            ),
        ]

    def fastest_netlists(self) -> list[Wanted]:
        registered = self.conditions.technology.has_plain_flip_flop
        if not (registered and self.design.sets_clock) or self.conditions.settings.clock_ps:
            return []
        return self.worth("fastest", self.timed_netlists([FASTEST]))

    def faster_netlists(self) -> list[Wanted]:
        clock_ps = self.fastest_ps
        if clock_ps is None or not self.fastest_netlists():
            return []
        targets = delay_targets(clock_ps, self.conditions.technology)
        self._fast_targets |= set(targets)
        self._between_targets |= set(targets)
        return self.worth(FASTER, self.timed_netlists(targets))

    def netlists_between(self, clocks_ps: Sequence[float]) -> list[Wanted]:
        """Netlists for the delays that ``clocks_ps`` leave between registers."""
        technology = self.conditions.technology
        if not technology.has_plain_flip_flop:
            return []
        targets = {target for clock in clocks_ps for target in delay_targets(clock, technology)}
        # Whichever design sets the clock has those for the smallest one from the round before.
        targets -= self._between_targets
        return self.worth("between", self.timed_netlists(sorted(targets))) if targets else []

    def timed_netlists(self, targets_ps: Sequence[int]) -> list[Wanted]:
        """Netlists for each of ``targets_ps``, of every structure; equal circuits once."""
        texts = self.texts[self.design.name]
        circuits: dict[str, tuple[str, dict[str, None]]] = {}
        for structure, names in self.design.timed.items():
            _, scripts = circuits.setdefault(texts[structure], (structure, {}))
            scripts |= dict.fromkeys(names)
        return [
            self._netlists(
                structure, [timed(script, target) for target in targets_ps for script in scripts]
            )
            for structure, scripts in circuits.values()
        ]

    # -- candidates --

    @cached_property
    def _checked(self) -> tuple[Pairs, NDArray[Any]]:
        """The operand pairs of the comparison with the model, and what the model says."""
        settings = self.conditions.settings
        pairs = self.design.check(settings.check_pairs, settings.seed)
        return pairs, self.design.expected(*pairs)

    def measured_free(self) -> FreeMultiplier:
        (generic,) = self.netlists[GENERIC].items()
        self._check(*generic)
        candidates = self._candidates(timed=False)
        best = self.best_of(candidates)
        return FreeMultiplier(best.least_energy, best.least_area, candidates, best.frugal)

    def measured_timed(self) -> list[Candidate]:
        return self._candidates(timed=True)

    def _candidates(self, *, timed: bool) -> list[Candidate]:
        """Of equal ones the first is taken: those for a clock come last, as they were made, and
        others by name."""
        listed = sorted(
            (
                each
                for each in self.netlists[self.design.name].items()
                if (each[0].target_ps is not None) == timed
            ),
            key=lambda each: (0, each[0].name) if each[0].target_ps in (None, FASTEST) else (1, ""),
        )
        return [self.candidate(*each) for each in listed]

    def _check(self, recipe: Recipe, mapped: Mapped) -> int:
        """Compare a netlist with the model; how many pairs that were.

        Raises
        ------
        MismatchError
            It differs.
        """
        generic = recipe.script == GENERIC
        functions = GENERIC_FUNCTIONS if generic else cell_functions(self.conditions.technology)
        (a, b), expected = self._checked
        result = evaluate(mapped.netlist, functions, {"a": a, "b": b}).output("y")
        wrong = np.flatnonzero(result != expected)
        if wrong.size:
            first = wrong[0]
            raise MismatchError(
                f"netlist {self.design.name} by {recipe.name} differs from the model on "
                f"{wrong.size} of {len(a)} pairs, first a={int(a[first]):#x} "
                f"b={int(b[first]):#x}: netlist {int(result[first]):#x}, model "
                f"{int(expected[first]):#x}"
            )
        return len(a)

    def candidate(self, recipe: Recipe, mapped: Mapped) -> Candidate:
        """The candidate that a netlist is.

        Raises
        ------
        MismatchError
            It differs from the model.
        """
        technology, wire_ff = self.conditions.technology, self.conditions.wire_ff
        netlist = mapped.netlist
        self.memo.get(lambda: self._check(recipe, mapped), "check", mapped.digest)
        path, clock_ps = self.memo.get(
            lambda: (
                critical_path(netlist, technology, wire_ff),
                clock_period(netlist, technology, wire_ff)
                if technology.has_plain_flip_flop
                else None,
            ),
            "timing",
            mapped.digest,
        )
        return Candidate(
            recipe,
            mapped,
            area_um2(netlist, technology),
            path,
            clock_ps,
            self._functional(mapped, DEFAULT_WORKLOAD),
        )

    def _functional(self, mapped: Mapped, workload: str) -> Energy:
        technology, settings = self.conditions.technology, self.conditions.settings

        def measured() -> Energy:
            operands = self._stream(workload, settings.pairs)
            waveforms = evaluate(mapped.netlist, cell_functions(technology), operands)
            return dynamic_energy(waveforms, technology, settings.wire_ff)

        return self.memo.get(measured, "functional", mapped.digest, workload)

    def _leakage_nw(self, mapped: Mapped, workload: str) -> float:
        technology, settings = self.conditions.technology, self.conditions.settings

        def measured() -> float:
            operands = self._stream(workload, min(_GLITCH_PAIRS, settings.pairs))
            waveforms = evaluate(mapped.netlist, cell_functions(technology), operands)
            return float(leakages_nw(mapped.netlist, technology, waveforms.sample).sum())

        return self.memo.get(measured, "leakage", mapped.digest, workload)

    def _with_glitches(self, mapped: Mapped, workload: str, pairs: int) -> Energy:
        technology, settings = self.conditions.technology, self.conditions.settings

        def measured() -> Energy:
            operands = self._stream(workload, min(pairs, settings.pairs))
            found = transitions(mapped.netlist, technology, operands, settings.wire_ff)
            return glitch_energy(found, mapped.netlist, technology, settings.wire_ff)

        return self.memo.get(measured, "glitches", mapped.digest, workload, pairs)

    def _stream(self, workload: str, count: int) -> dict[str, NDArray[Any]]:
        settings = self.conditions.settings
        if (workload, count) not in self._streams:
            a, b = self.design.stream(settings.workloads[workload], count, settings.seed)
            self._streams[workload, count] = {"a": a, "b": b}
        return self._streams[workload, count]

    # -- the best of them --

    def best_of(
        self,
        candidates: Sequence[Candidate],
        workloads: Sequence[str] | None = None,
        also: Sequence[Candidate] = (),
    ) -> Best:
        """The candidate of least energy with glitches, and the smallest one.

        Tried with glitches are those of least functional energy of each structure, the smallest
        and the fastest one, and ``also``, the best under other conditions.

        Parameters
        ----------
        workloads
            On which the former is measured; all of the settings if None.
        """
        smallest = min(candidates, key=lambda each: (each.area_um2, each.energy.total_fj))
        fastest = min(candidates, key=lambda each: each.clock_ps or each.path.delay_ps)
        listed = [*_shortlist(candidates), smallest, fastest, *also]
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
            {self.design.name: candidate.recipe},
            mapped.verilog,
            mapped.netlist,
            mapped.netlist.cell_counts,
            candidate.path,
            {workload: self._cost(mapped, workload) for workload in workloads},
            candidate.clock_ps,
        )

    def _cost(self, mapped: Mapped, workload: str) -> Cost:
        functional = self._functional(mapped, workload)
        glitch = self._with_glitches(mapped, workload, _GLITCH_PAIRS)
        part = Part(
            area_um2(mapped.netlist, self.conditions.technology),
            self._leakage_nw(mapped, workload),
            functional.switching_fj,
            functional.internal_fj,
            glitches_fj=glitch.total_fj - functional.total_fj,
        )
        return Cost({"multiplier": part}, functional.uncertainty_fj, glitch.uncertainty_fj)

    # -- at a clock --

    def _fastest(self, targets: Collection[int | None]) -> Candidate | None:
        """The netlist for one of ``targets`` that meets the smallest clock between registers.

        One that was made for a longer clock may be a little faster by chance, where every
        picosecond costs much.  None in a library without flip-flops.
        """
        clocks = {
            each.clock_ps: each
            for each in reversed(self.candidates)
            if each.clock_ps is not None and each.recipe.target_ps in targets
        }
        return clocks[min(clocks)] if clocks else None

    def decisive(self) -> list[dict[str, Recipe]]:
        # By the first the clock is set, by the second the targets of the third round.
        found = (self._fastest(targets) for targets in (self._fast_targets, _FIRST_TARGETS))
        return [{self.design.name: each.recipe} for each in found if each]

    @property
    def fastest_ps(self) -> float | None:
        """The smallest clock between registers that a netlist of the first three rounds meets."""
        found = self._fastest(self._fast_targets)
        return found.clock_ps if found else None

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
        known = [self.free.frugal]
        for clock_ps in sorted(clocks_ps):
            quick = [each for each in self.candidates if _meets(each, clock_ps)]
            if quick:
                also = [each for each in known if _meets(each, clock_ps)]
                best = self.best_of(quick, workloads, also)
                known.append(best.frugal)
                around = self._registers(best.frugal.mapped.netlist)
                points.append(Point(clock_ps, best.least_energy, best.least_area, around))
        return tuple(points)

    def again(self, point: Point) -> Point:
        known = point.least_energy
        assert known.netlist is not None
        mapped = Mapped(known.netlist, known.verilog)
        cost = self._cost(mapped, DEFAULT_WORKLOAD)
        return replace(
            point,
            least_energy=replace(known, costs={DEFAULT_WORKLOAD: cost}),
            registers=self._registers(known.netlist),
        )

    def _registers(self, netlist: Netlist) -> Registers:
        """Those at the ports, which are the same around every netlist."""
        technology, settings = self.conditions.technology, self.conditions.settings
        operands = self._stream(DEFAULT_WORKLOAD, settings.pairs)
        values = {**operands, "y": self.design.expected(operands["a"], operands["b"])}
        return registers(netlist, values, technology, settings.wire_ff)

    def measured(self, points: tuple[Point, ...]) -> Measured:
        (generic,) = self.netlists[GENERIC].values()
        (a, _), _ = self._checked
        return Measured(
            self.design,
            self.free.least_energy,
            self.free.least_area,
            points,
            tuple(self.given_up),
            Checked(len(a), self.design.exhaustive),
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
