"""The product of integers in hardware: the reference beside floating point."""

from amaranth.hdl import Module, Value

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.arithmetic.carry_save import Columns
from lmul_pe.model import IntegerMultiplier

from .product import IntegerProduct


class Integer:
    """Products of two's-complement integers.

    Parameters
    ----------
    multiplier
        Its specification.
    architecture
        Of the array.
    """

    def __init__(self, multiplier: IntegerMultiplier, architecture: Architecture):
        self.multiplier = multiplier
        self.architecture = architecture

    def product(
        self, m: Module, a: Value, b: Value, bias: int, *, normalised: bool = True
    ) -> IntegerProduct:
        """The exact product."""
        if self.architecture.array == "operator":
            return IntegerProduct(a.as_signed() * b.as_signed())
        return IntegerProduct(self._array(m, a, b).as_signed())

    def _array(self, m: Module, a: Value, b: Value) -> Value:
        """One AND gate for every pair of bits, and a carry-save tree.

        Partial products of one sign bit count negatively: they are inverted, and what that adds is
        taken off as a constant (Baugh and Wooley, IEEE Trans. Computers C-22(12), 1973).
        """
        top = len(a) - 1
        columns = Columns(2 * len(a))
        for i in range(len(a)):
            for j in range(len(b)):
                bit = a[i] & b[j]
                if (i == top) != (j == top):
                    columns.add(i + j, ~bit)
                    columns.add_constant(-(1 << (i + j)))
                else:
                    columns.add(i + j, bit)
        return columns.sum(m, cells=self.architecture.full_adders == "cells")
