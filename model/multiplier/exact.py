"""The conventional product: IEEE 754 multiplication, one rounding."""

import numpy as np

from lmul_pe.model.format.codec import Codes

from .operands import Bits, unpack
from .policies import Policies
from .product import Product, product_of
from .result import pack

_WORK_BITS = 62


def _product(first: Bits, second: Bits, width: int) -> tuple[Bits, int]:
    """Product of two significands, cut to at most 62 bits with a sticky last bit.

    ``width`` is the sum of both widths; returned beside the product is the width that is left.
    """
    if width <= _WORK_BITS:
        return first * second, width
    # Schoolbook multiplication of 32-bit halves; each partial product fits 64 bits.
    half, mask = np.uint64(32), np.uint64(2**32 - 1)
    low = (first & mask) * (second & mask)
    cross_a = (first >> half) * (second & mask) + (low >> half)
    cross_b = (first & mask) * (second >> half) + (cross_a & mask)
    high = (first >> half) * (second >> half) + (cross_a >> half) + (cross_b >> half)
    low = (cross_b << half) | (low & mask)
    drop = width - _WORK_BITS
    kept = (high << np.uint64(64 - drop)) | (low >> np.uint64(drop))
    sticky = (low & np.uint64(2**drop - 1)) != 0
    return kept | sticky, _WORK_BITS


class Exact:
    """Products rounded once from the real product."""

    def compute(self, multiplier: Policies, a: Codes, b: Codes) -> Codes:
        """Product codes of ``a`` and ``b``, element by element."""
        product = self.product(multiplier, a, b)
        width = min(multiplier.product_bits, _WORK_BITS)
        # The product of two significands in [1, 2) lies in [1, 4): align its leading one.
        doubled = (product.significand >> np.uint64(width - 1)) != 0
        fraction = np.where(doubled, product.significand, product.significand << np.uint64(1))
        return pack(
            multiplier.packing,
            product.negative,
            product.exponent + (width - 2) + doubled + (multiplier.format_y.bias or 0),
            fraction & np.uint64(2 ** (width - 1) - 1),
            width - 1,
            product.zero,
            product.infinite,
            product.nan,
        )

    def product(self, multiplier: Policies, a: Codes, b: Codes) -> Product:
        """The product before it is rounded; beyond 62 bits its last bit is sticky."""
        flush = multiplier.subnormals == "flush"
        format_a, format_b, _ = multiplier.formats
        first, second = unpack(a, format_a, flush), unpack(b, format_b, flush)
        significand, width = _product(
            first.mantissa | np.uint64(2**format_a.mantissa_bits),
            second.mantissa | np.uint64(2**format_b.mantissa_bits),
            multiplier.product_bits,
        )
        exponent = first.exponent + second.exponent + (multiplier.product_bits - width)
        # A subnormal operand counts as one of the least normal exponent.
        scale = np.maximum(first.exponent, 1) + np.maximum(second.exponent, 1)
        for format in (format_a, format_b):
            exponent -= (format.bias or 0) + format.mantissa_bits
            scale -= format.bias or 0
        return product_of(first, second, significand, exponent, scale)

    def lowest_product_bit(self, multiplier: Policies) -> int:
        """The weight of both operands' last places, near zero, multiplied."""
        operands = (multiplier.format, multiplier.format_b)
        return sum(1 - (format.bias or 0) - format.mantissa_bits for format in operands)
