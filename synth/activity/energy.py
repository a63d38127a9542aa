"""Energy, area and leakage of a netlist, from what its nets do and the figures of its cells."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.netlists.clock_tree import clock_tree
from lmul_pe.synth.netlists.netlist import Netlist
from lmul_pe.synth.netlists.timing import net_loads

from .evaluation import WORD, Waveforms
from .glitch import Transitions

ACCURACY = 0.02
"""Half the 95 % confidence interval of an energy with glitches, as a share of it, at which a sample
is large enough."""
FJ_OF_NW_PS = 1e-6
"""1 nW for 1 ps."""


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
    """Energy of one toggle of each net, in fJ: of its load, and of the cell that drives it.

    Those of clocks are left out.
    """
    clocks = clock_tree(netlist, technology).nets
    return {
        net: switching + internal
        for net, (switching, internal) in _weights(netlist, technology, wire_ff).items()
        if net not in clocks
    }


def _weights(
    netlist: Netlist, technology: Technology, wire_ff: float
) -> dict[int, tuple[float, float]]:
    """Switching and internal energy of one toggle of each net."""
    loads = net_loads(netlist, technology, wire_ff)
    weights: dict[int, tuple[float, float]] = {
        net: (technology.charging_fj(loads.get(net, 0.0)), 0.0)
        for nets in netlist.inputs.values()
        for net in nets
    }
    for instance in (*netlist.instances, *netlist.registers):
        outputs = technology.cells[instance.cell].outputs
        for pin, net in instance.outputs.items():
            weights[net] = technology.charging_fj(loads.get(net, 0.0)), outputs[pin].energy_fj
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


@dataclass(frozen=True)
class Activity:
    """What the nets of a netlist did in ``duration_ps``.

    Parameters
    ----------
    toggles
        Net to how often it changed.
    high_ps
        Net to how long it was 1.
    """

    duration_ps: float
    toggles: Mapping[int, float]
    high_ps: Mapping[int, float]


@dataclass(frozen=True)
class RecordedEnergy:
    """Energy over the time of an activity, in fJ.

    Parameters
    ----------
    switching_fj
        Charging of the loads, ``C V^2 / 2`` per toggle, input ports included and clocks not.
    internal_fj
        Inside the cells, per toggle of their outputs.
    clock_fj
        At the clock pins of flip-flops: their load, and what is inside them, per edge; and the same
        of the cells that bring the clock there, clock gates among them.
    leakage_fj
        Leakage of all cells over the time.
    cycles
        Of the clock, None without flip-flops.
    """

    switching_fj: float
    internal_fj: float
    clock_fj: float
    leakage_fj: float
    cycles: float | None

    @property
    def total_fj(self) -> float:
        return self.switching_fj + self.internal_fj + self.clock_fj + self.leakage_fj


def recorded_energy(
    netlist: Netlist, technology: Technology, activity: Activity, wire_ff: float = 0.0
) -> RecordedEnergy:
    """Energy of ``activity``; nets that it does not name draw none.

    Parameters
    ----------
    wire_ff
        Wire capacitance per driven pin.
    """
    loads = net_loads(netlist, technology, wire_ff)
    toggles = activity.toggles
    tree = clock_tree(netlist, technology)
    clock_fj = sum(toggles.get(net, 0.0) * technology.charging_fj(loads[net]) for net in tree.nets)
    for register in netlist.registers:
        flip_flop = technology.cells[register.cell].flip_flop
        assert flip_flop is not None
        clock = register.inputs[flip_flop.clock_pin]
        clock_fj += toggles.get(clock, 0.0) * flip_flop.clock_energy_fj
    switching_fj = sum(
        count * technology.charging_fj(loads.get(net, 0.0))
        for net, count in toggles.items()
        if net not in tree.nets
    )
    internal_fj = 0.0
    for instance in (*netlist.instances, *netlist.registers):
        outputs = technology.cells[instance.cell].outputs
        inside_fj = sum(
            toggles.get(net, 0.0) * outputs[pin].energy_fj for pin, net in instance.outputs.items()
        )
        if instance.name in tree.cells:
            clock_fj += inside_fj
            if gate := technology.cells[instance.cell].clock_gate:
                (passed,) = (toggles.get(net, 0.0) for net in instance.outputs.values())
                came = toggles.get(instance.inputs[gate.clock], 0.0)
                clock_fj += max(0.0, came - passed) * gate.clock_energy_fj
        else:
            internal_fj += inside_fj
    return RecordedEnergy(
        switching_fj,
        internal_fj,
        clock_fj,
        leakage_power_nw(netlist, technology) * activity.duration_ps * FJ_OF_NW_PS,
        max(toggles.get(net, 0.0) for net in tree.nets) / 2 if tree.nets else None,
    )
