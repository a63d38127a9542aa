"""Sums that leave few bits, in exact arithmetic."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from lmul_pe.model import unit_named
from lmul_pe.sim.testbench.few_bits import (
    ALIGNMENTS,
    HIGH_SUMS,
    PAIRS,
    alignments,
    bit_pairs,
    deep_ties,
    few_bits,
    high_sums,
)
from tests.sim.testbench.exact_sums import first_place, products


def random():
    return np.random.default_rng(1)


def ones(number):
    return bin(number).count("1")


def test_pairs_of_bits_are_at_all_places_of_a_register():
    # 1.125 - 1 is the least single bit of e2m3, and 4.5 - 4 times 4 the largest.
    unit = unit_named("dot4_exact_e2m3_fixed")
    held, left = Counter(), Counter()
    for a, b in bit_pairs(unit, random()):
        total = sum(products(unit, a, b)) * 2**3
        assert total.denominator == 1
        whole = int(total)
        places = (place for place in range(16) if (whole if whole > 0 else ~whole) >> place & 1)
        (held if whole > 0 else left)[tuple(places)] += 1
    every = Counter((low, high) for high in range(5) for low in range(high))
    assert held == left == every


def test_pairs_of_bits_lie_within_a_window():
    unit = unit_named("dot2_exact_bf16_window")
    found = bit_pairs(unit, random())
    assert len(found) == 2 * PAIRS
    lost, lowest = 0, Counter()
    for a, b in found:
        values = products(unit, a, b)
        total = sum(values)
        lost += bool(unit.inexact(a, b))
        assert ones(abs(total).numerator) == 2 if total > 0 else ones(abs(total).numerator) <= 3
        if total < 0:
            # A slot has eight sums of exponent fields, 254 for a product of at least one, and the
            # significand may add a place; the window ends three slots further down.
            anchor = max((first_place(abs(each)) + 254 + 1) // 8 for each in values if each)
            last = 8 * (anchor - 3) - 254
            bit = abs(total).numerator & -abs(total).numerator
            lowest[first_place(Fraction(bit, abs(total).denominator)) - last] += 1
    assert lost < PAIRS
    assert lowest[0] > PAIRS / 2


@pytest.mark.parametrize("name", ["dot4_exact_e4m3_fixed", "mac_exact_e4m3_fixed_terms200"])
def test_deep_ties_are_of_every_height_of_a_register(name):
    unit = unit_named(name)
    kinds, heights = Counter(), set()
    for a, b in deep_ties(unit, random()):
        assert not unit.overflowed(a, b)
        size = abs(sum(products(unit, a, b)))
        first = first_place(size)
        heights.add(first)
        steps = size / Fraction(2) ** (first - 23)
        rest = steps % 1
        beside = abs(rest - Fraction(1, 2))
        if rest and ones(beside.numerator) == 1 and ones(beside.denominator) == 1 and beside:
            kinds["beyond" if rest > Fraction(1, 2) else "before"] += 1
        kinds["ones"] += rest > Fraction(1, 2) and ones((1 - rest).numerator) == 1
    # The largest product is 448 squared, about 2^17.6.
    terms = unit.accumulator.terms
    assert max(heights) == first_place(Fraction(448**2 * (terms - 4)))
    assert heights >= {*range(18, max(heights))}
    # Below 2^9 nothing is rounded: single bits are multiples of 2^-15.
    assert 9 <= min(heights) < 12
    assert min(kinds.values()) > 20


def test_alignments_break_ties_and_cancel():
    unit = unit_named("mac_exact_e4m3_fp32")
    found = alignments(unit, random())
    assert len(found) == ALIGNMENTS
    broken, orders, cancelled = Counter(), Counter(), Counter()
    for a, b in found:
        values = products(unit, a, b)
        total = sum(values)
        largest = max(range(len(values)), key=lambda index: abs(values[index]))
        orders[(largest > 0) + (largest == len(values) - 1)] += 1
        if not total:
            continue
        last = Fraction(2) ** (first_place(abs(total)) - 23)
        rest = abs(total) / last % 1
        beside = abs(rest - Fraction(1, 2))
        if rest and ones(beside.numerator) == 1 and beside < Fraction(1, 8):
            broken[rest > Fraction(1, 2)] += 1
        # A power of two is 9 and 8 eighths of its eightfold, or 4.5 and 4.
        if len(values) == 3:
            cancelled[first_place(abs(values[2] or values[0])) - first_place(abs(total))] += 1
    assert min(broken[True], broken[False]) > 8
    assert min(orders[each] for each in range(3)) > 50
    # Products of 65 / 64 leave least of a power of two.
    assert set(cancelled) >= {1, 2, 3, 4, 5, 6}


def test_high_sums_begin_above_all_products():
    unit = unit_named("mac_exact_e4m3_fp32")
    found = high_sums(unit, random())
    assert len(found) == HIGH_SUMS
    counts, behind = Counter(), Counter()
    for a, b in found:
        first = int(((a == 0x7E) & (b == 0x7E)).sum())
        assert (a[:first] == 0x7E).all()
        counts[first] += 1
        # Two products to a bit, whose difference it is: 1.125 and 1 times a power of two.
        small = Counter(abs(each).numerator for each in products(unit, a[first:], b[first:]))
        assert sum(times for odd, times in small.items() if odd % 9 == 0) * 2 == small.total()
        behind[small.total() // 2] += 1
    assert set(counts) == {1 << power for power in range(8)}
    assert set(behind) == {*range(1, 7)}


@pytest.mark.parametrize(
    "name", ["mac_exact_e2m1_e2m1", "mac_lmul_e5m2_e5m2", "mac_lmul_fp32_fp32"]
)
def test_sums_of_any_format_have_some(name):
    assert len(few_bits(unit_named(name), random())) == ALIGNMENTS + HIGH_SUMS


def test_few_bits_are_what_a_unit_can_tell_apart():
    assert len(few_bits(unit_named("mac_lmul_e4m3_fp32"), random())) == ALIGNMENTS + HIGH_SUMS
    assert len(few_bits(unit_named("dot4_lmul_e4m3_fixed"), random())) > 2 * PAIRS
    assert few_bits(unit_named("dot4_int8_int32"), random()) == []
