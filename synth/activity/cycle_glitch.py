"""Glitches of netlists with registers: what settles within the clock cycles of a simulation.

Registers and input ports change at the beginning of a cycle, from what the functional simulation
had in the cycle before to what it has in this one, and the cells between them settle.  Registers
change a clock-to-output delay after the clock, at their load; input ports as if the library's
smallest plain flip-flop drove them.
"""

import numpy as np
from numpy.typing import NDArray

from lmul_pe.synth.cells.technology import Cell, Technology
from lmul_pe.synth.netlists.netlist import Netlist
from lmul_pe.synth.netlists.timing import net_loads

from .glitch import STEP_PS, Changes, Settling, Transitions
from .packing import bytes_of
from .sequential import History

CYCLES = 8
"""Cycles of one sample: what a run does in one of them is much like what it does in the next."""


def source_nets(netlist: Netlist) -> tuple[int, ...]:
    """The nets of input ports and registers, which a simulation has to keep for the glitches."""
    ports = (net for nets in netlist.inputs.values() for net in nets)
    registers = (net for each in netlist.registers for net in each.outputs.values())
    return tuple(dict.fromkeys((*ports, *registers)))


def launch_ps(
    netlist: Netlist, technology: Technology, wire_ff: float = 0.0
) -> dict[int, tuple[float, float]]:
    """When the net of each input port and register rises, and falls, after the clock, in ps.

    Raises
    ------
    TechnologyError
        A library without a plain flip-flop.
    """
    loads = net_loads(netlist, technology, wire_ff)
    smallest = technology.plain_flip_flop
    port_pin = next(iter(smallest.outputs))
    times = {
        net: _clock_to_output(smallest, port_pin, loads.get(net, 0.0))
        for nets in netlist.inputs.values()
        for net in nets
    }
    for register in netlist.registers:
        cell = technology.cells[register.cell]
        for pin, net in register.outputs.items():
            times[net] = _clock_to_output(cell, pin, loads.get(net, 0.0))
    return times


def _clock_to_output(cell: Cell, pin: str, load: float) -> tuple[float, float]:
    assert cell.flip_flop is not None
    return cell.edge_delays_ps(cell.flip_flop.clock_pin, pin, load)


class CycleGlitches:
    """Samples of the cycles of a simulation, with their glitches.

    A sample is one run in :data:`CYCLES` cycles, evenly spread over those that count.  Samples are
    of different runs, so that they are independent of each other.

    Parameters
    ----------
    kept
        It has the nets that :func:`source_nets` names.
    lanes
        Runs.
    seed
        The order in which runs are drawn, the same for every netlist.
    step_ps
        Delays are rounded to multiples of it.
    """

    def __init__(
        self,
        kept: History,
        lanes: int,
        netlist: Netlist,
        technology: Technology,
        wire_ff: float = 0.0,
        seed: int = 0,
        step_ps: float = STEP_PS,
    ):
        start = launch_ps(netlist, technology, wire_ff)
        self._settling = Settling(netlist, technology, wire_ff, start, step_ps)
        self._nets = source_nets(netlist)
        self._bytes = bytes_of(kept.of(self._nets))
        random = np.random.default_rng(seed)
        self._order = random.permutation(lanes)
        self._offsets = random.integers(0, 2**16, size=lanes)

    def sample(self, counted: range, first: int, last: int) -> Transitions:
        """Samples ``first`` to ``last`` of the cycles ``counted``, a block of transitions for each.

        There is one for each run.
        """
        stride = max(1, len(counted) // CYCLES)
        offsets = self._offsets[first:last, np.newaxis] % stride
        steps = (offsets + stride * np.arange(CYCLES)) % len(counted)
        return self.transitions(self._order[first:last], counted.start + steps)

    def only_run(self, counted: range) -> Transitions:
        """All of ``counted`` of the first run, a block for every :data:`CYCLES` of them."""
        blocks = max(1, len(counted) // CYCLES)
        cycles = counted.start + np.arange(blocks * CYCLES).reshape(blocks, CYCLES) % len(counted)
        return self.transitions(np.zeros(blocks, dtype=np.int64), cycles)

    def transitions(self, lanes: NDArray[np.int64], cycles: NDArray[np.int64]) -> Transitions:
        """A block of transitions for each of ``lanes``, in its row of ``cycles``.

        Each cycle follows the one before it.
        """
        blocks, width = cycles.shape
        rows = np.stack([cycles - 1, cycles])
        columns = lanes[:, np.newaxis] // 8
        # Along the first axis before and after, then samples, their cycles, and nets.
        eight = np.moveaxis(self._bytes[rows, :, columns], -1, 0)
        found = eight >> (lanes[:, np.newaxis] % 8).astype(np.uint8) & np.uint8(1)
        packed = np.packbits(found, axis=3, bitorder="little")
        before, after = packed.swapaxes(0, 1).reshape(2, len(self._nets), -1)
        pairs = np.full(blocks, width, dtype=np.int64)
        return self._settling.transitions(
            Changes(self._nets, before, after, 8 * -(-width // 8), pairs)
        )
