"""The product of integers in hardware: the reference beside floating point."""

from collections.abc import Sequence
from dataclasses import dataclass

from amaranth.hdl import Module, Value

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.arithmetic.carry_save import Columns
from lmul_pe.model import IntegerMultiplier

from .product import IntegerProduct


@dataclass(frozen=True)
class PartialProducts:
    """What a product is the sum of: bits with their weights, and a constant."""

    bits: Sequence[tuple[int, Value]]
    constant: int


def partial_products(a: Value, b: Value) -> PartialProducts:
    """One AND gate for every pair of bits of two integers of one width.

    Partial products of one sign bit count negatively: they are inverted, and what that adds is
    taken off as a constant (Baugh and Wooley, IEEE Trans. Computers C-22(12), 1973).
    """
    top = len(a) - 1
    bits, constant = [], 0
    for i in range(len(a)):
        for j in range(len(b)):
            bit = a[i] & b[j]
            if (i == top) != (j == top):
                bits.append((i + j, ~bit))
                constant -= 1 << (i + j)
            else:
                bits.append((i + j, bit))
    return PartialProducts(bits, constant)


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
        array = partial_products(a, b)
        columns = Columns(2 * len(a))
        for weight, bit in array.bits:
            columns.add(weight, bit)
        columns.add_constant(array.constant)
        product = columns.sum(m, cells=self.architecture.full_adders == "cells")
        return IntegerProduct(product.as_signed())
