"""Linking: the netlists of blocks, each mapped alone, become one."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from .netlist import ONE, ZERO, Instance, Netlist, NetlistError, Placed, ordered

Ports = Mapping[str, tuple[int, ...]]
"""Port to its nets, from bit 0 up."""


@dataclass(frozen=True)
class Linked:
    """A flat netlist, and where its blocks are in it.

    Parameters
    ----------
    netlist
        Every cell keeps the name of the module that it came from.
    places
        Module to the ports of its instances, as :func:`opened` gives them, on the nets of
        ``netlist``.
    """

    netlist: Netlist
    places: Mapping[str, Sequence[Ports]]


def link(
    netlists: Mapping[str, Netlist], top: str, name: str, flip_flops: Collection[str]
) -> Linked:
    """The flat netlist of module ``top``, under another ``name``.

    Parameters
    ----------
    netlists
        Module to netlist: ``top``, and every module that stands in it.
    flip_flops
        The cell types that are registers.

    Raises
    ------
    NetlistError
        A pin that nothing drives, or a combinational loop through several blocks.
    """
    flat = _Flat(netlists)
    nets = flat.place(top, "", {})
    roots = flat.roots()
    inputs, outputs = (
        {
            port: tuple(roots.get(nets[net], nets[net]) for net in bits)
            for port, bits in ports.items()
        }
        for ports in (netlists[top].inputs, netlists[top].outputs)
    )
    cells = [
        Instance(
            cell.name,
            cell.cell,
            {pin: roots.get(net, net) for pin, net in cell.inputs.items()},
            {pin: roots.get(net, net) for pin, net in cell.outputs.items()},
            cell.block,
        )
        for cell in flat.cells
    ]
    places = {
        module: [
            {port: tuple(roots.get(net, net) for net in bits) for port, bits in ports.items()}
            for ports in found
        ]
        for module, found in flat.places.items()
    }
    return Linked(ordered(name, inputs, outputs, cells, flip_flops), places)


def total_cells(netlists: Mapping[str, Netlist], top: str) -> dict[str, int]:
    """How many cells there are of each type in ``top``, by name, its blocks included."""
    counts = dict(netlists[top].cell_counts)
    placed = Counter(block.module for block in netlists[top].blocks)
    for module, times in placed.items():
        for cell, count in total_cells(netlists, module).items():
            counts[cell] = counts.get(cell, 0) + times * count
    return dict(sorted(counts.items()))


def opened(netlist: Netlist) -> Netlist:
    """``netlist`` with the ports of its blocks as ports of its own, named ``BLOCK.PORT``.

    What a block gives becomes an input, and what it takes an output.
    """
    inputs, outputs = dict(netlist.inputs), dict(netlist.outputs)
    for block in netlist.blocks:
        inputs |= {f"{block.name}.{port}": nets for port, nets in block.outputs.items()}
        outputs |= {f"{block.name}.{port}": nets for port, nets in block.inputs.items()}
    return replace(netlist, inputs=inputs, outputs=outputs, blocks=())


class _Flat:
    """Cells of all instances under one numbering of nets."""

    def __init__(self, netlists: Mapping[str, Netlist]):
        self._netlists = netlists
        self._next = ONE
        self._alias: dict[int, int] = {}
        self.cells: list[Instance] = []
        self.places: dict[str, list[Ports]] = {}

    def roots(self) -> dict[int, int]:
        """The net that drives each net which is another by name only."""

        def root(net: int) -> int:
            while net in self._alias:
                net = self._alias[net]
            return net

        return {net: root(net) for net in self._alias}

    def place(self, module: str, path: str, nets: dict[int, int]) -> dict[int, int]:
        """One more instance of ``module``; ``nets`` are those of its ports that are known."""
        netlist = self._netlists[module]
        nets |= {ZERO: ZERO, ONE: ONE}

        def known(net: int) -> int:
            if net not in nets:
                self._next += 1
                nets[net] = self._next
            return nets[net]

        for each in (*netlist.instances, *netlist.registers):
            self.cells.append(
                Instance(
                    f"{path}{each.name}",
                    each.cell,
                    {pin: known(net) for pin, net in each.inputs.items()},
                    {pin: known(net) for pin, net in each.outputs.items()},
                    module,
                )
            )
        alone = opened(netlist)
        self.places.setdefault(module, []).append(
            {
                port: tuple(map(known, bits))
                for port, bits in (*alone.inputs.items(), *alone.outputs.items())
            }
        )
        for block in netlist.blocks:
            self._connect(block, f"{path}{block.name}.", known)
        return nets

    def _connect(self, block: Placed, path: str, known: Callable[[int], int]) -> None:
        inside = self._netlists[block.module]
        nets: dict[int, int] = {}
        for port, bits in inside.inputs.items():
            if port not in block.inputs:
                raise NetlistError(f"netlist {block.module}: nothing is on its port {port}")
            nets.update(zip(bits, map(known, block.inputs[port]), strict=True))
        outer: list[tuple[int, int]] = []
        for port, bits in inside.outputs.items():
            for net, outside in zip(bits, block.outputs.get(port, ()), strict=False):
                if net in nets or net in (ZERO, ONE):
                    # A wire through the block, a constant, or a net on two ports.
                    outer.append((known(outside), net))
                else:
                    nets[net] = known(outside)
        nets = self.place(block.module, path, nets)
        for outside, net in outer:
            self._alias[outside] = nets[net]
