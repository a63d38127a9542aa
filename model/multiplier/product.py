"""Products that are accumulated: exact, of any exponent, without overflow or underflow."""

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from .operands import Bits, Flags, Integers, Operand
from .rounding import leading_bit, round_off


@dataclass(frozen=True)
class Product:
    """``(-1)^negative * significand * 2^exponent``, element by element.

    Where a flag is set, significand and exponent mean nothing: NaN stands before infinity, and that
    before zero.  ``scale`` is the exponent by which an aligned accumulator goes: the sum of the
    operands' exponents for an exact product, whose value may then be 4 times as much or less; that
    of the leading one for an L-Mul's.  The other accumulators need none.
    """

    negative: Flags
    significand: Bits
    exponent: Integers
    zero: Flags
    infinite: Flags
    nan: Flags
    scale: Integers | None = None


def take(products: Product, index: NDArray[np.intp]) -> Product:
    """The products at ``index`` of many."""
    return Product(**{part.name: getattr(products, part.name)[index] for part in fields(products)})


def product_of(
    first: Operand, second: Operand, significand: Bits, exponent: Integers, scale: Integers
) -> Product:
    """The product of two operands whose number the kind of multiplier has worked out."""
    infinite = first.infinite | second.infinite
    zero = first.zero | second.zero
    return Product(
        first.negative ^ second.negative,
        significand,
        exponent,
        zero,
        infinite,
        first.nan | second.nan | (zero & infinite),
        scale,
    )


def rounded_product(product: Product, significand_bits: int) -> Product:
    """``product`` with its significand rounded to nearest even, and any exponent."""
    if not (product.significand >> np.uint64(significand_bits)).any():
        return product
    top = leading_bit(product.significand)
    drop = np.maximum(top + 1 - significand_bits, 0)
    kept = round_off(product.significand, drop.astype(np.uint64), toward_zero=False)
    return replace(product, significand=kept, exponent=product.exponent + drop)
