"""Operands by place: what they are found by is what they give, in exact arithmetic."""

from fractions import Fraction

import numpy as np
import pytest

from lmul_pe.model import decode, unit_named
from lmul_pe.sim.testbench.placed_products import PlacedBits, PlacedProducts, Places


def random():
    return np.random.default_rng(1)


def value(code, format):
    return Fraction(float(decode(np.array([code], dtype=np.uint32), format)[0]))


def some(*columns):
    return list(zip(*columns, strict=True))[:200]


@pytest.mark.parametrize("name", ["dot2_exact_e4m3_fixed", "mac_exact_e5m2_x_bf16_fp32"])
def test_products_lie_where_they_are_said_to(name):
    unit = unit_named(name)
    first, second = unit.operand_formats
    drawn = PlacedProducts.drawn(unit, random())
    assert len(drawn.a) > 1000
    for a, b, place in some(drawn.a, drawn.b, drawn.places):
        size = abs(value(a, first) * value(b, second))
        assert Fraction(2) ** int(place) <= size < Fraction(2) ** int(place + 1)


@pytest.mark.parametrize("name", ["dot2_exact_e4m3_fixed", "mac_exact_e5m2_x_bf16_fp32"])
def test_two_products_leave_a_single_bit(name):
    unit = unit_named(name)
    first, second = unit.operand_formats
    bits = PlacedBits.drawn(unit, random())
    assert len(np.unique(bits.places)) > 20
    for more, less, b, place in some(bits.more, bits.less, bits.b, bits.places):
        left = (value(more, first) - value(less, first)) * value(b, second)
        assert left == Fraction(2) ** int(place)


def test_products_of_l_mul_leave_the_last_bit_of_the_first_mantissa():
    # 1 + 1/8 and 1, each with the offset of three bits, 2^-3.
    unit = unit_named("mac_lmul_e4m3_fp32")
    bits = PlacedBits.drawn(unit, random())
    one = [
        (int(more), int(less), int(place))
        for more, less, b, place in zip(bits.more, bits.less, bits.b, bits.places, strict=True)
        if less == b == 0x38
    ]
    assert set(one) == {(0x39, 0x38, -3)}


def test_places_give_what_lies_there_or_next_below():
    places = Places(np.array([5, -2, 5, 9]))
    assert places.there.tolist() == [-2, 5, 9]
    generator = random()
    assert {places.at(5, generator) for _ in range(40)} == {0, 2}
    assert places.at(-2, generator) == 1
    assert places.at(9, generator) == 3
    assert [places.at(place, generator) for place in (-3, 0, 8, 10)] == [None] * 4
    found = places.below(np.array([8, 9, 100, 4, -50]), generator).tolist()
    assert found[0] in (0, 2)
    # Below all of them is the lowest.
    assert found[1:] == [3, 3, 1, 1]
