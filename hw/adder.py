"""A bare integer adder: the physical floor of an L-Mul multiplier."""

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out


class BareAdder(wiring.Component):
    """``y = a + b`` modulo ``2^width``.

    Parameters
    ----------
    width
        Bits of ``a``, ``b`` and ``y``; the exponent and mantissa bits of the format compared.
    """

    def __init__(self, width: int):
        super().__init__({"a": In(width), "b": In(width), "y": Out(width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.y.eq(self.a + self.b)
        return m
