"""Figures of a unit: its blocks linked, checked against the model, and measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model import SystolicArray

from .array_run import run_array
from .array_stimulus import ArrayStimulus
from .blocks import TOP, role_of
from .cost import Cost, cost
from .energy import area_um2
from .flow import Mapped, flip_flops
from .linking import link, total_cells
from .recipes import Recipe
from .replay import Recording, port_nets, recordings
from .sequential import simulate
from .settings import DEFAULT_WORKLOAD, MismatchError, Settings
from .stream_stimulus import LANES, StreamStimulus
from .technology import Technology
from .timing import CriticalPath, critical_path
from .units import UnitDesign
from .verilog import flat_verilog, hierarchical_verilog

Candidates = Mapping[str, Mapping[Recipe, Mapped]]
"""Module to recipe to netlist."""

Choice = Mapping[str, Recipe]
"""Module to the recipe that is taken."""


@dataclass(frozen=True)
class UnitFigures:
    """What one choice of recipes gave.

    Parameters
    ----------
    choice
        Module to recipe.
    cost
        Of a clock cycle, by part.
    cells
        How many there are of each type.
    path
        The slowest path of all blocks.
    verilog
        The netlist.
    """

    choice: Choice
    cost: Cost
    cells: Mapping[str, int]
    path: CriticalPath
    verilog: str

    @property
    def recipe(self) -> str:
        """Names of the recipes by block."""
        return ", ".join(f"{role_of(name)}={recipe.name}" for name, recipe in self.choice.items())


@dataclass(frozen=True)
class MeasuredUnit:
    """A unit with the smallest netlists of its blocks, and with those of least energy.

    ``checked`` is the number of multiply-accumulates that went into the sums that were compared
    with the model.
    """

    design: UnitDesign
    least_area: UnitFigures
    least_energy: UnitFigures
    checked: int


def measure_unit(
    design: UnitDesign, candidates: Candidates, technology: Technology, settings: Settings
) -> MeasuredUnit:
    """Measure ``design`` with the best netlists of its blocks.

    The smallest netlist of each block is checked as part of the unit; the others must do what it
    does at the block's ports.

    Raises
    ------
    MismatchError
        A netlist differs from the model.
    """
    measured = _array if isinstance(design.unit, SystolicArray) else _stream
    smallest = {
        module: min(
            netlists,
            key=lambda recipe: (area_um2(netlists[recipe].netlist, technology), recipe.name),
        )
        for module, netlists in candidates.items()
    }
    least_area, recorded, checked = measured(design, candidates, smallest, technology, settings)
    frugal = {
        module: _least_energy(
            design, module, netlists, recorded.get(module, ()), technology, settings.wire_ff
        )
        for module, netlists in candidates.items()
    }
    if frugal == smallest:
        return MeasuredUnit(design, least_area, least_area, checked)
    least_energy, _, _ = measured(design, candidates, frugal, technology, settings)
    return MeasuredUnit(design, least_area, least_energy, checked)


def _least_energy(
    design: UnitDesign,
    module: str,
    netlists: Mapping[Recipe, Mapped],
    recordings: Sequence[Recording],
    technology: Technology,
    wire_ff: float,
) -> Recipe:
    energies: dict[Recipe, tuple[float, float, str]] = {}
    for recipe, mapped in netlists.items():
        total = 0.0
        for recording in recordings:
            energy = recording.energy(mapped.netlist, technology, wire_ff)
            if energy is None:
                raise MismatchError(
                    f"netlist {design.name}: block {role_of(module)} by {recipe.name} differs from "
                    "its other netlists"
                )
            total += energy
        energies[recipe] = total, area_um2(mapped.netlist, technology), recipe.name
    return min(energies, key=lambda recipe: energies[recipe])


def _stream(
    design: UnitDesign,
    candidates: Candidates,
    choice: Choice,
    technology: Technology,
    settings: Settings,
) -> tuple[UnitFigures, Mapping[str, list[Recording]], int]:
    """A unit between two streams, simulated whole."""
    unit = design.unit
    assert not isinstance(unit, SystolicArray)
    netlists = {module: candidates[module][recipe].netlist for module, recipe in choice.items()}
    linked = link(netlists, TOP, design.name, flip_flops(technology))
    netlist = linked.netlist
    stimulus = StreamStimulus(unit, DEFAULT_WORKLOAD, settings.seed)
    run = simulate(
        netlist,
        technology,
        stimulus.inputs,
        LANES,
        stimulus.cycles,
        stimulus.counted,
        port_nets(linked),
    )
    mismatch = stimulus.mismatch(run)
    if mismatch:
        raise MismatchError(f"netlist {design.name} differs from the model: {mismatch}")
    figures = UnitFigures(
        choice,
        cost(run, netlist, technology, settings.wire_ff, stimulus.period),
        netlist.cell_counts,
        critical_path(netlist, technology, settings.wire_ff),
        flat_verilog(netlist),
    )
    return figures, recordings(linked, run, stimulus.counted), stimulus.products


def _array(
    design: UnitDesign,
    candidates: Candidates,
    choice: Choice,
    technology: Technology,
    settings: Settings,
) -> tuple[UnitFigures, Mapping[str, list[Recording]], int]:
    """An array, simulated block by block."""
    unit = design.unit
    assert isinstance(unit, SystolicArray)
    mapped = {module: candidates[module][recipe] for module, recipe in choice.items()}
    netlists = {module: each.netlist for module, each in mapped.items()}
    modules = {module: each.verilog for module, each in mapped.items()}
    stimulus = ArrayStimulus(unit, DEFAULT_WORKLOAD, settings.seed)
    run = run_array(stimulus, netlists, technology, settings.wire_ff)
    figures = UnitFigures(
        choice,
        run.cost,
        total_cells(netlists, TOP),
        run.path,
        hierarchical_verilog(modules, design.name),
    )
    return figures, run.recordings, run.products
