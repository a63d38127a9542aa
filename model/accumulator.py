"""The specification of an accumulator: how a sum is kept, and when it is rounded."""

from dataclasses import dataclass
from functools import cached_property

from .addition import add_product
from .choices import SpecificationError
from .codec import Codes
from .formats import FloatFormat, format_named
from .product import Product, rounded_product


@dataclass(frozen=True, init=False)
class FloatAccumulator:
    """A floating-point register: ``sum <- round(sum + product)``, one rounding to nearest even.

    Starts from +0.  Underflow is gradual; overflow gives infinity, or the largest finite number
    where the format has none.

    Parameters
    ----------
    format
        Of the register and of the result, or its name; fp32 by default.
    fused
        What happens to products of more significant bits than the format has.  False (default):
        they are rounded to its mantissa first, their exponent still wide, as by a multiplier before
        an adder.  True: they enter unrounded, as in a fused multiply-add.
    """

    format: FloatFormat
    fused: bool

    def __init__(self, format: FloatFormat | str = "fp32", *, fused: bool = False) -> None:
        resolved = format_named(format) if isinstance(format, str) else format
        if not isinstance(fused, bool):
            raise SpecificationError(f"fused {fused!r} is not True or False")
        object.__setattr__(self, "format", resolved)
        object.__setattr__(self, "fused", fused)

    @cached_property
    def name(self) -> str:
        """The format's name, and ``_fused``."""
        return self.format.name + ("_fused" if self.fused else "")

    def add(self, sums: Codes, product: Product) -> Codes:
        """``sums + product``, element by element."""
        if not self.fused:
            product = rounded_product(product, self.format.mantissa_bits + 1)
        return add_product(self.format, sums, product)
