"""Cycles of matrix products, against arrays that are walked through by hand and by step."""

import pytest

from lmul_pe.model import SpecificationError, array_named, cycles, scale_sim_cycles
from tests.sweep import some

SHAPES = [(1, 1, 1), (8, 8, 8), (3, 5, 7), (16, 2, 9), (40, 3, 4), (5, 64, 20), (30, 17, 33)]
SIZES = [(1, 1), (1, 8), (8, 1), (3, 5), (8, 8), (16, 16)]
ACCUMULATORS = [("fp32", 1, 0), ("fp32_latency3", 3, 6), ("fixed", 1, 1), ("aligned", 1, 0)]
"""Name, cycles of an addition, and cycles to finish a sum that stays."""


def output_stationary_walk(rows, cols, shape, latency, finish):
    """The cycle of the last result, counted from that of the first operands as 1."""
    m, k, n = shape
    tiles = -(-m // rows) * -(-n // cols)
    first = 1
    for _ in range(tiles - 1):
        # The next operands enter behind these, or when there is room for results behind these.
        first += max(k, rows)
    skew = (rows - 1) + (cols - 1)
    multiplied = first + (k - 1) + skew + 1
    return multiplied + latency + finish + (rows - 1)


def weight_stationary_walk(rows, cols, shape, latency, finish):
    """The same, by a control that is stepped cycle by cycle."""
    m, k, n = shape
    sets = -(-k // rows) * -(-n // cols)
    loading, loaded, used = 0, False, 0
    beats = passing = cycle = 0
    while True:
        cycle += 1
        operands = beats > 0
        beats -= operands
        if operands and used == sets and not beats:
            return cycle + rows * latency + cols + finish
        ready = not loaded and not passing
        passing -= passing > 0
        # The change goes with the last operands of a set, or follows them.
        if loaded and not beats:
            loaded, beats, passing = False, m, (rows - 1) * latency + cols - 1
            used += 1
        elif ready:
            loading += 1
            loaded = loading % rows == 0


@pytest.mark.parametrize(("accumulator", "latency", "finish"), ACCUMULATORS)
@pytest.mark.parametrize("size", some(SIZES, 2))
@pytest.mark.parametrize("shape", some(SHAPES, 3))
def test_walks(shape, size, accumulator, latency, finish):
    m, k, n = shape
    rows, cols = size
    array = array_named(f"array_os_{rows}x{cols}_lmul_e4m3_{accumulator}")
    count = cycles(array, m, k, n)
    assert count.total == output_stationary_walk(rows, cols, shape, latency, finish)
    assert count.busy == m * k * n
    assert count.utilisation == pytest.approx(m * k * n / (count.total * rows * cols))
    array = array_named(f"array_ws_{rows}x{cols}_lmul_e4m3_{accumulator}_partial")
    # Sums that pass through have no partial sums to combine.
    finish = finish if accumulator == "fixed" else 0
    total = cycles(array, m, k, n).total
    assert total == weight_stationary_walk(rows, cols, shape, latency, finish)


@pytest.mark.parametrize(
    ("name", "shape", "total"),
    [
        # Operands, product, sum.
        ("array_os_1x1_lmul_e4m3_fp32", (1, 1, 1), 3),
        ("array_os_1x1_lmul_e4m3_fp32", (1, 10, 1), 12),
        ("array_os_1x1_lmul_e4m3_fp32", (3, 10, 2), 62),
        ("array_os_1x1_int8_int32", (1, 1, 1), 3),
        ("array_os_1x1_lmul_e4m3_fixed", (1, 1, 1), 4),
        ("array_os_1x1_lmul_e4m3_fp32_latency2", (1, 1, 1), 6),
        ("array_os_1x1_lmul_e4m3_fp32_latency4", (1, 1, 1), 14),
        ("array_os_1x1_lmul_e4m3_fixed_lanes4", (1, 9, 1), 6),
        ("array_os_2x2_lmul_e4m3_fp32", (2, 1, 2), 6),
        # Results of two rows take two cycles, for one of operands.
        ("array_os_2x2_lmul_e4m3_fp32", (2, 1, 4), 8),
        # A weight, the change, operands, product, sum.
        ("array_ws_1x1_lmul_e4m3_fp32", (1, 1, 1), 5),
        ("array_ws_1x1_lmul_e4m3_fp32", (10, 1, 1), 14),
        ("array_ws_1x1_lmul_e4m3_fp32", (10, 1, 3), 34),
        ("array_ws_1x1_lmul_e4m3_fixed", (1, 1, 1), 6),
        ("array_ws_2x1_lmul_e4m3_fp32_latency3", (1, 2, 1), 11),
    ],
)
def test_by_hand(name, shape, total):
    assert cycles(array_named(name), *shape).total == total


@pytest.mark.parametrize(
    "name", ["array_os_8x8_lmul_e4m3_fp32", "array_ws_8x8_lmul_e4m3_fp32_partial"]
)
def test_a_large_product_keeps_the_array_busy(name):
    count = cycles(array_named(name), 256, 256, 256)
    assert 0.999 < count.utilisation < 1.0
    assert count.busy == 2**24


def test_what_padding_costs():
    array = array_named("array_os_8x8_lmul_e4m3_fp32")
    assert cycles(array, 9, 64, 9).total == cycles(array, 16, 64, 16).total
    assert cycles(array, 9, 64, 9).utilisation < 0.5 * cycles(array, 16, 64, 16).utilisation


@pytest.mark.parametrize(
    ("name", "shape", "total"),
    [
        ("array_os_8x8_lmul_e4m3_fp32", (8, 64, 8), 16 + 8 + 64 - 2),
        ("array_os_8x4_lmul_e4m3_fp32", (256, 256, 256), 32 * 64 * (16 + 4 + 256 - 2)),
        ("array_ws_8x4_lmul_e4m3_fp32_partial", (100, 16, 8), 4 * (16 + 4 + 100 - 2)),
    ],
)
def test_scale_sims_formula(name, shape, total):
    assert scale_sim_cycles(array_named(name), *shape) == total


@pytest.mark.parametrize("count", [cycles, scale_sim_cycles])
def test_products_that_the_array_cannot_compute(count):
    array = array_named("array_ws_4x4_lmul_e4m3_fp32")
    with pytest.raises(SpecificationError, match=r"^an inner dimension of 5 exceeds the 4 rows"):
        count(array, 3, 5, 3)
    with pytest.raises(
        SpecificationError, match=r"^a product of 0 x 3 and 3 x 2 matrices is empty"
    ):
        count(array, 0, 3, 2)
