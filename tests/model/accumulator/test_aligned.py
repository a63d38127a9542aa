"""Sums aligned to the largest exponent, against rational arithmetic and by hand."""

import numpy as np
import pytest

from lmul_pe.model import (
    AlignedAccumulator,
    FloatFormat,
    SpecificationError,
    decode,
    dot_named,
    encode,
    format_named,
    mac_named,
    unit_named,
)
from tests.sweep import some


class TestSpecification:
    def test_defaults(self):
        accumulator = AlignedAccumulator()
        assert accumulator.format == accumulator.result == format_named("fp32")
        assert accumulator.guard_bits == 3
        assert accumulator == AlignedAccumulator("fp32", guard_bits=3)

    def test_a_sum_is_finished_as_soon_as_its_last_products_are_added(self):
        accumulator = AlignedAccumulator()
        assert (accumulator.latency, accumulator.finish_latency) == (1, 0)
        assert not accumulator.overflows

    @pytest.mark.parametrize(
        ("arguments", "guard_bits", "name"),
        [
            ((), 3, "aligned"),
            (("e8m23",), 3, "aligned"),
            ((FloatFormat(8, 7),), 3, "aligned_to_bf16"),
            ((), 0, "aligned_guard0"),
            (("fp16",), np.int64(32), "aligned_guard32_to_fp16"),
        ],
    )
    def test_names(self, arguments, guard_bits, name):
        accumulator = AlignedAccumulator(*arguments, guard_bits=guard_bits)
        assert accumulator.name == str(accumulator) == name

    @pytest.mark.parametrize(
        ("guard_bits", "message"),
        [
            (-1, r"^guard_bits -1 is not possible: expected 0 to 32; the nearest is 0$"),
            (33, r"^guard_bits 33 is not possible: expected 0 to 32; the nearest is 32$"),
            ("3", r"^guard_bits '3' is not an integer"),
            (None, r"^guard_bits None is not an integer"),
        ],
    )
    def test_what_is_refused(self, guard_bits, message):
        with pytest.raises(SpecificationError, match=message):
            AlignedAccumulator(guard_bits=guard_bits)


UNITS = [
    *(
        f"{unit}_{kind}_{name}_aligned"
        for unit in ("mac", "dot4")
        for kind in ("lmul", "exact")
        for name in ("e4m3", "e5m2_gradual", "bf16", "fp16", "fp32", "e4m3fnuz")
    ),
    *(f"dot3_{kind}_e2m1_aligned_guard0_to_e2m1" for kind in ("lmul", "exact")),
    *(f"dot5_{kind}_fp16_gradual_aligned_guard1_to_bf16" for kind in ("lmul", "exact")),
    *("dot64_lmul_e4m3_aligned_guard32", "dot2_exact_fp32_gradual_aligned_guard32_to_e11m52"),
    *("dot4_exact_tf32_aligned_guard32", "mac_exact_bf16_gradual_aligned_guard0_to_e4m3"),
    *("dot7_lmul_bf16_gradual_aligned_to_fp16", "dot4_exact_e2m1_x_e4m3_aligned_to_e5m2"),
    *("dot8_lmul_e5m2_equation_aligned_guard2_to_e5m2", "dot2_lmul_fp32_aligned_guard28"),
    *("dot4_exact_e4m3_aligned_guard5_to_e4m3fnuz", "dot3_exact_e3m2_aligned_to_e3m30"),
]


@pytest.mark.parametrize("name", some(UNITS, 12))
def test_one_cut_and_one_rounding_per_cycle(name, operands, faults):
    unit = unit_named(name)
    assert faults(unit, *operands(unit, 48, 13, seed=[8, *name.encode()])) == []


def total(name, *products):
    """The sum of products of values, each with 1 or as a pair."""
    unit = unit_named(name)
    pairs = [each if isinstance(each, tuple) else (each, 1.0) for each in products]
    formats = unit.multiplier.format, unit.multiplier.format_b
    a, b = (encode([pair[side] for pair in pairs], format) for side, format in enumerate(formats))
    return float(decode(unit.dot(a, b), unit.accumulator.result))


def test_magnitudes_are_cut_below_the_guard_bits():
    """fp16 into a format of 3 mantissa bits with 2 guard bits: cut at 1/32 of the largest."""
    name = "dot4_exact_fp16_aligned_guard2_to_e5m3"
    assert total(name, 16.0, 0.5) == 16.0
    # Sixteen and a half and a half is a tie without what is cut, and 16 with it.
    assert total(name, 16.0, 0.75, 0.25) == 16.0
    assert total(name, 16.0, 0.5, 0.5) == 16.0
    assert total(name, 16.0, 0.5, 0.5, 0.5) == 18.0
    # Toward zero in either direction.
    assert total(name, 16.0, -0.75, -0.75) == 15.0
    assert total(name, 16.0, -0.25, -0.25) == 16.0
    assert total(name, -16.0, 0.25, 0.25) == -16.0


def test_the_sum_takes_part_in_the_alignment():
    name = "mac_exact_fp16_aligned_guard0_to_e5m3"
    assert total(name, 0.75, 16.0, -16.0) == 0.0
    assert total(name, 16.0, -16.0, 0.75) == 0.75
    assert total("dot3_exact_fp16_aligned_guard0_to_e5m3", 0.75, 16.0, -16.0) == 0.0
    # 2^4 + 15/8 is cut to 17, a tie that goes to 16.
    assert total(name, 16.0, 1.875) == 16.0


def test_an_exact_product_is_not_normalised():
    """1.5 * 1.5 has the exponent 0, and so has 1.5: the cut is as if the product were below 2."""
    name = "dot2_exact_fp16_aligned_guard0_to_e5m3"
    assert total(name, (1.5, 1.5), 0.125) == 2.5, "2.25 + 0.125 is a tie"
    assert total(name, (1.5, 1.5), 0.1875) == 2.5
    # The same value with one operand of a larger exponent: the eighth is cut.
    assert total(name, 2.25, 0.1875) == 2.25


def test_an_l_mul_product_has_its_own_exponent():
    """1.5 * 1.75 is 2.5 and 1/16 more by one addition: its exponent is 1."""
    name = "dot2_lmul_fp16_aligned_guard0_to_e5m3"
    assert total(name, (1.5, 1.75)) == 2.5
    assert total("dot2_lmul_fp16_offset0_aligned_guard0_to_e5m3", (1.5, 1.75), 0.1875) == 2.5
    assert total("dot2_exact_fp16_aligned_guard0_to_e5m3", (1.25, 2.0), 0.1875) == 2.5
    assert total("dot2_exact_fp16_aligned_guard0_to_e5m3", (1.25, 1.0), (0.1875, 8.0)) == 2.75


def test_subnormal_operands_have_the_least_normal_exponent():
    """The least subnormal number of e5m2, 2^-16, times 1 goes by 2^-14."""
    name = "dot2_exact_e5m2_gradual_aligned_guard0_to_e8m2"
    least = 2.0**-16
    # 2^-18 beside it is cut by a unit of 2^-16.
    assert total(name, least, (least, 0.25)) == least
    # An L-Mul product is normalised, and its unit 2^-18; the offset makes it 1.25 times as much.
    assert total("dot2_lmul_e5m2_offset0_gradual_aligned_guard0_to_e8m2", least, (least, 0.25)) == (
        least * 1.25
    )


def test_the_sign_of_what_is_left_below_a_limb():
    """1 + 2^-19 less (1 + 2^-20)^2: the integers have 57 bits, of which 15 are left."""
    small = 1 + 2.0**-20
    products = [1.0, 2.0**-19, (-small, small)]
    assert total("mac_exact_fp32_aligned_to_e11m52", *products) == -(2.0**-40)


def test_zeros_do_not_count():
    name = "dot4_exact_e5m2_aligned_guard0_to_e8m2"
    assert total(name, (0.0, 57344.0), (2.0**-14, 1.0)) == 2.0**-14
    assert total(name, (2.0**-16, 57344.0), (2.0**-14, 1.0)) == 2.0**-14, "flushed"
    assert total(name) == 0.0


@pytest.mark.parametrize("products", [[-0.0], [-0.0, -0.0], [1.0, -1.0], [-1.0, 1.0]])
def test_a_sum_of_zero_is_positive(products):
    for name in ("mac_exact_e5m2_aligned", "dot2_exact_e5m2_aligned"):
        assert np.copysign(1.0, total(name, *products)) == 1.0


@pytest.mark.parametrize(
    ("products", "expected"),
    [
        ([np.inf, -57344.0], np.inf),
        ([1.0, -np.inf, 1.0], -np.inf),
        ([np.inf, 1.0, -np.inf], np.nan),
        ([(np.inf, 0.0)], np.nan),
        ([np.nan, 1.0], np.nan),
        ([(57344.0, 57344.0)], np.inf),
        ([(57344.0, 57344.0), (-57344.0, 57344.0)], 0.0),
    ],
)
def test_special_sums(products, expected):
    found = total("dot3_exact_e5m2_aligned_to_e5m2", *products)
    assert found == expected or (np.isnan(found) and np.isnan(expected))


def test_overflow_saturates_where_there_is_no_infinity():
    assert total("dot2_exact_e4m3_aligned_to_e4m3", (448.0, 448.0)) == 448.0
    assert total("dot2_exact_e5m2_aligned_to_e4m3", -np.inf, 1.0) == -448.0


def test_enough_guard_bits_make_it_exact(operands):
    """e2m1 products are multiples of 1/4 up to 36: nothing is cut, and nothing rounded."""
    unit = dot_named("dot4_exact_e2m1_gradual_aligned")
    a, b = operands(unit, 100, 30, seed=1)
    values = (decode(a, unit.multiplier.format) * decode(b, unit.multiplier.format)).sum(axis=1)
    assert (decode(unit.dot(a, b), unit.accumulator.result) == values).all()


def test_begins_with_codes():
    mac = mac_named("mac_exact_e4m3_aligned_guard0_to_e5m3")
    start = encode([[16.0, 0.75, -16.0, np.inf, np.nan]], mac.accumulator.result)
    found = mac.gemm([[0x38]], np.full((1, 5), 0x34), start)
    expected = [[16.0, 1.5, -16.0, np.inf, np.nan]]
    np.testing.assert_array_equal(decode(found, mac.accumulator.result), expected)
    assert mac.gemm([[0x00]], [[0x00]], [[mac.accumulator.result.least_normal | 1 << 8]]) == 0x108


def test_never_overflows_a_register(operands):
    unit = dot_named("dot4_exact_e5m2_aligned_to_e5m2")
    assert not unit.overflowed(*operands(unit, 30, 9, seed=2)).any()


@pytest.mark.parametrize("sign", [1, -1])
def test_what_little_two_nearly_equal_numbers_leave_has_its_sign(sign):
    """1 + 2^-12 less (1 + 2^-13)^2 leaves 2^-26, far below the leading bits that were added."""
    mac = mac_named("mac_exact_fp32_aligned_guard32")
    near = 1 + 2.0**-13
    a, b = encode([sign * (1 + 2.0**-12), -sign * near], "fp32"), encode([1, near], "fp32")
    assert decode(mac.dot(a, b), "fp32") == -sign * 2.0**-26
