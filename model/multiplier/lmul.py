"""The L-Mul product: one integer addition (arXiv 2410.00907, Eq. 1 and 2)."""

import numpy as np

from lmul_pe.model.format.codec import Codes, code_type

from .offset import mantissa_sum
from .operands import Bits, split, unpack
from .policies import UNGUARDED, Policies
from .product import Product, product_of
from .result import pack


class LMul:
    """Products by integer addition of exponent and mantissa fields."""

    def compute(self, multiplier: Policies, a: Codes, b: Codes) -> Codes:
        """Product codes of ``a`` and ``b``, element by element."""
        if multiplier.guard in UNGUARDED:
            return self._sum_of_codes(multiplier, a, b)
        product = self.product(multiplier, a, b)
        bits = multiplier.mantissa_bits
        return pack(
            multiplier.packing,
            product.negative,
            product.exponent + bits + (multiplier.format_y.bias or 0),
            product.significand & np.uint64(2**bits - 1),
            bits,
            product.zero,
            product.infinite,
            product.nan,
        )

    def product(self, multiplier: Policies, a: Codes, b: Codes) -> Product:
        """The product before it is squeezed into a format: significands of ``M + 1`` bits."""
        flush = multiplier.subnormals == "flush"
        format_a, format_b, _ = multiplier.formats
        first, second = unpack(a, format_a, flush), unpack(b, format_b, flush)
        bits = multiplier.mantissa_bits
        raised, mantissa = self.mantissa_sum(
            multiplier,
            first.mantissa << np.uint64(bits - format_a.mantissa_bits),
            second.mantissa << np.uint64(bits - format_b.mantissa_bits),
        )
        exponent = first.exponent + second.exponent + raised.astype(np.int64)
        exponent -= (format_a.bias or 0) + (format_b.bias or 0) + bits
        significand = mantissa | np.uint64(2**bits)
        return product_of(first, second, significand, exponent, exponent + bits)

    def mantissa_sum(self, multiplier: Policies, first: Bits, second: Bits) -> tuple[Bits, Bits]:
        """The exponent's increment and the mantissa, of two mantissas of the wider width."""
        assert multiplier.offset is not None
        assert multiplier.carry is not None
        return mantissa_sum(
            first, second, multiplier.offset, multiplier.mantissa_bits, multiplier.carry
        )

    def lowest_product_bit(self, multiplier: Policies) -> int:
        """The last place of a product of least exponent."""
        assert multiplier.offset is not None
        operands = (multiplier.format, multiplier.format_b)
        least = sum(1 - (format.bias or 0) for format in operands)
        if multiplier.subnormals == "flush":
            return least - multiplier.mantissa_bits
        # The least subnormal numbers have no mantissa, so that their product has the offset's.
        least -= sum(format.mantissa_bits for format in operands)
        offset = multiplier.offset
        trailing = (offset & -offset).bit_length() - 1
        return least - (multiplier.mantissa_bits - trailing if offset else 0)

    def _sum_of_codes(self, multiplier: Policies, a: Codes, b: Codes) -> Codes:
        """The paper's PTX to the letter: the sum modulo ``2^(E+M)``, no special case at all.

        Guard ``"zero"`` adds the one for operands with exponent field 0.
        """
        format = multiplier.format
        bits = format.mantissa_bits
        negative_a, exponent_a, mantissa_a = split(a, format)
        negative_b, exponent_b, mantissa_b = split(b, format)
        raised, mantissa = self.mantissa_sum(multiplier, mantissa_a, mantissa_b)
        exponent = exponent_a + exponent_b + raised.astype(np.int64) + multiplier.bias_correction
        exponent &= 2**format.exponent_bits - 1
        magnitude = (exponent.astype(np.uint64) << np.uint64(bits)) | mantissa
        negative = negative_a ^ negative_b
        if multiplier.guard == "zero":
            zero = (exponent_a == 0) | (exponent_b == 0)
            magnitude = np.where(zero, np.uint64(0), magnitude)
            if not format.has_negative_zero:
                negative = negative & ~zero
        sign = negative.astype(np.uint64) << np.uint64(format.magnitude_bits)
        return (sign | magnitude).astype(code_type(format))
