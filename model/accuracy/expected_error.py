"""The paper's own measure of precision, its Table 7: the mean signed error of products of operands
that are truncated to their top bits, in units of ``2^(xe + ye)``."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.multiplier.offset import carried_sum, paper_offset

KEPT = (2, 3, 4, 6)
"""Bits that operands are truncated to."""

MANTISSA_BITS = 7
"""Of the operands: those of bf16."""

EVEN, WEIGHTS = "even distribution", "real weights"

PRINTED: Mapping[str, Mapping[str, tuple[float, ...]]] = {
    EVEN: {"multiply": (0.35, 0.17, 0.081, 0.012), "L-Mul": (0.43, 0.30, 0.24, 0.19)},
    WEIGHTS: {"multiply": (0.33, 0.16, 0.077, 0.011), "L-Mul": (0.18, 0.18, 0.12, 0.14)},
}
"""What the paper prints, by the mantissas and by the product, one to each of :data:`KEPT` (arXiv
2410.00907v2, Table 7)."""

FIXED_POWER = 4
"""The power of two of a constant that does not go by the bits that are kept."""


def expected_errors(kept: int, weights: NDArray[np.float64] | None = None) -> dict[str, float]:
    """The mean of the real product less the approximate one, by what approximates it.

    ``multiply`` is the exact product of the truncated operands.  ``equation`` is Eq. 1 as printed,
    a sum that is not normalised, and ``integer`` the integer addition of Eq. 2; both with the
    constant ``2^-l(k)`` that the paper defines for ``k`` bits, or ``2^-4`` for all.

    Parameters
    ----------
    weights
        How frequent each of the ``2^7`` mantissas is; equally by default.
    """
    count = 2**MANTISSA_BITS
    share = np.full(count, 1 / count) if weights is None else weights / weights.sum()
    mantissa = np.arange(count)
    stored = mantissa >> (MANTISSA_BITS - kept)
    scale = 2.0**-kept
    significand = 1 + mantissa / count
    real = np.outer(significand, significand)
    total = stored[:, None] + stored

    def mean(product: NDArray[np.float64]) -> float:
        return float(share @ (real - product) @ share)

    cut = 1 + stored * scale
    found = {"multiply": mean(np.outer(cut, cut))}
    for words, constant in (
        ("2^-l(k)", paper_offset(kept) * scale),
        ("2^-4", 2.0**-FIXED_POWER),
    ):
        found[f"equation, {words}"] = mean(1 + total * scale + constant)
        # In units that the constant is a whole number of.
        fine = max(FIXED_POWER, kept)
        sums = (total << (fine - kept)) + round(constant * 2**fine)
        raised, fraction = carried_sum(sums, fine)
        found[f"integer, {words}"] = mean(np.ldexp(1 + fraction * 2.0**-fine, raised))
    return found
