"""Encoding of float64 values into codes and back, for any format of up to 64 bits."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmul_pe.model.choices import SpecificationError

from .floating import FloatFormat
from .integer import IntegerFormat

Codes = NDArray[np.unsignedinteger[Any]]
Format: TypeAlias = FloatFormat | IntegerFormat


def code_type(format: Format) -> np.dtype[Any]:
    """The smallest unsigned integer type that holds the codes of ``format``."""
    return next(np.dtype(f"uint{bits}") for bits in (8, 16, 32, 64) if format.width <= bits)


def check_codes(codes: ArrayLike, format: Format, what: str = "codes") -> Codes:
    """``codes`` as an array of :func:`code_type`, refused unless every one is a code of ``format``.

    Raises
    ------
    SpecificationError
        A type other than integers, or a code outside ``0 .. 2^width - 1``.
    """
    array = np.asarray(codes)
    if array.dtype.kind not in "ui":
        hint = "; encode() makes them from float values" if isinstance(format, FloatFormat) else ""
        raise SpecificationError(
            f"{what} of type {array.dtype} are not codes: expected unsigned integers "
            f"of {format.width} bits ({format.name}){hint}"
        )
    target = code_type(format)
    fits = array.dtype.kind == "u" and array.dtype.itemsize * 8 <= format.width
    if array.size and not fits:
        for extreme in (int(array.min()), int(array.max())):
            if not 0 <= extreme < 2**format.width:
                raise SpecificationError(
                    f"{what} {extreme} is outside {format.name}: expected 0 to "
                    f"{2**format.width - 1:#x}"
                )
    return array.astype(target, copy=False)


def check_operands(
    a: ArrayLike, b: ArrayLike, format_a: Format, format_b: Format
) -> tuple[Codes, Codes]:
    """:func:`check_codes` of two operands, broadcast to one shape.

    Raises
    ------
    SpecificationError
        Besides those of :func:`check_codes`, shapes that do not broadcast together.
    """
    first = check_codes(a, format_a, "codes a")
    second = check_codes(b, format_b, "codes b")
    try:
        first, second = np.broadcast_arrays(first, second)
    except ValueError:
        raise SpecificationError(
            f"codes a of shape {first.shape} and b of shape {second.shape} do not pair: "
            "expected shapes that broadcast together"
        ) from None
    return first, second


def decode(codes: ArrayLike, format: FloatFormat) -> NDArray[np.float64]:
    """The float64 values of ``codes``, element by element, of the same shape.

    Exact for every format of up to 10 exponent bits and the usual bias, and ``ieee`` ones of 11;
    elsewhere what lies beyond float64's range becomes infinite or zero.  NaN codes give NaN,
    without sign or payload.
    """
    array = check_codes(codes, format).astype(np.uint64)
    mantissa_bits = format.mantissa_bits
    magnitude = array & np.uint64(2**format.magnitude_bits - 1)
    exponent = (magnitude >> np.uint64(mantissa_bits)).astype(np.int64)
    mantissa = magnitude & np.uint64(2**mantissa_bits - 1)
    hidden = np.where(exponent > 0, np.uint64(2**mantissa_bits), np.uint64(0))
    scale = np.maximum(exponent, 1) - (format.bias or 0) - mantissa_bits
    with np.errstate(over="ignore", under="ignore"):
        value = np.ldexp((mantissa | hidden).astype(np.float64), scale)
    if format.specials == "ieee":
        infinity = np.uint64(format.infinity)
        value = np.where(magnitude == infinity, np.inf, value)
        value = np.where(magnitude > infinity, np.nan, value)
    elif format.specials == "fn":
        value = np.where(magnitude == np.uint64(format.nan), np.nan, value)
    negative = (array >> np.uint64(format.magnitude_bits)) != 0
    value = np.where(negative, -value, value)
    if format.specials == "fnuz":
        value = np.where(array == np.uint64(format.nan), np.nan, value)
    return np.asarray(value)


def encode(values: ArrayLike, format: FloatFormat, saturate: bool | None = None) -> Codes:
    """The codes nearest to ``values``, ties to even, with gradual underflow.

    Parameters
    ----------
    values
        Real numbers of any shape; converted to float64.
    format
        The format of the codes.
    saturate
        What happens to numbers that round beyond the largest finite one.  True: they become it;
        False: infinity, or NaN where the format has no infinity.  By default (None) infinity where
        the format has one, else the largest finite number.  Infinite values become infinity where
        the format has one whatever is chosen, and otherwise follow the same rule.

    Raises
    ------
    SpecificationError
        A NaN, or ``saturate=False`` with an overflow, where the format can express neither.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "fiu":
        raise SpecificationError(f"values of type {array.dtype} are not real numbers")
    value = array.astype(np.float64)
    if saturate is None:
        saturate = not format.has_infinity
    bias, mantissa_bits = format.bias or 0, format.mantissa_bits

    bits = value.view(np.uint64)
    negative = (bits >> np.uint64(63)) != 0
    # Beyond every exponent of the format by far, so that the integer arithmetic below cannot wrap.
    fraction, exponent = np.frexp(np.abs(value))
    finite = np.isfinite(value)
    fraction = np.where(finite, fraction, 0.5)
    exponent = np.where(finite, exponent, 0).astype(np.int64)
    significand = np.ldexp(fraction, 53).astype(np.uint64)

    # The unit in the last place is that of the smallest normal number below it.
    lowest = 1 - bias - mantissa_bits
    unit = np.maximum(exponent - 1 - mantissa_bits, lowest)
    drop = np.clip(unit - (exponent - 53), 0, 63).astype(np.uint64)
    kept = significand >> drop
    rest = significand & ((np.uint64(1) << drop) - np.uint64(1))
    half = (np.uint64(1) << drop) >> np.uint64(1)
    up = (rest > half) | ((rest == half) & (half != 0) & ((kept & np.uint64(1)) != 0))
    rounded = kept + up.astype(np.uint64)
    # A significand that rounds up to the next power of two carries into the exponent by itself.
    field = np.where(unit > lowest, unit - lowest, 0)
    too_large = field > format.largest >> mantissa_bits
    field = np.where(too_large, 0, field)
    magnitude = (field.astype(np.uint64) << np.uint64(mantissa_bits)) + rounded
    overflow = finite & (value != 0) & (too_large | (magnitude > np.uint64(format.largest)))
    magnitude = np.where(value == 0, np.uint64(0), magnitude)

    infinite = np.isinf(value)
    invalid = np.isnan(value)
    if format.has_infinity:
        magnitude = np.where(infinite, np.uint64(format.infinity), magnitude)
    else:
        overflow |= infinite
    if saturate:
        magnitude = np.where(overflow, np.uint64(format.largest), magnitude)
    elif format.has_infinity:
        magnitude = np.where(overflow, np.uint64(format.infinity), magnitude)
    else:
        invalid |= overflow
    if np.any(invalid) and not format.has_nan:
        shown = value[invalid].flat[0]
        raise SpecificationError(
            f"value {shown} has no code in {format.name}, which has neither infinity nor NaN"
            + ("" if saturate else "; saturate=True gives the largest finite number")
        )
    sign = negative & (format.has_negative_zero | (magnitude != 0))
    code = magnitude | (sign.astype(np.uint64) << np.uint64(format.magnitude_bits))
    if format.has_nan:
        code = np.where(invalid, np.uint64(format.nan), code)
    return np.asarray(code).astype(code_type(format))
