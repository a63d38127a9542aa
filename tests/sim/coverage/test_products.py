"""Situations of products: those that arise are those that are said to be possible."""

import numpy as np
import pytest

from lmul_pe.model import CATALOG, Multiplier, decode, encode, multiplier_named
from lmul_pe.model.multiplier.vectors import is_exhaustive
from lmul_pe.sim.coverage import products
from lmul_pe.sim.coverage.products import possible_products, product_bins
from lmul_pe.sim.run.regression import format_multipliers
from lmul_pe.sim.testbench.operand_pairs import bench_pairs
from tests.sweep import some

NARROW = [name for name, format in CATALOG.items() if format.width <= 8]
OTHERS = ["lmul_e4m3_x_e5m2_to_fp16", "exact_e4m3_x_e3m2_to_e5m2_rtz", "exact_e4m3_gradual_nan"]
OTHERS += ["lmul_e5m2_x_e2m1_to_e4m3_gradual", "exact_e2m1_x_e4m3_gradual"]


def bins(multiplier, a, b):
    first, second = multiplier.operand_formats
    return product_bins(multiplier, encode([a], first), encode([b], second))


def test_a_product_is_counted_by_operands_range_carry_and_rounding():
    assert bins(Multiplier("exact", "fp16"), -1.5, 2**-14) == {
        "operands: -normal x +least normal": 1,
        "range: normal x least normal is normal, -": 1,
        "carry: normal x least normal, no carry": 1,
        "carry: no carry where it is normal": 1,
        "rounding: nothing where it is normal": 1,
    }


def test_what_the_classes_decide_is_counted_by_them_alone():
    assert bins(Multiplier("lmul", "fp16"), np.inf, 0.0) == {"operands: +infinity x +zero": 1}
    # Flushed, a subnormal number is a zero.
    assert set(bins(Multiplier("exact", "fp16"), 2**-24, -1.0)) == {
        "operands: +subnormal x -normal"
    }


@pytest.mark.parametrize(
    ("name", "a", "b", "expected"),
    [
        ("exact_fp16", 2.0**-8, 2.0**-8, "range: normal x normal underflows, +"),
        ("exact_fp16_gradual", 2.0**-8, 2.0**-8, "range: normal x normal is subnormal, +"),
        ("exact_fp16_gradual", 2.0**-8, 2.0**-17, "range: normal x subnormal underflows, +"),
        ("exact_e4m3", 448.0, 1.5, "range: largest x normal overflows, +"),
        ("exact_e4m3", 2.0, 224.0, "range: normal x normal is normal, +"),
        # The mantissas are 4/8 and 1/8 or 2/8, and the offset is 1/8; the largest one is 6/8.
        ("lmul_e4m3", 24.0, 18.0, "range: normal x normal is normal, +"),
        ("lmul_e4m3", 24.0, 20.0, "range: normal x normal overflows, +"),
        # 464 is a tie between the largest number, whose mantissa is even, and what has no code.
        ("exact_e4m3_to_fp16", 8.0, 60.0, "range: normal x normal is normal, +"),
        ("exact_fp16", 1.5, 1.5, "carry: normal x normal, a carry of one"),
        ("lmul_fp16", 1.5, 1.5, "carry: normal x normal, a carry of one"),
        ("lmul_fp16", 1.9, 1.99, "carry: normal x normal, a carry of one"),
        ("lmul_fp16", 1.99, 1.99, "carry: normal x normal, a carry of two"),
        ("exact_fp16", 1 + 2.0**-10, 1 + 2.0**-10, "rounding: below half where it is normal"),
        ("exact_fp16", 1.5, 1 + 2.0**-10, "rounding: half, to even above where it is normal"),
        ("exact_fp16", 1.5, 1 + 3 * 2.0**-10, "rounding: half, to even below where it is normal"),
        ("exact_fp16", 2 - 2.0**-9, 1 + 2.0**-10, "rounding: carries into the exponent"),
        # 4095 is a tie between 4094, whose mantissa is odd, and 4096.
        ("exact_fp16", 63.0, 65.0, "rounding: carries into the exponent"),
        ("lmul_fp16_raw", 2.0**-8, 2.0**-8, "range: normal x normal wraps below, +"),
        ("lmul_fp16_raw", 2.0**9, 2.0**9, "range: normal x normal wraps above, +"),
    ],
)
def test_situations_worked_out_by_hand(name, a, b, expected):
    assert bins(multiplier_named(name), a, b)[expected] == 1


@pytest.mark.parametrize(
    "name",
    some(
        [
            *OTHERS,
            *(
                each.name
                for name in NARROW
                for each in format_multipliers(name)
                if not each.latency
            ),
        ],
        len(OTHERS) + 10,
    ),
)
def test_the_rule_for_wide_formats_is_right_for_every_pair_of_narrow_ones(name, monkeypatch):
    """Classes and ranges exactly; of how they meet carries and roundings, nothing too much."""
    multiplier = multiplier_named(name)
    assert is_exhaustive(multiplier)
    every = possible_products(multiplier)
    monkeypatch.setattr(products, "is_exhaustive", lambda multiplier: False)
    ruled = possible_products(multiplier)
    assert ruled <= every
    apart = ("rounding: ", "carry: a carry of", "carry: no carry")
    assert {each for each in every if not each.startswith(apart)} == {
        each for each in ruled if not each.startswith(apart)
    }


@pytest.mark.parametrize(
    "name",
    [
        *("lmul_e4m3", "lmul_e4m3_gradual"),
        *("exact_e4m3", "exact_e4m3_rtz", "exact_e4m3_gradual", "exact_e4m3_gradual_rtz"),
    ],
)
def test_where_each_happens_with_each_nothing_is_left_out(name, monkeypatch):
    multiplier = multiplier_named(name)
    every = possible_products(multiplier)
    monkeypatch.setattr(products, "is_exhaustive", lambda multiplier: False)
    assert possible_products(multiplier) == every


@pytest.mark.parametrize(
    "format", some(["bf16", "fp16", "e8m7fnuz", "fp32", "e4m10", "e11m52", "e3m12"], 2)
)
def test_what_benches_give_wide_formats_meets_all_of_it(format):
    for multiplier in format_multipliers(format):
        if not multiplier.latency:
            found = product_bins(multiplier, *bench_pairs(multiplier, 50_000, 1))
            assert possible_products(multiplier) <= set(found), multiplier.name


def test_ranges_are_those_of_float64_products():
    multiplier = Multiplier("exact", "fp16", subnormals="gradual")
    a, b = bench_pairs(multiplier, 20_000, 3)
    found = product_bins(multiplier, a, b)
    first, second = decode(a, "fp16"), decode(b, "fp16")
    finite = np.isfinite(first) & np.isfinite(second) & (first != 0) & (second != 0)
    values = np.abs(first[finite] * second[finite])
    overflows = sum(n for name, n in found.items() if name.startswith("range") and "over" in name)
    # Halfway from the largest number, 65504, to the next power of two.
    assert overflows == (values >= 65520).sum()
