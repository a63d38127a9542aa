"""Integer multiplication and accumulation: the reference beside the floating-point units."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.format.codec import Codes
from lmul_pe.model.format.integer import IntegerFormat, integer_format_named
from lmul_pe.model.multiplier.operands import Flags
from lmul_pe.model.multiplier.product import Product

from .register import Register, Term
from .sums import ProductSums

OPERAND_BITS = range(2, 17)
REGISTER_BITS = range(8, 65)


def _resolved(format: IntegerFormat | str, allowed: range, what: str) -> IntegerFormat:
    resolved = integer_format_named(format) if isinstance(format, str) else format
    if resolved.bits not in allowed:
        nearest = min(max(resolved.bits, allowed[0]), allowed[-1])
        raise SpecificationError(
            f"{what} {resolved} is not possible: expected int{allowed[0]} to int{allowed[-1]}; the "
            f"nearest is int{nearest}"
        )
    return resolved


@dataclass(frozen=True, init=False)
class IntegerMultiplier:
    """The exact product of two integers of one format.

    Parameters
    ----------
    format
        Of both operands, or its name; 2 to 16 bits.

    Raises
    ------
    SpecificationError
        Another format.
    """

    kind: ClassVar[str] = "int"
    format: IntegerFormat

    def __init__(self, format: IntegerFormat | str = "int8") -> None:
        object.__setattr__(self, "format", _resolved(format, OPERAND_BITS, "operand format"))

    @property
    def format_b(self) -> IntegerFormat:
        """The format of operand ``b``."""
        return self.format

    @property
    def product_bits(self) -> int:
        """Bits of a product."""
        return 2 * self.format.bits

    @property
    def name(self) -> str:
        """The format's name."""
        return self.format.name

    def __str__(self) -> str:
        return self.name

    def product(self, a: Codes, b: Codes) -> Product:
        """Products, element by element."""
        value = self.format.values(a) * self.format.values(b)
        magnitude = np.abs(value).view(np.uint64)
        never = np.zeros(value.shape, dtype=np.bool_)
        return Product(value < 0, magnitude, np.zeros_like(value), never, never, never)


@dataclass(frozen=True, init=False)
class IntegerAccumulator:
    """A two's-complement register; what exceeds it wraps, and sets the sticky flag ``overflow``.

    Parameters
    ----------
    format
        Of the register and of the result, or its name; 8 to 64 bits, int32 by default.

    Raises
    ------
    SpecificationError
        Another format.
    """

    format: IntegerFormat

    def __init__(self, format: IntegerFormat | str = "int32") -> None:
        object.__setattr__(self, "format", _resolved(format, REGISTER_BITS, "accumulator"))

    @property
    def result(self) -> IntegerFormat:
        """The format of finished sums."""
        return self.format

    @property
    def name(self) -> str:
        """The format's name."""
        return self.format.name

    def __str__(self) -> str:
        return self.name

    def start(
        self, multiplier: IntegerMultiplier, count: int, codes: Codes | None = None
    ) -> "IntegerSums":
        """``count`` sums of products of ``multiplier``, from ``codes`` or from 0."""
        return IntegerSums(self, multiplier, count, codes)


class IntegerSums(ProductSums):
    """Sums in registers."""

    def __init__(
        self,
        accumulator: IntegerAccumulator,
        multiplier: IntegerMultiplier,
        count: int,
        codes: Codes | None,
    ):
        super().__init__(multiplier, count)
        self._format = accumulator.format
        self._register = Register(self._format.bits, count)
        if codes is not None:
            self._register.limbs = self._register.layout.of(self._format.values(codes))

    def add(self, products: Sequence[Product]) -> None:
        self._register.add(
            [Term(each.negative, each.significand, each.exponent) for each in products]
        )

    def result(self) -> Codes:
        layout, limbs = self._register.layout, self._register.limbs
        return self._format.codes(
            sum(limb << index * layout.limb for index, limb in enumerate(limbs))
        )

    @property
    def overflowed(self) -> Flags:
        return self._register.overflowed
