"""Situations of sums: which operands meet, and how many places an addition takes or gives."""

import numpy as np
import pytest

from lmul_pe.model import decode, encode, unit_named
from lmul_pe.sim.coverage.sums import possible_in_sums, powers_of_two, sum_bins

MAC = unit_named("mac_exact_e4m3_fp32")


def additions(values):
    codes = encode([values], "e4m3")
    found = sum_bins(MAC, codes, np.full_like(codes, encode([1.0], "e4m3")[0]))
    return {name: n for name, n in found.items() if name.startswith("additions")}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 1.0], {"like signs gives a place more": 1}),
        ([-1.0, -0.25], {"like signs gives as many places": 1}),
        ([1.75, -0.5], {"unlike signs gives as many places": 1}),
        ([1.0, -0.5], {"unlike signs gives 1 places less": 1}),
        ([0.875, -1.0], {"unlike signs gives 3 places less": 1}),
        ([1.0, -1.0], {"unlike signs gives zero": 1}),
        # A first product meets nothing, and so does one behind a sum of zero; NaN gives nothing.
        ([1.0], {}),
        ([1.0, -1.0, 2.0], {"unlike signs gives zero": 1}),
        ([1.0, np.nan, 1.0], {}),
    ],
)
def test_places_worked_out_by_hand(values, expected):
    assert additions(values) == {f"additions: {name}": n for name, n in expected.items()}


def test_operands_are_counted_product_by_product():
    codes = encode([[1.0, 0.0]], "e4m3")
    found = sum_bins(MAC, codes, codes)
    assert found["operands: +normal x +normal"] == found["operands: +zero x +zero"] == 1


@pytest.mark.parametrize(
    "name",
    [
        "mac_exact_e4m3_fp32",
        "mac_lmul_fp16_fp32",
        "mac_lmul_e4m3_x_e5m2_fp32",
        "mac_exact_bf16_bf16",
    ],
)
def test_products_that_are_powers_of_two_follow_each_other(name):
    unit = unit_named(name)
    a, b = (np.array(side)[:, None] for side in zip(*powers_of_two(unit), strict=True))
    products = decode(unit.dot(a, b), unit.accumulator.result)
    assert (np.frexp(products)[0] == 0.5).all()
    assert (products[1:] == 2 * products[:-1]).all()
    assert len(products) == unit.accumulator.format.mantissa_bits + 2


@pytest.mark.parametrize(
    ("name", "powers"),
    [
        ("mac_exact_e2m1_fp32", [1, 2, 4]),
        # The constant of L-Mul is half of one: 1.5 x 1 gives 2.
        ("mac_lmul_e2m1_fp32", [2, 4, 8]),
    ],
)
def test_narrow_operands_have_few_products_that_are_powers_of_two(name, powers):
    unit = unit_named(name)
    a, b = (np.array(side)[:, None] for side in zip(*powers_of_two(unit), strict=True))
    assert decode(unit.dot(a, b), unit.accumulator.result).tolist() == powers
    additions = {each for each in possible_in_sums(unit) if "places less" in each}
    assert additions == {f"additions: unlike signs gives {each} places less" for each in (1, 2)}


def test_units_that_add_in_trees_or_exactly_are_asked_for_operands_alone():
    for name in ("dot4_exact_e4m3_fp32", "mac_exact_e4m3_fixed", "mac_int8_int32"):
        assert all(each.startswith("operands") for each in possible_in_sums(unit_named(name)))
