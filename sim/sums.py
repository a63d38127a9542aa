"""Sums on which a multiply-accumulate unit is checked: operands that make its cases happen."""

from collections.abc import Callable

import numpy as np

from model import FloatFormat, Mac, code_type, decode, encode
from model.codec import Codes
from model.vectors import boundary_codes

Pairs = tuple[Codes, Codes]

LENGTHS = (1, 2, 3, 64)
"""Lengths of which every unit is given sums, the last one beside random shorter ones."""
LONG = 1000


def _ordinary(format: FloatFormat, count: int, random: np.random.Generator) -> Codes:
    """Values about 1, whose sums meet every alignment and both carries and cancellation."""
    return encode(random.normal(size=count), format)


def _negated(codes: Codes, format: FloatFormat) -> Codes:
    """``codes`` of the opposite sign; without a negative zero, zero stays itself."""
    sign = codes.dtype.type(2**format.magnitude_bits)
    if format.has_negative_zero:
        return codes ^ sign
    return np.where((codes & (sign - 1)) == 0, codes, codes ^ sign).astype(codes.dtype)


def _finite_boundaries(format: FloatFormat) -> Codes:
    codes = boundary_codes(format)
    return codes[np.isfinite(decode(codes, format))]


def _numbers(mac: Mac, length: int, random: np.random.Generator) -> Pairs:
    a, b = (_ordinary(format, length, random) for format in _formats(mac))
    return a, b


def _boundaries(mac: Mac, length: int, random: np.random.Generator) -> Pairs:
    """Numbers next to the edges of their formats: subnormal, tiny, huge."""
    a, b = (random.choice(_finite_boundaries(format), length) for format in _formats(mac))
    return a, b


def _cancelling(mac: Mac, length: int, random: np.random.Generator) -> Pairs:
    """Every product and its opposite in random order, and an odd one."""
    half, odd = divmod(length, 2)
    a, b = _numbers(mac, half + odd, random)
    opposite = _negated(b[:half], mac.multiplier.format_b)
    a, b = np.concatenate([a, a[:half]]), np.concatenate([b, opposite])
    order = random.permutation(length)
    return a[order], b[order]


def _overflowing(mac: Mac, length: int, random: np.random.Generator) -> Pairs:
    """The largest products of one sign, and the last third of the other one."""
    first, second = _formats(mac)
    a = np.full(length, first.largest, dtype=code_type(first))
    b = np.full(length, second.largest, dtype=code_type(second))
    if random.random() < 0.5:
        a = _negated(a, first)
    b[length - length // 3 :] = _negated(b[length - length // 3 :], second)
    return a, b


def _tiny(mac: Mac, length: int, random: np.random.Generator) -> Pairs:
    """Zeros of both signs and subnormal numbers, among numbers."""

    def side(format: FloatFormat) -> Codes:
        zero = np.zeros(1, dtype=code_type(format))
        least = zero + zero.dtype.type(1)
        edge = zero + zero.dtype.type(format.least_normal - 1)
        some = [zero, least, edge]
        some += [_negated(codes, format) for codes in some]
        return random.choice(np.concatenate([*some, _ordinary(format, 2, random)]), length)

    first, second = (side(format) for format in _formats(mac))
    return first, second


def _special(mac: Mac, length: int, random: np.random.Generator) -> Pairs:
    """Numbers, among which one or two operands are NaN or infinite."""
    a, b = _numbers(mac, length, random)
    for codes, format in zip((a, b), _formats(mac), strict=True):
        planted = [format.nan] if format.has_nan else []
        if format.has_infinity:
            # More often than NaN: of both signs in one sum, or times a zero, they give one.
            minus = format.infinity | 1 << format.magnitude_bits
            planted += [format.infinity, minus, format.infinity, minus, 0]
        if planted:
            codes[random.integers(length)] = random.choice(planted)
    return a, b


_CASES: tuple[Callable[[Mac, int, np.random.Generator], Pairs], ...] = (
    _numbers,
    _cancelling,
    _boundaries,
    _tiny,
    _overflowing,
    _special,
)


def _formats(mac: Mac) -> tuple[FloatFormat, FloatFormat]:
    return mac.multiplier.format, mac.multiplier.format_b


def mixed_sums(mac: Mac, count: int, random: np.random.Generator) -> list[Pairs]:
    """Sums of every case and of different lengths, of ``count`` pairs together or a few more."""
    sums: list[Pairs] = []
    total = 0
    cases: list[int] = []
    while total < count:
        cases = cases or random.permutation(len(_CASES)).tolist()
        # Short ones more often: they are what meets a stalled output.
        longer = int(random.integers(4, LENGTHS[-1], endpoint=True))
        length = int(random.choice([*LENGTHS[:-1], longer], p=(0.4, 0.3, 0.2, 0.1)))
        sums.append(_CASES[cases.pop()](mac, length, random))
        total += length
    return sums


def short_sums(mac: Mac, count: int, random: np.random.Generator) -> list[Pairs]:
    """``count`` sums of up to three numbers."""
    return [_numbers(mac, int(random.integers(1, 4)), random) for _ in range(count)]


def long_sums(mac: Mac, random: np.random.Generator) -> list[Pairs]:
    """Sums of :data:`LONG` and of every of :data:`LENGTHS`, the long one between short ones."""
    lengths = (1, LENGTHS[-1], 2, LONG, 1, 1, *LENGTHS)
    return [_numbers(mac, length, random) for length in lengths]
