"""Floating-point addition of sums and exact products, one rounding each."""

import numpy as np

from lmul_pe.model.format.codec import Codes
from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.multiplier.operands import unpack
from lmul_pe.model.multiplier.product import Product
from lmul_pe.model.multiplier.result import LEADING, rounded_sum
from lmul_pe.model.multiplier.rounding import leading_bit


def as_product(codes: Codes, format: FloatFormat) -> Product:
    """Codes as something to add: ``1 * code``, subnormal numbers included."""
    code = unpack(codes, format, flush=False)
    bias = format.bias or 0
    return Product(
        code.negative,
        code.mantissa | np.uint64(format.least_normal),
        code.exponent - bias - format.mantissa_bits,
        code.zero,
        code.infinite,
        code.nan,
        np.maximum(code.exponent, 1) - bias,
    )


def add_product(format: FloatFormat, sums: Codes, product: Product) -> Codes:
    """:func:`add` of codes of ``format`` and products."""
    return add(format, as_product(sums, format), product)


def add(format: FloatFormat, old: Product, new: Product) -> Codes:
    """The sum in ``format``: nearest, ties to even, gradual underflow.

    Overflow gives infinity, or the largest finite number where the format has none.  Infinities and
    NaN as IEEE 754 addition has them; a sum of exactly zero is positive unless both are negative
    zeros.
    """
    old_significand = np.where(old.zero, np.uint64(0), old.significand)
    new_significand = np.where(new.zero, np.uint64(0), new.significand)
    old_top, new_top = leading_bit(old_significand), leading_bit(new_significand)
    lowest = np.int64(-(1 << 20))
    old_power = np.where(old_top < 0, lowest, old.exponent + old_top)
    new_power = np.where(new_top < 0, lowest, new.exponent + new_top)
    swap = new_power > old_power

    # A carry out of the sum still fits above the leading ones.
    old_aligned = old_significand << np.clip(LEADING - old_top, 0, LEADING).astype(np.uint64)
    new_aligned = new_significand << np.clip(LEADING - new_top, 0, LEADING).astype(np.uint64)
    large = np.where(swap, new_aligned, old_aligned)
    small = np.where(swap, old_aligned, new_aligned)
    distance = np.minimum(np.abs(old_power - new_power), 63).astype(np.uint64)
    shifted = small >> distance
    # What is shifted out only tells that it is not zero: a sticky bit.
    shifted |= (shifted << distance) != small
    same = old.negative == new.negative
    magnitude = np.where(same, large + shifted, large - shifted)
    # Equal exponents may give a negative difference.
    flipped = ~same & (shifted > large)
    magnitude = np.where(flipped, np.uint64(0) - magnitude, magnitude)
    negative = np.where(swap ^ flipped, new.negative, old.negative)

    top = leading_bit(magnitude)
    nothing = top < 0
    exponent = np.maximum(old_power, new_power) + top - LEADING
    # A carry goes one place down, and the bit that it pushes out joins the sticky bit.
    sticky = magnitude & np.uint64(1)
    normal = np.where(
        top > LEADING,
        (magnitude >> np.uint64(1)) | sticky,
        magnitude << np.clip(LEADING - top, 0, LEADING).astype(np.uint64),
    )
    infinite = old.infinite | new.infinite
    nan = old.nan | new.nan | (old.infinite & new.infinite & ~same)
    return rounded_sum(
        format,
        np.where(
            infinite,
            np.where(new.infinite, new.negative, old.negative),
            np.where(nothing, old.negative & new.negative, negative),
        ),
        exponent,
        normal,
        nothing & ~infinite,
        infinite,
        nan,
    )
