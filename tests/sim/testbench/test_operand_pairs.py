"""Operand pairs of benches: codes that only one bit tells from others."""

import numpy as np
import pytest

from lmul_pe.model import Multiplier, decode
from lmul_pe.model.multiplier.vectors import check_pairs
from lmul_pe.sim.testbench.operand_pairs import bench_pairs, landing_pairs, lone_bits


def test_every_mantissa_bit_stands_alone_at_both_ends_of_the_exponent():
    format = Multiplier("exact", "bf16").format
    expected = [1 << place for place in range(7)]
    assert lone_bits(format).tolist() == expected + [0x7F80 | code for code in expected]


def test_both_operands_of_wide_formats_meet_them():
    multiplier = Multiplier("exact", "bf16")
    a, b = bench_pairs(multiplier, 100, 1)
    before = check_pairs(multiplier, 100, 1)
    count = len(before[0])
    np.testing.assert_array_equal(a[:count], before[0])
    np.testing.assert_array_equal(b[:count], before[1])
    lone = lone_bits(multiplier.format).tolist()
    one = 0x3F80
    landing = (codes.tolist() for codes in landing_pairs(multiplier.format))
    assert list(zip(a[count:].tolist(), b[count:].tolist(), strict=True)) == [
        *((code, one) for code in lone),
        *((one, code) for code in lone),
        *zip(*landing, strict=True),
    ]


@pytest.mark.parametrize("format", ["fp32", "fp16", "e4m10"])
@pytest.mark.parametrize("offset", ["paper", "none"])
def test_products_land_where_underflow_begins_to_round_and_where_it_ends(format, offset):
    multiplier = Multiplier("lmul", format, format_y="e11m52", offset=offset, subnormals="gradual")
    wide, own = multiplier.format_y, multiplier.format
    products = set(decode(multiplier.compute(*landing_pairs(own)), wide).tolist())
    least = float(own.exact_value(1))
    below = float(own.exact_value(own.least_normal)) - least / 2
    assert {least / 2, below} <= products


def test_where_every_pair_is_taken_there_are_no_others():
    a, _ = bench_pairs(Multiplier("lmul", "e4m3"), 100, 1)
    assert len(a) == 65536
