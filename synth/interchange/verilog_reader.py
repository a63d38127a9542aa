"""Netlists read from structural Verilog, with the names that simulators know their nets by."""

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lmul_pe.hw.export.yosys import YosysError, run_yosys
from lmul_pe.model import SpecificationError
from lmul_pe.synth.cells.liberty.writer import liberty_text
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.netlists.netlist import ONE, ZERO, Netlist, NetlistError, read_netlist


@dataclass(frozen=True)
class NamedNetlist:
    """A netlist and the names of its nets.

    Parameters
    ----------
    names
        Every name of a net, those in flattened instances with their path: ``n12``, ``a[3]``,
        ``unit.carry``.
    """

    netlist: Netlist
    names: Mapping[str, int]

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
    text = path.read_text(encoding="utf-8", errors="replace")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "netlist.v").write_text(text)
        (folder / "cells.lib").write_text(liberty_text(technology))
        try:
            run_yosys(
                [
                    "read_liberty -lib cells.lib",
                    "read_verilog netlist.v",
                    f"hierarchy -check {f'-top {top}' if top else '-auto-top'}",
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
        module
        for module, content in document["modules"].items()
        if int(content["attributes"].get("top", "0"), 2)
    ]
    content = document["modules"][tops[0]]
    for each in content["cells"].values():
        if each["type"] not in technology.cells:
            raise SpecificationError(
                f"{path} is no netlist of cells of {technology.name}: it has a {each['type']}; "
                "`lmul-pe synth` writes netlists of cells"
            )
    try:
        netlist = read_netlist(document, tops[0], technology.flip_flops)
    except NetlistError as error:
        raise SpecificationError(f"{path}: {error}") from None
    names: dict[str, int] = {}
    for net_name, net in content["netnames"].items():
        first, bits = net.get("offset", 0), net["bits"]
        for index, bit in enumerate(bits):
            if isinstance(bit, int):
                names[f"{net_name}[{first + index}]"] = bit
        if len(bits) == 1 and isinstance(bits[0], int):
            names[net_name] = bits[0]
    return NamedNetlist(netlist, names)


def _plain(message: str) -> str:
    """An error of Yosys without its mark and the name of our temporary file."""
    return message.replace("ERROR: ", "").replace("netlist.v:", "line ")
