import ml_dtypes
import numpy as np
import pytest

from lmul_pe.model import FloatAccumulator, FloatFormat, format_named, matmul
from lmul_pe.model.network.arithmetic import Arithmetic
from lmul_pe.model.network.narrow_sums import is_narrow_sum
from lmul_pe.model.unit.names import accumulator_named
from tests.sweep import some

RANDOM = np.random.default_rng(7)
LEFT, RIGHT = (
    (RANDOM.normal(size=shape) * 2 ** RANDOM.uniform(-9, 6, shape)).astype(np.float32)
    for shape in ((2, 4, 40), (2, 40, 5))
)


@pytest.mark.parametrize("subnormals", ["flush", "gradual"])
@pytest.mark.parametrize("kind", ["exact", "lmul", "table"])
@pytest.mark.parametrize("accumulate", some(["e5m2_fused", "bf16", "bf16_fused", "e4m3_fused"], 2))
def test_sums_are_the_accumulators(accumulate, kind, subnormals):
    """The model computes on codes, one addition after the other."""
    arithmetic = Arithmetic("e4m3", kind, accumulate=accumulate, subnormals=subnormals)
    assert is_narrow_sum(format_named("e4m3"), accumulator_named(accumulate))
    left, right = arithmetic.left(LEFT), arithmetic.right(RIGHT)
    options = {"kind": kind, "accumulate": accumulate, "subnormals": subnormals}
    wanted = matmul(left.values, right.values, "e4m3", **options)
    assert np.array_equal(arithmetic.product(left, right), wanted, equal_nan=True)


def test_each_addition_is_rounded_once():
    arithmetic = Arithmetic("e4m3", "exact", accumulate="e5m2_fused")
    left, right = arithmetic.left(LEFT[0]), arithmetic.right(RIGHT[0])
    sums = np.zeros((4, 5))
    for k in range(40):
        exact = sums + left.values[:, k, None].astype(np.float64) * right.values[k]
        sums = exact.astype(ml_dtypes.float8_e5m2).astype(np.float64)
    assert np.array_equal(arithmetic.product(left, right), sums)


@pytest.mark.parametrize(("mantissa_bits", "holds"), [(7, True), (6, False)])
def test_products_of_more_bits_than_a_register_has_are_rounded_first(mantissa_bits, holds):
    # Products of e4m3 have 8 significant bits.
    register = FloatFormat(8, mantissa_bits)
    assert is_narrow_sum(format_named("e4m3"), FloatAccumulator(register)) == holds
    assert is_narrow_sum(format_named("e4m3"), FloatAccumulator(register, fused=True))


def test_sums_below_the_least_normal_number_of_a_register_are_kept():
    arithmetic = Arithmetic("e4m3", "exact", accumulate="e5m2_fused", subnormals="gradual")
    # e5m2 has subnormal numbers from 2^-16 to 3 of it.
    small = np.full((1, 3), 2.0**-8, dtype=np.float32)
    left, right = arithmetic.left(small), arithmetic.right(small.T)
    assert arithmetic.product(left, right) == 3 * 2.0**-16


@pytest.mark.parametrize(
    ("format", "accumulator"),
    [
        # Rounded before they are added; a range beyond float64's bits; a table of too many pairs;
        # other registers.
        ("e4m3", "e5m2"),
        ("e4m3", "e5m10"),
        ("e5m2", "e5m2_fused"),
        ("e4m4", "e5m2_fused"),
        ("e4m3", "fp32"),
        ("e4m3", "e5m2_fused_latency2"),
        ("e4m3", "fixed"),
    ],
)
def test_others_are_left_to_the_model(format, accumulator):
    assert not is_narrow_sum(format_named(format), accumulator_named(accumulator))
