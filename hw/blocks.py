"""Blocks: parts of a design that stand in modules of their own, each written once."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

from amaranth.hdl import ClockSignal, Instance, Module, ResetSignal, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In

Ports = Mapping[str, Signal]
"""The ports of a placed block, by name."""


@dataclass
class Blocks:
    """The blocks of one design.

    Amaranth writes a submodule once per instance; a block is converted alone and instantiated by
    name.

    Parameters
    ----------
    prefix
        What the names of the modules begin with; the top module's own name.

    Members
    -------
    components : dict
        Module name to component, in the order of the first use.
    shared : set
        Names of modules whose component other designs have as well, the very same one.
    """

    prefix: str
    components: dict[str, wiring.Component] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)

    def place(
        self,
        m: Module,
        role: str,
        create: Callable[[], wiring.Component],
        *,
        name: str,
        key: Hashable = None,
        **inputs: Value,
    ) -> Ports:
        """One more instance of the block that plays ``role``, called ``name``.

        Every call with one role must ask for the same component.  Blocks with equal keys, of any
        design, are one component.
        """
        module = f"{self.prefix}_{role}"
        if module not in self.components:
            self.components[module] = create() if key is None else _shared(create, (role, key))
            if key is not None:
                self.shared.add(module)
        component = self.components[module]
        ports = _signals(component, name)
        connections: dict[str, object] = {
            f"{'i' if component.signature.members[port].flow == In else 'o'}_{port}": value
            for port, value in ports.items()
        }
        if getattr(component, "clocked", False):
            connections |= {"i_clk": ClockSignal(), "i_rst": ResetSignal()}
        m.submodules[name] = Instance(module, **connections)
        m.d.comb += [ports[port].eq(value) for port, value in inputs.items()]
        return ports


def place(
    m: Module,
    blocks: Blocks | None,
    role: str,
    create: Callable[[], wiring.Component],
    *,
    name: str | None = None,
    key: Hashable = None,
    **inputs: Value,
) -> Ports:
    """A block of ``blocks``, or, without any, a plain submodule of ``m``."""
    if blocks is not None:
        return blocks.place(m, role, create, name=name or role, key=key, **inputs)
    component = create()
    m.submodules[name or role] = component
    m.d.comb += [getattr(component, port).eq(value) for port, value in inputs.items()]
    return {port: getattr(component, port) for port in component.signature.members}


_components: dict[Hashable, wiring.Component] = {}


def _shared(create: Callable[[], wiring.Component], key: Hashable) -> wiring.Component:
    if key not in _components:
        _components[key] = create()
    return _components[key]


def _signals(component: wiring.Component, name: str) -> dict[str, Signal]:
    return {
        port: Signal(member.shape, name=f"{name}_{port}")
        for port, member in component.signature.members.items()
    }
