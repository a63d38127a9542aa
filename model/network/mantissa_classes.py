"""Matrix products of any kind of multiplier by those of BLAS, one for each mantissa.

Of numbers of M mantissa bits a product is a power of two times what the kind makes of both
mantissas.  The left operand is split by its ``2^M`` mantissas into matrices of signed powers of
two; each is multiplied by the right operand with its mantissas replaced by those products.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.format.codec import decode, encode
from lmul_pe.model.multiplier.specification import Multiplier

from .layers import Array

MOST_BITS = 4
"""Mantissa bits up to which this is faster than one product after the other."""


def product_by_mantissas(multiplier: Multiplier, left: Array, right: Array) -> Array:
    """The matrix product, sums in fp32 in the order of mantissas, then that of BLAS.

    Parameters
    ----------
    multiplier
        Of one format of operands, whose normal numbers and zeros the operands are, and of so wide a
        range that no product leaves it.
    left, right
        ``... x M x K`` and ``... x K x N``.

    Raises
    ------
    SpecificationError
        An operand is not finite.
    """
    table = _products(multiplier)
    sums: Array | None = None
    powers, place = _split(left, multiplier.mantissa_bits)
    others, column = _split(right, multiplier.mantissa_bits)
    for mantissa, products in enumerate(table):
        part = np.matmul(np.where(place == mantissa, powers, 0), others * products[column])
        sums = part if sums is None else sums + part
    assert sums is not None
    return sums


@lru_cache(maxsize=16)
def _products(multiplier: Multiplier) -> Array:
    """What the kind makes of two numbers from 1 to 2, by both mantissas."""
    numbers = 1 + np.arange(2**multiplier.mantissa_bits) / 2**multiplier.mantissa_bits
    codes = encode(numbers, multiplier.format)
    products = decode(multiplier(codes[:, None], codes[None, :]), multiplier.format_y)
    return products.astype(np.float32)


def require_finite(values: Array) -> None:
    """Refuse infinities and NaN.

    Raises
    ------
    SpecificationError
        There is one.
    """
    finite = np.isfinite(values)
    if not finite.all():
        raise SpecificationError(
            f"an operand holds {values[~finite].flat[0]}: expected finite numbers, as it is scaled "
            "or multiplied by a table"
        )


def _split(values: Array, bits: int) -> tuple[Array, NDArray[np.intp]]:
    """Signed powers of two, and mantissas as integers; of a zero, zero and any mantissa."""
    require_finite(values)
    fraction, exponent = np.frexp(values)
    powers = np.ldexp(np.sign(fraction), exponent - 1)
    mantissa = (2 * np.abs(fraction) - 1) * 2**bits
    return powers, np.where(fraction == 0, 0, mantissa).astype(np.intp)
