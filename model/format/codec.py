"""Encoding of float64 values into codes and back, for any format of up to 64 bits."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmul_pe.model.choices import SpecificationError, WrongTypeError

from .floating import FloatFormat, float_format
from .integer import IntegerFormat

Codes = NDArray[np.unsignedinteger[Any]]
Format: TypeAlias = FloatFormat | IntegerFormat

_TABLE_BITS = 16
_CHUNK = 1 << 14


def code_type(format: Format) -> np.dtype[Any]:
    """The smallest unsigned integer type that holds the codes of ``format``."""
    return next(np.dtype(f"uint{bits}") for bits in (8, 16, 32, 64) if format.width <= bits)


def check_codes(codes: ArrayLike, format: Format, what: str = "codes") -> Codes:
    """``codes`` as an array of :func:`code_type`, refused unless every one is a code of ``format``.

    Raises
    ------
    SpecificationError
        A type other than integers, which is a :class:`TypeError`, too, or a code outside
        ``0 .. 2^width - 1``.
    """
    array = np.asarray(codes)
    if array.dtype.kind not in "ui":
        hint = "; encode() makes them from float values" if isinstance(format, FloatFormat) else ""
        raise WrongTypeError(
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


def decode(codes: ArrayLike, format: FloatFormat | str) -> NDArray[np.float64]:
    """The float64 values of ``codes``, element by element, of the same shape.

    Exact for every format of up to 10 exponent bits and the usual bias, and ``ieee`` ones of 11;
    elsewhere what lies beyond float64's range becomes infinite or zero.  NaN codes give NaN,
    without sign or payload.

    Parameters
    ----------
    format
        The format of the codes, or its name.

    Raises
    ------
    SpecificationError
        As of :func:`check_codes`, or no such format.
    """
    resolved = float_format(format)
    array = check_codes(codes, resolved)
    if resolved.width <= _TABLE_BITS and array.size > 2**resolved.width:
        return np.take(_value_table(resolved), array)
    result = np.empty(array.shape, dtype=np.float64)
    for part, values in _chunks(array, result):
        values[...] = _decoded(part, resolved)
    return result


@lru_cache(maxsize=16)
def _value_table(format: FloatFormat) -> NDArray[np.float64]:
    """The value of every code."""
    return _decoded(np.arange(2**format.width, dtype=code_type(format)), format)


def _chunks(source: NDArray[Any], target: NDArray[Any]) -> Iterator[tuple[NDArray[Any], Any]]:
    """Parts of two flat arrays that stay in the processor's cache, which is several times faster.

    ``target`` is contiguous.
    """
    flat_source, flat_target = source.reshape(-1), target.reshape(-1)
    for start in range(0, source.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        yield flat_source[part], flat_target[part]


def _decoded(codes: Codes, format: FloatFormat) -> NDArray[np.float64]:
    array = codes.astype(np.uint64)
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


def encode(values: ArrayLike, format: FloatFormat | str, saturate: bool | None = None) -> Codes:
    """The codes nearest to ``values``, ties to even, with gradual underflow.

    Parameters
    ----------
    values
        Real numbers of any shape; converted to float64.
    format
        The format of the codes, or its name.
    saturate
        What happens to numbers that round beyond the largest finite one.  True: they become it;
        False: infinity, or NaN where the format has no infinity.  By default (None) infinity where
        the format has one, else the largest finite number.  Infinite values become infinity where
        the format has one whatever is chosen, and otherwise follow the same rule.

    Raises
    ------
    SpecificationError
        Values of another type, which is a :class:`TypeError`, too; no such format; a NaN, or
        ``saturate=False`` with an overflow, where the format can express neither.
    """
    resolved = float_format(format)
    array = np.asarray(values)
    if array.dtype.kind not in "fiu":
        raise WrongTypeError(
            f"values of type {array.dtype} are not real numbers: pass an array of floats or "
            "integers"
        )
    result = np.empty(array.shape, dtype=code_type(resolved))
    for part, codes in _chunks(array, result):
        codes[...] = _encoded(part.astype(np.float64), resolved, saturate)
    return result


def _encoded(value: NDArray[np.float64], format: FloatFormat, saturate: bool | None) -> Codes:
    if saturate is None:
        saturate = not format.has_infinity
    magnitude = np.abs(value)
    code = _rounded(magnitude, format)
    infinite, invalid = np.isinf(magnitude), np.isnan(magnitude)
    overflow = (code > np.uint64(format.largest)) | infinite
    if overflow.any():
        if saturate:
            code = np.where(overflow, np.uint64(format.largest), code)
        elif not format.has_infinity:
            invalid |= overflow
        if format.has_infinity:
            code = np.where(infinite if saturate else overflow, np.uint64(format.infinity), code)
    unknown = invalid.any()
    if unknown and not format.has_nan:
        shown = value[invalid].flat[0]
        raise SpecificationError(
            f"value {shown} has no code in {format.name}, which has neither infinity nor NaN"
            + ("" if saturate else "; saturate=True gives the largest finite number")
        )
    negative = np.signbit(value)
    if not format.has_negative_zero:
        negative &= code != 0
    code |= negative.astype(np.uint64) << np.uint64(format.magnitude_bits)
    if unknown:
        code = np.where(invalid, np.uint64(format.nan), code)
    return code.astype(code_type(format))


_DOUBLE = FloatFormat(11, 52)
_RAISED = 100
"""By so many powers of two every subnormal float64 becomes normal."""


def _rounded(magnitude: NDArray[np.float64], format: FloatFormat) -> NDArray[np.uint64]:
    """Codes nearest to finite numbers of 0 or more, without regard to the largest one.

    Fields of a float64 are those of the format but for the bias and the length of the mantissa, so
    that an integer addition rounds; a carry out of the mantissa goes into the exponent by itself.
    """
    bias, mantissa_bits = format.bias or 0, format.mantissa_bits
    bits = magnitude.view(np.uint64)
    if bias > (_DOUBLE.bias or 0):
        # What is subnormal as a float64 may be normal here.
        with np.errstate(over="ignore"):
            raised = (magnitude * 2.0**_RAISED).view(np.uint64)
        raised -= np.uint64(_RAISED << _DOUBLE.mantissa_bits)
        bits = np.where(magnitude < 2.0**-_RAISED, raised, bits)
    rebias = (bias - (_DOUBLE.bias or 0)) << _DOUBLE.mantissa_bits
    code = bits + np.uint64(rebias % 2**64)
    drop = np.uint64(_DOUBLE.mantissa_bits - mantissa_bits)
    if drop:
        odd = code >> drop
        odd &= np.uint64(1)
        code += odd
        code += np.uint64((1 << int(drop) - 1) - 1)
        code >>= drop
    small = magnitude < np.ldexp(1.0, 1 - bias)
    if small.any():
        # Subnormal numbers are multiples of the smallest one.
        multiples = np.rint(np.ldexp(magnitude[small], bias - 1 + mantissa_bits))
        code[small] = multiples.astype(np.uint64)
    return code
