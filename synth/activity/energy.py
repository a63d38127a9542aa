"""Energy per operation, from the toggles of a netlist and the energies of its cells."""

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.netlists.netlist import Netlist
from lmul_pe.synth.netlists.timing import net_loads

from .evaluation import WORD, Waveforms
from .glitch import Transitions

ACCURACY = 0.02
"""Half the 95 % confidence interval of an energy with glitches, as a share of it, at which a sample
is large enough."""


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
    """

    switching_fj: float
    internal_fj: float
    uncertainty_fj: float

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
    return Energy(float(switching), float(internal), confidence_interval(blocks))


def toggle_energies(
    netlist: Netlist, technology: Technology, wire_ff: float = 0.0
) -> dict[int, float]:
    """Energy of one toggle of each net, in fJ: of its load, and of the cell that drives it."""
    return {
        net: switching + internal
        for net, (switching, internal) in _weights(netlist, technology, wire_ff).items()
    }


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


def confidence_interval(samples: NDArray[np.float64], period: int = 1) -> float:
    """Half the 95 % confidence interval of the mean of independent ``samples``.

    Parameters
    ----------
    period
        After how many samples the same is done again; what differs within it is no error.
    """
    count = len(samples) - len(samples) % period
    if count < 2 * period:
        return float("inf")
    repeated = samples[:count].reshape(-1, period)
    variance = ((repeated - repeated.mean(axis=0)) ** 2).sum() / (count - period)
    return float(1.96 * np.sqrt(variance / count))


def glitch_energy(
    transitions: Transitions, netlist: Netlist, technology: Technology, wire_ff: float = 0.0
) -> Energy:
    """Energy per operation of all ``transitions`` of a combinational netlist, glitches included."""
    weights = _weights(netlist, technology, wire_ff)
    counts = np.stack([transitions.counts[net] for net in weights]).astype(np.float64)
    per_block = np.array(list(weights.values())).T @ counts
    switching, internal = per_block.sum(axis=1) / transitions.pairs.sum()
    # A last block that is not full would weigh too much.
    full = transitions.pairs == transitions.pairs[0]
    means = per_block.sum(axis=0)[full] / transitions.pairs[0]
    return Energy(float(switching), float(internal), confidence_interval(means))


def larger_sample(taken: int, error: float, room: float, most: int) -> int:
    """How large a sample has to be whose interval is ``error`` now, to get it down to ``room``."""
    if room <= 0:
        return most
    # The interval shrinks with the root of the sample; a tenth more, so that once is enough.
    wanted = 1.1 * taken * (error / room) ** 2
    return most if wanted >= most else max(taken + 1, ceil(wanted))


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
