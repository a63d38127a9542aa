"""Operands of sums: every case must make happen what it is for."""

from collections import Counter

import numpy as np
import pytest

from lmul_pe.model import decode, unit_named
from lmul_pe.sim.coverage.operands import signed_pairs
from lmul_pe.sim.coverage.sums import sum_bins
from lmul_pe.sim.testbench import sum_cases
from lmul_pe.sim.testbench.sum_cases import (
    LENGTHS,
    LONG,
    RISE,
    ascents,
    climbing,
    crossed,
    fillings,
    long_sums,
    mixed_sums,
    remainders,
    short_sums,
    staircases,
)
from tests.sweep import some

E4M3 = unit_named("mac_lmul_e4m3_fp32").multiplier.format
E5M2 = unit_named("mac_lmul_e5m2_fp32").multiplier.format
INT8 = unit_named("mac_int8_int32").multiplier.format
UNITS = ["mac_lmul_e4m3_fp32", "mac_exact_e5m2_bf16", "dot3_lmul_e4m3_aligned", "mac_int8_int16"]


def random():
    return np.random.default_rng(1)


def values(codes, format):
    return decode(codes, format) if format != INT8 else codes.astype(np.int8).astype(float)


@pytest.mark.parametrize("length", [2, 7, 64])
def test_cancelling_products_leave_at_most_an_odd_one(length):
    unit = unit_named("mac_exact_e4m3_fp32")
    a, b = sum_cases._cancelling(unit, length, random())
    products = decode(a, E4M3) * decode(b, E4M3)
    assert len(products) == length
    total = products.sum()
    assert abs(total) in np.abs(products) if length % 2 else total == 0


def test_overflowing_sums_leave_their_register_and_turn_back():
    unit = unit_named("mac_lmul_e4m3_fixed_terms4")
    overflows = set()
    for seed in range(8):
        a, b = sum_cases._overflowing(unit, 12, np.random.default_rng(seed))
        signs = np.sign(decode(a, E4M3) * decode(b, E4M3))
        assert abs(signs[:8].sum()) == 8
        assert (signs[8:] == -signs[0]).all()
        overflows.add((bool(unit.overflowed(a, b)), signs[0]))
    assert overflows == {(True, 1.0), (True, -1.0)}


def test_special_sums_have_one_or_two_operands_that_are_no_numbers():
    unit = unit_named("mac_lmul_e5m2_fp32")
    kinds = set()
    for seed in range(60):
        a, b = sum_cases._special(unit, 8, np.random.default_rng(seed))
        odd = sum(int((~np.isfinite(decode(codes, E5M2))).sum()) for codes in (a, b))
        assert odd <= 2
        kinds.add(odd)
    assert kinds >= {1, 2}


@pytest.mark.parametrize("name", UNITS)
def test_mixed_sums_have_every_length_and_as_many_beats_as_asked_for(name):
    unit = unit_named(name)
    per_beat = getattr(unit, "n", 1)
    sums = mixed_sums(unit, 900, random())
    lengths = [len(a) // per_beat for a, _ in sums]
    assert all(len(a) == len(b) and len(a) % per_beat == 0 for a, b in sums)
    assert set(LENGTHS[:-1]) < set(lengths)
    assert max(lengths) <= LENGTHS[-1]
    assert 900 <= sum(lengths) < 900 + LENGTHS[-1]
    again = mixed_sums(unit, 900, random())
    assert all(
        (a == c).all() and (b == d).all() for (a, b), (c, d) in zip(sums, again, strict=True)
    )


@pytest.mark.parametrize("name", UNITS)
def test_short_and_long_sums_have_their_lengths(name):
    unit = unit_named(name)
    per_beat = getattr(unit, "n", 1)
    short = [len(a) // per_beat for a, _ in short_sums(unit, 50, random())]
    assert (len(short), set(short)) == (50, {1, 2, 3})
    long = [len(a) // per_beat for a, _ in long_sums(unit, random())]
    place = long.index(LONG)
    # Between short ones, on which what is left of it would show.
    assert max(long[place - 1], long[place + 1]) <= 2
    assert set(LENGTHS) < set(long)


@pytest.mark.parametrize("name", ["mac_lmul_e4m3_fp32", "mac_exact_e5m2_fp32"])
def test_a_climbing_sum_is_rounded_far_up_and_comes_back(name):
    unit = unit_named(name)
    multiplier = unit.multiplier
    a, b = climbing(unit, LONG, random())
    # Both kinds multiply these by one or by ordinary numbers, within a few percent.
    products = decode(multiplier.compute(a, b), multiplier.format_y)
    sums = np.cumsum(products)
    least = decode(np.array([multiplier.format_y.least_normal]), multiplier.format_y)[0]
    place = least / 2**multiplier.format_y.mantissa_bits
    # Where fp32 has no room for the last place of a product; and down to where it began.
    assert np.abs(sums).max() > 2.0**24 * place
    assert np.abs(sums[-1]) < 2.0**10


@pytest.mark.parametrize("name", ["mac_exact_e4m3_fp32", "mac_exact_e5m2_fp32"])
def test_remainders_are_what_is_left_at_every_depth(name):
    unit = unit_named(name)
    multiplier = unit.multiplier
    a, b = remainders(unit, 300, random())
    products = decode(multiplier.compute(a, b), multiplier.format_y)
    assert np.isfinite(products).all()
    sums = np.cumsum(products.reshape(-1, 3), axis=1)
    np.testing.assert_array_equal(sums[:, 2], products[1::3])
    depths = np.log2(np.abs(sums[:, 0]) / np.abs(sums[:, 2]))
    assert set(range(1, 11)) <= set(np.floor(depths).astype(int))


def test_remainders_of_a_format_without_normal_numbers_below_one_are_numbers():
    unit = unit_named("mac_exact_e2m1_fp32")
    format = unit.multiplier.format
    a, b = remainders(unit, 300, random())
    one = float(decode(np.array([format.least_normal]), format)[0])
    assert one == 1
    products = decode(a, format) * decode(b, format)
    np.testing.assert_array_equal(np.abs(products[1::3]), 1)
    np.testing.assert_array_equal(products[2::3], -products[::3])
    assert {1, 1.5, 2, 3} <= set(products[::3])


@pytest.mark.parametrize(
    "name", ["mac_lmul_e4m3_fp32", "mac_lmul_e2m1_fp32", "mac_exact_bf16_bf16"]
)
def test_staircases_leave_the_last_step_with_the_other_sign(name):
    unit = unit_named(name)
    for count, (a, b) in enumerate(staircases(unit), start=2):
        assert len(a) == count
        left, last = (unit.dot(a, b), unit.dot(a[-2:-1], b[-2:-1]))
        assert decode(left, unit.accumulator.result) == -decode(last, unit.accumulator.result)


@pytest.mark.parametrize(
    "name",
    some(
        ["mac_lmul_e4m3_fp32", "mac_lmul_e2m1_fp32", "mac_exact_bf16_bf16", "mac_exact_fp32_fp32"],
        2,
    ),
)
def test_ascents_meet_a_larger_product_with_all_their_places(name):
    unit = unit_named(name)
    format = unit.accumulator.result
    shifted = Counter()
    for a, b in ascents(unit, random()):
        products = [unit.dot(a[[at]], b[[at]]) for at in range(len(a))]
        sizes = np.frexp(np.abs(decode(np.array(products), format)).astype(np.float64))[1]
        # A product that is rounded may reach the next power of two.
        assert (np.diff(sizes) >= 0).all()
        for length in range(1, len(a)):
            code = int(unit.dot(a[:length], b[:length]))
            places = sizes[length] - np.frexp(float(abs(decode(np.array([code]), format)[0])))[1]
            # Its last place is one, and lies below that of what follows.
            if code & 1 and places > 0:
                shifted[int(places)] += 1
    if name != "mac_lmul_e2m1_fp32":
        assert set(range(1, RISE)) <= set(shifted)


def test_ascents_go_on_behind_a_sum_of_all_its_places():
    for a, b in ascents(unit_named("mac_exact_e5m2_bf16"), random()):
        sizes = np.frexp(np.abs(decode(a, E5M2) * decode(b, E5M2)))[1]
        # A mantissa of bf16 has 7 bits.
        assert (sizes > sizes[0] + 7).sum() >= 2


@pytest.mark.parametrize(
    ("name", "beats"),
    [
        # Products of 36 and 49 at most; registers that hold less than 2^16 and 2^11.
        ("dot4_exact_e2m1_fixed", 2**16 / (4 * 36)),
        ("mac_int4_int12", 2**11 / 49),
        ("mac_int8_int32", None),
        ("mac_lmul_e4m3_fp32", None),
    ],
)
def test_fillings_end_where_a_register_is_full(name, beats):
    unit = unit_named(name)
    sums = [(len(a) // unit.products_per_cycle, unit.overflowed(a, b)) for a, b in fillings(unit)]
    if beats is None:
        assert sums == []
        return
    full = int(beats)
    assert [each for each in sums if each[0] == full] == [(full, False)] * 2
    # One beat more is too much, or of negative numbers only what makes it more than the least.
    assert {length for length, _ in sums} == {full, full + 1}
    assert any(over for _, over in sums)


@pytest.mark.parametrize("name", ["mac_exact_e5m2_fp32", "dot4_lmul_e4m3_fixed", "dot2_int8_int32"])
def test_every_class_of_operands_meets_every_other_one(name):
    unit = unit_named(name)
    sums = crossed(unit, np.random.default_rng(1))
    assert {len(a) for a, _ in sums} == {unit.products_per_cycle}
    found = Counter()
    for a, b in sums:
        found += sum_bins(unit, a[None], b[None])
    assert signed_pairs(unit.operand_formats) <= set(found)
