"""Wrapped units as Verilog."""

from collections.abc import Callable
from dataclasses import dataclass

from amaranth.lib import wiring

from lmul_pe.hw.arithmetic.architecture import INFERRED, Architecture
from lmul_pe.hw.export.verilog import exported_verilog, verilog_text
from lmul_pe.model import Multiplier
from lmul_pe.model.choices import SpecificationError, unknown_choice
from lmul_pe.model.unit.names import Specification
from lmul_pe.model.unit.ports import ports_of

from .host import HostedUnit
from .tile import Tile


@dataclass(frozen=True)
class Bus:
    """A way to reach a unit.

    Parameters
    ----------
    module
        Name of the module, of that of the unit in it.
    create
        The wrapper of a unit.
    """

    module: Callable[[str], str]
    create: Callable[[Specification], wiring.Component]


BUSES = {
    "axi4lite": Bus("{}_axi4lite".format, HostedUnit),
    # Tiny Tapeout asks for this beginning.
    "tinytapeout": Bus("tt_um_{}".format, Tile),
}
"""Every bus, by its name."""


def wrapped_verilog(
    specification: Specification, bus: str, header: str, architecture: Architecture = INFERRED
) -> tuple[str, str]:
    """The module's name, and its Verilog: the wrapper, and below it the unit as it is exported.

    Raises
    ------
    SpecificationError
        An unknown bus, or a unit that it does not fit.
    """
    if bus not in BUSES:
        raise unknown_choice("bus", bus, BUSES)
    name = specification.name
    if isinstance(specification, Multiplier) and not specification.latency:
        raise SpecificationError(
            f"bus {bus} does not apply to {name}, which has no streams: expected latency 1 or more"
        )
    if bus == "tinytapeout" and len(ports_of(specification)) != 2:
        raise SpecificationError(
            f"bus {bus} does not apply to {name}, which has several streams of operands: expected "
            "unit mul, mac or dot; the nearest is dot"
        )
    module = BUSES[bus].module(name)
    wrapper = verilog_text(BUSES[bus].create(specification), module, header)
    return module, f"{wrapper}\n{exported_verilog(specification, '', architecture)}"
