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


def landing_pairs(format: FloatFormat) -> tuple[Codes, Codes]:
    """Pairs whose product by L-Mul lies where gradual underflow begins to round, and where it ends.

    Half of the least subnormal number becomes zero, and what is next below the least normal one is
    rounded up to it: of random pairs one in millions comes there.  For the paper's constant, for
    none, and for every entry that tables have.
    """
    unit, bias = 2**format.mantissa_bits, format.bias or 0
    pairs = []
    for mantissa, exponent in ((0, -format.mantissa_bits), (unit - 1, 0)):
        for constant in range(0, unit // 4 + 1, max(unit >> 5, 1)):
            second = (mantissa - constant) % unit
            fields = exponent + bias - (second + constant) // unit
            high = max(1, fields // 2)
            low = fields - high
            first = low * unit if low > 0 else unit >> (1 - low)
            pairs.append((first, high * unit + second))
    codes = np.array(pairs, dtype=code_type(format))
    return codes[:, 0], codes[:, 1]


def bench_pairs(multiplier: Multiplier, count: int, seed: int) -> tuple[Codes, Codes]:
    """The pairs of :func:`check_pairs`, and where those are not all, some that few others are like.

    These are lone bits times one, and :func:`landing_pairs` of two operands of one format.
    """
    a, b = check_pairs(multiplier, count, seed)
    if is_exhaustive(multiplier):
        return a, b
    first, second = multiplier.operand_formats
    ones = [
        np.array([((format.bias or 0) << format.mantissa_bits)], dtype=code_type(format))
        for format in (first, second)
    ]
    left, right = lone_bits(first), lone_bits(second)
    more = [(left, np.repeat(ones[1], len(left))), (np.repeat(ones[0], len(right)), right)]
    if first == second:
        more.append(landing_pairs(first))
    return (
        np.concatenate([a, *(pair[0] for pair in more)]),
        np.concatenate([b, *(pair[1] for pair in more)]),
    )
