"""The constant that L-Mul adds in place of the mantissa product: the paper's, or a fitted one."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmul_pe.model.choices import SpecificationError, unknown_choice

CRITERIA = ("bias", "mean", "square")
LARGEST_FIT = 8
"""Mantissa bits up to which every pair of mantissas is tried; a fit for more is scaled up."""


def paper_offset(mantissa_bits: int) -> int:
    """The paper's constant ``2^-l(M)`` in units of ``2^-M`` (arXiv 2410.00907, Eq. 1).

    ``l(M)`` is M up to 3 mantissa bits, 3 for 4 bits and 4 for more.
    """
    power = {1: 1, 2: 2, 3: 3, 4: 3}.get(mantissa_bits, 4)
    return 1 << (mantissa_bits - power)


def mantissa_sum(
    first: NDArray[Any], second: NDArray[Any], offset: int, mantissa_bits: int, carry: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The exponent's increment (0, 1 or 2) and the mantissa that L-Mul makes of two mantissas.

    ``carry="integer"`` is the integer addition of Eq. 2; ``carry="equation"`` normalises the sum of
    Eq. 1, ``1 + x + y + 2^-l``, and drops the bit shifted out.
    """
    if carry not in ("integer", "equation"):
        raise unknown_choice("carry", carry, ("integer", "equation"))
    unit = first.dtype.type(1 << mantissa_bits)
    total = first + second + first.dtype.type(offset)
    if carry == "integer":
        return total >> first.dtype.type(mantissa_bits), total & (unit - first.dtype.type(1))
    carried = total >= unit
    halved = (total - unit) >> first.dtype.type(1)
    return carried.astype(first.dtype), np.where(carried, halved, total)


def relative_errors(mantissa_bits: int, offset: int, carry: str = "integer") -> NDArray[np.float64]:
    """Relative error of L-Mul against the real product, for every pair of mantissas.

    Returns a ``2^M x 2^M`` array: row, the mantissa of ``a``; column, that of ``b``.
    """
    mantissa = np.arange(2**mantissa_bits, dtype=np.uint64)
    first, second = np.meshgrid(mantissa, mantissa, indexing="ij")
    raised, fraction = mantissa_sum(first, second, offset, mantissa_bits, carry)
    scale = 2.0**-mantissa_bits
    approximate = (1 + fraction * scale) * 2.0 ** raised.astype(np.float64)
    return np.asarray(approximate / ((1 + first * scale) * (1 + second * scale)) - 1)


def fit_offset(
    mantissa_bits: int,
    criterion: str = "mean",
    histogram: ArrayLike | None = None,
    carry: str = "integer",
) -> int:
    """The constant, in units of ``2^-M``, whose relative error is least.

    Parameters
    ----------
    mantissa_bits
        M.  Above :data:`LARGEST_FIT` the fit is made for that many bits and scaled up.
    criterion
        ``"bias"``: least absolute mean error; ``"mean"``: least mean absolute error;
        ``"square"``: least mean square error.
    histogram
        Weight of each mantissa of the operands, ``2^min(M, LARGEST_FIT)`` non-negative numbers;
        uniform by default.
    carry
        ``"integer"`` or ``"equation"``.

    Raises
    ------
    SpecificationError
        An unknown criterion, or a histogram of the wrong length or without weight.
    """
    if criterion not in CRITERIA:
        raise unknown_choice("criterion", criterion, CRITERIA)
    bits = min(mantissa_bits, LARGEST_FIT)
    weights = np.ones(2**bits) if histogram is None else np.asarray(histogram, dtype=np.float64)
    if weights.shape != (2**bits,) or not (weights >= 0).all() or not 0 < weights.sum() < np.inf:
        raise SpecificationError(
            f"histogram of shape {weights.shape} does not weigh the mantissas: expected {2**bits} "
            "non-negative numbers, not all zero"
        )
    pair_weights = np.outer(weights, weights) / weights.sum() ** 2

    def cost(offset: int) -> float:
        error = relative_errors(bits, offset, carry)
        if criterion == "bias":
            return abs(float((error * pair_weights).sum()))
        size = np.abs(error) if criterion == "mean" else error**2
        return float((size * pair_weights).sum())

    # The product of two mantissas is below a quarter of the way to the next power of two
    # (1.5 * 1.5 = 2.25 against 2), so that no better constant lies above it.
    best = min(range(2**bits if carry == "equation" else 2**bits // 4 + 2), key=cost)
    return best << (mantissa_bits - bits)
