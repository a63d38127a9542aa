"""The constant that L-Mul adds in place of the mantissa product: the paper's, or a fitted one."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmul_pe.model.choices import SpecificationError, unknown_choice

CRITERIA = ("bias", "mean", "square")
FITTED: Mapping[str, str] = {
    "fitted": "bias",
    "fitted_mean": "mean",
    "fitted_square": "square",
}
"""The criterion of each offset that is fitted to uniform mantissas, by the offset's name."""
STORED = ("exact", "truncated", "rounded")
"""How the mantissas of operands came to have their few bits."""
LARGEST_FIT = 8
"""Mantissa bits up to which every constant is tried on every pair of mantissas."""
CUT_BITS = 4
"""Bits that stored mantissas have lost, where they are not exact; fewer of wide ones."""
REFINED_FIT = 10
"""Mantissa bits up to which the neighbours of the constant found so are tried; a fit for more is
scaled up."""


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
        return carried_sum(total, mantissa_bits)
    carried = total >= unit
    halved = (total - unit) >> first.dtype.type(1)
    return carried.astype(first.dtype), np.where(carried, halved, total)


def carried_sum(total: NDArray[Any], mantissa_bits: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """A sum of mantissas as the exponent's increment, which its carry is, and a mantissa."""
    one = total.dtype.type(1)
    places = total.dtype.type(mantissa_bits)
    return total >> places, total & ((one << places) - one)


def relative_errors(mantissa_bits: int, offset: int, carry: str = "integer") -> NDArray[np.float64]:
    """Relative error of L-Mul against the real product, for every pair of mantissas.

    Returns a ``2^M x 2^M`` array: row, the mantissa of ``a``; column, that of ``b``.
    """
    significand = 1 + np.arange(2**mantissa_bits) * 2.0**-mantissa_bits
    product = significand[:, None] * significand
    return np.asarray(_approximate(mantissa_bits, offset, carry) / product - 1)


def _approximate(bits: int, offset: int, carry: str) -> NDArray[np.float64]:
    """The product of every pair of significands by L-Mul."""
    mantissa = np.arange(2**bits, dtype=np.uint64)
    raised, fraction = mantissa_sum(mantissa[:, None], mantissa[None, :], offset, bits, carry)
    return np.asarray(np.ldexp(1 + fraction * 2.0**-bits, raised.astype(np.intc)))


def fit_offset(
    mantissa_bits: int,
    criterion: str = "mean",
    histogram: ArrayLike | None = None,
    carry: str = "integer",
    stored: str = "exact",
) -> int:
    """The constant, in units of ``2^-M``, whose relative error is least.

    Parameters
    ----------
    mantissa_bits
        M.  Above :data:`LARGEST_FIT` the fit is made for that many bits, refined in
        :data:`REFINED_FIT`, and scaled up.
    criterion
        ``"bias"``: least absolute mean error; ``"mean"``: least mean absolute error;
        ``"square"``: least mean square error.
    histogram
        Weight of each mantissa of the operands, ``2^min(M, LARGEST_FIT)`` non-negative numbers;
        uniform by default.
    carry
        ``"integer"`` or ``"equation"``.
    stored
        What the error is against: ``"exact"``, the product of the mantissas; ``"truncated"`` or
        ``"rounded"``, that of numbers with :data:`CUT_BITS` more bits, uniform within those that
        are stored as the same mantissa.

    Raises
    ------
    SpecificationError
        An unknown criterion or way of storing, or a histogram of the wrong length or without
        weight.
    """
    if stored not in STORED:
        raise unknown_choice("stored", stored, STORED)
    if criterion not in CRITERIA:
        raise unknown_choice("criterion", criterion, CRITERIA)
    bits = min(mantissa_bits, LARGEST_FIT)
    weights = np.ones(2**bits) if histogram is None else np.asarray(histogram, dtype=np.float64)
    if weights.shape != (2**bits,) or not (weights >= 0).all() or not 0 < weights.sum() < np.inf:
        raise SpecificationError(
            f"histogram of shape {weights.shape} does not weigh the mantissas: expected {2**bits} "
            "non-negative numbers, not all zero"
        )
    normalised = weights / weights.sum()
    # The product of two mantissas is below a quarter of the way to the next power of two
    # (1.5 * 1.5 = 2.25 against 2), so that no better constant lies above it, be it that of operands
    # that lost bits: truncated ones are up to two units too small.
    tried = range(2**bits if carry == "equation" else 2**bits // 4 + 2)
    best = min(tried, key=_costs(bits, criterion, normalised, carry, stored))
    finer = min(mantissa_bits, REFINED_FIT)
    if finer > bits:
        unit = 1 << (finer - bits)
        near = range(max(best - 1, 0) * unit, min(best + 2, 2**bits) * unit)
        spread = np.repeat(normalised / unit, unit)
        best = min(near, key=_costs(finer, criterion, spread, carry, stored))
    return best << (mantissa_bits - finer)


def _costs(
    bits: int, criterion: str, weights: NDArray[np.float64], carry: str, stored: str
) -> Callable[[int], float]:
    """From a constant to what is to be least, for mantissas of these weights."""
    parts = _parts(bits, stored)
    # The numbers behind every mantissa, one of each in every row.
    inverse = 1 / parts

    def cost(offset: int) -> float:
        approximate = _approximate(bits, offset, carry)
        if criterion == "bias":
            mean = weights * inverse.mean(axis=0)
            return abs(float(mean @ approximate @ mean) - 1)
        if criterion == "square":
            first, second = weights * inverse.mean(axis=0), weights * (inverse**2).mean(axis=0)
            # The mean square, less 1 that all constants share.
            return float(second @ approximate**2 @ second - 2 * first @ approximate @ first)
        return sum(
            float(weights @ np.abs(approximate * np.outer(row, column) - 1) @ weights)
            for row in inverse
            for column in inverse
        )

    return cost


def _parts(bits: int, stored: str) -> NDArray[np.float64]:
    """The significands of the numbers that are stored as each mantissa: ``parts x 2^bits``."""
    significand = 1 + np.arange(2**bits) * 2.0**-bits
    if stored == "exact":
        return significand[None, :]
    count = 2 ** min(CUT_BITS, REFINED_FIT + 1 - bits)
    # The middles of equal parts of a unit, from the mantissa on, or around it.
    place = (np.arange(count) + 0.5) / count - (0.5 if stored == "rounded" else 0.0)
    return np.asarray(significand + place[:, None] * 2.0**-bits)


@lru_cache
def fitted_offset(mantissa_bits: int, name: str, carry: str) -> int:
    """The constant that is called ``name``, one of :data:`FITTED`."""
    return fit_offset(mantissa_bits, FITTED[name], carry=carry)
