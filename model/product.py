"""Products that are accumulated: exact, of any exponent, without overflow or underflow."""

from dataclasses import dataclass

from .operands import Bits, Flags, Integers, Operand


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
