"""Delays at the edges of an array: chains of registers that move together."""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.blocks import Blocks


class Delay(wiring.Component):
    """``q`` is what ``d`` was an enabled cycle before.

    Parameters
    ----------
    width
        Bits.
    cleared
        How many of them, from bit 0 up, a reset clears.
    """

    clocked = True

    def __init__(self, width: int, cleared: int = 0):
        self._cleared = cleared
        super().__init__({"enable": In(1), "d": In(width), "q": Out(width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        flags = Signal(self._cleared, name="flags")
        data = Signal(len(self.d) - self._cleared, name="data", reset_less=True)
        with m.If(self.enable):
            m.d.sync += [flags.eq(self.d[: self._cleared]), data.eq(self.d[self._cleared :])]
        m.d.comb += [self.q[: self._cleared].eq(flags), self.q[self._cleared :].eq(data)]
        return m


def delayed(
    m: Module,
    blocks: Blocks,
    role: str,
    value: Value,
    cycles: int,
    *,
    name: str,
    enable: Value,
    cleared: int = 0,
) -> Value:
    """``value`` behind ``cycles`` delays, each an instance of the block ``role``."""
    width = len(value)
    for cycle in range(cycles):
        ports = blocks.place(
            m,
            role,
            lambda: Delay(width, cleared),
            name=f"{name}_{cycle}",
            enable=enable,
            d=value,
        )
        value = ports["q"]
    return value


def chain(m: Module, value: Value, cycles: int, enable: Value, *, name: str) -> list[Signal]:
    """Single bits that follow ``value`` after 1 to ``cycles`` enabled cycles; reset clears them."""
    bits = []
    for cycle in range(cycles):
        bit = Signal(name=f"{name}_{cycle}")
        with m.If(enable):
            m.d.sync += bit.eq(value)
        bits.append(bit)
        value = bit
    return bits
