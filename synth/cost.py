"""What the parts of a unit cost: area, leakage, and energy of a clock cycle."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from .blocks import sort_of
from .boolean import parse_function
from .energy import confidence_interval
from .netlist import Instance, Netlist
from .sequential import Run
from .technology import Technology

PARTS = {
    "multiplier": "gates of the multipliers, and what folds offset and bias into weights",
    "adder": "gates of the adders, and of what begins and reads out sums",
    "registers": "every flip-flop; the clock's energy is theirs",
    "control": "all other gates: what holds registers, handshakes, and chooses",
}
"""The parts of a unit, and what each is."""


@dataclass(frozen=True)
class Part:
    """What one part costs; energies are those of a clock cycle."""

    area_um2: float = 0.0
    leakage_nw: float = 0.0
    switching_fj: float = 0.0
    internal_fj: float = 0.0
    clock_fj: float = 0.0

    @property
    def functional_fj(self) -> float:
        return self.switching_fj + self.internal_fj

    def __add__(self, other: "Part") -> "Part":
        return Part(
            self.area_um2 + other.area_um2,
            self.leakage_nw + other.leakage_nw,
            self.switching_fj + other.switching_fj,
            self.internal_fj + other.internal_fj,
            self.clock_fj + other.clock_fj,
        )

    def __mul__(self, times: float) -> "Part":
        return Part(
            self.area_um2 * times,
            self.leakage_nw * times,
            self.switching_fj * times,
            self.internal_fj * times,
            self.clock_fj * times,
        )


@dataclass(frozen=True)
class Cost:
    """What a unit costs, by :data:`PARTS`.

    Parameters
    ----------
    parts
        By name.
    uncertainty_fj
        Half the width of the 95 % confidence interval of the functional energy.
    """

    parts: Mapping[str, Part]
    uncertainty_fj: float

    @cached_property
    def total(self) -> Part:
        """All parts together."""
        return reduce(Part.__add__, self.parts.values())

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            {name: self.parts[name] + other.parts[name] for name in PARTS},
            # The errors of both are independent.
            float(np.hypot(self.uncertainty_fj, other.uncertainty_fj)),
        )

    def __mul__(self, times: float) -> "Cost":
        return Cost(
            {name: part * times for name, part in self.parts.items()}, self.uncertainty_fj * times
        )


def part_of(instance: Instance, *, register: bool) -> str:
    """The part that a cell belongs to, by the block that it came from."""
    return "registers" if register else sort_of(instance.block)


def cost(
    run: Run, netlist: Netlist, technology: Technology, wire_ff: float = 0.0, period: int = 1
) -> Cost:
    """What ``netlist`` costs in a cycle of one of the runs of ``run``.

    The energy of a net is that of the pins that it loads, wherever it is driven: what a unit's
    ports drive inside it counts, and what it drives outside does not.  The clock is an ideal net
    without a tree.

    Parameters
    ----------
    period
        Cycles after which the same is done again.
    """
    place = {net: index for index, net in enumerate(run.nets)}
    names = list(PARTS)
    switching, internal = np.zeros((2, len(names), len(run.nets)))
    parts = dict.fromkeys(names, Part())
    half_square = technology.voltage**2 / 2
    for instance, register in _cells(netlist):
        cell = technology.cells[instance.cell]
        part = part_of(instance, register=register)
        row = names.index(part)
        for pin, net in instance.inputs.items():
            if net in place:
                switching[row, place[net]] += (cell.inputs[pin] + wire_ff) * half_square
        for pin, net in instance.outputs.items():
            internal[row, place[net]] += cell.outputs[pin].energy_fj
        clock = 0.0
        if cell.flip_flop:
            pins = parse_function(cell.flip_flop.clock).inputs
            load = sum(cell.inputs[pin] + wire_ff for pin in pins)
            # Two edges a cycle.
            clock = 2 * cell.flip_flop.clock_energy_fj + load * technology.voltage**2
        parts[part] += Part(cell.area_um2, cell.leakage_nw, clock_fj=clock)
    means = run.per_cycle.mean(axis=1) / run.lanes
    for row, name in enumerate(names):
        parts[name] += Part(
            switching_fj=float(switching[row] @ means), internal_fj=float(internal[row] @ means)
        )
    per_cycle = (switching + internal).sum(axis=0) @ run.per_cycle / run.lanes
    return Cost(parts, confidence_interval(per_cycle, period))


def bare_cost(netlist: Netlist, technology: Technology) -> Cost:
    """What cells cost that never toggle."""
    parts = dict.fromkeys(PARTS, Part())
    for instance, register in _cells(netlist):
        cell = technology.cells[instance.cell]
        parts[part_of(instance, register=register)] += Part(cell.area_um2, cell.leakage_nw)
    return Cost(parts, 0.0)


def _cells(netlist: Netlist) -> Iterable[tuple[Instance, bool]]:
    for instance in netlist.instances:
        yield instance, False
    for instance in netlist.registers:
        yield instance, True
