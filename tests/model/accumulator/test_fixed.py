"""Sums in fixed-point registers, against Python's integers and rational numbers."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmul_pe.model import (
    FixedAccumulator,
    FixedRegister,
    Mac,
    Multiplier,
    SpecificationError,
    decode,
    encode,
    format_named,
    mac_named,
)
from tests.sweep import some


class TestSpecification:
    def test_defaults(self):
        accumulator = FixedAccumulator()
        assert (accumulator.terms, accumulator.msb, accumulator.lsb) == (1024, None, None)
        assert accumulator.result == format_named("fp32")
        assert accumulator == FixedAccumulator(terms=1024, result="fp32")
        assert accumulator.name == str(accumulator) == "fixed"

    def test_a_product_takes_a_cycle_and_the_rounding_another(self):
        accumulator = FixedAccumulator()
        assert (accumulator.latency, accumulator.finish_latency) == (1, 1)
        assert accumulator.overflows

    @pytest.mark.parametrize(
        ("given", "name"),
        [
            ({"terms": 1}, "fixed_terms1"),
            ({"terms": 2**32}, "fixed_terms4294967296"),
            ({"result": "bf16"}, "fixed_to_bf16"),
            ({"result": "e8m23"}, "fixed"),
            ({"msb": 20}, "fixed_msb20"),
            ({"msb": 20, "lsb": -18}, "fixed_msb20_lsbm18"),
            ({"msb": -3, "lsb": -18}, "fixed_msbm3_lsbm18"),
            ({"lsb": np.int64(0), "terms": 3}, "fixed_terms3_lsb0"),
            ({"msb": 0, "lsb": -7, "result": "e4m3"}, "fixed_msb0_lsbm7_to_e4m3"),
        ],
    )
    def test_names(self, given, name):
        assert FixedAccumulator(**given).name == name

    @pytest.mark.parametrize(
        ("name", "bits"),
        # The widths that arithmetic on paper gives: twice the range of a format, and a sign.
        [("e4m3", 37), ("e5m2", 65), ("fp16", 81), ("e2m1", 9), ("e3m2", 19), ("e3m4", 21)],
    )
    @pytest.mark.parametrize("subnormals", ["flush", "gradual"])
    def test_registers_of_one_exact_product(self, name, bits, subnormals):
        multiplier = Multiplier("exact", name, subnormals=subnormals)
        assert FixedAccumulator(terms=1).register(multiplier).width == bits

    @pytest.mark.parametrize(
        ("terms", "more"), [(1, 0), (2, 1), (3, 2), (4, 2), (1024, 10), (1025, 11), (2**32, 32)]
    )
    def test_terms_add_bits_at_the_top(self, terms, more):
        register = FixedAccumulator(terms=terms).register(Multiplier("exact", "e4m3"))
        assert register == FixedRegister(18 + more, -18)

    @pytest.mark.parametrize(
        ("name", "register"),
        [
            # 448 * 448 is 2^17 * 1.625 by one addition; that of fp16 is just above 2^32.
            ("lmul_e4m3", (18, -15)),
            ("lmul_e4m3_gradual", (18, -21)),
            ("lmul_e4m3_gradual_offset0", (18, -18)),
            ("lmul_fp16_gradual", (33, -48 - 4)),
            ("exact_e5m2_x_e4m3", (25, -25)),
        ],
    )
    def test_registers_of_other_products(self, name, register):
        mac = mac_named(f"mac_{name}_fixed_terms1")
        assert mac.register == FixedRegister(*register)

    @pytest.mark.parametrize(("name", "bits"), [("bf16", 523), ("tf32", 529), ("fp32", 555)])
    def test_absurd_registers_are_refused(self, name, bits):
        with pytest.raises(
            SpecificationError,
            match=rf"register of {bits} bits .* refused: expected 160 .*msb and lsb give a window",
        ):
            Mac(Multiplier("exact", name), FixedAccumulator(terms=1))

    def test_the_narrowest_register_has_one_bit_beside_the_sign(self):
        assert FixedRegister(4, 3).width == 2
        assert FixedAccumulator(msb=-3, lsb=-4).name == "fixed_msbm3_lsbm4"

    def test_a_window_of_an_absurd_register(self):
        mac = Mac(Multiplier("exact", "fp32"), FixedAccumulator(msb=99, lsb=-60))
        assert mac.register.width == 160

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"terms": 0}, r"^terms 0 is not possible: expected 1 to 4294967296; .* is 1$"),
            ({"terms": 2**32 + 1}, r"^terms 4294967297 is not possible"),
            ({"terms": 1.0}, r"^terms 1.0 is not an integer"),
            ({"msb": "4"}, r"^msb '4' is not an integer: expected -8192 to 8192$"),
            ({"msb": 8193}, r"^msb 8193 is not possible: .*the nearest is 8192$"),
            ({"lsb": -8193}, r"^lsb -8193 is not possible: .*the nearest is -8192$"),
            ({"terms": 4, "msb": 4}, r"^terms 4 and msb 4 both size the register: expected one"),
            ({"msb": 4, "lsb": 4}, r"^msb 4 and lsb 4 leave no bit beside the sign"),
            ({"msb": 4, "lsb": 5}, r"expected an msb above the lsb$"),
            ({"msb": 100, "lsb": -60}, r"^a fixed-point register of 161 bits \(2\^100 to 2\^-60\)"),
            ({"result": "fp23"}, r"^format 'fp23' is not known"),
        ],
    )
    def test_what_is_refused(self, given, message):
        with pytest.raises(SpecificationError, match=message):
            FixedAccumulator(**given)

    def test_an_msb_below_what_products_need_downwards(self):
        with pytest.raises(SpecificationError, match="msb -18 and lsb -18 leave no bit"):
            Mac(Multiplier("exact", "e4m3"), FixedAccumulator(msb=-18))


EXACT = [
    *(f"mac_{kind}_{name}_fixed" for kind in ("lmul", "exact") for name in ("e4m3", "e5m2")),
    *(
        f"mac_{kind}_{name}_fixed_to_bf16"
        for kind in ("lmul", "exact")
        for name in ("fp16", "e2m1")
    ),
    *(f"mac_{kind}_e4m3fnuz_gradual_fixed_to_e4m3fnuz" for kind in ("lmul", "exact")),
    *("mac_lmul_e5m2_gradual_fixed_to_e5m2", "mac_exact_fp16_gradual_fixed_to_fp16"),
    *("mac_exact_e5m2_x_e4m3_fixed_to_e4m3", "mac_exact_e2m1_x_e4m3_fixed_terms64_to_e11m52"),
    *(
        "mac_lmul_e4m3_equation_fixed_terms16",
        "mac_exact_e3m2_fixed_to_e2m1",
        "mac_exact_fp16_fixed",
    ),
]
WINDOWS = [
    *("mac_exact_e4m3_fixed_msb9_lsbm6", "mac_lmul_e4m3_fixed_msb4_lsbm20_to_e5m2"),
    *("mac_lmul_bf16_fixed_msb20_lsbm60", "mac_exact_bf16_fixed_msb63_lsbm96_to_bf16"),
    *(
        "mac_exact_fp32_fixed_msb40_lsbm60",
        "mac_lmul_fp32_fixed_msb10_lsbm44",
        "mac_exact_tf32_fixed_msb8_lsb0",
    ),
    *("mac_exact_fp32_gradual_fixed_msb30_lsbm34_to_e11m52", "mac_exact_e4m3_fixed_terms2_lsbm9"),
    *("mac_exact_e5m2_fixed_msb3", "mac_exact_fp16_fixed_msb31_lsbm23_to_fp16"),
    "mac_exact_bf16_fixed_msbm100_lsbm120",
]


@pytest.mark.parametrize("name", [*some(EXACT, 5), *some(WINDOWS, 5)])
def test_one_rounding_at_the_end(name, operands, faults):
    mac = mac_named(name)
    assert faults(mac, *operands(mac, 72, 12, seed=[5, *name.encode()])) == []


@pytest.mark.parametrize("name", EXACT)
def test_without_a_window_only_the_end_is_rounded(name, operands, reference):
    """The rational sum of finite products, encoded once."""
    mac = mac_named(name)
    a, b = operands(mac, 60, 9, seed=[6, *name.encode()])
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
    finite = np.isfinite(values).all(axis=1)
    assert finite.sum() > 40
    result = reference.format_of(mac.accumulator.result)
    for code, row in zip(mac.dot(a, b)[finite].tolist(), values[finite], strict=True):
        total = sum(map(Fraction, row.tolist()), Fraction(0))
        assert code == reference.encode(result, abs(total), total < 0)
    assert not mac.overflowed(a, b).any()


@settings(deadline=None, derandomize=True, max_examples=150)
@given(st.data())
def test_any_window_of_any_sum(data):
    """bf16 products as Python integers, in a register of Python's own."""
    lsb = data.draw(st.integers(-200, 150), label="lsb")
    msb = lsb + data.draw(st.integers(1, 159), label="width")
    mac = Mac(Multiplier("exact", "bf16"), FixedAccumulator(msb=msb, lsb=lsb, result="e11m52"))
    exponent = st.integers(-60, 60) | st.integers(lsb // 2 - 3, lsb // 2 + 8)
    number = st.builds(
        lambda sign, mantissa, power: (sign, mantissa, max(min(power, 120), -120)),
        st.sampled_from([1, -1]),
        st.integers(128, 255),
        exponent,
    )
    pairs = data.draw(st.lists(st.tuples(number, number), min_size=1, max_size=8))
    width = msb - lsb + 1
    register, overflow = 0, False
    for first, second in pairs:
        sign = first[0] * second[0]
        magnitude = Fraction(first[1] * second[1]) * Fraction(2) ** (first[2] + second[2] - 14)
        register += sign * int(magnitude / Fraction(2) ** lsb)
        if not -(2 ** (width - 1)) <= register < 2 ** (width - 1):
            overflow = True
            register = (register + 2 ** (width - 1)) % 2**width - 2 ** (width - 1)
    codes = [
        [
            (sign < 0) << 15 | (power + 127) << 7 | mantissa - 128
            for sign, mantissa, power in (pair[side] for pair in pairs)
        ]
        for side in (0, 1)
    ]
    assert bool(mac.overflowed(*codes)) == overflow
    # Float64 rounds to nearest even, too.
    found = decode(mac.dot(*codes), format_named("e11m52"))
    assert float(found) == float(Fraction(register) * Fraction(2) ** lsb)


ONE, LARGEST, INFINITE = 0x3C, 0x7B, 0x7C
"""Codes of e5m2."""


class TestRange:
    """e4m3 products of 1 in a register from -8 to 7."""

    name = "mac_exact_e4m3_fixed_msb3_lsb0"

    @pytest.mark.parametrize(
        ("values", "total", "overflow"),
        [
            ([7], 7, False),
            ([8], -8, True),
            ([-8], -8, False),
            ([-9], 7, True),
            ([7, 1], -8, True),
            ([7, -1, 2], -8, True),
            ([7, 1, -1], 7, True),
            ([-8, -1, 1], -8, True),
            ([16], 0, True),
            ([32, -32], 0, True),
            ([448], 0, True),
            ([-8, 8], 0, False),
            ([3.5, 3.5], 6, False),
            ([-3.5, -3.5], -6, False),
            ([0.875] * 8, 0, False),
        ],
    )
    def test_wraps_and_tells_it(self, values, total, overflow):
        mac = mac_named(self.name)
        a = encode(values, mac.multiplier.format)
        b = np.full_like(a, 0x38)
        assert decode(mac.dot(a, b), format_named("fp32")) == total
        assert mac.overflowed(a, b) == overflow

    def test_is_told_for_every_sum_alone(self):
        mac = mac_named(self.name)
        a = encode([[7, 0], [7, 1], [-8, 0], [-8, -1]], mac.multiplier.format)
        assert mac.overflowed(a, [0x38, 0x38]).tolist() == [False, True, False, True]

    def test_as_many_terms_as_were_asked_for_never_leave_it(self):
        mac = mac_named("mac_exact_e4m3_fixed_terms5")
        for sign in (0x00, 0x80):
            a, b = np.full(5, 0x7E), np.full(5, 0x7E | sign)
            assert not mac.overflowed(a, b)
            assert abs(decode(mac.dot(a, b), format_named("fp32"))) == 5 * 448**2

    def test_too_many_terms_do(self):
        mac = mac_named("mac_exact_e4m3_fixed_terms4")
        many = np.full(6, 0x7E)
        assert mac.overflowed(many, many)
        assert not mac.overflowed(many[:5], many[:5]), "448^2 is less than 2^18"


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], 0x00),
        ([(0x80, ONE)], 0x00),
        ([(ONE, ONE), (ONE, ONE | 0x80)], 0x00),
        ([(INFINITE, ONE), (LARGEST, 0xFB)], INFINITE),
        ([(INFINITE, ONE | 0x80), (LARGEST, LARGEST)], INFINITE | 0x80),
        ([(INFINITE, ONE), (ONE, ONE), (INFINITE, ONE | 0x80)], 0x7E),
        ([(INFINITE, 0x00)], 0x7E),
        ([(INFINITE, 0x01)], 0x7E),
        ([(0xFD, ONE), (ONE, ONE)], 0x7E),
        ([(0xFD, ONE), (INFINITE, ONE)], 0x7E),
        ([(LARGEST, LARGEST)], INFINITE),
        ([(LARGEST, LARGEST), (LARGEST, LARGEST | 0x80), (ONE, ONE)], ONE),
    ],
)
def test_special_sums(pairs, expected):
    mac = mac_named("mac_exact_e5m2_fixed_to_e5m2")
    a, b = (np.array([pair[side] for pair in pairs], dtype=np.uint8) for side in (0, 1))
    assert mac.dot(a, b) == expected
    assert not mac.overflowed(a, b), "what is no number adds nothing"


@pytest.mark.parametrize(("sign", "expected"), [(0x00, 0x7E), (0x80, 0xFE)])
def test_infinities_saturate_where_the_result_has_none(sign, expected):
    mac = mac_named("mac_exact_e5m2_fixed_to_e4m3")
    assert mac.dot([INFINITE], [ONE | sign]) == expected
    assert mac.dot([INFINITE, INFINITE], [ONE, ONE | 0x80]) == 0x7F


@pytest.mark.parametrize("name", ["mac_exact_e5m2_fixed_msb3_lsbm4", "mac_lmul_e5m2_fixed"])
def test_begins_with_codes_that_enter_as_products_do(name, expected_sum):
    mac = mac_named(name)
    values = [0.0, -0.0, 1.0, 7.9375, 7.99, 8.0, -8.0, -8.01, 1e30, -1e30, 0.07, np.inf, np.nan]
    start = encode([values], mac.accumulator.result)
    a, b = np.array([[0x3E]]), np.full((1, len(values)), 0x39)
    found = mac.matrices(a, b, start)
    for index in range(len(values)):
        *want, _ = expected_sum(mac, [0x3E], [0x39], int(start[0, index]))
        assert [int(found.codes[0, index]), bool(found.overflowed[0, index])] == want


def test_a_register_is_asked_for_where_there_is_none():
    with pytest.raises(SpecificationError, match=r"^accumulator fp32 has no fixed-point register$"):
        _ = mac_named("mac_lmul_e4m3_fp32").register
