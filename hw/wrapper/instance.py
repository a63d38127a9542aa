"""The module of a unit inside a wrapper."""

from collections.abc import Mapping

from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal, Signal, Value
from amaranth.lib.wiring import In

from lmul_pe.hw.stream.axi import edge_ports
from lmul_pe.model.unit.names import Specification


def place_unit(m: Module, specification: Specification, clear: Value) -> Mapping[str, Signal]:
    """An instance of the module that ``specification`` is exported as: its ports, by name.

    Parameters
    ----------
    clear
        Resets it, as the reset does.
    """
    members = edge_ports(specification)
    ports = {name: Signal(member.shape, name=f"unit_{name}") for name, member in members.items()}
    connections = {
        f"{'i' if member.flow == In else 'o'}_{name}": ports[name]
        for name, member in members.items()
    }
    m.submodules.unit = Instance(
        specification.name, i_clk=ClockSignal(), i_rst=ResetSignal() | clear, **connections
    )
    return ports
