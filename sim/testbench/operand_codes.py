"""Codes of operands with which benches make their cases: ordinary ones, and those at the edges."""

import numpy as np

from lmul_pe.model import FloatFormat, code_type, decode, encode
from lmul_pe.model.format.codec import Codes, Format
from lmul_pe.model.multiplier.vectors import boundary_codes


def ordinary(format: Format, count: int, random: np.random.Generator) -> Codes:
    """Values about 1, whose sums meet every alignment and both carries and cancellation."""
    if isinstance(format, FloatFormat):
        return encode(random.normal(size=count), format)
    return format.codes(np.rint(random.normal(size=count) * 2 ** (format.width / 2)))


def negated(codes: Codes, format: Format) -> Codes:
    """``codes`` of the opposite sign; without a negative zero, zero stays itself."""
    if not isinstance(format, FloatFormat):
        return format.codes(-format.values(codes))
    sign = codes.dtype.type(2**format.magnitude_bits)
    if format.has_negative_zero:
        return codes ^ sign
    return np.where((codes & (sign - 1)) == 0, codes, codes ^ sign).astype(codes.dtype)


def edges(format: Format) -> Codes:
    """Numbers next to the edges of a format: subnormal, tiny, huge."""
    if not isinstance(format, FloatFormat):
        half = 2 ** (format.width - 1)
        return format.codes([-half, 1 - half, -2, -1, 0, 1, 2, half - 2, half - 1])
    codes = boundary_codes(format)
    return codes[np.isfinite(decode(codes, format))]


def largest(format: Format, count: int) -> Codes:
    """The largest number, ``count`` times."""
    if not isinstance(format, FloatFormat):
        return format.codes(np.full(count, 2 ** (format.width - 1) - 1))
    return np.full(count, format.largest, dtype=code_type(format))


def tiny(format: Format) -> Codes:
    """Zeros of both signs and subnormal numbers, or integers next to zero."""
    if not isinstance(format, FloatFormat):
        return format.codes([0, 1, -1])
    zero = np.zeros(1, dtype=code_type(format))
    some = [zero, zero + zero.dtype.type(1), zero + zero.dtype.type(format.least_normal - 1)]
    return np.concatenate([*some, *(negated(codes, format) for codes in some)])


def no_numbers(format: FloatFormat) -> list[int]:
    """NaN and infinity, as far as a format has them."""
    nan = [format.nan] if format.has_nan else []
    return [*nan, format.infinity] if format.has_infinity else nan


def specials(format: Format) -> list[int]:
    """Codes that are no numbers, and zero, by which an infinity gives NaN; often none."""
    if not isinstance(format, FloatFormat):
        return []
    planted = no_numbers(format)
    if format.has_infinity:
        # More often than NaN: of both signs in one sum, or times a zero, they give one.
        minus = format.infinity | 1 << format.magnitude_bits
        planted += [minus, format.infinity, minus, 0]
    return [code for code in planted if code is not None]
