"""Sums for read-outs: what they leave in a register, in exact arithmetic."""

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from lmul_pe.model import decode, unit_named
from lmul_pe.sim.testbench.read_out_cases import (
    BEATS_OF_REACH,
    LOSSES,
    losses,
    reaches,
    read_outs,
    register_sums,
    swells,
)
from tests.sim.testbench.exact_sums import exact, first_place, power_of_two, products, values


def random():
    return np.random.default_rng(1)


@pytest.mark.parametrize("name", ["dot4_exact_e4m3_fixed", "dot4_int8_int32", "mac_int8_int32"])
def test_reaches_begin_at_every_place_of_a_product_and_have_others_near_and_far_below(name):
    unit = unit_named(name)
    n = unit.products_per_cycle
    places, gaps, lengths = set(), Counter(), set()
    for a, b in reaches(unit, random()):
        found = values(a, unit.operand_formats[0]) * values(b, unit.operand_formats[1])
        assert np.isfinite(found).all()
        lengths.add(len(found) / n)
        for beat in np.abs(found).reshape(-1, n):
            sizes = np.sort(np.frexp(beat[beat > 0])[1])[::-1]
            places.add(int(sizes[0]))
            gaps.update(map(int, sizes[0] - sizes[1:]))
    assert lengths == {*range(1, BEATS_OF_REACH + 1)}
    # From 2^-6 squared to 448 squared, or from 2 to 128 squared: 1 is not always drawn.
    assert places >= ({*range(-11, 19)} if "e4m3" in name else {*range(2, 16)})
    if n > 1:
        assert all(gaps[gap] for gap in range(12))


@pytest.mark.parametrize(
    ("name", "least", "mantissa_bits"),
    [("dot4_exact_e4m3_fixed_to_bf16", -133, 7), ("dot2_exact_bf16_window", -149, 23)],
)
def test_read_outs_lie_on_ties_and_a_bit_beside_them(name, least, mantissa_bits):
    unit = unit_named(name)
    found, depths = Counter(), Counter()
    for a, b in read_outs(unit, random()):
        total = exact(unit, a, b)
        if not total:
            continue
        size = abs(total)
        first = first_place(size)
        last = max(first - mantissa_bits, least)
        steps = size / Fraction(2) ** last
        rest = steps - int(steps)
        region = "less than normal" if first < least + mantissa_bits else "normal"
        if rest == Fraction(1, 2):
            found[region, "tie", int(steps) % 2, total < 0] += 1
        elif rest == 0:
            found[region, "none", int(steps) % 2, total < 0] += 1
        elif power_of_two(abs(rest - Fraction(1, 2))):
            beside = abs(rest - Fraction(1, 2))
            depths[beside.denominator.bit_length() - 1] += 1
    regions = ["normal"] if "e4m3" in name else ["normal", "less than normal"]
    for region in regions:
        for kind in ("tie", "none"):
            for odd in (0, 1):
                assert found[region, kind, odd, False], (region, kind, odd)
                assert found[region, kind, odd, True], (region, kind, odd)
    # Down to the last bit of products of e4m3, which is 2^-18, below a sum of about one.
    assert set(depths) >= set(range(2, 9 if "e4m3" in name else 15))


def test_read_outs_of_integers_are_not_rounded():
    assert read_outs(unit_named("dot2_int8_int32"), random()) == []


def test_swells_fill_a_register_to_every_height():
    unit = unit_named("dot4_exact_e4m3_fixed_terms256")
    swollen = swells(unit, random())
    assert not any(unit.overflowed(a, b) for a, b in swollen)
    largest = [exact(unit, a, b) for a, b in swollen if 0x7E in a and 0x7E in b]
    heights = Counter(round(total / 448**2).bit_length() for total in largest)
    assert set(heights) == set(range(1, 9))
    # Of short ones there are many.
    assert heights[1] > 20 > 3 > heights[8] > 0
    # The result has 24 bits.  Half of a last place is over in some, and a bit beside it in others.
    rests = Counter()
    for total in largest:
        last = Fraction(2) ** (int(total).bit_length() - 24)
        rests[abs(total / last % 1 - Fraction(1, 2))] += 1
    assert rests[Fraction(1, 2)]
    assert rests[0]
    assert sum(map(power_of_two, rests)) > 3


def test_swells_of_a_window_begin_at_the_top_of_a_slot():
    unit = unit_named("dot2_exact_bf16_window_terms32")
    tops = Counter()
    for a, b in swells(unit, random()):
        size, count = Counter(map(abs, products(unit, a, b))).most_common(2)[0]
        if size and count > 2:
            first = first_place(size)
            # A slot has eight sums of exponent fields, 254 for a product of at least one, and the
            # significand may add a place.
            tops[(first + 254 + 1) % 8] += 1
    assert set(tops) == {7, 0}


def test_only_registers_swell():
    for name in ("mac_int8_int32", "dot4_lmul_e4m3_aligned", "dot2_exact_e4m3_fp32"):
        assert swells(unit_named(name), random()) == []


def test_units_that_round_every_product_have_no_register_to_read_out():
    assert register_sums(unit_named("mac_lmul_e4m3_fp32"), random()) == []
    assert len(register_sums(unit_named("dot2_lmul_e4m3_fixed"), random())) > 1400


@pytest.mark.parametrize("lanes", [1, 4])
def test_losses_are_of_one_bit_anywhere_below_the_window(lanes):
    prefix = "mac_exact" if lanes == 1 else f"dot{lanes}_exact"
    unit = unit_named(f"{prefix}_bf16_window_to_e11m52")
    kept, lost, beats, special = 0, Counter(), Counter(), Counter()
    for a, b in losses(unit, random()):
        flags = [not np.isfinite(values(side, "bf16")).all() for side in (a, b)]
        if any(flags):
            # Nothing but what is no number stands above the other product.
            special[tuple(flags), int(np.isnan(values(a, "bf16") * values(b, "bf16")).any())] += 1
            assert not unit.inexact(a, b)
            continue
        total = exact(unit, a, b)
        found = Fraction(float(decode(unit.dot(a, b)[None], unit.accumulator.result)[0]))
        beats[len(a) // lanes] += 1
        flag = bool(unit.inexact(a, b))
        # A sum of two beats is floored where the window moves: more than a bit may go then.
        assert flag == (found != total)
        kept += not flag
        if flag and power_of_two(abs(found - total)):
            largest = max(map(abs, products(unit, a, b)))
            lost[(largest / abs(found - total)).numerator.bit_length()] += 1
    assert 10 < kept < 120
    assert 20 < sum(special.values()) < 100
    # Infinities and NaN, in either operand.
    assert all(special[flags, nan] for flags in ((True, False), (False, True)) for nan in (0, 1))
    # Of four slots the last begins 24 places below the first, whose products fill it or not.
    assert set(lost) >= set(range(27, 40))
    if lanes > 1:
        assert beats[1] > 2 * beats[2] > 0


@pytest.mark.parametrize(
    ("formats", "special"),
    [("e5m2finite", [False, False]), ("e5m2finite_x_e4m3", [False, True]), ("e4m3", [True, True])],
)
def test_losses_beside_what_is_no_number_are_of_formats_that_have_it(formats, special):
    unit = unit_named(f"dot2_exact_{formats}_window_slots2")
    found = losses(unit, random())
    assert len(found) == LOSSES
    for place, there in enumerate(special):
        codes = np.concatenate([pair[place] for pair in found])
        assert np.isnan(decode(codes, unit.operand_formats[place])).any() == there
