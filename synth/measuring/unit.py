"""The measurement of a unit: a choice of netlists for its blocks, checked and measured as one."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from lmul_pe.model import DotProduct, FloatAccumulator, Mac, SystolicArray
from lmul_pe.synth.activity.energy import area_um2
from lmul_pe.synth.activity.replay import PortRecording
from lmul_pe.synth.design.units import UnitDesign, adds_once
from lmul_pe.synth.interchange.verilog_writer import flat_verilog, hierarchical_verilog
from lmul_pe.synth.mapping.blocks import (
    TOP,
    Texts,
    block_source,
    block_texts,
    different,
    role_of,
    sort_of,
)
from lmul_pe.synth.mapping.flow import Mapped
from lmul_pe.synth.mapping.jobs import Job
from lmul_pe.synth.mapping.known import ROUNDS
from lmul_pe.synth.mapping.memo import Memo
from lmul_pe.synth.mapping.recipes import BLOCK_SCRIPTS, FASTEST, PREFIX_SCRIPTS, Recipe, timed
from lmul_pe.synth.netlists.linking import Linked, link, opened, total_cells
from lmul_pe.synth.netlists.timing import CriticalPath, critical_path
from lmul_pe.synth.workload.array_stimulus import ArrayStimulus
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD, MismatchError
from lmul_pe.synth.workload.stream_stimulus import StreamStimulus
from lmul_pe.synth.workload.streams import LONG_SUMS

from .array_simulation import run_array
from .cost import Cost
from .measured import Checked, Figures, Measured, Point
from .measurement import Free, Measurement, Wanted
from .stream_simulation import UnitRun, run_stream

Choice = Mapping[str, Recipe]
"""Module to the recipe that is taken."""

Recordings = Mapping[str, Sequence[PortRecording]]
"""Module to what happened at the ports of its instances."""

GLITCH_SAMPLES = 48
"""Samples of a block's runs whose glitches decide between two netlists of it."""
GLITCH_INSTANCES = 2
"""Instances of a block in which they are."""

MAC_WORKLOADS = ("stationary", "half_zeros")
"""What a multiply-accumulate with floating-point sums is measured on besides the default, with its
netlists of least energy."""

_MULTIPLY = f"{TOP}_multiply"
_ANCHOR = f"{TOP}_add_anchor"

_TIMED_SCRIPTS = {"adder": (*PREFIX_SCRIPTS, "speed"), "control": ("prefix-map",)}
"""The scripts that blocks beside the multiplier are worth with a delay target, by what they are."""

_SLOWER = (1.3, 1.7)
"""Times the delay of the fastest netlist of a block: those between it and the smallest one."""

# Every choice of netlists is given the same operands, and held against the same sums.
_streamed = lru_cache(maxsize=2)(StreamStimulus)
_tiled = lru_cache(maxsize=2)(ArrayStimulus)


@dataclass(frozen=True)
class Block:
    """A netlist of a block by itself: its slowest path, and its area."""

    delay_ps: float
    area_um2: float


@dataclass(frozen=True)
class Timed:
    """The netlists of each module by themselves, once there are timed ones, and what is fastest.

    Parameters
    ----------
    faster
        Choices, module to recipe, that decided what is fastest: from the fastest blocks to the
        fastest unit, and before them those of earlier rounds of netlists.
    smallest_ps
        The clock that the last of them meets.
    """

    blocks: Mapping[str, Mapping[Recipe, Block]]
    faster: tuple[Choice, ...]
    smallest_ps: float


@dataclass(frozen=True)
class _Simulated:
    """A choice of netlists simulated: cost of an operation, slowest path, products compared."""

    cost: Cost
    path: CriticalPath
    products: int


@dataclass(frozen=True)
class FreeUnit(Free):
    """The best netlists without a delay target, and how many products were compared."""

    products: int


class UnitMeasurement(Measurement):
    """The measurement of a multiply-accumulate unit, a dot product or an array.

    Members
    -------
    timed
        The netlists of each module by themselves, once there are timed ones.
    """

    design: UnitDesign
    free: FreeUnit
    timed: Timed

    def __init__(self, design: UnitDesign, conditions: Conditions):
        super().__init__(design, conditions)
        self.timed = Timed({}, (), 0.0)
        self._recordings: Recordings | None = None

    @property
    def mac(self) -> Mac:
        """The multiplier and the accumulator that its blocks are made of."""
        unit = self.design.unit
        return unit if isinstance(unit, Mac) else unit.mac

    def block(self, module: str) -> str:
        return role_of(module)

    def recipe_name(self, module: str, recipe: Recipe) -> str:
        return f"{role_of(module)}={recipe.name}"

    # -- netlists --

    def elaborated(self, memo: Memo) -> Texts:
        design = self.design
        first, *others = design.structures
        timed = dict.fromkeys((*design.timed, *design.timed_adders)) if design.clocks else {}

        def offered(module: str) -> set[str]:
            if sort_of(module) == "multiplier":
                return {*others, *design.timed} if design.clocks else set(others)
            # Adders are ripples of full-adder cells, the smallest, or prefix networks, which
            # glitch less: in what is made for clocks, and in what may be, whether it is or not.
            free = others[-1:] if role_of(module).startswith("add") else others
            for_clocks = design.clocks or adds_once(design.unit)
            return {*free, *design.timed_adders} if for_clocks else set(free)

        def wanted(module: str, structure: str) -> bool:
            every = offered(module)
            rounds = [
                self.winners(module, round) for round in (ROUNDS if design.clocks else ROUNDS[:1])
            ]
            if None in rounds:
                return structure in every
            known = {each.structure for recipes in rounds for each in recipes or ()}
            # A table of other structures is of no use here.
            return structure in (every & known if known & {first, *every} else every)

        return block_texts(design.unit, list(dict.fromkeys((first, *others, *timed))), wanted, memo)

    def free_netlists(self) -> list[Wanted]:
        return self.worth(
            "free",
            [
                self._netlists(module, structure, BLOCK_SCRIPTS[sort_of(module)])
                for module in self.texts
                for structure in different(self.texts, module, self.design.structures)
            ],
        )

    def _netlists(self, module: str, structure: str, scripts: Sequence[str]) -> Wanted:
        return Wanted(module, structure, Job(block_source(self.texts, module, structure, scripts)))

    def fastest_netlists(self) -> list[Wanted]:
        return self.worth("fastest", self._timed_netlists(lambda module: [FASTEST]))

    def faster_netlists(self) -> list[Wanted]:
        """None: the fastest adders of units are those that are made for no time."""
        return []

    def netlists_between(self, clocks_ps: Sequence[float]) -> list[Wanted]:
        """Netlists of each block between its fastest and its smallest one, whatever the clock."""

        def slower(module: str) -> list[int]:
            first = min(block.delay_ps for block in self.timed.blocks[module].values())
            return [max(1, round(first * times)) for times in _SLOWER]

        return self.worth("between", self._timed_netlists(slower))

    def _timed_netlists(self, targets_ps: Callable[[str], Sequence[int]]) -> list[Wanted]:
        """Of every block for its targets; none of a unit that is not compared at a clock."""
        design = self.design
        if not design.clocks:
            return []
        wanted = []
        for module in self.texts:
            sort = sort_of(module)
            structures: Sequence[str] = design.timed_adders
            if sort != "control":
                timed_ones = tuple(design.timed) if sort == "multiplier" else structures
                structures = different(self.texts, module, timed_ones)
            for structure in structures:
                names = design.timed[structure] if sort == "multiplier" else _TIMED_SCRIPTS[sort]
                scripts = [timed(name, target) for target in targets_ps(module) for name in names]
                wanted.append(self._netlists(module, structure, scripts))
        return wanted

    def measured_timed(self) -> Timed:
        """The delay and area of the netlists of all blocks by themselves, and the fastest unit."""
        return self.quickest(
            {
                module: {
                    recipe: Block(self._delay_ps(mapped), self._area_um2(module, recipe))
                    for recipe, mapped in netlists.items()
                }
                for module, netlists in self.netlists.items()
            }
        )

    def quickest(self, blocks: Mapping[str, Mapping[Recipe, Block]]) -> Timed:
        """The fastest unit of ``blocks``, as far as it is found by replacing one after the other.

        What a block gets from others comes at different times, so that the one that is fastest by
        itself need not be in the unit.  Beginning with those, each block, the largest first, is
        replaced by what makes the unit fastest, until no other does.
        """
        choice: Choice = {
            module: min(
                found,
                key=lambda recipe: (found[recipe].delay_ps, found[recipe].area_um2, recipe.name),
            )
            for module, found in blocks.items()
        }
        faster = [*self.timed.faster, choice]
        smallest_ps = self.path_ps(choice)
        before = None
        while choice != before:
            before = choice
            for module in sorted(before, key=lambda each: -blocks[each][before[each]].area_um2):
                tried = {
                    recipe: self.path_ps({**choice, module: recipe})
                    for recipe, block in blocks[module].items()
                    if block.delay_ps <= smallest_ps
                }
                best = min(tried, key=lambda each: (tried[each], each.name))
                if tried[best] < smallest_ps:
                    choice, smallest_ps = {**choice, module: best}, tried[best]
                    faster.append(choice)
        return Timed(blocks, tuple(faster), smallest_ps)

    def _delay_ps(self, mapped: Mapped) -> float:
        technology, wire_ff = self.conditions.technology, self.conditions.wire_ff
        return self.memo.get(
            lambda: critical_path(opened(mapped.netlist), technology, wire_ff).delay_ps,
            "delay",
            mapped.digest,
        )

    def _area_um2(self, module: str, recipe: Recipe) -> float:
        return area_um2(self.netlists[module][recipe].netlist, self.conditions.technology)

    # -- without a delay target --

    def measured_free(self) -> FreeUnit:
        """The smallest netlist of each block is checked as part of the unit; the others must do
        what it does at the block's ports."""
        free = {
            module: [recipe for recipe in netlists if recipe.target_ps is None]
            for module, netlists in self.netlists.items()
        }
        smallest = {
            module: min(recipes, key=lambda recipe: (self._area_um2(module, recipe), recipe.name))
            for module, recipes in free.items()
        }
        frugal = {
            module: self._least_energy(module, recipes, smallest)
            for module, recipes in free.items()
        }
        choice = self._better(smallest, frugal)
        unit, workloads = self.design.unit, [DEFAULT_WORKLOAD]
        if isinstance(unit, Mac) and isinstance(unit.accumulator, FloatAccumulator):
            workloads += MAC_WORKLOADS
        if isinstance(unit, DotProduct) and unit.is_exact:
            # Glitches of a product go through all of the tree, which its block does not show.
            for structure in {recipe.structure for recipe in free[_MULTIPLY]}:
                built = [each for each in free[_MULTIPLY] if each.structure == structure]
                quiet = self._least_energy(_MULTIPLY, built, smallest)
                if quiet != smallest[_MULTIPLY]:
                    choice = self._better(choice, {**frugal, _MULTIPLY: quiet})
        if _ANCHOR in free:
            # Those of a label go through the search for the anchor, and begin before it.
            for module in (_MULTIPLY, _ANCHOR):
                for recipe in free[module]:
                    choice = self._better(choice, {**choice, module: recipe})
        if adds_once(unit) and StreamStimulus.has_whole_sums(unit, LONG_SUMS):
            workloads += [LONG_SUMS]
        least_energy = self._figures(choice, workloads)
        least_area = least_energy if choice == smallest else self._figures(smallest)
        return FreeUnit(least_energy, least_area, self._simulated(smallest).products)

    def _least_energy(self, module: str, recipes: Collection[Recipe], first: Choice) -> Recipe:
        if len(recipes) == 1:
            return next(iter(recipes))
        energies = self._block_energies(module, recipes, first)
        return min(
            energies,
            key=lambda recipe: (energies[recipe], self._area_um2(module, recipe), recipe.name),
        )

    def _block_energies(
        self, module: str, recipes: Iterable[Recipe], first: Choice
    ) -> dict[Recipe, float]:
        """Energy with glitches, in fJ a cycle, of each of the netlists of a block.

        That of some of its instances, of the glitches that begin inside it; good for comparing
        them.  It does not depend on the netlists of the other blocks, which all do the same.

        Parameters
        ----------
        first
            What is simulated for what happens at the block's ports, if nothing was before.

        Raises
        ------
        MismatchError
            One of them does something else than what was recorded.
        """
        return {
            recipe: self.memo.get(
                partial(self._block_energy, module, recipe, first),
                "block",
                module,
                self.netlists[module][recipe].digest,
            )
            for recipe in recipes
        }

    def _block_energy(self, module: str, recipe: Recipe, first: Choice) -> float:
        technology, wire_ff = self.conditions.technology, self.conditions.wire_ff
        recordings = self._recorded(first).get(module, ())
        # Every instance is compared; some are enough to choose by.
        chosen = range(0, len(recordings), max(1, len(recordings) // GLITCH_INSTANCES))
        netlist = self.netlists[module][recipe].netlist
        total = 0.0
        for index, recording in enumerate(recordings):
            samples = GLITCH_SAMPLES // len(chosen) if index in chosen else 0
            energy = recording.energy(netlist, technology, wire_ff, samples)
            if energy is None:
                raise MismatchError(
                    f"netlist {self.design.name}: block {role_of(module)} by {recipe.name} "
                    "differs from its other netlists"
                )
            total += energy if samples else 0.0
        return total

    def _better(self, smallest: Choice, frugal: Choice) -> Choice:
        """The choice that should take less energy, if it does."""
        # Blocks are compared without the glitches that reach them, and on fewer cycles.
        if frugal != smallest and (
            self._simulated(frugal).cost.total.with_glitches_fj
            < self._simulated(smallest).cost.total.with_glitches_fj
        ):
            return frugal
        return smallest

    # -- simulated --

    def _key(self, choice: Choice) -> list[tuple[str, str]]:
        return [(module, self.netlists[module][recipe].digest) for module, recipe in choice.items()]

    def _linked(self, choice: Choice, top: str, name: str) -> Linked:
        netlists = {
            module: self.netlists[module][recipe].netlist for module, recipe in choice.items()
        }
        return link(netlists, top, name, self.conditions.technology.flip_flops)

    def _run(self, choice: Choice, workload: str = DEFAULT_WORKLOAD) -> UnitRun:
        """The unit with the netlists of ``choice``, checked and measured.

        Raises
        ------
        MismatchError
            It differs from the model.
        """
        unit, seed = self.design.unit, self.conditions.settings.seed
        if isinstance(unit, SystolicArray):
            netlists = {
                module: self.netlists[module][recipe].netlist for module, recipe in choice.items()
            }
            run = run_array(_tiled(unit, workload, seed), netlists, self.conditions)
        else:
            linked = self._linked(choice, TOP, self.design.name)
            run = run_stream(_streamed(unit, workload, seed), linked, self.conditions)
        if workload == DEFAULT_WORKLOAD and self._recordings is None:
            self._recordings = run.recordings
        return run

    def _recorded(self, choice: Choice) -> Recordings:
        """What the blocks did: the same in every choice, that of ``choice`` if none was run."""
        if self._recordings is None:
            run = self._run(choice)
            self._simulated(choice, done=run)
            return run.recordings
        return self._recordings

    def _simulated(
        self, choice: Choice, workload: str = DEFAULT_WORKLOAD, done: UnitRun | None = None
    ) -> _Simulated:
        """What a run with ``choice`` gave, which is there as ``done`` or is made."""

        def simulated() -> _Simulated:
            run = done or self._run(choice, workload)
            return _Simulated(
                run.cost.per_operation(self.design.operations), run.path, run.products
            )

        return self.memo.get(simulated, "unit", workload, self._key(choice))

    def _figures(self, choice: Choice, workloads: Sequence[str] = (DEFAULT_WORKLOAD,)) -> Figures:
        mapped = {module: self.netlists[module][recipe] for module, recipe in choice.items()}
        flat = None
        if isinstance(self.design.unit, SystolicArray):
            modules = {module: each.verilog for module, each in mapped.items()}
            verilog = hierarchical_verilog(modules, self.design.name)
        else:
            flat = self._linked(choice, TOP, self.design.name).netlist
            verilog = flat_verilog(flat)
        return Figures(
            ", ".join(self.recipe_name(*each) for each in choice.items()),
            choice,
            verilog,
            flat,
            total_cells({module: each.netlist for module, each in mapped.items()}, TOP),
            self._simulated(choice).path,
            {workload: self._simulated(choice, workload).cost for workload in workloads},
        )

    # -- at a clock --

    @property
    def fastest(self) -> Choice:
        """The netlists of the fastest unit that was found."""
        return self.timed.faster[-1]

    def decisive(self) -> Sequence[Choice]:
        return self.timed.faster

    def smallest_clock_ps(self) -> float:
        return self.timed.smallest_ps

    def path_ps(self, choice: Choice) -> float:
        """The slowest path; of an array that of any of its blocks, between registers."""
        tops = {TOP}
        if isinstance(self.design.unit, SystolicArray):
            tops = {block.module for block in self.netlists[TOP][choice[TOP]].netlist.blocks}
        return max(self._path_ps(choice, top) for top in tops)

    def _path_ps(self, choice: Choice, top: str) -> float:
        """The slowest path of one module with what stands in it."""

        def slowest() -> float:
            netlist = self._linked(within, top, top).netlist
            conditions = self.conditions
            return critical_path(netlist, conditions.technology, conditions.wire_ff).delay_ps

        within: dict[str, Recipe] = {}
        found = [top]
        while found:
            module = found.pop()
            within[module] = choice[module]
            netlist = self.netlists[module][choice[module]].netlist
            found += {block.module for block in netlist.blocks} - within.keys()
        return self.memo.get(slowest, "path", top, sorted(self._key(within)))

    def points(self, clocks_ps: Sequence[float]) -> tuple[Point, ...]:
        """The choices of least area and of least energy that meet each clock.

        Beginning with the fastest netlists, each block takes the one that costs least of those with
        which the unit still meets the clock, the largest block first: by area, and apart from it by
        energy with glitches.  What that leads to depends on where it begins: units that are
        measured at the clocks of others begin with all choices that meet the clock of those that
        led to the fastest, and with what they have at a shorter one.  Those that set clocks begin
        with the fastest alone, so that a report with fewer clocks has the same figures.
        """
        follows = self.design.clocks != self.design.compared
        points: list[Point] = []
        for clock_ps in sorted(clocks_ps):
            if self.timed.smallest_ps > clock_ps:
                continue
            starts, known = [self.fastest], points[-1:] if follows else []
            if follows:
                starts += [each for each in self.timed.faster if self.path_ps(each) <= clock_ps]
            for each in known:
                starts += [each.least_energy.choice, each.least_area.choice]
            found = [*(self._point(clock_ps, start) for start in _different(starts)), *known]
            points.append(
                Point(
                    clock_ps,
                    min((each.least_energy for each in found), key=_energy_fj),
                    min((each.least_area for each in found), key=_area_um2),
                )
            )
        return tuple(points)

    def _point(self, clock_ps: float, start: Choice) -> Point:
        quick = {
            module: {recipe: block for recipe, block in found.items() if block.delay_ps <= clock_ps}
            for module, found in self.timed.blocks.items()
        }
        areas = {
            module: {recipe: block.area_um2 for recipe, block in found.items()}
            for module, found in quick.items()
        }
        smallest = self.least(areas, clock_ps, start)
        energies = {
            # One that is the only one needs no energy to be chosen.
            module: self._block_energies(module, found, smallest)
            if len(found) > 1
            else dict.fromkeys(found, 0.0)
            for module, found in quick.items()
        }
        choice = self._better(smallest, self.least(energies, clock_ps, start))
        least_energy = self._figures(choice)
        least_area = least_energy if choice == smallest else self._figures(smallest)
        return Point(clock_ps, least_energy, least_area)

    def least(
        self, costs: Mapping[str, Mapping[Recipe, float]], clock_ps: float, start: Choice
    ) -> Choice:
        """Netlists that meet the clock, one after the other replaced by the one that costs least of
        those with which the unit still meets it, the largest block first.

        Parameters
        ----------
        costs
            Module to what its netlists cost, of those that are not too slow by themselves.
        start
            The netlists with which it begins, as the fastest.
        """
        choice, of_all = start, self.timed.blocks
        for module in sorted(choice, key=lambda module: -of_all[module][choice[module]].area_um2):
            blocks, cost = of_all[module], costs[module]
            present = cost[choice[module]], blocks[choice[module]].area_um2
            cheaper = sorted(
                (cost[recipe], blocks[recipe].area_um2, recipe.name, recipe)
                for recipe in cost
                if (cost[recipe], blocks[recipe].area_um2) < present
            )
            for _, _, _, recipe in cheaper:
                tried = {**choice, module: recipe}
                if self.path_ps(tried) <= clock_ps:
                    choice = tried
                    break
        return choice

    def again(self, point: Point) -> Point:
        known, unit = point.least_energy, self.design.unit
        # Arrays have a netlist for each block, and are chosen by one seed alone.
        assert known.netlist is not None
        assert not isinstance(unit, SystolicArray)
        stimulus = _streamed(unit, DEFAULT_WORKLOAD, self.conditions.settings.seed)
        linked = Linked(known.netlist, places={})

        def measured() -> Cost:
            run = run_stream(stimulus, linked, self.conditions)
            return run.cost.per_operation(self.design.operations)

        cost = self.memo.get(measured, "again", known.verilog)
        return replace(point, least_energy=replace(known, costs={DEFAULT_WORKLOAD: cost}))

    def measured(self, points: tuple[Point, ...]) -> Measured:
        return Measured(
            self.design,
            self.free.least_energy,
            self.free.least_area,
            points,
            tuple(self.given_up),
            Checked(self.free.products, every_pair=False),
            fastest_ps=self.smallest_clock_ps() if self.design.clocks else None,
        )


def _different(choices: Iterable[Choice]) -> list[Choice]:
    """Each choice once."""
    return [*{tuple(sorted(each.items(), key=str)): each for each in choices}.values()]


def _energy_fj(figures: Figures) -> float:
    return figures.cost.total.with_glitches_fj


def _area_um2(figures: Figures) -> float:
    return figures.area_um2
