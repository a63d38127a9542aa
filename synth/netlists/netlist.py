"""Netlists of cells, read from Yosys' JSON, in topological order."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

from lmul_pe.model import SpecificationError

ZERO, ONE = 0, 1
"""Nets 0 and 1 are the constants; Yosys numbers its own from 2."""


class NetlistError(SpecificationError):
    """A netlist that cannot be evaluated; the text says why in one line."""


@dataclass(frozen=True)
class Instance:
    """One cell: its type, the net on each of its pins, and the module that it came from."""

    name: str
    cell: str
    inputs: Mapping[str, int]
    outputs: Mapping[str, int]
    block: str = ""


@dataclass(frozen=True)
class Placed:
    """A block that stands in a module of its own: which one, and the nets on its ports."""

    name: str
    module: str
    inputs: Mapping[str, tuple[int, ...]]
    outputs: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Netlist:
    """The netlist of one module.

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
    blocks
        Every instance of another module; a flat netlist has none.
    """

    name: str
    inputs: Mapping[str, tuple[int, ...]]
    outputs: Mapping[str, tuple[int, ...]]
    instances: tuple[Instance, ...]
    registers: tuple[Instance, ...] = ()
    blocks: tuple[Placed, ...] = ()

    @cached_property
    def sinks(self) -> dict[int, list[tuple[Instance, str]]]:
        """The cell inputs that each net drives."""
        found: dict[int, list[tuple[Instance, str]]] = {}
        for instance in (*self.instances, *self.registers):
            for pin, net in instance.inputs.items():
                found.setdefault(net, []).append((instance, pin))
        return found

    @cached_property
    def driven(self) -> tuple[int, ...]:
        """Every net that an input port or a cell drives."""
        ports = (net for nets in self.inputs.values() for net in nets)
        cells = (
            net
            for instance in (*self.instances, *self.registers)
            for net in instance.outputs.values()
        )
        return tuple(dict.fromkeys(net for net in (*ports, *cells) if net not in (ZERO, ONE)))

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
    document: Mapping[str, Any],
    module: str,
    flip_flops: Collection[str] = (),
    blocks: Collection[str] = (),
) -> Netlist:
    """The netlist of ``module`` in a document of Yosys' ``write_json``.

    Parameters
    ----------
    flip_flops
        The cell types that are registers: a loop through one of them is none.
    blocks
        The cell types that are other modules.

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

    cells: list[Instance] = []
    placed: list[Placed] = []
    for name, cell in content["cells"].items():
        pins: dict[str, dict[str, tuple[int, ...]]] = {"input": {}, "output": {}}
        for pin, bits in cell["connections"].items():
            if bits:
                pins[cell["port_directions"][pin]][pin] = tuple(map(_net, bits))
        if cell["type"] in blocks:
            placed.append(Placed(name, cell["type"], pins["input"], pins["output"]))
            continue
        inputs, outputs = (
            {pin: nets[0] for pin, nets in pins[direction].items()}
            for direction in ("input", "output")
        )
        cells.append(Instance(name, cell["type"], inputs, outputs))
    return ordered(module, ports["input"], ports["output"], cells, flip_flops, tuple(placed))


def ordered(
    name: str,
    inputs: Mapping[str, tuple[int, ...]],
    outputs: Mapping[str, tuple[int, ...]],
    cells: Iterable[Instance],
    flip_flops: Collection[str],
    blocks: tuple[Placed, ...] = (),
) -> Netlist:
    """The netlist of ``cells``, put in topological order.

    Raises
    ------
    NetlistError
        An undriven net, or a combinational loop.
    """
    by_name = {cell.name: cell for cell in cells}
    registers = {each.name for each in by_name.values() if each.cell in flip_flops}
    driver = {net: each.name for each in by_name.values() for net in each.outputs.values()}
    known = {ZERO, ONE, *(net for nets in inputs.values() for net in nets)}
    known.update(net for block in blocks for nets in block.outputs.values() for net in nets)
    order: TopologicalSorter[str] = TopologicalSorter()
    for each in by_name.values():
        before = []
        for pin, net in each.inputs.items():
            if net in driver:
                if driver[net] not in registers:
                    before.append(driver[net])
            elif net not in known:
                raise NetlistError(f"netlist {name}: pin {pin} of {each.name} is not driven")
        if each.name not in registers:
            order.add(each.name, *before)
    try:
        instances = tuple(by_name[each] for each in order.static_order())
    except CycleError as error:
        raise NetlistError(
            f"netlist {name} has a combinational loop through {error.args[1][0]}"
        ) from None
    return Netlist(
        name,
        inputs,
        outputs,
        instances,
        tuple(by_name[each] for each in by_name if each in registers),
        blocks,
    )


def _net(bit: int | str) -> int:
    if isinstance(bit, int):
        return bit
    return {"0": ZERO, "1": ONE}.get(bit, -1)
