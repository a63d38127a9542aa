"""Units at an equal clock: blocks made for a delay, and a choice of them that meets the clock."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from lmul_pe.model import SystolicArray
from lmul_pe.synth.activity.energy import area_um2
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.units import UnitDesign
from lmul_pe.synth.mapping.blocks import TOP, block_sources, sort_of
from lmul_pe.synth.mapping.flow import Mapped, Synthesis
from lmul_pe.synth.mapping.jobs import Job, map_all
from lmul_pe.synth.mapping.recipes import FASTEST, PREFIX_SCRIPTS, Recipe, timed
from lmul_pe.synth.netlists.linking import link, opened
from lmul_pe.synth.netlists.netlist import Netlist
from lmul_pe.synth.netlists.timing import critical_path
from lmul_pe.synth.workload.settings import Settings

from .multiplier_equal_clock import Point
from .unit import (
    Candidates,
    Choice,
    MeasuredUnit,
    UnitFigures,
    block_energies,
    in_block,
    measure_choice,
)

_SCRIPTS = {"adder": (*PREFIX_SCRIPTS, "speed"), "control": ("prefix-map",)}
"""The scripts that blocks beside the multiplier are worth, by what they are."""

_ADDERS = ("sklansky",)
"""The structure of adders, whatever the multipliers are: without full-adder cells, as the synthesis
tool builds its operators, for both kinds alike."""

_SLOWER = (1.3, 1.7)
"""Times the delay of the fastest netlist of a block: those between it and the smallest one."""


@dataclass(frozen=True)
class _Block:
    """A netlist of a block by itself."""

    delay_ps: float
    area_um2: float


@dataclass
class _Timed:
    """A unit and the netlists of its blocks, those without a delay target included."""

    measured: MeasuredUnit
    candidates: dict[str, dict[Recipe, Mapped]]
    blocks: dict[str, dict[Recipe, _Block]] = field(default_factory=dict)
    given_up: list[str] = field(default_factory=list)

    @property
    def design(self) -> UnitDesign:
        return self.measured.design

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

    def measure_blocks(self, technology: Technology, settings: Settings) -> None:
        self.blocks = {
            module: {
                recipe: _Block(
                    _delay(mapped.netlist, technology, settings),
                    area_um2(mapped.netlist, technology),
                )
                for recipe, mapped in netlists.items()
            }
            for module, netlists in self.candidates.items()
        }


def at_equal_clock(
    units: Sequence[tuple[MeasuredUnit, Candidates]],
    technology: Technology,
    synthesis: Synthesis,
    settings: Settings,
    progress: Callable[[str, int], None],
) -> list[MeasuredUnit]:
    """``units``, each with what it costs at the clock of those that it is compared with.

    That is the clock of ``settings``, or the smallest one that all of them can meet.  A unit that
    cannot meet it gets no point.  Beginning with the fastest netlists, each block takes the one
    that costs least of those with which the unit still meets the clock, the largest block first:
    by area, and apart from it by energy with glitches.

    Parameters
    ----------
    units
        With the netlists of their blocks.

    Raises
    ------
    MismatchError
        A netlist differs from the model.
    """
    found = [
        _Timed(measured, {module: dict(each) for module, each in candidates.items()})
        for measured, candidates in units
    ]

    def slower(netlists: Iterable[Mapped]) -> list[int]:
        first = min(_delay(mapped.netlist, technology, settings) for mapped in netlists)
        return [max(1, round(first * times)) for times in _SLOWER]

    _map_blocks(found, lambda _: [FASTEST], technology, synthesis, progress)
    _map_blocks(found, slower, technology, synthesis, progress)
    for unit in found:
        unit.measure_blocks(technology, settings)
    results = []
    for unit in found:
        clock_ps = settings.clock_ps or max(
            _path(other, other.fastest, technology, settings)
            for other in found
            if other.design.compared == unit.design.compared
        )
        point = _point(unit, clock_ps, technology, settings)
        results.append(
            replace(
                unit.measured,
                points=(point,) if point else (),
                given_up=unit.measured.given_up + tuple(unit.given_up),
            )
        )
    return results


def _map_blocks(
    units: Iterable[_Timed],
    targets: Callable[[Iterable[Mapped]], Sequence[int]],
    technology: Technology,
    synthesis: Synthesis,
    progress: Callable[[str, int], None],
) -> None:
    """Add netlists of every block for ``targets``, which takes those that it has."""
    wanted: dict[Job, list[tuple[_Timed, str, str]]] = {}
    for unit in units:
        of_multiplier = block_sources(unit.design.unit, tuple(unit.design.timed))
        of_others = block_sources(unit.design.unit, _ADDERS)
        for module in of_multiplier:
            is_multiplier = sort_of(module) == "multiplier"
            by_structure = (of_multiplier if is_multiplier else of_others)[module]
            wanted_ps = targets(unit.candidates[module].values())
            for structure, source in by_structure.items():
                names = unit.design.timed[structure] if is_multiplier else _SCRIPTS[sort_of(module)]
                scripts = tuple(timed(name, target) for target in wanted_ps for name in names)
                job = Job(replace(source, scripts=scripts))
                wanted.setdefault(job, []).append((unit, module, structure))

    def finished(job: Job, mapped: dict[str, Mapped], total: int) -> None:
        progress(job.source.module, total)
        for unit, module, structure in wanted[job]:
            unit.candidates[module] |= {
                Recipe(structure, script): each for script, each in mapped.items()
            }
            missing = job.given_up(structure, mapped)
            unit.given_up += [in_block(module, recipe) for recipe in missing]

    map_all(wanted, technology, synthesis, finished)


def _delay(netlist: Netlist, technology: Technology, settings: Settings) -> float:
    """Of the slowest path of a block by itself."""
    return critical_path(opened(netlist), technology, settings.wire_ff).delay_ps


def _path(unit: _Timed, choice: Choice, technology: Technology, settings: Settings) -> float:
    """The slowest path of a unit; of an array that of any of its blocks, between registers."""
    netlists = {
        module: unit.candidates[module][recipe].netlist for module, recipe in choice.items()
    }
    tops = {TOP}
    if isinstance(unit.design.unit, SystolicArray):
        tops = {block.module for block in netlists[TOP].blocks}
    return max(
        critical_path(
            link(netlists, top, top, technology.flip_flops).netlist, technology, settings.wire_ff
        ).delay_ps
        for top in tops
    )


def _point(
    unit: _Timed, clock_ps: float, technology: Technology, settings: Settings
) -> Point[UnitFigures] | None:
    """The choices of least area and of least energy that meet the clock; None if nothing does."""
    if _path(unit, unit.fastest, technology, settings) > clock_ps:
        return None
    areas = {
        module: {recipe: block.area_um2 for recipe, block in found.items()}
        for module, found in unit.blocks.items()
    }
    smallest = _least(unit, areas, clock_ps, technology, settings)
    least_area, recorded = measure_choice(
        unit.design, unit.candidates, smallest, technology, settings
    )
    energies = {
        module: block_energies(
            unit.design,
            module,
            {
                recipe: mapped
                for recipe, mapped in netlists.items()
                if unit.blocks[module][recipe].delay_ps <= clock_ps
            },
            recorded,
            technology,
            settings.wire_ff,
        )
        for module, netlists in unit.candidates.items()
    }
    frugal = _least(unit, energies, clock_ps, technology, settings)
    if frugal == smallest:
        return Point(clock_ps, least_area, least_area)
    other, _ = measure_choice(unit.design, unit.candidates, frugal, technology, settings)
    # Blocks are compared without the glitches that reach them, and on fewer cycles.
    better = other.cost.total.with_glitches_fj < least_area.cost.total.with_glitches_fj
    return Point(clock_ps, other if better else least_area, least_area)


def _least(
    unit: _Timed,
    costs: Mapping[str, Mapping[Recipe, float]],
    clock_ps: float,
    technology: Technology,
    settings: Settings,
) -> dict[str, Recipe]:
    """The fastest netlists, which meet the clock, one after the other replaced by the one that
    costs least of those with which the unit still meets it, the largest block first.

    Parameters
    ----------
    costs
        Module to what its netlists cost; those without a cost are too slow by themselves.
    """
    choice = unit.fastest
    for module in sorted(choice, key=lambda module: -unit.blocks[module][choice[module]].area_um2):
        blocks, cost = unit.blocks[module], costs[module]
        present = cost[choice[module]], blocks[choice[module]].area_um2
        cheaper = sorted(
            (cost[recipe], blocks[recipe].area_um2, recipe.name, recipe)
            for recipe in cost
            # What is too slow by itself need not be tried.
            if blocks[recipe].delay_ps <= clock_ps
            and (cost[recipe], blocks[recipe].area_um2) < present
        )
        for _, _, _, recipe in cheaper:
            tried = {**choice, module: recipe}
            if _path(unit, tried, technology, settings) <= clock_ps:
                choice = tried
                break
    return choice
