"""What a design costs, part by part: area, leakage, and energy."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from math import gcd, sqrt

import numpy as np
from numpy.typing import NDArray

from lmul_pe.synth.activity.cycle_glitch import CYCLES, CycleGlitches
from lmul_pe.synth.activity.energy import ACCURACY, confidence_interval, larger_sample
from lmul_pe.synth.activity.glitch import Transitions, together
from lmul_pe.synth.activity.leakage import leakages_nw
from lmul_pe.synth.activity.sequential import GROUP, Run
from lmul_pe.synth.cells.technology import Cell, Technology
from lmul_pe.synth.mapping.blocks import sort_of
from lmul_pe.synth.netlists.clock_tree import clock_tree
from lmul_pe.synth.netlists.netlist import Instance, Netlist

PARTS = {
    "multiplier": "gates of the multipliers, and what folds offset and bias into weights",
    "adder": "gates of the adders, and of what begins and reads out sums",
    "registers": "every flip-flop and clock gate; the clock's energy is theirs",
    "control": "all other gates: what holds registers, handshakes, and chooses",
}
"""The parts of a unit, and what each is."""

FIRST_PAIRS = 512
"""Changes of a run, from one cycle to the next, of the first sample, at least."""
MOST_PAIRS = 8192
"""Those of the largest, however far the accuracy is."""


@dataclass(frozen=True)
class Part:
    """What one part costs; energies are those of a clock cycle, or of one operation.

    ``glitches_fj`` is what glitches add to switching and internal energy.
    """

    area_um2: float = 0.0
    leakage_nw: float = 0.0
    switching_fj: float = 0.0
    internal_fj: float = 0.0
    clock_fj: float = 0.0
    glitches_fj: float = 0.0

    @property
    def functional_fj(self) -> float:
        return self.switching_fj + self.internal_fj

    @property
    def with_glitches_fj(self) -> float:
        return self.functional_fj + self.glitches_fj

    def per_operation(self, operations: int) -> "Part":
        """The energies of one of so many operations in a cycle; area and leakage stay."""
        return replace(
            self,
            switching_fj=self.switching_fj / operations,
            internal_fj=self.internal_fj / operations,
            clock_fj=self.clock_fj / operations,
            glitches_fj=self.glitches_fj / operations,
        )

    def __add__(self, other: "Part") -> "Part":
        return Part(
            self.area_um2 + other.area_um2,
            self.leakage_nw + other.leakage_nw,
            self.switching_fj + other.switching_fj,
            self.internal_fj + other.internal_fj,
            self.clock_fj + other.clock_fj,
            self.glitches_fj + other.glitches_fj,
        )

    def __mul__(self, times: float) -> "Part":
        return Part(
            self.area_um2 * times,
            self.leakage_nw * times,
            self.switching_fj * times,
            self.internal_fj * times,
            self.clock_fj * times,
            self.glitches_fj * times,
        )


@dataclass(frozen=True)
class Cost:
    """What a design costs.

    Parameters
    ----------
    parts
        By name: all of :data:`PARTS` in a unit, and the one called ``multiplier`` in a multiplier.
    uncertainty_fj, glitch_uncertainty_fj
        Half the width of the 95 % confidence interval of the functional energy, and of that with
        glitches.
    """

    parts: Mapping[str, Part]
    uncertainty_fj: float
    glitch_uncertainty_fj: float

    @cached_property
    def total(self) -> Part:
        """All parts together."""
        return reduce(Part.__add__, self.parts.values())

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            {name: self.parts[name] + other.parts[name] for name in PARTS},
            # The errors of both are independent.
            float(np.hypot(self.uncertainty_fj, other.uncertainty_fj)),
            float(np.hypot(self.glitch_uncertainty_fj, other.glitch_uncertainty_fj)),
        )

    def per_operation(self, operations: int) -> "Cost":
        """The energies of one of so many operations in a cycle; area and leakage stay."""
        return Cost(
            {name: part.per_operation(operations) for name, part in self.parts.items()},
            self.uncertainty_fj / operations,
            self.glitch_uncertainty_fj / operations,
        )

    def __mul__(self, times: float) -> "Cost":
        return Cost(
            {name: part * times for name, part in self.parts.items()},
            self.uncertainty_fj * times,
            self.glitch_uncertainty_fj * times,
        )


def part_of(instance: Instance, cell: Cell) -> str:
    """The part that a cell belongs to, by what it is and the block that it came from."""
    return "registers" if cell.flip_flop or cell.clock_gate else sort_of(instance.block)


def cost_with_glitches(
    run: Run,
    netlist: Netlist,
    technology: Technology,
    counted: range,
    wire_ff: float = 0.0,
    period: int = 1,
    chain: int = 1,
    seed: int = 0,
) -> Cost:
    """:func:`cost` with the glitches of as large a sample as :data:`ACCURACY` takes.

    Parameters
    ----------
    run
        It kept what :func:`~.cycle_glitch.source_nets` names.
    counted
        Its cycles that count.
    seed
        Of the sample.
    """
    source = CycleGlitches(run.kept, run.lanes, netlist, technology, wire_ff, seed)
    leakages = leakages_nw(netlist, technology, run.sample)

    def with_glitches(glitches: Transitions) -> Cost:
        return cost(run, netlist, technology, wire_ff, period, chain, glitches, leakages)

    if run.lanes == 1:
        return with_glitches(source.only_run(counted))
    most = min(run.lanes, MOST_PAIRS // CYCLES)
    taken = min(most, FIRST_PAIRS // CYCLES)
    glitches = source.sample(counted, 0, taken)
    while True:
        found = with_glitches(glitches)
        room = ACCURACY * found.total.with_glitches_fj
        if found.glitch_uncertainty_fj <= room or taken == most:
            return found
        following = larger_sample(taken, found.glitch_uncertainty_fj, room, most)
        glitches = together([glitches, source.sample(counted, taken, following)])
        taken = following


def cost(
    run: Run,
    netlist: Netlist,
    technology: Technology,
    wire_ff: float = 0.0,
    period: int = 1,
    chain: int = 1,
    glitches: Transitions | None = None,
    leakages: NDArray[np.float64] | None = None,
) -> Cost:
    """What ``netlist`` costs in a cycle of one of the runs of ``run``.

    The energy of a net is that of the pins that it loads, wherever it is driven: what a unit's
    ports drive inside it counts, and what it drives outside does not.  The clock is an ideal net
    without a tree but for clock gates; behind one it comes in cycles with its enable.

    Parameters
    ----------
    period
        Cycles after which the same is done again.
    chain
        Runs one behind the other that depend on each other, and not on others.
    glitches
        Of samples of runs, a block for each; without them glitches add nothing.
    leakages
        What :func:`~.leakage.leakages_nw` says of ``run``, if it is known.
    """
    place = {net: index for index, net in enumerate(run.nets)}
    means = run.per_cycle.mean(axis=1) / run.lanes
    tree = clock_tree(netlist, technology)
    if leakages is None:
        leakages = leakages_nw(netlist, technology, run.sample)

    def edges(clock: int) -> float:
        """Those of a clock's net in a cycle: two, or fewer behind a gate."""
        return float(means[place[clock]]) if clock in tree.gated else 2.0

    names = list(PARTS)
    switching, internal = np.zeros((2, len(names), len(run.nets)))
    parts = dict.fromkeys(names, Part())
    cells = (*netlist.instances, *netlist.registers)
    for instance, leakage_nw in zip(cells, leakages.tolist(), strict=True):
        cell = technology.cells[instance.cell]
        part = part_of(instance, cell)
        row = names.index(part)
        for pin, net in instance.inputs.items():
            if net in place and net not in tree.nets:
                switching[row, place[net]] += technology.charging_fj(cell.inputs[pin] + wire_ff)
        for pin, net in instance.outputs.items():
            if net not in tree.nets:
                internal[row, place[net]] += cell.outputs[pin].energy_fj
        clock_fj = 0.0
        if cell.flip_flop:
            came = edges(instance.inputs[cell.flip_flop.clock_pin])
            clock_fj = came * technology.clock_edge_fj(cell, wire_ff)
        elif gate := cell.clock_gate:
            came = edges(instance.inputs[gate.clock])
            ((pin, net),) = instance.outputs.items()
            passed = edges(net)
            clock_fj = came * technology.charging_fj(cell.inputs[gate.clock] + wire_ff)
            clock_fj += passed * cell.outputs[pin].energy_fj
            clock_fj += (came - passed) * gate.clock_energy_fj
        parts[part] += Part(cell.area_um2, leakage_nw, clock_fj=clock_fj)
    extra = np.zeros((len(run.nets), 1))
    if glitches is not None:
        extra = np.stack(
            [(glitches.counts[net] - glitches.settled[net]) / glitches.pairs for net in run.nets]
        )
    for row, name in enumerate(names):
        parts[name] += Part(
            switching_fj=float(switching[row] @ means),
            internal_fj=float(internal[row] @ means),
            glitches_fj=float((switching[row] + internal[row]) @ extra.mean(axis=1)),
        )
    weights = (switching + internal).sum(axis=0)
    # Groups of whole chains.
    size = chain // gcd(chain, GROUP)
    chains = run.lanes // (GROUP * size)
    if chains > 1:
        # What a run does in one cycle is much like what it does in the next: only runs are
        # independent of each other.
        energies = (weights @ run.per_group[:, : chains * size]).reshape(chains, size)
        cycles = run.per_cycle.shape[1]
        uncertainty = confidence_interval(energies.mean(axis=1) / (GROUP * cycles))
    else:
        uncertainty = confidence_interval(weights @ run.per_cycle / run.lanes, period)
    error = confidence_interval(weights @ extra) if glitches is not None else 0.0
    # Both errors have the runs of the sample in common.
    common = sqrt(min(1.0, extra.shape[1] / run.lanes)) * uncertainty * error
    return Cost(parts, uncertainty, sqrt(uncertainty**2 + error**2 + 2 * common))


def bare_cost(netlist: Netlist, technology: Technology) -> Cost:
    """What cells cost that never toggle."""
    parts = dict.fromkeys(PARTS, Part())
    for instance in (*netlist.instances, *netlist.registers):
        cell = technology.cells[instance.cell]
        parts[part_of(instance, cell)] += Part(cell.area_um2, cell.leakage_nw)
    return Cost(parts, 0.0, 0.0)
