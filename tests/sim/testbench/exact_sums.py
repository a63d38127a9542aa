"""What a unit of exact products adds up, as fractions, and where its bits are."""

from fractions import Fraction

import numpy as np

from lmul_pe.model import decode, unit_named

INT8 = unit_named("mac_int8_int32").multiplier.format


def values(codes, format):
    return decode(codes, format) if format != INT8 else codes.astype(np.int8).astype(float)


def products(unit, a, b):
    first, second = (values(*each) for each in zip((a, b), unit.operand_formats, strict=True))
    return [Fraction(float(x)) * Fraction(float(y)) for x, y in zip(first, second, strict=True)]


def exact(unit, a, b):
    """The sum of exact products."""
    return sum(products(unit, a, b))


def power_of_two(value):
    return (
        value > 0
        and not (value.numerator & value.numerator - 1)
        and not (value.denominator & value.denominator - 1)
    )


def first_place(size):
    """Where the first bit of a positive number is."""
    first = size.numerator.bit_length() - size.denominator.bit_length()
    return first - (Fraction(2) ** first > size)
