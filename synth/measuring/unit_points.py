"""Units at an equal clock: blocks made for a delay, and a choice of them that meets the clock."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from model import SystolicArray

from ..activity.energy import area_um2
from ..cells.technology import Technology
from ..mapping.blocks import TOP, block_sources, sort_of
from ..mapping.flow import Mapped, Synthesis, flip_flops
from ..mapping.jobs import Job, map_all
from ..mapping.recipes import FASTEST, PREFIX_SCRIPTS, Recipe, timed
from ..netlists.linking import link, opened
from ..netlists.netlist import Netlist
from ..netlists.timing import critical_path
from ..workload.settings import Settings
from .unit_figures import Candidates, Choice, MeasuredUnit, UnitPoint, measure_choice
from .units import UnitDesign

_SCRIPTS = {"adder": (*PREFIX_SCRIPTS, "speed"), "control": ("prefix-map",)}
"""The scripts that blocks beside the multiplier are worth, by what they are."""

_RELAXED = (1.3, 1.7)
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
    cannot meet it gets no point.

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

    def every(module: str, netlists: Mapping[Recipe, Mapped]) -> Sequence[int]:
        return (FASTEST,)

    def between(module: str, netlists: Mapping[Recipe, Mapped]) -> Sequence[int]:
        first = min(_delay(mapped.netlist, technology, settings) for mapped in netlists.values())
        return [max(1, round(first * times)) for times in _RELAXED]

    for targets in (every, between):
        _map_blocks(found, targets, technology, synthesis, progress)
    for unit in found:
        unit.measure_blocks(technology, settings)
    results = []
    for unit in found:
        clock_ps = settings.clock_ps or max(
            _path(other, other.fastest, technology, settings)
            for other in found
            if other.design.compared == unit.design.compared
        )
        choice = _smallest(unit, clock_ps, technology, settings)
        points: tuple[UnitPoint, ...] = ()
        if choice:
            figures = measure_choice(unit.design, unit.candidates, choice, technology, settings)
            points = (UnitPoint(clock_ps, figures),)
        results.append(replace(unit.measured, points=points))
    return results


def _map_blocks(
    units: Iterable[_Timed],
    targets: Callable[[str, Mapping[Recipe, Mapped]], Sequence[int]],
    technology: Technology,
    synthesis: Synthesis,
    progress: Callable[[str, int], None],
) -> None:
    """Add netlists of every block for ``targets``, which takes a module and its netlists."""
    wanted: dict[Job, list[tuple[dict[Recipe, Mapped], str]]] = {}
    for unit in units:
        sources = block_sources(unit.design.unit, tuple(unit.design.timed))
        for module, by_structure in sources.items():
            netlists = unit.candidates[module]
            wanted_ps = targets(module, netlists)
            for structure, source in by_structure.items():
                names = _SCRIPTS.get(sort_of(module), unit.design.timed[structure])
                scripts = tuple(timed(name, target) for target in wanted_ps for name in names)
                job = Job(replace(source, scripts=scripts))
                wanted.setdefault(job, []).append((netlists, structure))

    def finished(job: Job, mapped: dict[str, Mapped], total: int) -> None:
        progress(job.source.module, total)
        for netlists, structure in wanted[job]:
            netlists |= {Recipe(structure, script): each for script, each in mapped.items()}

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
            link(netlists, top, top, flip_flops(technology)).netlist, technology, settings.wire_ff
        ).delay_ps
        for top in tops
    )


def _smallest(
    unit: _Timed, clock_ps: float, technology: Technology, settings: Settings
) -> dict[str, Recipe] | None:
    """The fastest netlists, one after the other replaced by the smallest one that still meets the
    clock, the largest block first; None if they do not meet it themselves."""
    choice = unit.fastest

    def meets(tried: Choice) -> bool:
        return _path(unit, tried, technology, settings) <= clock_ps

    if not meets(choice):
        return None
    for module in sorted(choice, key=lambda module: -unit.blocks[module][choice[module]].area_um2):
        present = unit.blocks[module][choice[module]]
        smaller = sorted(
            (block.area_um2, recipe.name, recipe)
            for recipe, block in unit.blocks[module].items()
            # What is too slow by itself need not be tried.
            if block.area_um2 < present.area_um2 and block.delay_ps <= clock_ps
        )
        for _, _, recipe in smaller:
            if meets({**choice, module: recipe}):
                choice[module] = recipe
                break
    return choice
