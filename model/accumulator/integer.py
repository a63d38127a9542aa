"""The integer accumulator: a two's-complement register that wraps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from lmul_pe.model.format.codec import Codes
from lmul_pe.model.format.integer import IntegerFormat, integer_format_among
from lmul_pe.model.multiplier.integer import IntegerMultiplier
from lmul_pe.model.multiplier.operands import Flags
from lmul_pe.model.multiplier.product import Product

from .register import Register, Term
from .sums import REGISTER, ProductSums

REGISTER_BITS = range(8, 65)


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

    format: Annotated[IntegerFormat, REGISTER]

    latency: ClassVar[int] = 1
    finish_latency: ClassVar[int] = 0
    overflows: ClassVar[bool] = True

    def __init__(self, format: IntegerFormat | str = "int32") -> None:
        object.__setattr__(
            self, "format", integer_format_among(format, REGISTER_BITS, "accumulator")
        )

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
