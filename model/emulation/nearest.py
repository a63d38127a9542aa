"""Values rounded into a format, as :func:`~lmul_pe.model.format.codec.encode` does: compiled."""

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.compiler import compiled
from lmul_pe.model.format.codec import code_type, decode, encode
from lmul_pe.model.format.floating import CATALOG, FloatFormat

_BIAS = 1023
_SPECIAL = 0x7FF
_PART = 4096


def nearest(
    values: NDArray[Any], format: FloatFormat, flush: bool, saturate: bool = False
) -> NDArray[np.float32]:
    """The numbers that the codes of ``values`` stand for; with ``flush`` zeros for subnormal ones.

    Parameters
    ----------
    format
        One whose numbers are all of float32.
    saturate
        Whether the largest number stands for all that round beyond it; otherwise infinity does,
        where the format has one.

    Returns
    -------
    The array itself where they are all numbers of the format.

    Raises
    ------
    SpecificationError
        As of :func:`~lmul_pe.model.format.codec.encode`.
    """
    if not format.has_nan and np.isnan(values).any():
        encode(values, format)
    numbers = np.ascontiguousarray(values)
    if numbers.dtype != np.float32:
        numbers = numbers.astype(np.float64)
    elif _holds(numbers.reshape(-1), *_patterns(format, flush)):
        return numbers
    result = np.empty(numbers.shape, dtype=np.float32)
    largest = _largest(format)
    infinity = np.inf if format.has_infinity else largest
    _round(
        numbers.reshape(-1),
        format.mantissa_bits,
        1 - (format.bias or 0),
        format.greatest_exponent,
        largest,
        largest if saturate else infinity,
        infinity,
        flush,
        format.has_negative_zero,
        result.reshape(-1),
    )
    return result


@cache
def _largest(format: FloatFormat) -> float:
    return float(decode(np.array(format.largest, dtype=code_type(format)), format))


@cache
def _patterns(format: FloatFormat, flush: bool) -> tuple[int, int, int]:
    """Bits of a float32 that numbers of the format have not; magnitudes from which on, and up to
    which all others are numbers of it."""
    dropped = CATALOG["fp32"].mantissa_bits - format.mantissa_bits
    # Subnormal numbers have fewer bits, so that a format's own are left to be rounded.
    own = 1 - (format.bias or 0) if flush or format != CATALOG["fp32"] else -149
    least, largest = np.array([2.0**own, _largest(format)], dtype=np.float32).view(np.int32)
    return (1 << dropped) - 1, int(least), int(largest)


@compiled
def _holds(values, dropped, least, largest):  # type: ignore[no-untyped-def]
    """Whether all values are positive zeros or numbers of a format already."""
    bits = values.view(np.int32)
    dropped, least, largest = np.int32(dropped), np.int32(least), np.int32(largest)
    for start in range(0, len(bits), _PART):
        other = np.int32(0)
        part = bits[start : start + _PART]
        for index in range(len(part)):
            magnitude = part[index] & np.int32(0x7FFFFFFF)
            outside = (magnitude < least) | (magnitude > largest)
            other |= np.int32(((magnitude & dropped) != 0) | (outside & (part[index] != 0)))
        if other:
            return False
    return True


@compiled
def _round(  # type: ignore[no-untyped-def]
    values, mantissa_bits, low, high, largest, beyond, infinity, flush, signed, result
):
    """Round each value to a multiple of the unit of its last place, ties to even.

    Parameters
    ----------
    low, high
        Least and greatest exponent of a normal number.
    largest, beyond
        The largest number, and what stands for those that round beyond it.
    infinity
        What stands for an infinite one.
    """
    least = 2.0**low
    for index in range(len(values)):
        value = np.float64(values[index])
        bits = value.view(np.int64)
        exponent = ((bits >> 52) & _SPECIAL) - _BIAS
        exponent = min(max(exponent, low), high + 1)
        # A number of 53 bits whose last place is that unit: adding it rounds.
        unit = np.int64(((exponent + 52 - mantissa_bits + _BIAS) << 52) | (1 << 51)).view(
            np.float64
        )
        size = abs(value)
        rounded = (size + unit) - unit
        if rounded > largest:
            rounded = beyond if size < np.inf else infinity
        if not signed and rounded == 0:
            value = np.float64(0)
        if flush and rounded < least:
            rounded = np.float64(0)
        result[index] = np.float32(np.copysign(rounded, value))
