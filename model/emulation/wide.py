"""Sums in fp32 of products of any exponent: compiled, in order of the inner dimension.

Products are float64 numbers, whose fields have room for the exponent of every one of two fp32
numbers.  A sum of two numbers of 24 bits that is rounded to float64 first and to fp32 then is the
one rounded at once (Figueroa, "When is double rounding innocuous?", 1995), so that every addition
is the accumulator's.
"""

import numpy as np

from lmul_pe.model.compiler import compiled

_UNIT = 1 << 52
_MANTISSA = _UNIT - 1
_SPECIAL = 0x7FF << 52
_BIAS = 1023 << 52
_DROPPED = 29
"""Bits of a float64 mantissa that fp32 has not."""


@compiled
def integer_sums(a, b, offset, sums):  # type: ignore[no-untyped-def]
    """Add L-Mul products with integer carry to ``sums``.

    Parameters
    ----------
    a, b
        ``M x K`` and ``K x N`` float32 numbers, subnormal ones of the format flushed already if it
        flushes.
    offset
        The constant, in units of 2^-52.
    sums
        ``M x N`` float32 numbers, changed in place.
    """
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            x = np.float64(a[i, k])
            row = x.view(np.int64)
            plain = x != 0 and (row & _SPECIAL) != _SPECIAL
            for j in range(b.shape[1]):
                y = np.float64(b[k, j])
                column = y.view(np.int64)
                product = np.int64(row + column + (offset - _BIAS)).view(np.float64)
                if not plain or y == 0 or (column & _SPECIAL) == _SPECIAL:
                    # Zeros, infinities and NaN multiply as in IEEE 754.
                    product = x * y
                sums[i, j] = np.float32(np.float64(sums[i, j]) + product)


@compiled
def equation_sums(a, b, offset, kept, sums):  # type: ignore[no-untyped-def]
    """Add L-Mul products by Equation 1 to ``sums``.

    Parameters
    ----------
    a, b, sums
        As of :func:`integer_sums`.
    offset
        The constant, in units of 2^-52.
    kept
        Mask of the bits of a mantissa that the products have.
    """
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            x = np.float64(a[i, k])
            row = x.view(np.int64)
            plain = x != 0 and (row & _SPECIAL) != _SPECIAL
            row_mantissa = (row & _MANTISSA) + offset
            row_rest = (row & ~_MANTISSA) - _BIAS
            for j in range(b.shape[1]):
                y = np.float64(b[k, j])
                column = y.view(np.int64)
                mantissa = row_mantissa + (column & _MANTISSA)
                if mantissa >= _UNIT:
                    mantissa = (((mantissa - _UNIT) >> 1) & kept) + _UNIT
                product = np.int64(row_rest + (column & ~_MANTISSA) + mantissa).view(np.float64)
                if not plain or y == 0 or (column & _SPECIAL) == _SPECIAL:
                    product = x * y
                sums[i, j] = np.float32(np.float64(sums[i, j]) + product)


@compiled
def exact_sums(a, b, sums):  # type: ignore[no-untyped-def]
    """Add exact products, rounded to 24 bits, to ``sums``.

    Parameters
    ----------
    a, b, sums
        As of :func:`integer_sums`.
    """
    half = np.int64((1 << (_DROPPED - 1)) - 1)
    kept = ~np.int64((1 << _DROPPED) - 1)
    for i in range(a.shape[0]):
        for k in range(a.shape[1]):
            x = np.float64(a[i, k])
            for j in range(b.shape[1]):
                bits = np.float64(x * np.float64(b[k, j])).view(np.int64)
                bits = (bits + half + ((bits >> _DROPPED) & 1)) & kept
                product = np.int64(bits).view(np.float64)
                sums[i, j] = np.float32(np.float64(sums[i, j]) + product)
