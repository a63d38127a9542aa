"""Several products a cycle: the order of the additions."""

import numpy as np
import pytest

from lmul_pe.model import (
    AlignedAccumulator,
    DotProduct,
    FloatAccumulator,
    IntegerMultiplier,
    Mac,
    Multiplier,
    SpecificationError,
    decode,
    dot_named,
    encode,
    mac_named,
    unit_named,
)
from tests.sweep import some


class TestSpecification:
    def test_parts(self):
        dot = DotProduct(Multiplier("lmul", "e4m3"), FloatAccumulator(), np.int64(4))
        assert dot.n == dot.products_per_cycle == 4
        assert dot.name == "dot4_lmul_e4m3_fp32"
        assert dot.mac == Mac(dot.multiplier, dot.accumulator)
        assert dot != DotProduct(dot.multiplier, dot.accumulator, 5)
        assert dot != dot.mac

    def test_the_register_is_the_macs(self):
        dot = dot_named("dot8_exact_e4m3_fixed_terms16")
        assert dot.register == mac_named("mac_exact_e4m3_fixed_terms16").register

    def test_four_products_a_cycle_by_default(self):
        assert DotProduct(Multiplier("lmul", "e4m3"), FloatAccumulator()).n == 4

    @pytest.mark.parametrize(
        ("name", "exact", "once"),
        [
            # One product a cycle is no addition of several.
            ("dot1_lmul_e4m3_fixed", False, False),
            ("dot2_lmul_e4m3_fixed", True, True),
            ("dot3_lmul_e4m3_fixed_terms3", True, True),
            ("dot4_lmul_e4m3_fixed_terms3", False, False),
            # The register has its terms' room only if it is not given by its bits.
            ("dot2_lmul_e4m3_fixed_msb9", False, False),
            ("dot2_lmul_e4m3_fixed_lsbm4", False, False),
            ("dot2_lmul_e4m3_fixed_msb9_lsbm6", False, False),
            ("dot1_int8_int32", False, False),
            ("dot2_int8_int32", True, True),
            ("dot1_lmul_e4m3_window", False, False),
            ("dot2_lmul_e4m3_window", False, True),
            ("dot2_lmul_e4m3_fp32", False, False),
            ("dot2_lmul_e4m3_aligned", False, False),
        ],
    )
    def test_which_units_add_the_products_of_a_cycle_at_once(self, name, exact, once):
        dot = unit_named(name)
        assert (dot.is_exact, dot.adds_once) == (exact, once)

    @pytest.mark.parametrize(
        ("name", "mac"),
        [
            ("dot2_lmul_e4m3_latency1_fixed", "mac_lmul_e4m3_fixed"),
            ("dot2_int8_int32", "mac_int8_int32"),
        ],
    )
    def test_the_mac_of_the_same_parts_has_no_registers_behind_its_multiplier(self, name, mac):
        assert unit_named(name).mac == mac_named(mac)

    @pytest.mark.parametrize(
        ("n", "message"),
        [
            (0, r"^n 0 is not possible: expected 1 to 64; the nearest is 1$"),
            (65, r"^n 65 is not possible: expected 1 to 64; the nearest is 64$"),
            (2.0, r"^n 2.0 is not an integer: expected 1 to 64$"),
        ],
    )
    def test_numbers_of_products_that_are_refused(self, n, message):
        with pytest.raises(SpecificationError, match=message):
            DotProduct(Multiplier("lmul", "e4m3"), FloatAccumulator(), n)

    def test_what_a_mac_refuses(self):
        with pytest.raises(SpecificationError, match="guard 'raw' is refused"):
            DotProduct(Multiplier("lmul", "e4m3", guard="raw"), FloatAccumulator(), 4)
        with pytest.raises(SpecificationError, match="which are integers"):
            DotProduct(IntegerMultiplier(), AlignedAccumulator(), 4)


UNITS = [
    *(f"dot{n}_{kind}_e4m3_fp32" for n in (2, 3, 4, 5, 7) for kind in ("lmul", "exact")),
    *("dot3_lmul_e5m2_e5m2", "dot5_exact_e4m3_e4m3", "dot6_lmul_e4m3fnuz_gradual_e4m3fnuz"),
    *("dot3_exact_e2m1_e3m2_fused", "dot5_exact_fp16_fp16_fused", "dot5_exact_fp16_fp16"),
    *(
        "dot4_lmul_bf16_fp32",
        "dot3_exact_bf16_gradual_bf16",
        "dot7_exact_fp32_fp32",
        "dot2_lmul_fp32_bf16",
    ),
    *("dot3_exact_fp32_gradual_fp32_fused", "dot64_lmul_e4m3_bf16"),
    *(
        "dot3_lmul_e4m3_fp32_latency3",
        "dot4_exact_fp16_bf16_latency2",
        "dot2_exact_e5m2_fp16_latency4",
    ),
    *("dot4_lmul_e4m3_fixed", "dot5_exact_e5m2_fixed_to_e5m2", "dot64_exact_e4m3_fixed_terms64"),
    *("dot3_exact_e4m3_fixed_msb9_lsbm6", "dot4_lmul_bf16_fixed_msb20_lsbm60_to_bf16"),
    *("dot7_exact_fp32_fixed_msb60_lsbm60", "dot4_exact_e2m1_x_e4m3_fixed_msb3"),
]


@pytest.mark.parametrize("name", UNITS)
@pytest.mark.parametrize("length", some([6, 1, 13], 1))
def test_sums(name, length, operands, faults):
    unit = unit_named(name)
    a, b = operands(unit, 27, length, seed=[length, *name.encode()])
    assert faults(unit, a, b) == []


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 6, 8])
def test_trees_of_numbers_as_the_processor_adds_them(n):
    """e4m3 products into fp32: each is a float32 number."""
    random = np.random.default_rng(n)
    dot = dot_named(f"dot{n}_lmul_e4m3_fp32")
    length = 4 * n + n // 2
    a, b = encode(random.normal(size=(2, 300, length)), dot.multiplier.format)
    products = Multiplier("lmul", "e4m3", None, "fp32").compute(a, b).view(np.float32)
    products = np.pad(products, ((0, 0), (0, -length % n)))
    total = np.zeros(300, dtype=np.float32)
    for group in np.split(products, products.shape[1] // n, axis=1):
        terms = list(group.T)
        # By hand, as lists of what is added to what.
        trees = {
            1: lambda t: t[0],
            2: lambda t: t[0] + t[1],
            3: lambda t: (t[0] + t[1]) + t[2],
            4: lambda t: (t[0] + t[1]) + (t[2] + t[3]),
            5: lambda t: ((t[0] + t[1]) + (t[2] + t[3])) + t[4],
            6: lambda t: ((t[0] + t[1]) + (t[2] + t[3])) + (t[4] + t[5]),
            8: lambda t: ((t[0] + t[1]) + (t[2] + t[3])) + ((t[4] + t[5]) + (t[6] + t[7])),
        }
        total = total + trees[n](terms)
    assert (dot.dot(a, b) == total.view(np.uint32)).all()


ACCUMULATORS = [
    "fp32",
    "e5m2",
    "bf16_latency2",
    "fixed",
    "fixed_msb9_lsbm6",
    "aligned",
    "aligned_guard0",
]


@pytest.mark.parametrize("accumulator", ACCUMULATORS)
@pytest.mark.parametrize("multiplier", ["lmul_e4m3", "exact_e5m2"])
def test_one_product_a_cycle_is_a_mac(multiplier, accumulator, operands):
    mac = mac_named(f"mac_{multiplier}_{accumulator}")
    dot = dot_named(f"dot1_{multiplier}_{accumulator}")
    a, b = operands(mac, 90, 11, seed=4)
    assert (dot.dot(a, b) == mac.dot(a, b)).all()
    assert (dot.overflowed(a, b) == mac.overflowed(a, b)).all()
    assert (dot.gemm(a, b.T) == mac.gemm(a, b.T)).all()


def test_an_odd_product_passes_up_unrounded():
    """fp16 products of 22 bits into fp16: the third meets its sum without a rounding of its own."""
    dot = dot_named("dot3_exact_fp16_fp16_fused")
    format = dot.multiplier.format
    step = 2.0**-10
    # 1 + 2^-9 + 2^-20 and -(1 + 2^-9): only the last bits of the product are left.
    a = encode([1.0, 2.0**-9, 1 + step], format)
    b = encode([-1.0, -1.0, 1 + step], format)
    assert decode(dot.dot(a, b), dot.accumulator.format) == 2.0**-20
    assert decode(dot_named("dot3_exact_fp16_fp16").dot(a, b), dot.accumulator.format) == 0.0


def test_intermediate_sums_of_a_tree_are_rounded():
    dot = dot_named("dot4_exact_e4m3_e4m3")
    format = dot.multiplier.format
    a, b = encode([16.0, 1.0, 1.0, 0.5], format), encode([1.0] * 4, format)
    # 17 is a tie that goes to 16; 1.5 stays; 17.5 rounds to 18.
    assert decode(dot.dot(a, b), format) == 18.0
    # In order every addition is below half a unit.
    assert decode(dot.mac.dot(a, b), format) == 16.0


def test_the_last_cycle_is_filled_with_zeros():
    for name in ("dot4_exact_e5m2_e5m2", "dot4_exact_e5m2_fixed", "dot4_exact_e5m2_aligned"):
        dot = dot_named(name)
        codes = np.full((1, 5), 0x3C)
        assert decode(dot.dot(codes, codes), dot.accumulator.result) == 5.0
    # A product that underflows to -0 does so in the tree, whose -0 then meets the sum's +0.
    assert mac_named("mac_exact_e5m2_gradual_e5m2").dot([0x01], [0x81]) == 0x80
    assert dot_named("dot2_exact_e5m2_gradual_e5m2").dot([0x01], [0x81]) == 0x00


def test_a_cycle_is_checked_for_overflow_as_a_whole():
    a = encode([7.0, 1.0, -1.0, 0.0], Multiplier("exact", "e4m3").format)
    ones = np.full(4, 0x38)
    for n, overflows in ((1, True), (2, True), (3, False), (4, False)):
        dot = dot_named(f"dot{n}_exact_e4m3_fixed_msb3_lsb0")
        assert dot.overflowed(a, ones) == overflows
    assert not dot_named("dot2_exact_e4m3_fixed_msb3_lsb0").overflowed(a[[0, 2, 1, 3]], ones)


def test_begins_elsewhere():
    for accumulator in ("fp32", "fixed", "aligned"):
        dot = dot_named(f"dot3_exact_e4m3_{accumulator}")
        start = encode([[100.0, -1.5]], dot.accumulator.result)
        a, b = encode([[1.0, 2.0, 3.0, 4.0]], dot.multiplier.format), np.full((4, 2), 0x38)
        assert decode(dot.gemm(a, b, start), dot.accumulator.result).tolist() == [[110.0, 8.5]]
