"""Energy per operation, from the toggles of a netlist and the energies of its cells."""

from dataclasses import dataclass

import numpy as np

from .activity import WORD, Waveforms
from .netlist import Netlist
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
    netlist = waveforms.netlist
    loads = net_loads(netlist, technology, wire_ff)
    half_square = technology.voltage**2 / 2
    weights: dict[int, tuple[float, float]] = {
        net: (loads.get(net, 0.0) * half_square, 0.0)
        for nets in netlist.inputs.values()
        for net in nets
    }
    for instance in netlist.instances:
        outputs = technology.cells[instance.cell].outputs
        for pin, net in instance.outputs.items():
            weights[net] = loads.get(net, 0.0) * half_square, outputs[pin].energy_fj
    toggles = np.stack([waveforms.toggles(net) for net in weights]).astype(np.float64)
    per_block = np.array(list(weights.values())).T @ toggles
    operations = waveforms.count - 1
    switching, internal = per_block.sum(axis=1) / operations
    blocks = per_block.sum(axis=0)[: operations // WORD] / WORD
    spread = 1.96 * blocks.std(ddof=1) / np.sqrt(len(blocks)) if len(blocks) > 1 else np.inf
    return Energy(float(switching), float(internal), float(spread))


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
