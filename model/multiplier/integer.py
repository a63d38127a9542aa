"""Integer multiplication: the reference beside the floating-point multipliers."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmul_pe.model.format.codec import Codes
from lmul_pe.model.format.integer import IntegerFormat, integer_format_among

from .product import Product

OPERAND_BITS = range(2, 17)


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
        object.__setattr__(
            self, "format", integer_format_among(format, OPERAND_BITS, "operand format")
        )

    @property
    def format_b(self) -> IntegerFormat:
        """The format of operand ``b``."""
        return self.format

    @property
    def operand_formats(self) -> tuple[IntegerFormat, IntegerFormat]:
        """Formats of ``a`` and ``b``."""
        return self.format, self.format_b

    @property
    def product_bits(self) -> int:
        """Bits of a product."""
        return 2 * self.format.bits

    @property
    def name(self) -> str:
        """The format's name."""
        return self.format.name

    @property
    def family(self) -> str:
        """What those of all widths have in common: their kind."""
        return self.kind

    def __str__(self) -> str:
        return self.name

    def product(self, a: Codes, b: Codes) -> Product:
        """Products, element by element."""
        value = self.format.values(a) * self.format.values(b)
        magnitude = np.abs(value).view(np.uint64)
        never = np.zeros(value.shape, dtype=np.bool_)
        return Product(value < 0, magnitude, np.zeros_like(value), never, never, never)
