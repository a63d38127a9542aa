from itertools import product

import numpy as np
import pytest

from lmul_pe.model import CATALOG, Multiplier, code_type, decode, encode
from lmul_pe.model import format_named as named
from lmul_pe.model.multiplier.vectors import check_pairs

# The constant that is subtracted from the sum of two codes; that of fp32 is printed in the paper.
OFFSETS = {
    "fp32": 0x3F780000,
    "tf32": 0x1FBC0,
    "bf16": 0x3F78,
    "fp16": 0x3BC0,
    "e5m6": 0x3BC,
    "e5m2": 0x3B,
    "e4m3": 0x37,
    "e3m4": 0x2E,
    "e3m2": 0x0B,
    "e2m3": 0x07,
    "e2m1": 0x01,
}


def choices(legal_policies, format_y, bits):
    """Every guarded L-Mul with the paper's constant, with none and with the largest."""
    offsets = (None, 0, 2**bits - 1)
    for carry, offset in product(("integer", "equation"), offsets):
        for policies in legal_policies("lmul", format_y):
            yield {"carry": carry, "offset": offset, **policies}


def assert_like_reference(reference, differences, multiplier, policies, a, b):
    formats = [reference.format_of(format) for format in multiplier.formats]
    pairs = zip(a.tolist(), b.tolist(), strict=True)
    expected = [reference.lmul(formats, x, y, **policies) for x, y in pairs]
    assert differences(multiplier, a, b, expected) == []


def assert_raw_like_reference(reference, differences, format, carry, offset, pairs, guard="raw"):
    multiplier = Multiplier("lmul", format, guard=guard, carry=carry, offset=offset)
    a, b = pairs(multiplier)
    described = reference.format_of(format)
    expected = [
        reference.raw(described, x, y, carry, offset, guard)
        for x, y in zip(a.tolist(), b.tolist(), strict=True)
    ]
    assert differences(multiplier, a, b, expected) == []


def value_of_product(multiplier, a, b):
    code = multiplier.compute(encode(a, multiplier.format), encode(b, multiplier.format_b))
    return float(decode(code, multiplier.format_y))


class TestPaper:
    @pytest.mark.parametrize(("name", "offset"), OFFSETS.items())
    def test_offset(self, name, offset):
        """The raw sum of the constant's own code and any other code is the other code."""
        multiplier = Multiplier("lmul", name, guard="raw")
        format = named(name)
        random = np.random.default_rng(1)
        codes = random.integers(0, 2**format.width, size=1000, dtype=np.uint64)
        assert multiplier.compute(offset, codes).tolist() == codes.tolist()

    @pytest.mark.parametrize(
        ("a", "b", "expected"),
        [
            (0, 0.5, np.nan),
            (0, 1e-10, 7.05e28),
            (1e30, 1e30, 8.45e-18),
            (np.inf, 2, 7.3e-40),
        ],
    )
    def test_raw(self, a, b, expected):
        computed = value_of_product(Multiplier("lmul", "fp32", guard="raw"), a, b)
        assert computed == pytest.approx(expected, rel=1e-2, nan_ok=True)

    @pytest.mark.parametrize(
        ("name", "expected"),
        [("e4m3", 1.125), ("e5m2", 1.25), ("fp16", 1.0625), ("bf16", 1.0625), ("fp32", 1.0625)],
    )
    def test_one_times_one(self, name, expected):
        assert value_of_product(Multiplier("lmul", name), 1, 1) == expected
        assert value_of_product(Multiplier("lmul", name), -1, 1) == -expected
        assert value_of_product(Multiplier("lmul", name, offset="none"), 1, 1) == 1

    @pytest.mark.parametrize(("carry", "expected"), [("integer", 2.75), ("equation", 2.25)])
    def test_carry(self, carry, expected):
        """1.5 * 1.75: 2 * (0.5 + 0.75 + 0.125), or 1 + 1.375 less the bit shifted out."""
        assert value_of_product(Multiplier("lmul", "e4m3", carry=carry), 1.5, 1.75) == expected

    @pytest.mark.parametrize("subnormals", ["flush", "gradual"])
    @pytest.mark.parametrize("other", [1.7e38, 1e-38, 0.0])
    def test_zero_times_anything_is_zero(self, subnormals, other):
        multiplier = Multiplier("lmul", "bf16", subnormals=subnormals)
        for a, b in product((0.0, -0.0), (other, -other)):
            computed = value_of_product(multiplier, a, b)
            assert computed == 0
            assert np.signbit(computed) == (np.signbit(a) ^ np.signbit(b))


class TestReference:
    def test_every_pair_of_small_formats(self, small_format, reference, differences):
        multiplier = Multiplier("lmul", small_format)
        a, b = check_pairs(multiplier, 0, 0)
        assert a.size == 4**small_format.width
        assert_like_reference(reference, differences, multiplier, {}, a, b)

    def test_every_policy_of_small_formats(
        self, small_format, legal_policies, sample, reference, differences
    ):
        for policies in choices(legal_policies, small_format, small_format.mantissa_bits):
            multiplier = Multiplier("lmul", small_format, **policies)
            a, b = sample(multiplier, 250, seed=2)
            assert_like_reference(reference, differences, multiplier, policies, a, b)

    @pytest.mark.parametrize("formats", [("e3m2b0",) * 3, ("e3m2b0", "e2m1", "e4m3")])
    @pytest.mark.parametrize("subnormals", ["flush", "gradual"])
    def test_a_bias_may_be_zero(self, formats, subnormals, sample, reference, differences):
        multiplier = Multiplier("lmul", *formats, subnormals=subnormals)
        a, b = sample(multiplier, 500, seed=8)
        assert_like_reference(reference, differences, multiplier, {"subnormals": subnormals}, a, b)

    def test_every_policy_of_wide_formats(
        self, wide_format, legal_policies, sample, reference, differences
    ):
        for policies in choices(legal_policies, wide_format, wide_format.mantissa_bits):
            multiplier = Multiplier("lmul", wide_format, **policies)
            a, b = sample(multiplier, 250, seed=3)
            assert_like_reference(reference, differences, multiplier, policies, a, b)

    def test_every_policy_of_mixed_formats(
        self, mixed_formats, legal_policies, sample, reference, differences
    ):
        bits = max(format.mantissa_bits for format in mixed_formats[:2])
        for policies in choices(legal_policies, mixed_formats[2], bits):
            multiplier = Multiplier("lmul", *mixed_formats, **policies)
            a, b = sample(multiplier, 250, seed=4)
            assert_like_reference(reference, differences, multiplier, policies, a, b)

    @pytest.mark.parametrize("carry", ["integer", "equation"])
    def test_raw(self, small_format, carry, sample, reference, differences):
        for offset in (None, 0, 2**small_format.mantissa_bits - 1):
            assert_raw_like_reference(
                reference,
                differences,
                small_format,
                carry,
                offset,
                lambda multiplier: sample(multiplier, 2000, seed=5),
            )

    @pytest.mark.parametrize("carry", ["integer", "equation"])
    def test_raw_of_wide_formats(self, wide_format, carry, sample, reference, differences):
        for offset in (None, 0, 2**wide_format.mantissa_bits - 1):
            assert_raw_like_reference(
                reference,
                differences,
                wide_format,
                carry,
                offset,
                lambda multiplier: sample(multiplier, 2000, seed=6),
            )

    @pytest.mark.parametrize("carry", ["integer", "equation"])
    def test_a_test_for_zero(self, small_format, carry, sample, reference, differences):
        assert_raw_like_reference(
            reference,
            differences,
            small_format,
            carry,
            None,
            lambda multiplier: sample(multiplier, 2000, seed=8),
            guard="zero",
        )

    @pytest.mark.parametrize("name", [*CATALOG, "e11m52", "e6m9fn", "e2m1ieee"])
    def test_formula_on_whole_codes(self, name, sample, reference, differences):
        """The sum of the codes less the constant, clamped: the definition without any fields."""
        format = named(name)
        multiplier = Multiplier("lmul", format)
        a, b = sample(multiplier, 20_000, seed=7)
        magnitudes = [
            codes.astype(np.uint64) % np.uint64(2**format.magnitude_bits) for codes in (a, b)
        ]
        normal = np.logical_and.reduce(
            [(codes >= format.least_normal) & (codes <= format.largest) for codes in magnitudes]
        )
        a, b = a[normal], b[normal]
        described = reference.format_of(format)
        expected = [
            reference.guarded_integer(described, x, y)
            for x, y in zip(a.tolist(), b.tolist(), strict=True)
        ]
        assert differences(multiplier, a, b, expected) == []

    @pytest.mark.long
    def test_every_policy_on_every_pair(self, small_format, legal_policies, reference, differences):
        for policies in choices(legal_policies, small_format, small_format.mantissa_bits):
            multiplier = Multiplier("lmul", small_format, **policies)
            a, b = check_pairs(multiplier, 0, 0)
            assert_like_reference(reference, differences, multiplier, policies, a, b)
        for carry in ("integer", "equation"):
            assert_raw_like_reference(
                reference,
                differences,
                small_format,
                carry,
                None,
                lambda multiplier: check_pairs(multiplier, 0, 0),
            )


class TestSpecials:
    @pytest.mark.parametrize("name", ["e4m3", "e4m3fnuz", "e5m2fnuz", "e3m2fn", "e5m2", "e3m4"])
    @pytest.mark.parametrize("carry", ["integer", "equation"])
    @pytest.mark.parametrize("subnormals", ["flush", "gradual"])
    @pytest.mark.parametrize("kind", ["lmul", "exact"])
    def test_finite_operands_saturate_to_finite_results(self, name, carry, subnormals, kind):
        """An overflow never lands on the code of a NaN or of an infinity."""
        format = named(name)
        carry = carry if kind == "lmul" else None
        multiplier = Multiplier(
            kind, format, carry=carry, subnormals=subnormals, overflow="saturate"
        )
        codes = np.arange(2**format.width, dtype=code_type(format))
        finite = codes[np.isfinite(decode(codes, format))]
        products = multiplier.compute(finite[:, None], finite[None, :])
        values = decode(products, format)
        assert np.isfinite(values).all()
        assert np.abs(values).max() == format.exact_value(format.largest)

    @pytest.mark.parametrize(
        ("policies", "a", "b", "expected"),
        [
            ({}, 0x7C, 0x3C, 0x7C),
            ({}, 0xFC, 0x3C, 0xFC),
            ({}, 0x7C, 0x00, 0x7E),
            ({}, 0xFC, 0x80, 0x7E),
            # A flushed subnormal number is a zero before infinities are looked at.
            ({}, 0x7C, 0x01, 0x7E),
            ({"subnormals": "gradual"}, 0x7C, 0x81, 0xFC),
            ({}, 0xFF, 0x3C, 0x7E),
            ({}, 0x7D, 0x00, 0x7E),
            ({}, 0x7B, 0x7B, 0x7C),
            ({}, 0xFB, 0x7B, 0xFC),
            ({"overflow": "saturate"}, 0x7B, 0xFB, 0xFB),
            ({"overflow": "saturate"}, 0x7C, 0xFB, 0xFC),
            ({"overflow": "nan"}, 0x7B, 0xFB, 0x7E),
            ({"overflow": "nan"}, 0x7C, 0xFB, 0xFC),
            ({}, 0x84, 0x04, 0x80),
            ({}, 0x03, 0x40, 0x00),
        ],
    )
    def test_single_products_of_e5m2(self, policies, a, b, expected):
        assert int(Multiplier("lmul", "e5m2", **policies).compute(a, b)) == expected

    @pytest.mark.parametrize(
        ("a", "b", "expected"),
        [
            # 2^-9 is the smallest subnormal of e4m3: times 1, 1.5 and 0.5, each with 0.125 more.
            (0x01, 0x38, 0x01),
            (0x01, 0x3C, 0x02),
            (0x81, 0x30, 0x81),
            # 1.125 * 2^-11 is too little to round up.
            (0x01, 0x28, 0x00),
            (0x81, 0x28, 0x80),
            # 2^-8 * 4 is normal again.
            (0x02, 0x48, 0x09),
        ],
    )
    def test_gradual_underflow_of_e4m3(self, a, b, expected):
        multiplier = Multiplier("lmul", "e4m3", subnormals="gradual")
        assert int(multiplier.compute(a, b)) == expected
        assert int(Multiplier("lmul", "e4m3").compute(a, b)) == (a & 0x80)

    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            (("e4m3", "e5m2", "fp16"), 1.125),
            (("bf16", "e4m3", "bf16"), 1.0625),
            # 1.0625 lies half-way between 1 and 1.125.
            (("fp16", "e5m2", "e4m3"), 1),
            (("e4m3", "e5m2", "e2m1"), None),
        ],
    )
    def test_the_wider_mantissa_chooses_the_constant(self, names, expected):
        if expected is None:
            with pytest.raises(ValueError, match="cannot take the result"):
                Multiplier("lmul", *names)
        else:
            assert value_of_product(Multiplier("lmul", *names), 1, 1) == expected

    def test_a_fnuz_zero_is_positive(self):
        multiplier = Multiplier("lmul", "e4m3fnuz")
        assert int(multiplier.compute(0x88, 0x08)) == 0x00
        assert int(multiplier.compute(0x80, 0x00)) == 0x80
