"""Sums of products of 8-bit numbers in a narrow float register, faster than code by code.

The bits are those of :class:`~lmul_pe.model.accumulator.floating.FloatAccumulator`.  Products come
from a table of all pairs of codes; a sum and a product are added in float64, which holds the result
exactly, and rounded once.
"""

from functools import lru_cache
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.accumulator.floating import FloatAccumulator
from lmul_pe.model.accumulator.specification import Accumulator
from lmul_pe.model.format.codec import decode, encode
from lmul_pe.model.format.floating import CATALOG, FloatFormat
from lmul_pe.model.multiplier.specification import Multiplier

from .layers import Array

_WIDEST = 8
_EXACT_BITS = 53


def is_narrow_sum(format: FloatFormat, accumulator: Accumulator) -> bool:
    """Whether :func:`narrow_sums` takes operands of ``format``: the sum of two of their products is
    exact in float64, the register is one that rounds after each addition alone, and what rounds can
    be compiled."""
    product_bits = 2 * (format.greatest_exponent - format.least_exponent + format.mantissa_bits + 2)
    return (
        isinstance(accumulator, FloatAccumulator)
        and (accumulator.fused or _holds_products(accumulator.format, format))
        and accumulator.latency == 1
        and accumulator.format != CATALOG["fp32"]
        and format.width <= _WIDEST
        and product_bits < _EXACT_BITS
        and find_spec("numba") is not None
    )


def _holds_products(register: FloatFormat, format: FloatFormat) -> bool:
    """Whether no product of two numbers of ``format`` is rounded to become one of the register."""
    least = format.least_exponent - format.mantissa_bits
    return (
        register.mantissa_bits > 2 * format.mantissa_bits
        and register.greatest_exponent > 2 * format.greatest_exponent
        and register.least_exponent <= 2 * least
    )


def narrow_sums(multiplier: Multiplier, format: FloatFormat, left: Array, right: Array) -> Array:
    """The matrix product, each sum in order of the inner dimension.

    Parameters
    ----------
    multiplier
        Of one format of operands, its products in fp32.
    format
        Of the register.
    left, right
        ``... x M x K`` and ``... x K x N`` numbers of that format.
    """
    from lmul_pe.model.emulation.nearest import nearest

    products = _products(multiplier)
    a, b = encode(left, multiplier.format), encode(right, multiplier.format)
    sums: NDArray[np.float32] = np.zeros((*left.shape[:-1], right.shape[-1]), dtype=np.float32)
    for k in range(left.shape[-1]):
        terms = products[a[..., :, k, None], b[..., k, None, :]]
        sums = nearest(sums.astype(np.float64) + terms, format, False)
    return sums


@lru_cache(maxsize=8)
def _products(multiplier: Multiplier) -> NDArray[np.float64]:
    """Of every pair of codes."""
    return np.asarray(decode(multiplier.table(), multiplier.format_y), dtype=np.float64)
