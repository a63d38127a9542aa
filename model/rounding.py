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
    index = np.full(values.shape, -1, dtype=np.int64)
    rest = values.copy()
    for step in (32, 16, 8, 4, 2, 1):
        large = rest >> np.uint64(step) != 0
        index[large] += step
        rest = np.where(large, rest >> np.uint64(step), rest)
    return index + (rest != 0)
