"""Codes of operands: what they are called is what they are."""

import numpy as np
import pytest

from lmul_pe.model import decode, format_named, unit_named
from lmul_pe.sim.testbench.operand_codes import edges, largest, negated, ordinary, specials, tiny

E4M3, E5M2, FNUZ = map(format_named, ("e4m3", "e5m2", "e4m3fnuz"))
INT8 = unit_named("mac_int8_int32").multiplier.format


def random():
    return np.random.default_rng(1)


def values(codes, format):
    return decode(codes, format) if format != INT8 else codes.astype(np.int8).astype(float)


@pytest.mark.parametrize("format", [E4M3, E5M2, FNUZ, INT8], ids=str)
def test_ordinary_codes_are_numbers_of_both_signs_about_one_size(format):
    found = values(ordinary(format, 500, random()), format)
    assert np.isfinite(found).all()
    assert 0.3 < (found < 0).mean() < 0.7
    assert len(np.unique(found)) > 30


@pytest.mark.parametrize("format", [E4M3, E5M2, FNUZ, INT8], ids=str)
def test_negated_codes_have_the_opposite_value(format):
    # The least integer has none.
    codes = np.arange(129 if format is INT8 else 0, 256).astype(np.uint8)
    before, after = values(codes, format), values(negated(codes, format), format)
    known = np.isfinite(before)
    np.testing.assert_array_equal(after[known], -before[known])


def test_zero_stays_itself_where_there_is_no_other_one():
    zero = np.zeros(1, np.uint8)
    assert negated(zero, FNUZ).tolist() == negated(zero, INT8).tolist() == [0]
    assert negated(zero, E4M3).tolist() == [0x80]
    # The code of the negative zero is NaN in fnuz: it is not made a zero.
    assert negated(np.array([0x80], np.uint8), FNUZ).tolist() == [0x80]


def test_edges_are_the_numbers_at_the_ends_of_the_range():
    for format in (E4M3, E5M2, FNUZ):
        found = set(edges(format).tolist())
        assert {1, format.least_normal - 1, format.least_normal, format.largest} <= found
        assert np.isfinite(decode(edges(format), format)).all()
    assert set(values(edges(INT8), INT8)) == {-128, -127, -2, -1, 0, 1, 2, 126, 127}


def test_largest_tiny_and_special_codes_are_what_they_are_called():
    assert largest(E4M3, 3).tolist() == [0x7E] * 3
    assert largest(INT8, 2).tolist() == [0x7F] * 2
    assert set(tiny(E4M3).tolist()) == {0, 1, 7, 0x80, 0x81, 0x87}
    assert set(tiny(FNUZ).tolist()) == {0, 1, 7, 0x81, 0x87}
    assert set(values(tiny(INT8), INT8)) == {-1, 0, 1}
    assert set(specials(E4M3)) == {0x7F}
    assert set(specials(E5M2)) == {E5M2.nan, 0x7C, 0xFC, 0}
    assert specials(INT8) == []
