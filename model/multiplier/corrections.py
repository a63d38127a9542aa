"""Corrections of L-Mul by the top bits of both mantissas: a constant for each cell of a table."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .offset import LARGEST_FIT, relative_errors
from .rounding import round_off

LARGEST_TABLE_BITS = 4
DIGITS = 2
"""Bits of a correction below those of the mantissas that the table sees; finer ones gain little."""

_DECIMALS = 12
"""To which costs are compared, so that equal ones are equal everywhere."""


@lru_cache(maxsize=64)
def corrections(mantissa_bits: int, table_bits: int) -> NDArray[np.uint64]:
    """What is added to the sum of two mantissas, in units of ``2^-M``, by their top bits.

    Where the table sees whole mantissas, each entry makes the product the real one rounded to
    nearest even.  Otherwise it is the multiple of ``2^-(table_bits + DIGITS)`` with the least mean
    square of the relative error over the pairs of its cell, the smallest of equals; entries for
    more than :data:`~.offset.LARGEST_FIT` mantissa bits are those for so many, scaled up.

    Returns
    -------
    ``2^table_bits x 2^table_bits``: row, the top bits of ``a``; column, those of ``b``.
    """
    found = _rounding(mantissa_bits) if table_bits == mantissa_bits else None
    if found is None:
        found = _fitted(mantissa_bits, table_bits)
    found.setflags(write=False)
    return found


def _rounding(bits: int) -> NDArray[np.uint64]:
    mantissa = np.arange(2**bits, dtype=np.uint64)
    unit = np.uint64(2**bits)
    product = (mantissa[:, None] | unit) * (mantissa | unit)
    doubled = (product >> np.uint64(2 * bits + 1)) != 0
    drop = np.where(doubled, np.uint64(bits + 1), np.uint64(bits))
    # A significand of M + 1 bits, its leading one taken as the exponent's increment.
    rounded = round_off(product, drop, toward_zero=False) - unit
    total = rounded + np.where(doubled, unit, np.uint64(0))
    return np.asarray(total - (mantissa[:, None] + mantissa))


def _fitted(mantissa_bits: int, table_bits: int) -> NDArray[np.uint64]:
    bits = min(mantissa_bits, LARGEST_FIT)
    step = 1 << max(bits - table_bits - DIGITS, 0)
    cells, inside = 2**table_bits, 2 ** (bits - table_bits)
    # A quarter is what the product of two halves is short of.
    tried = np.arange(0, 2**bits // 4 + step, step)
    squares = np.array(
        [
            (relative_errors(bits, int(each)) ** 2)
            .reshape(cells, inside, cells, inside)
            .mean(axis=(1, 3))
            for each in tried
        ]
    )
    best = tried[np.round(squares, _DECIMALS).argmin(axis=0)].astype(np.uint64)
    return np.asarray(best << np.uint64(mantissa_bits - bits))
