"""Netlists read from structural Verilog, with the names that simulators know their nets by."""

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lmul_pe.hw.export.yosys import YosysError, run_yosys
from lmul_pe.model import SpecificationError
from lmul_pe.model.command.compressed import file_text
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.netlists.netlist import ONE, ZERO, Netlist, NetlistError, read_netlist

_HIGH = re.compile(r"V(DD|CC|PWR|PB|NW)[A-Z]?\d*!?", re.IGNORECASE)
_LOW = re.compile(r"(VSS|VEE|V?GND|VNB|VPW)[A-Z]?\d*!?", re.IGNORECASE)
"""Names of supply nets, ports and pins, in the libraries and flows that there are."""
_ANTENNA = re.compile(r"antenna|diode", re.IGNORECASE)

_Module = dict[str, Any]
"""A module in a document of Yosys' ``write_json``."""


@dataclass(frozen=True)
class NamedNetlist:
    """A netlist and the names of its nets.

    Parameters
    ----------
    names
        Every name of a net, those in flattened instances with their path: ``n12``, ``a[3]``,
        ``unit.carry``.
    indices
        Port to the indices of its bits, from bit 0 up, where they do not count up from 0.
    passive
        Cells without logic (fillers, taps, antennas, ties) to how many there are; they are not in
        the netlist.
    """

    netlist: Netlist
    names: Mapping[str, int]
    indices: Mapping[str, range] = field(default_factory=dict)
    passive: Mapping[str, int] = field(default_factory=dict)

    def bits(self, port: str) -> list[str]:
        """The names of a port's bits, from bit 0 up."""
        width = len(self.ports[port])
        if width == 1:
            return [port]
        return [f"{port}[{index}]" for index in self.indices.get(port, range(width))]

    @cached_property
    def ports(self) -> dict[str, tuple[int, ...]]:
        """Every port and its nets."""
        return {**self.netlist.inputs, **self.netlist.outputs}

    @cached_property
    def pins(self) -> dict[str, int]:
        """The same for pins of cells: ``add_3.ZN``."""
        return {
            f"{instance.name}.{pin}": net
            for instance in (*self.netlist.instances, *self.netlist.registers)
            for pin, net in {**instance.inputs, **instance.outputs}.items()
            if net not in (ZERO, ONE)
        }

    @cached_property
    def labels(self) -> dict[int, str]:
        """The shortest name of each net that has one."""
        found: dict[int, str] = {}
        for name in sorted(self.names, key=lambda name: (len(name), name)):
            found.setdefault(self.names[name], name)
        return found


def read_verilog(path: Path, technology: Technology, top: str | None = None) -> NamedNetlist:
    """The netlist in a file of structural Verilog, flattened.

    What only layout needs is left out: cells without logic, supply pins and ports.

    Parameters
    ----------
    technology
        Library of its cells.
    top
        Its module; where there are several, by default the one that no other has in it.

    Raises
    ------
    SpecificationError
        It is no Verilog, or no netlist of cells of ``technology``.
    OSError
        The file cannot be read.
    """
    if top is not None and not re.fullmatch(r"[\w$]+", top):
        raise SpecificationError(f"{top!r} is no name of a module")
    text = file_text(path)
    if "\0" in text:
        raise SpecificationError(f"{path} is a binary file: expected structural Verilog")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "netlist.v").write_text(text)
        try:
            run_yosys(
                [
                    "read_verilog netlist.v",
                    f"hierarchy {f'-top {top}' if top else '-auto-top'}",
                    "flatten -noscopeinfo",
                    "write_json netlist.json",
                ],
                folder,
            )
        except YosysError as error:
            raise SpecificationError(
                f"{path} is no netlist of cells of {technology.name}: {_plain(str(error))}"
            ) from None
        document = json.loads((folder / "netlist.json").read_text())
    tops = [
        (module, content)
        for module, content in document["modules"].items()
        if int(content["attributes"].get("top", "0"), 2)
    ]
    name, content = tops[0] if tops else ("", {"cells": {}, "ports": {}, "netnames": {}})
    try:
        passive = _without_passive(content, technology)
        if not content["cells"]:
            raise NetlistError("it has no cell")
        _without_supplies(content, technology)
        for cell_name, cell in content["cells"].items():
            _connect(cell_name, cell, technology)
        netlist = read_netlist(document, name, technology.flip_flops)
    except NetlistError as error:
        raise SpecificationError(
            f"{path} is no netlist of cells of {technology.name}: {error}"
        ) from None
    names: dict[str, int] = {}
    indices: dict[str, range] = {}
    for net_name, net in content["netnames"].items():
        first, bits = net.get("offset", 0), net["bits"]
        counted = range(first, first + len(bits))
        if net.get("upto"):
            counted = counted[::-1]
        if net_name in content["ports"] and counted != range(len(bits)):
            indices[net_name] = counted
        for index, bit in zip(counted, bits, strict=True):
            if isinstance(bit, int):
                names[f"{net_name}[{index}]"] = bit
        if len(bits) == 1 and isinstance(bits[0], int):
            names[net_name] = bits[0]
    return NamedNetlist(netlist, names, indices, passive)


def _without_passive(content: _Module, technology: Technology) -> dict[str, int]:
    """Take the cells without logic out of a module, and put constants where some tie nets."""
    passive: dict[str, int] = {}
    constants: dict[int, str] = {}
    for name, cell in list(content["cells"].items()):
        kind = cell["type"]
        logic = [bits for pin, bits in cell["connections"].items() if bits and not _is_supply(pin)]
        known = technology.passive.get(kind)
        if known is None:
            # Tables and many files know no fillers: such a cell is one if nothing goes in or out.
            filler = not logic or (len(logic) == 1 and _ANTENNA.search(kind))
            if kind in technology.cells or kind.startswith("$") or not filler:
                continue
        for pin, constant in known.constants.items() if known else ():
            for bit in cell["connections"].get(pin, ()):
                constants[bit] = str(int(constant))
        passive[kind] = passive.get(kind, 0) + 1
        del content["cells"][name]
    _replace(content, constants)
    return passive


def _without_supplies(content: _Module, technology: Technology) -> None:
    """Take supply ports and pins out of a module; logic pins on supply nets get constants."""
    driven = {
        bit
        for cell in content["cells"].values()
        if cell["type"] in technology.cells
        for pin in technology.cells[cell["type"]].outputs
        for bit in cell["connections"].get(pin, ())
    }
    constants = {
        net["bits"][0]: "1" if _HIGH.fullmatch(name) else "0"
        for name, net in content["netnames"].items()
        if len(net["bits"]) == 1 and _is_supply(name) and net["bits"][0] not in driven
    }
    for port, declared in list(content["ports"].items()):
        if _is_supply(port) and declared["bits"][0] in constants:
            del content["ports"][port]
        elif declared["direction"] == "inout":
            raise NetlistError(f"port {port} is inout: expected input or output")
    _replace(content, constants)


def _replace(content: _Module, constants: Mapping[int, str]) -> None:
    """Put constants where some nets are."""
    for holder, key in (
        *((each, "bits") for each in content["ports"].values()),
        *((each, "bits") for each in content["netnames"].values()),
        *(
            (cell["connections"], pin)
            for cell in content["cells"].values()
            for pin in cell["connections"]
        ),
    ):
        holder[key] = [constants.get(bit, bit) for bit in holder[key]]


def _connect(name: str, cell: _Module, technology: Technology) -> None:
    """Give the pins of an instance their directions, and take away those of supplies."""
    kind = cell["type"]
    if kind not in technology.cells:
        raise NetlistError(f"it has a {kind}; `lmul-pe synth` writes netlists of cells")
    known = technology.cells[kind]
    for pin in list(cell["connections"]):
        if pin not in known.inputs and pin not in known.outputs:
            if not _is_supply(pin):
                raise NetlistError(
                    f"pin {pin} of {name} is none of a {kind}: expected "
                    f"{', '.join((*known.inputs, *known.outputs))}, by name"
                )
            del cell["connections"][pin]
    for pin in known.inputs:
        if not cell["connections"].get(pin):
            raise NetlistError(f"pin {pin} of {name}, a {kind}, is not connected: expected a net")
    cell["port_directions"] = dict.fromkeys(known.inputs, "input") | dict.fromkeys(
        known.outputs, "output"
    )


def _is_supply(name: str) -> bool:
    return bool(_HIGH.fullmatch(name) or _LOW.fullmatch(name))


def _plain(message: str) -> str:
    """An error of Yosys without its mark and the name of our temporary file."""
    return message.replace("ERROR: ", "").replace("netlist.v:", "line ")
