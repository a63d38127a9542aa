"""How wrong a product is: that of L-Mul, and the rounding of the conventional one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.multiplier.offset import mantissa_sum
from lmul_pe.model.multiplier.specification import Multiplier

LARGEST_BITS = 10
"""Mantissas of more bits have too many pairs; a sample is taken."""

WIDEST_BITS = 24
"""Products of wider mantissas are not exact in float64.  There the rounding error halves with each
bit, and that of L-Mul no longer changes."""

SAMPLE = 2**20
SEED = 2024


@dataclass(frozen=True)
class ProductError:
    """Relative error over uniform mantissas: mean of its size, and of itself (``bias``)."""

    mean: float
    bias: float
    least: float
    greatest: float


def product_errors(format: FloatFormat) -> dict[str, ProductError]:
    """Errors of both kinds of product in ``format``, without overflow or underflow.

    Over every pair of mantissas, or :data:`SAMPLE` random ones above :data:`LARGEST_BITS` bits.
    """
    bits = min(format.mantissa_bits, WIDEST_BITS)
    left_out = format.mantissa_bits - bits
    if bits <= LARGEST_BITS:
        mantissa = np.arange(2**bits, dtype=np.uint64)
        first, second = np.meshgrid(mantissa, mantissa, indexing="ij")
    else:
        first, second = np.random.default_rng(SEED).integers(
            0, 2**bits, size=(2, SAMPLE), dtype=np.uint64
        )
    scale = 2.0**-bits
    product = (1 + first * scale) * (1 + second * scale)
    offset = (Multiplier("lmul", format).offset or 0) >> left_out
    raised, fraction = mantissa_sum(first, second, offset, bits, "integer")
    approximate = (1 + fraction * scale) * 2.0 ** raised.astype(np.float64)
    # A product of 2 or more is rounded to a step twice as wide.
    step = np.where(product >= 2, 2 * scale, scale)
    rounded = np.rint(product / step) * step
    return {
        "lmul": _error(approximate / product - 1),
        "exact": _error((rounded / product - 1) * 2.0**-left_out),
    }


def _error(error: NDArray[np.float64]) -> ProductError:
    return ProductError(
        mean=float(abs(error).mean()),
        bias=float(error.mean()),
        least=float(error.min()),
        greatest=float(error.max()),
    )
