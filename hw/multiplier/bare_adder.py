"""A bare integer adder: what an L-Mul multiplier is compared with."""

from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import PORTABLE, Architecture

from .lmul_guarded import add_fields


class BareAdder(wiring.Component):
    """``y = a + b`` modulo ``2^width``.

    Parameters
    ----------
    width
        Bits of ``a``, ``b`` and ``y``; the exponent and mantissa bits of the format compared.
    architecture
        How it is built.
    """

    def __init__(self, width: int, architecture: Architecture = PORTABLE):
        self.architecture = architecture
        super().__init__({"a": In(width), "b": In(width), "y": Out(width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        if self.architecture.operators:
            m.d.comb += self.y.eq(self.a + self.b)
            return m
        bits = len(self.y)
        total = add_fields(m, self.a, self.b, 0, bits=bits, architecture=self.architecture)
        m.d.comb += self.y.eq(Cat(*(left ^ right for left, right in total.halves)))
        return m
