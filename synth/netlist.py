"""Netlists of cells, read from Yosys' JSON, in topological order."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

ZERO, ONE = 0, 1
"""Nets 0 and 1 are the constants; Yosys numbers its own from 2."""


class NetlistError(ValueError):
    """A netlist that cannot be evaluated; the text says why in one line."""


@dataclass(frozen=True)
class Instance:
    """One cell: its type, and the net on each of its pins."""

    name: str
    cell: str
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]


@dataclass(frozen=True)
class Netlist:
    """A flat netlist.

    Parameters
    ----------
    name
        Name of the module.
    inputs, outputs
        Port names, in the order of declaration, and their nets from bit 0 up.
    instances
        Every combinational cell, each after the cells that drive it.
    registers
        Every flip-flop.
    """

    name: str
    inputs: Mapping[str, tuple[int, ...]]
    outputs: Mapping[str, tuple[int, ...]]
    instances: tuple[Instance, ...]
    registers: tuple[Instance, ...] = ()

    @cached_property
    def sinks(self) -> dict[int, list[tuple[Instance, str]]]:
        """The cell inputs that each net drives."""
        found: dict[int, list[tuple[Instance, str]]] = {}
        for instance in (*self.instances, *self.registers):
            for pin, net in instance.inputs.items():
                found.setdefault(net, []).append((instance, pin))
        return found

    @cached_property
    def cell_counts(self) -> dict[str, int]:
        """How many cells there are of each type, by name."""
        counts: dict[str, int] = {}
        for instance in (*self.instances, *self.registers):
            counts[instance.cell] = counts.get(instance.cell, 0) + 1
        return dict(sorted(counts.items()))

    @cached_property
    def depth(self) -> int:
        """Cells on the longest path from an input to an output."""
        depths: dict[int, int] = {}
        for instance in self.instances:
            level = 1 + max((depths.get(net, 0) for net in instance.inputs.values()), default=0)
            for net in instance.outputs.values():
                depths[net] = level
        ends = [net for nets in self.outputs.values() for net in nets]
        return max((depths.get(net, 0) for net in ends), default=0)


def read_netlist(
    document: Mapping[str, Any], module: str, flip_flops: Collection[str] = ()
) -> Netlist:
    """The netlist of ``module`` in a document of Yosys' ``write_json``.

    Parameters
    ----------
    flip_flops
        The cell types that are registers: a loop through one of them is none.

    Raises
    ------
    NetlistError
        The module is missing, has an undriven net or a combinational loop.
    """
    if module not in document["modules"]:
        raise NetlistError(f"netlist has no module {module}")
    content = document["modules"][module]
    ports: dict[str, dict[str, tuple[int, ...]]] = {"input": {}, "output": {}}
    for name, port in content["ports"].items():
        ports[port["direction"]][name] = tuple(map(_net, port["bits"]))

    cells: dict[str, Instance] = {}
    driver: dict[int, str] = {}
    for name, cell in content["cells"].items():
        inputs: dict[str, int] = {}
        outputs: dict[str, int] = {}
        for pin, bits in cell["connections"].items():
            if bits:
                is_output = cell["port_directions"][pin] == "output"
                (outputs if is_output else inputs)[pin] = _net(bits[0])
        cells[name] = Instance(name, cell["type"], inputs, outputs)
        driver.update(dict.fromkeys(outputs.values(), name))

    registers = {name for name, instance in cells.items() if instance.cell in flip_flops}
    known = {ZERO, ONE, *(net for nets in ports["input"].values() for net in nets)}
    order: TopologicalSorter[str] = TopologicalSorter()
    for name, instance in cells.items():
        before = []
        for pin, net in instance.inputs.items():
            if net in driver:
                if driver[net] not in registers:
                    before.append(driver[net])
            elif net not in known:
                raise NetlistError(f"netlist {module}: pin {pin} of {name} is not driven")
        if name not in registers:
            order.add(name, *before)
    try:
        instances = tuple(cells[name] for name in order.static_order())
    except CycleError as error:
        raise NetlistError(
            f"netlist {module} has a combinational loop through {error.args[1][0]}"
        ) from None
    return Netlist(
        module,
        ports["input"],
        ports["output"],
        instances,
        tuple(cells[name] for name in cells if name in registers),
    )


def _net(bit: int | str) -> int:
    if isinstance(bit, int):
        return bit
    return {"0": ZERO, "1": ONE}.get(bit, -1)
