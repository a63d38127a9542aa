"""Results put together: rounding, underflow, overflow and special values, into codes."""

from dataclasses import dataclass

import numpy as np

from lmul_pe.model.format.codec import Codes, code_type
from lmul_pe.model.format.floating import FloatFormat

from .operands import Bits, Flags, Integers
from .rounding import round_off

LEADING = 60
"""Bit of the leading one of a significand that :func:`rounded_sum` rounds."""


@dataclass(frozen=True)
class Packing:
    """The policies by which a result becomes a code; see ``docs/numerics.md``."""

    format: FloatFormat
    flush: bool
    overflow: str
    toward_zero: bool


def pack(
    packing: Packing,
    negative: Flags,
    exponent: Integers,
    fraction: Bits,
    fraction_bits: int,
    zero: Flags,
    infinite: Flags,
    nan: Flags,
) -> Codes:
    """The codes of ``(-1)^negative * (1 + fraction / 2^fraction_bits) * 2^(exponent - bias)``.

    Parameters
    ----------
    packing
        Format and policies of the result.
    negative, exponent, fraction
        Arrays of one shape.  The exponent is biased as in the result's format, and may lie outside
        its range.  The fraction's last bit may be a sticky bit if ``fraction_bits`` exceeds the
        format's mantissa by two or more.
    fraction_bits
        Bits of the fraction, at most 61.
    zero, infinite, nan
        Where the result is one of these, whatever the numbers say; NaN before infinity before zero.
    """
    format = packing.format
    bits = format.mantissa_bits
    if fraction_bits < bits:
        fraction = fraction << np.uint64(bits - fraction_bits)
        fraction_bits = bits
    extra = fraction_bits - bits
    top = format.largest >> bits
    if packing.flush:
        if extra:
            significand = fraction | np.uint64(1 << fraction_bits)
            rounded = round_off(significand, np.full_like(fraction, extra), packing.toward_zero)
            carried = rounded >> np.uint64(bits + 1)
            exponent = exponent + carried.astype(np.int64)
            fraction = np.where(carried != 0, np.uint64(0), rounded & np.uint64(2**bits - 1))
        underflow = (exponent < 1) & ~infinite
        too_large = exponent > top
        field = np.clip(exponent, 0, top).astype(np.uint64)
        magnitude = (field << np.uint64(bits)) | fraction
        zero = zero | underflow
    else:
        # Below the smallest normal number the unit in the last place stays where it is.
        shift = np.clip(1 - exponent, 0, fraction_bits + 2)
        drop = np.minimum(shift + extra, 63).astype(np.uint64)
        significand = fraction | np.uint64(1 << fraction_bits)
        rounded = round_off(significand, drop, packing.toward_zero)
        field = np.clip(exponent - 1, 0, top).astype(np.uint64)
        # The leading one of a normal significand adds itself to the exponent.
        magnitude = (field << np.uint64(bits)) + rounded
        too_large = exponent > top
    overflow = too_large | (magnitude > np.uint64(format.largest))
    # An operand's infinity is one, or, where the result's format has none, an overflow.
    overflow = overflow & ~infinite if format.has_infinity else overflow | infinite

    if packing.overflow == "saturate":
        magnitude = np.where(overflow, np.uint64(format.largest), magnitude)
    elif packing.overflow == "inf":
        magnitude = np.where(overflow, np.uint64(format.infinity), magnitude)
    else:
        nan = nan | (overflow & ~zero)
    if format.has_infinity:
        magnitude = np.where(infinite, np.uint64(format.infinity), magnitude)
    else:
        zero = zero & ~infinite
    magnitude = np.where(zero, np.uint64(0), magnitude)
    if not format.has_negative_zero:
        negative = negative & (magnitude != 0)
    code = magnitude | (negative.astype(np.uint64) << np.uint64(format.magnitude_bits))
    if format.has_nan:
        code = np.where(nan, np.uint64(format.nan), code)
    return code.astype(code_type(format))


def rounded_sum(
    format: FloatFormat,
    negative: Flags,
    exponent: Integers,
    significand: Bits,
    zero: Flags,
    infinite: Flags,
    nan: Flags,
) -> Codes:
    """The codes of ``(-1)^negative * significand / 2^LEADING * 2^exponent``, as a sum is rounded.

    To nearest even, with gradual underflow; overflow gives infinity, or the largest finite number
    where the format has none.  The significand's leading one is bit :data:`LEADING`, and its last
    bit may be a sticky bit.
    """
    return pack(
        Packing(
            format,
            flush=False,
            overflow="inf" if format.has_infinity else "saturate",
            toward_zero=False,
        ),
        negative,
        exponent + (format.bias or 0),
        significand & np.uint64(2**LEADING - 1),
        LEADING,
        zero,
        infinite,
        nan,
    )
