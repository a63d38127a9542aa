"""Energy per operation, from the toggles of a netlist and the energies of its cells."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .activity import WORD, Waveforms
from .boolean import parse_function
from .netlist import Netlist
from .sequential import Run
from .technology import Technology
from .timing import net_loads


@dataclass(frozen=True)
class Energy:
    """Mean dynamic energy of one operation, in fJ.

    Parameters
    ----------
    switching_fj
        Charging of the loads: ``C V^2 / 2`` per toggle, the nets of the input ports included.
    internal_fj
        Inside the cells, per toggle of their outputs.
    uncertainty_fj
        Half the width of the 95 % confidence interval of the sum, from the means of 64 operations.
    clock_fj
        Of the clock, apart from the others; 0 without registers.
    """

    switching_fj: float
    internal_fj: float
    uncertainty_fj: float
    clock_fj: float = 0.0

    @property
    def total_fj(self) -> float:
        return self.switching_fj + self.internal_fj


def dynamic_energy(waveforms: Waveforms, technology: Technology, wire_ff: float = 0.0) -> Energy:
    """Energy of the toggles in ``waveforms``, for one operation after another.

    Parameters
    ----------
    waveforms
        Every net's values, operation by operation.
    technology
        Library of the netlist's cells.
    wire_ff
        Wire capacitance per driven pin.
    """
    weights = _weights(waveforms.netlist, technology, wire_ff)
    toggles = np.stack([waveforms.toggles(net) for net in weights]).astype(np.float64)
    per_block = np.array(list(weights.values())).T @ toggles
    operations = waveforms.count - 1
    switching, internal = per_block.sum(axis=1) / operations
    blocks = per_block.sum(axis=0)[: operations // WORD] / WORD
    return Energy(float(switching), float(internal), _interval(blocks))


def run_energy(run: Run, netlist: Netlist, technology: Technology, wire_ff: float = 0.0) -> Energy:
    """Energy of a clock cycle of ``run``, which is an operation of a unit that takes one a cycle.

    The clock's own energy, in the flip-flops and on their clock pins, stands apart; it comes with
    every cycle whatever is computed.  The clock is an ideal net without a tree.
    """
    weights = _weights(netlist, technology, wire_ff)
    nets = list(run.toggles)
    matrix = np.array([weights[net] for net in nets]).T
    per_cycle = matrix @ (run.per_cycle / run.lanes)
    switching, internal = per_cycle.mean(axis=1)
    clock = 0.0
    for register in netlist.registers:
        cell = technology.cells[register.cell]
        assert cell.flip_flop is not None
        pins = parse_function(cell.flip_flop.clock).inputs
        load = sum(cell.inputs[pin] + wire_ff for pin in pins)
        # Two edges a cycle.
        clock += 2 * cell.flip_flop.clock_energy_fj + load * technology.voltage**2
    return Energy(
        float(switching), float(internal), _interval(per_cycle.sum(axis=0)), clock_fj=clock
    )


def _weights(
    netlist: Netlist, technology: Technology, wire_ff: float
) -> dict[int, tuple[float, float]]:
    """Switching and internal energy of one toggle of each net."""
    loads = net_loads(netlist, technology, wire_ff)
    half_square = technology.voltage**2 / 2
    weights: dict[int, tuple[float, float]] = {
        net: (loads.get(net, 0.0) * half_square, 0.0)
        for nets in netlist.inputs.values()
        for net in nets
    }
    for instance in (*netlist.instances, *netlist.registers):
        outputs = technology.cells[instance.cell].outputs
        for pin, net in instance.outputs.items():
            weights[net] = loads.get(net, 0.0) * half_square, outputs[pin].energy_fj
    return weights


def _interval(samples: NDArray[np.float64]) -> float:
    """Half the 95 % confidence interval of the mean of independent ``samples``."""
    if len(samples) < 2:
        return float("inf")
    return float(1.96 * samples.std(ddof=1) / np.sqrt(len(samples)))


def leakage_power_nw(netlist: Netlist, technology: Technology) -> float:
    """Leakage power of all cells together."""
    return sum(
        count * technology.cells[cell].leakage_nw for cell, count in netlist.cell_counts.items()
    )


def area_um2(netlist: Netlist, technology: Technology) -> float:
    """Area of all cells together."""
    return sum(
        count * technology.cells[cell].area_um2 for cell, count in netlist.cell_counts.items()
    )
