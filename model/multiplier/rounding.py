"""Integers rounded by powers of two, and where their leading ones are."""

import numpy as np

from .operands import Bits, Integers


def round_off(significand: Bits, drop: Bits, toward_zero: bool) -> Bits:
    """``significand / 2^drop`` as an integer: to nearest, ties to even, or cut off."""
    kept = significand >> drop
    if toward_zero:
        return kept
    one = np.uint64(1)
    rest = significand - (kept << drop)
    half = (one << drop) >> one
    up = (rest > half) | ((rest == half) & (half != 0) & ((kept & one) != 0))
    return kept + up


def leading_bit(values: Bits) -> Integers:
    """Index of the leading one of each value; -1 for 0."""
    # The exponent of a float64.  Without the bits below leading ones nothing rounds up to a power.
    leading = values & ~(values >> np.uint64(1))
    exponent = (leading.astype(np.float64).view(np.int64) >> 52) - 1023
    return np.maximum(exponent, -1)
