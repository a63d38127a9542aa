"""Operand pairs that benches give a multiplier: those of the model's own check, and some more."""

import numpy as np

from lmul_pe.model import FloatFormat, Multiplier
from lmul_pe.model.format.codec import Codes, code_type
from lmul_pe.model.multiplier.vectors import check_pairs, is_exhaustive


def lone_bits(format: FloatFormat) -> Codes:
    """Codes with one bit of the mantissa set, of the lowest and of the highest exponent field.

    What tells a zero, an infinity or NaN from the others looks at all of these bits together: a
    single one that it forgets shows on no other code.
    """
    top = (2**format.exponent_bits - 1) << format.mantissa_bits
    codes = [field | 1 << place for field in (0, top) for place in range(format.mantissa_bits)]
    return np.array(codes, dtype=code_type(format))


def bench_pairs(multiplier: Multiplier, count: int, seed: int) -> tuple[Codes, Codes]:
    """The pairs of :func:`check_pairs`, and where those are not all, lone bits times one."""
    a, b = check_pairs(multiplier, count, seed)
    if is_exhaustive(multiplier):
        return a, b
    first, second = multiplier.operand_formats
    ones = [
        np.array([((format.bias or 0) << format.mantissa_bits)], dtype=code_type(format))
        for format in (first, second)
    ]
    left, right = lone_bits(first), lone_bits(second)
    a = np.concatenate([a, left, np.repeat(ones[0], len(right))])
    b = np.concatenate([b, np.repeat(ones[1], len(left)), right])
    return a, b
