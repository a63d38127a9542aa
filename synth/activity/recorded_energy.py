"""Energy that a netlist drew while its nets did what was recorded."""

from dataclasses import dataclass

from lmul_pe.synth.cells.boolean import parse_function
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.interchange.recording import Activity
from lmul_pe.synth.netlists.netlist import Netlist
from lmul_pe.synth.netlists.timing import net_loads

from .energy import leakage_power_nw


@dataclass(frozen=True)
class Drawn:
    """Energy over the time of an activity, in fJ.

    Parameters
    ----------
    switching_fj
        Charging of the loads, ``C V^2 / 2`` per toggle, input ports included and clocks not.
    internal_fj
        Inside the cells, per toggle of their outputs.
    clock_fj
        At the clock pins of flip-flops: their load, and what is inside them, per edge.
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


def drawn(
    netlist: Netlist, technology: Technology, activity: Activity, wire_ff: float = 0.0
) -> Drawn:
    """Energy of ``activity``; nets that it does not name draw none.

    Parameters
    ----------
    wire_ff
        Wire capacitance per driven pin.
    """
    loads = net_loads(netlist, technology, wire_ff)
    toggles = activity.toggles
    half_square = technology.voltage**2 / 2
    clocks: set[int] = set()
    clock_fj = 0.0
    for register in netlist.registers:
        flip_flop = technology.cells[register.cell].flip_flop
        assert flip_flop is not None
        (pin,) = parse_function(flip_flop.clock).inputs
        clocks.add(register.inputs[pin])
        clock_fj += toggles.get(register.inputs[pin], 0.0) * flip_flop.clock_energy_fj
    clock_fj += sum(toggles.get(net, 0.0) * loads[net] * half_square for net in clocks)
    switching_fj = sum(
        count * loads.get(net, 0.0) * half_square
        for net, count in toggles.items()
        if net not in clocks
    )
    internal_fj = sum(
        toggles.get(net, 0.0) * technology.cells[instance.cell].outputs[pin].energy_fj
        for instance in (*netlist.instances, *netlist.registers)
        for pin, net in instance.outputs.items()
    )
    return Drawn(
        switching_fj,
        internal_fj,
        clock_fj,
        # nW times ps are 1e-21 J.
        leakage_power_nw(netlist, technology) * activity.duration_ps * 1e-6,
        max(toggles.get(net, 0.0) for net in clocks) / 2 if clocks else None,
    )
