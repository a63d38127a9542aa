"""Products that are accumulated: exact, of any exponent, without overflow or underflow."""

from dataclasses import dataclass, replace

import numpy as np

from .operands import Bits, Flags, Integers, Operand
from .rounding import leading_bit, round_off


@dataclass(frozen=True)
class Product:
    """``(-1)^negative * significand * 2^exponent``, element by element.

    Where a flag is set, significand and exponent mean nothing: NaN stands before infinity, and that
    before zero.
    """

    negative: Flags
    significand: Bits
    exponent: Integers
    zero: Flags
    infinite: Flags
    nan: Flags


def product_of(first: Operand, second: Operand, significand: Bits, exponent: Integers) -> Product:
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
    )


def rounded_product(product: Product, significand_bits: int) -> Product:
    """``product`` with its significand rounded to nearest even, and any exponent."""
    top = leading_bit(product.significand)
    drop = np.maximum(top + 1 - significand_bits, 0)
    kept = round_off(product.significand, drop.astype(np.uint64), toward_zero=False)
    return replace(product, significand=kept, exponent=product.exponent + drop)
