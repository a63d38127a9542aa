"""Floating-point addition of exact products to sums, one rounding each."""

import numpy as np

from .codec import Codes
from .formats import FloatFormat
from .operands import unpack
from .product import Product
from .result import Packing, pack
from .rounding import leading_bit

_TOP = 60
"""Bit to which leading ones are aligned, so that a carry out of a sum still fits."""


def add_product(format: FloatFormat, sums: Codes, product: Product) -> Codes:
    """``sums + product`` in ``format``: nearest, ties to even, gradual underflow.

    Overflow gives infinity, or the largest finite number where the format has none.  Infinities and
    NaN as IEEE 754 addition has them; a sum of exactly zero is positive unless both are negative
    zeros.
    """
    old = unpack(sums, format, flush=False)
    old_significand = np.where(
        old.zero, np.uint64(0), old.mantissa | np.uint64(format.least_normal)
    )
    new_significand = np.where(product.zero, np.uint64(0), product.significand)
    old_top, new_top = leading_bit(old_significand), leading_bit(new_significand)
    lowest = np.int64(-(1 << 20))
    old_power = np.where(
        old_top < 0, lowest, old.exponent - (format.bias or 0) - format.mantissa_bits + old_top
    )
    new_power = np.where(new_top < 0, lowest, product.exponent + new_top)
    swap = new_power > old_power

    old_aligned = old_significand << np.clip(_TOP - old_top, 0, _TOP).astype(np.uint64)
    new_aligned = new_significand << np.clip(_TOP - new_top, 0, _TOP).astype(np.uint64)
    large = np.where(swap, new_aligned, old_aligned)
    small = np.where(swap, old_aligned, new_aligned)
    distance = np.minimum(np.abs(old_power - new_power), 63).astype(np.uint64)
    shifted = small >> distance
    # What is shifted out only tells that it is not zero: a sticky bit.
    shifted |= (shifted << distance) != small
    same = old.negative == product.negative
    magnitude = np.where(same, large + shifted, large - shifted)
    # Equal exponents may give a negative difference.
    flipped = ~same & (shifted > large)
    magnitude = np.where(flipped, np.uint64(0) - magnitude, magnitude)
    negative = np.where(swap ^ flipped, product.negative, old.negative)

    top = leading_bit(magnitude)
    nothing = top < 0
    exponent = np.maximum(old_power, new_power) + top - _TOP + (format.bias or 0)
    # A carry goes one place down, and the bit that it pushes out joins the sticky bit.
    sticky = magnitude & np.uint64(1)
    normal = np.where(
        top > _TOP,
        (magnitude >> np.uint64(1)) | sticky,
        magnitude << np.clip(_TOP - top, 0, _TOP).astype(np.uint64),
    )
    both_negative = old.negative & product.negative
    old_infinite, old_nan = old.infinite, old.nan
    nan = old_nan | product.nan | (old_infinite & product.infinite & ~same)
    return pack(
        Packing(
            format,
            flush=False,
            overflow="inf" if format.has_infinity else "saturate",
            toward_zero=False,
        ),
        np.where(
            product.infinite,
            product.negative,
            np.where(old_infinite, old.negative, np.where(nothing, both_negative, negative)),
        ),
        exponent,
        normal & np.uint64(2**_TOP - 1),
        _TOP,
        nothing & ~(old_infinite | product.infinite),
        old_infinite | product.infinite,
        nan,
    )
