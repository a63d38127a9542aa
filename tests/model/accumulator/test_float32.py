"""Sums from tables are those of the arithmetic that every format has."""

import numpy as np
import pytest

from lmul_pe.model import (
    FloatAccumulator,
    Mac,
    Multiplier,
    encode,
    mac_named,
    multiplier_named,
    unit_named,
)
from lmul_pe.model.accumulator.float32 import float32_products
from lmul_pe.model.accumulator.floating import FloatSums


@pytest.mark.parametrize(
    ("name", "tabulated"),
    [
        *(("lmul_e4m3", True), ("exact_e5m2_gradual", True), ("exact_e2m1_x_e5m6", True)),
        *(("exact_bf16", False), ("lmul_e4m3_x_fp16", False)),
        # Products that are no fp32 numbers: too wide an exponent.
        *(
            ("exact_e5m2b0", True),
            ("lmul_e5m2b31", True),
            ("exact_e6m1", True),
            ("exact_e7m1b0", False),
            ("exact_e7m1b0_x_e5m1", False),
        ),
    ],
)
def test_products_that_are_numbers_of_fp32(name, tabulated):
    assert (float32_products(multiplier_named(name)) is not None) == tabulated


@pytest.mark.parametrize(
    "name",
    [
        *("mac_lmul_e4m3_fp32", "mac_exact_e5m2_gradual_fp32_latency3", "dot5_lmul_e5m2_fp32"),
        *("dot3_exact_e4m3fnuz_fp32_latency2", "dot2_exact_e2m1_x_e4m3_fp32_fused"),
    ],
)
def test_the_same_without_a_table(name, operands):
    unit = unit_named(name)
    a, b = operands(unit, 300, 14, seed=[2, *name.encode()])
    sums = FloatSums(unit.accumulator, unit.multiplier, 300, None)
    zeros = np.zeros(300, dtype=a.dtype)
    columns = [*zip(a.T, b.T, strict=True)]
    n = unit.products_per_cycle
    columns += [(zeros, zeros)] * (-len(columns) % n)
    for first in range(0, len(columns), n):
        sums.add_pairs(columns[first : first + n])
    assert (unit.dot(a, b) == sums.result()).all()
    assert not unit.overflowed(a, b).any()


@pytest.mark.parametrize("rows", [3, 16, 17, 300])
@pytest.mark.parametrize("name", ["mac_exact_e2m1_x_e4m3_fp32", "dot2_exact_e4m3_x_e2m1_fp32"])
def test_matrices_of_few_rows_and_of_many(name, rows):
    """Integers, whose products and sums are exact."""
    unit = unit_named(name)
    random = np.random.default_rng(rows)
    a, b = random.integers(-4, 5, size=(rows, 4)), random.integers(-4, 5, size=(4, 21))
    codes = (
        encode(each, format) for each, format in zip((a, b), unit.operand_formats, strict=True)
    )
    assert (unit.gemm(*codes).view(np.float32) == a @ b).all()


def test_nan_is_canonical_whatever_the_processor_has():
    mac = mac_named("mac_exact_e5m2_fp32")
    start = np.array([[0xFFC00001]], dtype=np.uint32)
    assert mac.gemm([[0x00]], [[0x00]], start) == 0x7FC00000
    slow = Mac(Multiplier("exact", "fp16"), FloatAccumulator())
    assert slow.gemm(np.zeros((1, 0), dtype=int), np.zeros((0, 1), dtype=int), start) == 0x7FC00000


def test_codes_begin_the_first_of_partial_sums():
    """2^24 is given the first and the third of three ones and stays; so it does with the second.

    From the other partial sum, both would count together.
    """
    mac = mac_named("mac_exact_e4m3_fp32_latency2")
    start = np.array([[2.0**24]], dtype=np.float32).view(np.uint32)
    ones = np.full((1, 3), 0x38)
    assert mac.gemm(ones, ones.T, start).view(np.float32) == 2.0**24
