"""Blocks as plain submodules, so that Amaranth's simulator sees through a whole design."""

from collections.abc import Callable, Hashable

from amaranth.hdl import Module, Value
from amaranth.lib import wiring

from lmul_pe.hw.blocks import Blocks, Ports, place


class InlineBlocks(Blocks):
    """Places every block as a submodule; nothing is shared or written apart."""

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
        return place(m, None, role, create, name=name, **inputs)
