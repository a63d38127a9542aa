"""The measurement of a unit: a choice of netlists for its blocks, checked and measured as one."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from lmul_pe.model import FloatAccumulator, Mac, SystolicArray
from lmul_pe.synth.activity.energy import area_um2
from lmul_pe.synth.activity.replay import PortRecording
from lmul_pe.synth.design.units import UnitDesign
from lmul_pe.synth.interchange.verilog_writer import flat_verilog, hierarchical_verilog
from lmul_pe.synth.mapping.blocks import TOP, block_sources, role_of, sort_of
from lmul_pe.synth.mapping.jobs import Job
from lmul_pe.synth.mapping.recipes import FASTEST, PREFIX_SCRIPTS, Recipe, timed
from lmul_pe.synth.netlists.linking import link, opened, total_cells
from lmul_pe.synth.netlists.timing import critical_path
from lmul_pe.synth.workload.array_stimulus import ArrayStimulus
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD, MismatchError
from lmul_pe.synth.workload.stream_stimulus import StreamStimulus
from lmul_pe.synth.workload.streams import Workload

from .array_simulation import run_array
from .measured import Checked, Figures, Measured, Point
from .measurement import Measurement, Wanted
from .stream_simulation import run_stream

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

_TIMED_SCRIPTS = {"adder": (*PREFIX_SCRIPTS, "speed"), "control": ("prefix-map",)}
"""The scripts that blocks beside the multiplier are worth with a delay target, by what they are."""

_TIMED_STRUCTURES = ("sklansky",)
"""The structure of adders with one, whatever the multipliers are: without full-adder cells, as the
synthesis tool builds its operators, for both kinds alike."""

_SLOWER = (1.3, 1.7)
"""Times the delay of the fastest netlist of a block: those between it and the smallest one."""


@dataclass(frozen=True)
class Block:
    """A netlist of a block by itself: its slowest path, and its area."""

    delay_ps: float
    area_um2: float


@dataclass(frozen=True)
class _Simulated:
    """A choice of netlists simulated: figures, what its blocks did, and products compared."""

    figures: Figures
    recordings: Recordings
    products: int


@dataclass(frozen=True)
class _Best:
    """A choice of least energy, the figures of it and of the smallest, and products compared."""

    choice: Choice
    least_energy: Figures
    least_area: Figures
    products: int


class UnitMeasurement(Measurement):
    """The measurement of a multiply-accumulate unit, a dot product or an array.

    Members
    -------
    blocks
        The netlists of each module by themselves, once there are timed ones.
    """

    design: UnitDesign
    relaxations = (1.0,)

    def __init__(self, design: UnitDesign, conditions: Conditions):
        super().__init__(conditions)
        self.design = design
        self.blocks: dict[str, dict[Recipe, Block]] = {}

    def recipe_name(self, module: str, recipe: Recipe) -> str:
        return f"{role_of(module)}={recipe.name}"

    # -- netlists --

    def free_netlists(self) -> list[Wanted]:
        sources = block_sources(self.design.unit, self.design.structures)
        return [
            Wanted(module, structure, Job(source))
            for module, by_structure in sources.items()
            for structure, source in by_structure.items()
        ]

    def fastest_netlists(self) -> list[Wanted]:
        return self._timed_netlists(lambda module: [FASTEST])

    def netlists_between(self, clocks_ps: Sequence[float]) -> list[Wanted]:
        """Netlists of each block between its fastest and its smallest one, whatever the clock."""

        def slower(module: str) -> list[int]:
            first = min(block.delay_ps for block in self.blocks[module].values())
            return [max(1, round(first * times)) for times in _SLOWER]

        return self._timed_netlists(slower)

    def _timed_netlists(self, targets_ps: Callable[[str], Sequence[int]]) -> list[Wanted]:
        """Of every block for its targets; none of a unit that is not compared at a clock."""
        design = self.design
        if not design.is_timed:
            return []
        of_multiplier = block_sources(design.unit, tuple(design.timed))
        of_others = block_sources(design.unit, _TIMED_STRUCTURES)
        wanted = []
        for module in of_multiplier:
            sort = sort_of(module)
            sources = (of_multiplier if sort == "multiplier" else of_others)[module]
            for structure, source in sources.items():
                names = design.timed[structure] if sort == "multiplier" else _TIMED_SCRIPTS[sort]
                scripts = tuple(
                    timed(name, target) for target in targets_ps(module) for name in names
                )
                wanted.append(Wanted(module, structure, Job(replace(source, scripts=scripts))))
        return wanted

    def measure_timed(self) -> None:
        """The delay and area of the netlists of all blocks by themselves."""
        for module, netlists in self.netlists.items():
            known = self.blocks.setdefault(module, {})
            for recipe, mapped in netlists.items():
                if recipe not in known:
                    delay_ps = critical_path(
                        opened(mapped.netlist), self.conditions.technology, self.conditions.wire_ff
                    ).delay_ps
                    known[recipe] = Block(delay_ps, self._area_um2(module, recipe))

    def _area_um2(self, module: str, recipe: Recipe) -> float:
        return area_um2(self.netlists[module][recipe].netlist, self.conditions.technology)

    # -- without a delay target --

    def measure(self) -> None:
        """The smallest netlist of each block is checked as part of the unit; the others must do
        what it does at the block's ports."""
        smallest = {
            module: min(netlists, key=lambda recipe: (self._area_um2(module, recipe), recipe.name))
            for module, netlists in self.netlists.items()
        }

        def frugal(recorded: Recordings) -> Choice:
            return {
                module: self._least_energy(module, netlists, recorded)
                for module, netlists in self.netlists.items()
            }

        best = self._best(smallest, frugal)
        unit, costs = self.design.unit, dict(best.least_energy.costs)
        if isinstance(unit, Mac) and isinstance(unit.accumulator, FloatAccumulator):
            for workload in MAC_WORKLOADS:
                costs[workload] = self._simulated(best.choice, workload).figures.cost
        self.least_energy = replace(best.least_energy, costs=costs)
        same = best.least_area is best.least_energy
        self.least_area = self.least_energy if same else best.least_area
        self._products = best.products

    def _least_energy(
        self, module: str, recipes: Collection[Recipe], recorded: Recordings
    ) -> Recipe:
        if len(recipes) == 1:
            return next(iter(recipes))
        energies = self._block_energies(module, recipes, recorded)
        return min(
            energies,
            key=lambda recipe: (energies[recipe], self._area_um2(module, recipe), recipe.name),
        )

    def _block_energies(
        self, module: str, recipes: Iterable[Recipe], recorded: Recordings
    ) -> dict[Recipe, float]:
        """Energy with glitches, in fJ a cycle, of each of the netlists of a block.

        That of some of its instances, of the glitches that begin inside it; good for comparing
        them.

        Raises
        ------
        MismatchError
            One of them does something else than what was recorded.
        """
        technology, wire_ff = self.conditions.technology, self.conditions.wire_ff
        recordings = recorded.get(module, ())
        # Every instance is compared; some are enough to choose by.
        chosen = range(0, len(recordings), max(1, len(recordings) // GLITCH_INSTANCES))
        energies = dict.fromkeys(recipes, 0.0)
        for recipe in energies:
            netlist = self.netlists[module][recipe].netlist
            for index, recording in enumerate(recordings):
                samples = GLITCH_SAMPLES // len(chosen) if index in chosen else 0
                energy = recording.energy(netlist, technology, wire_ff, samples)
                if energy is None:
                    raise MismatchError(
                        f"netlist {self.design.name}: block {role_of(module)} by {recipe.name} "
                        "differs from its other netlists"
                    )
                energies[recipe] += energy if samples else 0.0
        return energies

    def _best(self, smallest: Choice, frugal: Callable[[Recordings], Choice]) -> _Best:
        """The better of two choices, and the first one.

        Parameters
        ----------
        frugal
            From what the blocks of the first did to one that should take less energy.
        """
        first = self._simulated(smallest)
        choice = frugal(first.recordings)
        if choice != smallest:
            other = self._simulated(choice).figures
            # Blocks are compared without the glitches that reach them, and on fewer cycles.
            if other.cost.total.with_glitches_fj < first.figures.cost.total.with_glitches_fj:
                return _Best(choice, other, first.figures, first.products)
        return _Best(smallest, first.figures, first.figures, first.products)

    def _simulated(self, choice: Choice, workload: Workload = DEFAULT_WORKLOAD) -> _Simulated:
        """The unit with the netlists of ``choice``, checked and measured.

        Raises
        ------
        MismatchError
            It differs from the model.
        """
        design, unit, conditions = self.design, self.design.unit, self.conditions
        mapped = {module: self.netlists[module][recipe] for module, recipe in choice.items()}
        netlists = {module: each.netlist for module, each in mapped.items()}
        seed = conditions.settings.seed
        flat = None
        if isinstance(unit, SystolicArray):
            run = run_array(ArrayStimulus(unit, workload, seed), netlists, conditions)
            modules = {module: each.verilog for module, each in mapped.items()}
            verilog = hierarchical_verilog(modules, design.name)
        else:
            linked = link(netlists, TOP, design.name, conditions.technology.flip_flops)
            run = run_stream(StreamStimulus(unit, workload, seed), linked, conditions)
            flat = linked.netlist
            verilog = flat_verilog(flat)
        figures = Figures(
            ", ".join(self.recipe_name(*each) for each in choice.items()),
            verilog,
            flat,
            total_cells(netlists, TOP),
            run.path,
            {DEFAULT_WORKLOAD: run.cost.per_operation(design.operations)},
        )
        return _Simulated(figures, run.recordings, run.products)

    # -- at a clock --

    @property
    def fastest(self) -> dict[str, Recipe]:
        """The fastest netlist of each block."""
        return {
            module: min(
                found,
                key=lambda recipe: (found[recipe].delay_ps, found[recipe].area_um2, recipe.name),
            )
            for module, found in self.blocks.items()
        }

    def smallest_clock_ps(self) -> float:
        return self.path_ps(self.fastest)

    def path_ps(self, choice: Choice) -> float:
        """The slowest path; of an array that of any of its blocks, between registers."""
        technology, wire_ff = self.conditions.technology, self.conditions.wire_ff
        netlists = {
            module: self.netlists[module][recipe].netlist for module, recipe in choice.items()
        }
        tops = {TOP}
        if isinstance(self.design.unit, SystolicArray):
            tops = {block.module for block in netlists[TOP].blocks}
        return max(
            critical_path(
                link(netlists, top, top, technology.flip_flops).netlist, technology, wire_ff
            ).delay_ps
            for top in tops
        )

    def points(self, clocks_ps: Sequence[float]) -> tuple[Point, ...]:
        """The choices of least area and of least energy that meet each clock.

        Beginning with the fastest netlists, each block takes the one that costs least of those with
        which the unit still meets the clock, the largest block first: by area, and apart from it by
        energy with glitches.
        """
        slowest_ps = self.path_ps(self.fastest) if clocks_ps else 0.0
        return tuple(self._point(clock_ps) for clock_ps in clocks_ps if slowest_ps <= clock_ps)

    def _point(self, clock_ps: float) -> Point:
        quick = {
            module: {recipe: block for recipe, block in found.items() if block.delay_ps <= clock_ps}
            for module, found in self.blocks.items()
        }

        def frugal(recorded: Recordings) -> Choice:
            energies = {
                module: self._block_energies(module, found, recorded)
                for module, found in quick.items()
            }
            return self.least(energies, clock_ps)

        areas = {
            module: {recipe: block.area_um2 for recipe, block in found.items()}
            for module, found in quick.items()
        }
        best = self._best(self.least(areas, clock_ps), frugal)
        return Point(clock_ps, best.least_energy, best.least_area)

    def least(self, costs: Mapping[str, Mapping[Recipe, float]], clock_ps: float) -> Choice:
        """The fastest netlists, which meet the clock, one after the other replaced by the one that
        costs least of those with which the unit still meets it, the largest block first.

        Parameters
        ----------
        costs
            Module to what its netlists cost, of those that are not too slow by themselves.
        """
        choice = self.fastest
        for module in sorted(
            choice, key=lambda module: -self.blocks[module][choice[module]].area_um2
        ):
            blocks, cost = self.blocks[module], costs[module]
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

    def measured(self, clocks_ps: Sequence[float]) -> Measured:
        return Measured(
            self.design,
            self.least_energy,
            self.least_area,
            self.points(clocks_ps),
            tuple(self.given_up),
            Checked(self._products, every_pair=False),
        )
