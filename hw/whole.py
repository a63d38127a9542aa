"""The product of integers in hardware: the reference beside floating point."""

from amaranth.hdl import Module, Value

from model import IntegerMultiplier

from .architecture import Architecture
from .product import WholeProduct


class Whole:
    """Products of two's-complement integers.

    Parameters
    ----------
    multiplier
        Its specification.
    architecture
        Not looked at: the product of signed integers is left to the synthesis tool.
    """

    def __init__(self, multiplier: IntegerMultiplier, architecture: Architecture):
        self.multiplier = multiplier

    def product(
        self, m: Module, a: Value, b: Value, bias: int, *, normalised: bool = True
    ) -> WholeProduct:
        """The exact product."""
        return WholeProduct(a.as_signed() * b.as_signed())
