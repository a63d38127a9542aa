"""The specification of a multiply-accumulate unit."""

from dataclasses import dataclass
from functools import cached_property

from .processing_element import ProcessingElement


@dataclass(frozen=True)
class Mac(ProcessingElement):
    """A multiply-accumulate unit: ``sum <- sum + a * b``, in order, from +0.

    A product of floating-point numbers keeps a wide exponent: it neither overflows nor underflows,
    and is not rounded to the operands' format.

    Parameters
    ----------
    multiplier
        Kind, operand formats and the policies of the product; those of a result do not apply.
    accumulator
        How the sum is kept.

    Raises
    ------
    SpecificationError
        A multiplier that makes no product to accumulate, or an accumulator that cannot take its
        products.
    """

    @cached_property
    def name(self) -> str:
        """Stable, unique, a legal Verilog identifier; :func:`~.names.mac_named` reads it."""
        return f"mac_{self.multiplier.name}_{self.accumulator.name}"

    @property
    def family(self) -> str:
        """What such units of other formats have in common with it: the name without the format."""
        return f"mac_{self.multiplier.family}_{self.accumulator.name}"

    def __str__(self) -> str:
        return self.name
