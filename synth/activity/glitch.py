"""Transitions of a netlist with the delays of its cells: glitches counted, short pulses swallowed.

Every net has a waveform: what it changes to, and when, for many operand pairs side by side, one to
a bit of a word.  Sources, which are ports and registers, change once.  A cell's output takes what
its inputs imply once they have implied it for the cell's delay, that of its rise or that of its
fall, and holds what it had otherwise (inertial delay).  Of inputs that change at one moment the
slowest counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.synth.cells.boolean import parse_function
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.netlists.netlist import ZERO, Netlist, NetlistError
from lmul_pe.synth.netlists.timing import net_loads

from .evaluation import cell_functions
from .settling import Output, cells_of, settled_counts

STEP_PS = 0.01
"""Delays are rounded to multiples of this; finer steps take no longer."""
BLOCK = 64
"""Changes that are counted together, in the order in which operands follow each other."""


@dataclass(frozen=True)
class Changes:
    """What the sources of a netlist's cells, ports and registers, change from and to.

    Many changes stand side by side, one to a bit.

    Parameters
    ----------
    nets
        That of each source.
    before, after
        Values, ``sources x bytes``, the first change in the lowest bit of the first byte.
    width
        Bits of a block of changes that are counted together, a multiple of 8.
    pairs
        Changes in each block; the bits above them are 0 before and after.
    """

    nets: Sequence[int]
    before: NDArray[np.uint8]
    after: NDArray[np.uint8]
    width: int
    pairs: NDArray[np.int64]


@dataclass(frozen=True)
class Transitions:
    """How often every net of a netlist changes.

    Parameters
    ----------
    pairs
        Changes of operands, those of each block.
    counts
        Net to transitions in each block.
    settled
        Net to those that are left without glitches: where it settles elsewhere than it was.
    """

    pairs: NDArray[np.int64]
    counts: Mapping[int, NDArray[np.int64]]
    settled: Mapping[int, NDArray[np.int64]]


class Settling:
    """The cells of a netlist, with their delays, settling on what its sources change to.

    Parameters
    ----------
    wire_ff
        Wire capacitance per driven pin.
    start_ps
        Net of a source to when it rises, and when it falls; 0 where nothing is said.

    Raises
    ------
    NetlistError
        A cell without a known function.
    """

    def __init__(
        self,
        netlist: Netlist,
        technology: Technology,
        wire_ff: float = 0.0,
        start_ps: Mapping[int, tuple[float, float]] | None = None,
        step_ps: float = STEP_PS,
    ):
        outputs = _outputs(netlist, technology, wire_ff, step_ps)
        self._outputs = [output.net for output in outputs]
        calculated = set(self._outputs)
        self._sources = [net for net in netlist.driven if net not in calculated]
        start = start_ps or {}
        times = np.array([start.get(net, (0.0, 0.0)) for net in self._sources]).reshape(-1, 2)
        self._start = np.rint(times / step_ps).astype(np.int64)
        self._cells = cells_of(outputs, self._sources)

    def transitions(self, changes: Changes) -> Transitions:
        """The transitions of every source and of every output of a cell."""
        place = {net: index for index, net in enumerate(changes.nets)}
        order = [place[net] for net in self._sources]
        counts, settled = settled_counts(
            self._cells,
            changes.before[order],
            changes.after[order],
            self._start,
            changes.width // 8,
        )
        nets = [*self._sources, *self._outputs]
        return Transitions(
            changes.pairs,
            dict(zip(nets, counts, strict=True)),
            dict(zip(nets, settled, strict=True)),
        )


def transitions(
    netlist: Netlist,
    technology: Technology,
    operands: Mapping[str, NDArray[Any]],
    wire_ff: float = 0.0,
    *,
    step_ps: float = STEP_PS,
) -> Transitions:
    """The transitions of a combinational ``netlist`` for one operand after the other.

    All inputs change at once, and only when everything has settled.

    Parameters
    ----------
    operands
        Input port to codes, arrays of one length, two at least.
    wire_ff
        Wire capacitance per driven pin.

    Raises
    ------
    NetlistError
        A cell without a known function, or with a register.
    """
    if netlist.registers:
        raise NetlistError(f"netlist {netlist.name} has registers, which glitches stop at")
    settling = Settling(netlist, technology, wire_ff, step_ps=step_ps)
    return settling.transitions(_changes(netlist, operands))


def together(parts: Sequence[Transitions]) -> Transitions:
    """The blocks of all ``parts`` of one netlist, one behind the other."""
    return Transitions(
        np.concatenate([part.pairs for part in parts]),
        {net: np.concatenate([part.counts[net] for part in parts]) for net in parts[0].counts},
        {net: np.concatenate([part.settled[net] for part in parts]) for net in parts[0].settled},
    )


def _changes(netlist: Netlist, operands: Mapping[str, NDArray[Any]]) -> Changes:
    """From each operand to the next."""
    nets: list[int] = []
    before: list[NDArray[np.uint8]] = []
    after: list[NDArray[np.uint8]] = []
    for port, places in netlist.inputs.items():
        codes = operands[port].astype(np.uint64)
        count = len(codes) - 1
        for bit, net in enumerate(places):
            bits = ((codes >> np.uint64(bit)) & np.uint64(1)).astype(np.uint8)
            nets.append(net)
            for values, part in ((before, bits[:-1]), (after, bits[1:])):
                values.append(np.packbits(np.pad(part, (0, -count % BLOCK)), bitorder="little"))
    blocks = -(-count // BLOCK)
    pairs = np.full(blocks, BLOCK)
    pairs[-1] -= blocks * BLOCK - count
    return Changes(nets, np.array(before), np.array(after), BLOCK, pairs)


def _outputs(
    netlist: Netlist, technology: Technology, wire_ff: float, step_ps: float
) -> list[Output]:
    functions = cell_functions(technology)
    loads = net_loads(netlist, technology, wire_ff)
    found: list[Output] = []
    # Many cells of one type have the same load.
    known: dict[tuple[str, str, float], list[tuple[int, int]]] = {}
    for instance in netlist.instances:
        if instance.cell not in functions:
            raise NetlistError(f"netlist {netlist.name}: cell {instance.cell} has no function")
        cell = technology.cells[instance.cell]
        for pin, net in instance.outputs.items():
            if cell.clock_gate:
                # A clock comes once a cycle, or not at all: nothing settles behind a gate.
                found.append(Output(net, parse_function(pin).python, [ZERO], [(1, 1)]))
                continue
            expression = parse_function(functions[instance.cell][pin])
            key = instance.cell, pin, loads.get(net, 0.0)
            if key not in known:
                edges = (cell.edge_delays_ps(name, pin, key[2]) for name in expression.inputs)
                known[key] = [
                    (max(1, round(rise / step_ps)), max(1, round(fall / step_ps)))
                    for rise, fall in edges
                ]
            sources = [instance.inputs[name] for name in expression.inputs]
            found.append(Output(net, expression.python, sources, known[key]))
    return found
