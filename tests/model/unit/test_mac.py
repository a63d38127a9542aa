"""Sums of products, against NumPy's own floating point and against rational arithmetic."""

from itertools import product

import numpy as np
import pytest

from lmul_pe.model import (
    KINDS,
    FloatAccumulator,
    Mac,
    Multiplier,
    SpecificationError,
    decode,
    encode,
    format_named,
    mac_named,
)
from tests.sweep import some

SMALL_INTO_FP32 = ["e4m3", "e5m2", "e4m3fnuz", "e3m2", "e2m1", "e5m2fnuz"]


REFERENCED = [
    *(f"mac_{kind}_{name}" for kind in KINDS for name in ("e4m3_fp32", "e4m3_gradual_e5m2")),
    *("mac_exact_fp32_gradual_fp32_fused", "mac_lmul_e4m3_x_e5m2_fp32"),
    *("mac_lmul_fp16_equation_fp16", "mac_lmul_e4m3_offset0_bf16", "mac_exact_e4m3_e2m1ieee"),
    *("mac_exact_bf16_bf16_fused", "mac_exact_fp16_e4m3"),
    *(f"mac_{kind}_{name}" for kind in KINDS for name in ("e4m3_e4m3", "e5m2_fp16")),
    *(f"mac_{kind}_{name}" for kind in KINDS for name in ("e5m2_fp32", "e2m1_e3m2")),
    # The reference fits a table by trying all constants on all mantissas of a cell in exact
    # arithmetic: hours of fp16, years of fp32.
    *(
        f"mac_{kind}_{name}"
        for kind in KINDS
        if kind != "table"
        for name in ("bf16_bf16", "bf16_fp32", "fp16_fp32", "fp32_fp32")
    ),
    *("mac_exact_fp32_fp32_fused", "mac_exact_fp32_gradual_fp32", "mac_lmul_fp32_gradual_fp32"),
    *("mac_exact_e4m3_e4m3_fused", "mac_exact_e2m3_e2m1_fused", "mac_exact_fp16_fp16_fused"),
    *("mac_exact_bf16_gradual_fp32", "mac_lmul_bf16_gradual_fp32", "mac_lmul_fp32_bf16"),
    *("mac_exact_bf16_x_e4m3_gradual_fp16", "mac_exact_e4m3fnuz_e4m3fnuz"),
    *("mac_lmul_e5m2fnuz_gradual_e4m3fnuz", "mac_exact_tf32_e11m52"),
    *("mac_exact_fp32_e11m52_fused", "mac_table_bf16_fp32"),
]
"""The last one is for the long tests."""


@pytest.mark.parametrize("name", some(REFERENCED, 13, len(REFERENCED) - 1))
def test_one_rounding_per_product_in_order(name, operands, faults):
    mac = mac_named(name)
    a, b = operands(mac, 72, 12, seed=[3, *name.encode()])
    assert faults(mac, a, b) == []
    finite = np.isfinite(decode(mac.dot(a, b), mac.accumulator.format))
    assert finite.mean() > 0.4, "sums that say something"


@pytest.mark.parametrize(
    ("name", "native"),
    [
        *((f"mac_{kind}_{name}_fp32", np.float32) for kind in KINDS for name in SMALL_INTO_FP32),
        *((f"mac_{kind}_e4m3_gradual_fp32", np.float32) for kind in KINDS),
        *((f"mac_{kind}_fp16_fp32", np.float32) for kind in KINDS),
        *((f"mac_{kind}_e4m3_x_e5m2_fp32", np.float32) for kind in KINDS),
        *((f"mac_{kind}_e2m3_fp16", np.float16) for kind in KINDS),
        *((f"mac_{kind}_e3m2_gradual_fp16", np.float16) for kind in KINDS),
    ],
)
def test_products_that_are_numbers_of_the_format_add_up_as_the_processor_adds(
    name, native, operands
):
    """The product comes from a multiplier whose result is a float64 number."""
    mac = mac_named(name)
    a, b = operands(mac, 300, 50, seed=7)
    multiplier = mac.multiplier
    wide = Multiplier(
        multiplier.kind,
        multiplier.format,
        multiplier.format_b,
        "e11m52",
        carry=multiplier.carry,
        offset=multiplier.offset,
        subnormals=multiplier.subnormals,
    )
    values = decode(wide.compute(a, b), wide.format_y)
    with np.errstate(all="ignore"):
        entering = values.astype(native)
        assert ((entering == values) | np.isnan(values)).all()
        total = np.zeros(len(a), dtype=native)
        for column in entering.T:
            total = total + column
    found = mac.dot(a, b)
    expected = np.where(np.isnan(total), mac.accumulator.format.nan, total.view(found.dtype))
    assert (found == expected).all()


@pytest.mark.parametrize("kind", KINDS)
def test_bfloat16_in_range_adds_up_as_the_processor_adds(kind):
    mac = Mac(Multiplier(kind, "bf16"), FloatAccumulator())
    random = np.random.default_rng(9)
    a, b = (encode(random.normal(size=(400, 60)), mac.multiplier.format) for _ in "ab")
    wide = Multiplier(kind, "bf16", "bf16", "e11m52")
    entering = decode(wide.compute(a, b), wide.format_y).astype(np.float32)
    total = np.zeros(len(a), dtype=np.float32)
    for column in entering.T:
        total += column
    assert (mac.dot(a, b) == total.view(np.uint32)).all()


def test_a_product_beyond_the_accumulators_range_counts_in_full():
    mac = Mac(Multiplier("exact", "bf16"), FloatAccumulator())

    def total(*values):
        a, b = encode(np.array(values).T, mac.multiplier.format)
        return int(mac.dot(a, b))

    # 2^128 is none of its numbers, nor is half of its least one.
    assert total((2.0**64, 2.0**64)) == mac.accumulator.format.infinity
    # The sum is infinite, the product beyond all numbers but finite.
    opposite = (2.0**64, 2.0**64), (-(2.0**64), 2.0**64)
    assert total(*opposite) == mac.accumulator.format.infinity
    largest = (-(2.0**64), 2.0**63), (-(2.0**64), 2.0**63 * (1 - 2.0**-8))
    assert total(*largest, (2.0**64, 2.0**64)) == int(encode(2.0**119, mac.accumulator.format))
    assert total((2.0**-75, 2.0**-75)) == 0
    assert total((2.0**-75, 1.5 * 2.0**-75)) == 1


ONE, TWO, LARGEST, INFINITE = 0x3C, 0x40, 0x7B, 0x7C


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], 0),
        ([(0x00, 0x80)], 0),
        ([(0x80, ONE), (0x80, ONE)], 0),
        ([(ONE, ONE), (ONE, ONE | 0x80)], 0),
        ([(INFINITE, ONE), (LARGEST, 0xFB)], INFINITE),
        ([(INFINITE, ONE), (INFINITE, 0xBC)], 0x7E),
        ([(INFINITE, 0)], 0x7E),
        ([(INFINITE, 0x01)], 0x7E),
        ([(0xFD, ONE), (ONE, ONE)], 0x7E),
        ([(LARGEST, TWO), (LARGEST, 0xC0)], 0x7E ^ 0x02),
        ([(LARGEST, ONE), (ONE, ONE)], LARGEST),
    ],
)
def test_special_sums(pairs, expected):
    mac = mac_named("mac_exact_e5m2_e5m2")
    a, b = ([pair[side] for pair in pairs] for side in (0, 1))
    assert mac.dot(np.array(a, dtype=np.uint8), np.array(b, dtype=np.uint8)) == expected


@pytest.mark.parametrize("accumulator", ["fp32", "fp16", "bf16"])
def test_infinities_of_both_signs_give_the_canonical_nan(accumulator):
    """The processor's own is negative."""
    mac = Mac(Multiplier("exact", "e5m2"), FloatAccumulator(accumulator))
    found = mac.dot([INFINITE, INFINITE | 0x80], [ONE, ONE])
    assert found == mac.accumulator.format.nan


def test_underflow_of_a_negative_product_leaves_a_negative_zero():
    mac = mac_named("mac_exact_e5m2_gradual_e5m2")
    assert mac.dot([0x01], [0x81]) == 0x80
    assert mac.dot([0x01, 0x01], [0x81, 0x80]) == 0x80
    assert mac.dot([0x01, 0x01], [0x81, 0x00]) == 0x00


def test_saturation_can_be_left_again():
    mac = mac_named("mac_exact_e4m3_e4m3")
    largest, one = 0x7E, 0x38
    assert mac.dot([largest, largest], [largest, one | 0x80]) == 0
    assert mac.dot([largest] * 3, [one] * 3) == largest


@pytest.mark.parametrize(
    "name", ["mac_lmul_e4m3_fp32", "mac_exact_fp16_bf16", "mac_lmul_bf16_fp32"]
)
def test_matrices_and_sums_agree(name, operands):
    mac = mac_named(name)
    a, b = operands(mac, 30, 20, seed=1)
    b = b[:7].T
    found = mac.gemm(a, b)
    assert found.shape == (30, 7)
    assert found.dtype == mac.dot(a[0], b[:, 0]).dtype
    broadcast = mac.dot(a[:, None, :], b.T[None, :, :])
    assert (found == broadcast).all()
    for row, column in product(range(0, 30, 11), range(7)):
        assert mac.dot(a[row], b[:, column]) == found[row, column]


def test_blocks_of_a_large_product_fit_together(operands):
    mac = mac_named("mac_lmul_e4m3_fp32")
    a, b = operands(mac, 300, 3, seed=2)
    b = operands(mac, 200, 3, seed=4)[1].T
    found = mac.gemm(a, b)
    rows = [0, 80, 81, 82, 163, 164, 299]
    assert (found[rows] == mac.dot(a[rows][:, None], b.T[None])).all()
    many_a, many_b = (np.tile(side, (120, 1)) for side in operands(mac, 300, 3, seed=2))
    sums = mac.dot(many_a, many_b)
    assert (sums.reshape(120, 300) == sums[:300]).all()
    assert (
        sums[:300] == [mac.dot(x, y) for x, y in zip(many_a[:300], many_b[:300], strict=True)]
    ).all()


@pytest.mark.parametrize(
    ("shape_a", "shape_b", "shape"),
    [
        ((5,), (5,), ()),
        ((2, 3, 5), (5,), (2, 3)),
        ((2, 1, 5), (3, 5), (2, 3)),
        ((4, 0), (4, 0), (4,)),
        ((0, 5), (0, 5), (0,)),
        ((3, 1), (3, 4), (3,)),
    ],
)
def test_shapes_of_sums(shape_a, shape_b, shape):
    mac = mac_named("mac_exact_e4m3_fp32")
    found = mac.dot(np.full(shape_a, 0x38, dtype=np.uint8), np.full(shape_b, 0x38, dtype=np.uint8))
    assert found.shape == shape
    assert found.dtype == np.uint32
    length = np.broadcast_shapes(shape_a, shape_b)[-1]
    assert (decode(found, format_named("fp32")) == length).all()


@pytest.mark.parametrize(
    ("rows", "length", "columns"), [(0, 3, 2), (2, 3, 0), (2, 0, 3), (1, 1, 1)]
)
def test_shapes_of_matrices(rows, length, columns):
    mac = mac_named("mac_lmul_bf16_fp32")
    one = 0x3F80
    a, b = (np.full(s, one, dtype=np.uint16) for s in ((rows, length), (length, columns)))
    found = mac.gemm(a, b)
    assert found.shape == (rows, columns)
    assert (
        found
        == mac.dot(np.full(length, one, dtype=np.uint16), np.full(length, one, dtype=np.uint16))
    ).all()


@pytest.mark.parametrize(
    ("shape_a", "shape_b"), [((2, 3), (4, 2)), ((3,), (3, 2)), ((2, 3), (3,)), ((1, 2, 3), (3, 2))]
)
def test_what_is_no_matrix_product_is_refused(shape_a, shape_b):
    mac = mac_named("mac_lmul_e4m3_fp32")
    with pytest.raises(SpecificationError, match=r"shapes .* are no matrix product: expected"):
        mac.gemm(np.zeros(shape_a, dtype=np.uint8), np.zeros(shape_b, dtype=np.uint8))


def test_what_is_no_dot_product_is_refused():
    mac = mac_named("mac_lmul_e4m3_fp32")
    with pytest.raises(
        SpecificationError, match=r"of shape \(3,\) and b of shape \(4,\) do not pair"
    ):
        mac.dot([1, 2, 3], [1, 2, 3, 4])
    with pytest.raises(SpecificationError, match="a dot product needs vectors"):
        mac.dot(1, [2])
    for compute in (mac.dot, mac.gemm):
        with pytest.raises(SpecificationError, match="codes a of type float64 are not codes"):
            compute([[1.0]], [[1]])
        with pytest.raises(SpecificationError, match="codes b 256 is outside e4m3"):
            compute([[1]], [[256]])


@pytest.mark.parametrize(
    ("multiplier", "message"),
    [
        (Multiplier("lmul", "e4m3", guard="raw"), "guard 'raw' is refused inside"),
        (Multiplier("lmul", "e4m3", latency=1), "expected lmul_e4m3$"),
        (Multiplier("exact", "e5m2", overflow="saturate"), "expected exact_e5m2$"),
        (Multiplier("exact", "e5m2", rounding="rtz"), "expected exact_e5m2$"),
        (Multiplier("exact", "e4m3", None, "fp16"), "expected exact_e4m3$"),
        (
            Multiplier("lmul", "e4m3", "e5m2", "fp16", subnormals="gradual", offset=3),
            "expected lmul_e4m3_x_e5m2_offset3_gradual$",
        ),
        (Multiplier("exact", "e11m52"), "has products of 106 bits: expected 60 at most"),
        (Multiplier("exact", "e8m30", "e8m29"), "has products of 61 bits: expected 60 at most"),
    ],
)
def test_a_multiplier_without_a_product_to_accumulate_is_refused(multiplier, message):
    with pytest.raises(SpecificationError, match=message):
        Mac(multiplier, FloatAccumulator())


def test_the_widest_products_are_accepted():
    assert Mac(Multiplier("exact", "e8m29", "e8m29"), FloatAccumulator()).name
    assert Mac(Multiplier("lmul", "e11m52"), FloatAccumulator()).name


def test_an_accumulator_has_nan_if_an_operand_can_be_one():
    with pytest.raises(SpecificationError, match=r"accumulator e3m2 cannot take the sum.*e4m3"):
        mac_named("mac_exact_e4m3_e3m2")
    assert mac_named("mac_exact_e2m3_e3m2").accumulator.format.name == "e3m2"


@pytest.mark.parametrize("accumulator", ["e3m2", "fixed_to_e3m2", "aligned_to_e2m1"])
@pytest.mark.parametrize("multiplier", ["exact_e4m3", "lmul_e3m2_x_e5m2", "exact_e4m3_x_e2m1"])
def test_every_accumulator_has_nan_if_an_operand_can_be_one(multiplier, accumulator):
    message = (
        rf"^accumulator {accumulator} cannot take the sum: an operand in e[45]m[23] can be NaN"
    )
    with pytest.raises(SpecificationError, match=message):
        mac_named(f"mac_{multiplier}_{accumulator}")


@pytest.mark.parametrize("accumulator", ["fp32", "fixed", "aligned", "e4m3"])
def test_only_the_second_operand_can_be_nan(accumulator, operands, faults):
    mac = Mac(
        Multiplier("exact", "e2m1", "e4m3"), mac_named(f"mac_lmul_e2m1_{accumulator}").accumulator
    )
    assert mac.name == f"mac_exact_e2m1_x_e4m3_{accumulator}"
    assert mac_named(mac.name) == mac
    a, b = operands(mac, 30, 5, seed=3)
    b[0, 0] = mac.multiplier.format_b.nan
    assert mac.dot(a, b)[0] == mac.accumulator.result.nan
    assert faults(mac, a, b) == []


@pytest.mark.parametrize("accumulator", ["fp32_latency2", "fixed", "aligned", "bf16_fused"])
@pytest.mark.parametrize(
    ("multiplier", "expected"),
    [
        ("lmul_e4m3_raw", "guard 'raw' is refused inside a multiply-accumulate"),
        ("lmul_e4m3_latency2", "expected lmul_e4m3$"),
        ("exact_fp16_to_fp32", "expected exact_fp16$"),
        ("exact_e2m1_x_e4m3_to_fp32", "expected exact_e2m1_x_e4m3$"),
    ],
)
def test_no_accumulator_takes_what_is_no_product(multiplier, accumulator, expected):
    with pytest.raises(SpecificationError, match=expected):
        mac_named(f"mac_{multiplier}_{accumulator}")


@pytest.mark.parametrize(
    ("multiplier", "accumulator", "message"),
    [
        (
            "int8",
            "fp32",
            r"^accumulator fp32 cannot take the products of int8, which are integers; ",
        ),
        ("int8", "fixed", r"expected an integer accumulator, as int32$"),
        ("int8", "aligned", r"expected an integer accumulator, as int32$"),
        ("int8", "int15", r"which have 16 bits; expected int16 or wider$"),
        ("int16", "int31", r"which have 32 bits; expected int32 or wider$"),
        (
            "lmul_e4m3",
            "int32",
            r"^accumulator int32 .* of lmul_e4m3, which are no integers; expected",
        ),
        ("exact_e2m1", "int8", r"expected a float format, fixed, aligned or window$"),
    ],
)
def test_integers_and_floats_are_kept_apart(multiplier, accumulator, message):
    with pytest.raises(SpecificationError, match=message):
        mac_named(f"mac_{multiplier}_{accumulator}")
