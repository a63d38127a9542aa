"""Figures of a unit: its blocks linked, checked against the model, and measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lmul_pe.model import FloatAccumulator, Mac, SystolicArray
from lmul_pe.synth.activity.cycle_glitch import source_nets
from lmul_pe.synth.activity.energy import area_um2
from lmul_pe.synth.activity.replay import Recording, port_nets, recordings
from lmul_pe.synth.activity.sequential import simulate
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.units import UnitDesign
from lmul_pe.synth.interchange.verilog_writer import flat_verilog, hierarchical_verilog
from lmul_pe.synth.mapping.blocks import TOP, role_of
from lmul_pe.synth.mapping.flow import Mapped
from lmul_pe.synth.mapping.recipes import Recipe
from lmul_pe.synth.netlists.linking import link, total_cells
from lmul_pe.synth.netlists.timing import CriticalPath, critical_path
from lmul_pe.synth.workload.array_stimulus import ArrayStimulus
from lmul_pe.synth.workload.settings import DEFAULT_WORKLOAD, MismatchError, Settings
from lmul_pe.synth.workload.stream_stimulus import LANES, StreamStimulus
from lmul_pe.synth.workload.streams import Workload

from .array_simulation import run_array
from .cost import Cost, cost_with_glitches
from .multiplier_equal_clock import Point

Candidates = Mapping[str, Mapping[Recipe, Mapped]]
"""Module to recipe to netlist."""

Choice = Mapping[str, Recipe]
"""Module to the recipe that is taken."""

Recordings = Mapping[str, Sequence[Recording]]
"""Module to what happened at the ports of its instances."""

GLITCH_SAMPLES = 48
"""Samples of a block's runs whose glitches decide between two netlists of it."""
GLITCH_INSTANCES = 2
"""Instances of a block in which they are."""

MAC_WORKLOADS = ("stationary", "half_zeros")
"""What a multiply-accumulate with floating-point sums is measured on besides the default, with its
netlists of least energy."""


@dataclass(frozen=True)
class UnitFigures:
    """What one choice of recipes gave.

    Parameters
    ----------
    choice
        Module to recipe.
    cost
        Of a clock cycle, by part, on the default workload.
    cells
        How many there are of each type.
    path
        The slowest path of all blocks.
    verilog
        The netlist.
    others
        Costs on other workloads, where they were measured.
    """

    choice: Choice
    cost: Cost
    cells: Mapping[str, int]
    path: CriticalPath
    verilog: str
    others: Mapping[str, Cost] = field(default_factory=dict)

    @property
    def costs(self) -> dict[str, Cost]:
        """By workload, the default one first."""
        return {DEFAULT_WORKLOAD: self.cost, **self.others}

    @property
    def recipe(self) -> str:
        """Names of the recipes by block."""
        return ", ".join(in_block(*each) for each in self.choice.items())


def in_block(module: str, recipe: Recipe) -> str:
    """How a block and its recipe stand in the report."""
    return f"{role_of(module)}={recipe.name}"


@dataclass(frozen=True)
class MeasuredUnit:
    """A unit with the smallest netlists of its blocks, and with those of least energy with
    glitches.

    ``checked`` is the number of multiply-accumulates that went into the sums that were compared
    with the model.  ``points`` is empty where it is not measured at an equal clock.  ``given_up``
    names the blocks' recipes for which the synthesis tool made no netlist.
    """

    design: UnitDesign
    least_area: UnitFigures
    least_energy: UnitFigures
    checked: int
    points: tuple[Point[UnitFigures], ...] = ()
    given_up: tuple[str, ...] = ()


def measure_choice(
    design: UnitDesign,
    candidates: Candidates,
    choice: Choice,
    technology: Technology,
    settings: Settings,
) -> tuple[UnitFigures, Recordings]:
    """``design`` with the netlists of ``choice``, checked and measured, and what its blocks did.

    Raises
    ------
    MismatchError
        A netlist differs from the model.
    """
    measured = _array if isinstance(design.unit, SystolicArray) else _stream
    figures, recorded, _ = measured(design, candidates, choice, technology, settings)
    return figures, recorded


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
        module: _least_energy(design, module, netlists, recorded, technology, settings.wire_ff)
        for module, netlists in candidates.items()
    }
    least_energy = least_area
    if frugal != smallest:
        other, _, _ = measured(design, candidates, frugal, technology, settings)
        # Blocks are compared without the glitches that reach them, and on fewer cycles.
        if other.cost.total.with_glitches_fj < least_area.cost.total.with_glitches_fj:
            least_energy = other
    if isinstance(design.unit, Mac) and isinstance(design.unit.accumulator, FloatAccumulator):
        others = {}
        for workload in MAC_WORKLOADS:
            found, _, _ = _stream(
                design, candidates, least_energy.choice, technology, settings, workload
            )
            others[workload] = found.cost
        same = least_energy is least_area
        least_energy = replace(least_energy, others=others)
        least_area = least_energy if same else least_area
    return MeasuredUnit(design, least_area, least_energy, checked)


def block_energies(
    design: UnitDesign,
    module: str,
    netlists: Mapping[Recipe, Mapped],
    recorded: Recordings,
    technology: Technology,
    wire_ff: float,
) -> dict[Recipe, float]:
    """Energy with glitches, in fJ a cycle, of each of the netlists of a block.

    That of some of its instances, of the glitches that begin inside it; good for comparing them.

    Raises
    ------
    MismatchError
        One of them does something else than what was recorded.
    """
    recordings = recorded.get(module, ())
    # Every instance is compared; some are enough to choose by.
    chosen = range(0, len(recordings), max(1, len(recordings) // GLITCH_INSTANCES))
    energies = dict.fromkeys(netlists, 0.0)
    for recipe, mapped in netlists.items():
        for index, recording in enumerate(recordings):
            samples = GLITCH_SAMPLES // len(chosen) if index in chosen else 0
            energy = recording.energy(mapped.netlist, technology, wire_ff, samples)
            if energy is None:
                raise MismatchError(
                    f"netlist {design.name}: block {role_of(module)} by {recipe.name} differs from "
                    "its other netlists"
                )
            energies[recipe] += energy if samples else 0.0
    return energies


def _least_energy(
    design: UnitDesign,
    module: str,
    netlists: Mapping[Recipe, Mapped],
    recorded: Recordings,
    technology: Technology,
    wire_ff: float,
) -> Recipe:
    if len(netlists) == 1:
        return next(iter(netlists))
    energies = block_energies(design, module, netlists, recorded, technology, wire_ff)
    return min(
        energies,
        key=lambda recipe: (
            energies[recipe],
            area_um2(netlists[recipe].netlist, technology),
            recipe.name,
        ),
    )


def _stream(
    design: UnitDesign,
    candidates: Candidates,
    choice: Choice,
    technology: Technology,
    settings: Settings,
    workload: Workload = DEFAULT_WORKLOAD,
) -> tuple[UnitFigures, Recordings, int]:
    """A unit between two streams, simulated whole."""
    unit = design.unit
    assert not isinstance(unit, SystolicArray)
    netlists = {module: candidates[module][recipe].netlist for module, recipe in choice.items()}
    linked = link(netlists, TOP, design.name, technology.flip_flops)
    netlist = linked.netlist
    stimulus = StreamStimulus(unit, workload, settings.seed)
    run = simulate(
        netlist,
        technology,
        stimulus.inputs,
        LANES,
        stimulus.cycles,
        stimulus.counted,
        port_nets(linked) | set(source_nets(netlist)),
    )
    mismatch = stimulus.mismatch(run)
    if mismatch:
        raise MismatchError(f"netlist {design.name} differs from the model: {mismatch}")
    figures = UnitFigures(
        choice,
        cost_with_glitches(
            run,
            netlist,
            technology,
            stimulus.counted,
            settings.wire_ff,
            stimulus.period,
            seed=settings.seed,
        ),
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
) -> tuple[UnitFigures, Recordings, int]:
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
