"""Clock trees: the buffers, inverters and gates between where a clock begins and flip-flops."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from lmul_pe.synth.cells.boolean import parse_function
from lmul_pe.synth.cells.technology import Technology

from .netlist import Instance, Netlist

_INVERTER = 0b01


@dataclass(frozen=True)
class ClockTree:
    """The nets and cells that bring a clock to flip-flops.

    Parameters
    ----------
    edges
        Net where a clock begins, to whether the flip-flops behind it take its rising edge (True),
        its falling one (False), or both are taken.
    nets
        Every net from there to the flip-flops.
    cells
        The names of the cells between those nets.
    gated
        Each of those nets that is behind a clock gate, to the nearest one.
    """

    edges: dict[int, frozenset[bool]]
    nets: frozenset[int]
    cells: frozenset[str]
    gated: Mapping[int, Instance] = field(default_factory=dict)


def clock_tree(netlist: Netlist, technology: Technology) -> ClockTree:
    """The clock tree of ``netlist``; without flip-flops there is nothing in it."""
    drivers: dict[int, Instance] = {
        net: instance for instance in netlist.instances for net in instance.outputs.values()
    }
    edges: dict[int, frozenset[bool]] = {}
    nets: set[int] = set()
    cells: set[str] = set()
    gated: dict[int, Instance] = {}
    for register in netlist.registers:
        flip_flop = technology.cells[register.cell].flip_flop
        assert flip_flop is not None
        net, rises = register.inputs[flip_flop.clock_pin], flip_flop.rises
        nets.add(net)
        behind = [net]
        while net in drivers:
            driver = drivers[net]
            cell = technology.cells[driver.cell]
            if cell.clock_gate:
                gated |= dict.fromkeys(behind, driver)
                behind = []
                net = driver.inputs[cell.clock_gate.clock]
            elif len(driver.inputs) == 1:
                (pin,) = (pin for pin, output in driver.outputs.items() if output == net)
                function = parse_function(cell.outputs[pin].function)
                rises ^= function.truth_table(tuple(driver.inputs)) == _INVERTER
                (net,) = driver.inputs.values()
            else:
                break
            behind.append(net)
            nets.add(net)
            cells.add(driver.name)
        edges[net] = edges.get(net, frozenset()) | {rises}
    return ClockTree(edges, frozenset(nets), frozenset(cells), gated)
