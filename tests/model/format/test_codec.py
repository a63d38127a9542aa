from fractions import Fraction

import ml_dtypes
import numpy as np
import pytest

from lmul_pe.model import FloatFormat, SpecificationError, check_codes, code_type, decode, encode
from lmul_pe.model import format_named as named

SMALL = {
    "e5m2": ml_dtypes.float8_e5m2,
    "e4m3": ml_dtypes.float8_e4m3fn,
    "e4m3ieee": ml_dtypes.float8_e4m3,
    "e4m3fnuz": ml_dtypes.float8_e4m3fnuz,
    "e4m3b11fnuz": ml_dtypes.float8_e4m3b11fnuz,
    "e5m2fnuz": ml_dtypes.float8_e5m2fnuz,
    "e3m4": ml_dtypes.float8_e3m4,
    "e3m2": ml_dtypes.float6_e3m2fn,
    "e2m3": ml_dtypes.float6_e2m3fn,
    "e2m1": ml_dtypes.float4_e2m1fn,
}
SIXTEEN = {"fp16": np.float16, "bf16": ml_dtypes.bfloat16}
NO_TYPE_OUTSIDE = [
    "e5m6",
    "tf32",
    "e2m1ieee",
    "e2m1fn",
    "e2m1fnuz",
    "e2m5",
    "e6m5finite",
    "e8m7fn",
    "e5m10b3",
    "e11m4",
    "e3m30",
    "e10m52fnuz",
    "e3m2b0finite",
]


def all_codes(format):
    return np.arange(2**format.width, dtype=code_type(format))


def assert_same_values(got, expected):
    """Bit for bit, apart from the sign and payload of NaN."""
    np.testing.assert_array_equal(got, expected)
    numbers = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(got[numbers]), np.signbit(expected[numbers]))


def around(values):
    """The numbers, the points half-way between neighbours, and what lies just beside those."""
    values = np.unique(values[np.isfinite(values)])
    step = np.diff(values)
    middle = values[:-1] + step / 2
    beside = [middle, middle - step * 2.0**-12, middle + step * 2.0**-12]
    beyond = np.abs(values).max() * np.array([1.01, 1.04, 1.0625, 1.1, 1.25, 1.5, 2, 4, 1e4])
    every = np.concatenate([values, *beside, beyond])
    return np.unique(np.concatenate([every, -every]))


class TestCodeType:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("e2m1", np.uint8),
            ("e4m3", np.uint8),
            ("e4m4", np.uint16),
            ("fp16", np.uint16),
            ("tf32", np.uint32),
            ("fp32", np.uint32),
            ("e8m24", np.uint64),
            ("e11m52", np.uint64),
        ],
    )
    def test_smallest(self, name, expected):
        assert code_type(named(name)) == expected


class TestCheckCodes:
    @pytest.mark.parametrize("kind", [np.uint8, np.int8, np.uint16, np.int32, np.uint64, np.int64])
    def test_integers(self, kind):
        codes = check_codes(np.array([0, 63, 17], dtype=kind), named("e3m2"))
        assert codes.dtype == np.uint8
        assert codes.tolist() == [0, 63, 17]

    def test_all_codes_of_64_bits(self):
        codes = check_codes(np.array([2**64 - 1, 0], dtype=np.uint64), named("e11m52"))
        assert codes.tolist() == [2**64 - 1, 0]

    def test_every_code_of_wide_types_is_looked_at(self):
        with pytest.raises(SpecificationError, match=r"^codes 4096 is outside e5m6: .* 0xfff$"):
            check_codes(np.array([0, 4096], dtype=np.uint16), named("e5m6"))

    def test_no_codes_at_all(self):
        assert check_codes(np.zeros((2, 0), dtype=np.int64), named("e4m3")).shape == (2, 0)

    def test_lists_and_scalars(self):
        assert check_codes([1, 2], named("e4m3")).tolist() == [1, 2]
        assert check_codes(3, named("e4m3")).shape == ()

    @pytest.mark.parametrize(
        ("codes", "message"),
        [
            ([64], r"^codes 64 is outside e3m2: expected 0 to 0x3f$"),
            ([0, -1], r"^codes -1 is outside e3m2"),
            (np.array([255], dtype=np.uint8), r"^codes 255 is outside e3m2"),
            (np.array([2**63], dtype=np.uint64), r"^codes 9223372036854775808 is outside e3m2"),
            ([1.0], r"^codes of type float64 are not codes: expected unsigned integers of 6 bits"),
            ([True], r"^codes of type bool are not codes"),
            (["1"], r"^codes of type <U1 are not codes"),
            ([None], r"^codes of type object are not codes"),
        ],
    )
    def test_refused(self, codes, message):
        with pytest.raises(SpecificationError, match=message):
            check_codes(codes, named("e3m2"))


class TestDecode:
    @pytest.mark.parametrize(("name", "outside"), [*SMALL.items(), *SIXTEEN.items()])
    def test_every_code(self, name, outside):
        codes = all_codes(named(name))
        with np.errstate(invalid="ignore"):
            expected = codes.view(outside).astype(np.float64)
        assert_same_values(decode(codes, named(name)), expected)

    @pytest.mark.parametrize(("name", "outside"), [("fp32", np.float32), ("e11m52", np.float64)])
    def test_wide(self, name, outside):
        format = named(name)
        random = np.random.default_rng(1)
        codes = random.integers(0, 2**format.width, size=100_000, dtype=np.uint64)
        edges = [0, 1, format.least_normal - 1, format.least_normal, format.largest]
        edges += [format.infinity, format.infinity + 1, format.nan]
        edges += [edge + 2 ** (format.width - 1) for edge in edges]
        codes = np.concatenate([codes, np.array(edges, dtype=np.uint64)]).astype(code_type(format))
        with np.errstate(invalid="ignore"):
            expected = codes.view(outside).astype(np.float64)
        assert_same_values(decode(codes, format), expected)

    @pytest.mark.parametrize("name", NO_TYPE_OUTSIDE)
    def test_without_a_type_outside(self, name, reference):
        format = named(name)
        if format.width <= 12:
            codes = all_codes(format)
        else:
            random = np.random.default_rng(2)
            codes = random.integers(0, 2**format.width, size=2000, dtype=np.uint64)
        values = decode(codes, format)
        described = reference.format_of(format)
        for code, value in zip(codes.tolist(), values.tolist(), strict=True):
            negative, kind, magnitude = reference.take_apart(described, code)
            if kind == "nan":
                assert np.isnan(value)
            else:
                assert np.signbit(value) == bool(negative)
                assert abs(value) == (np.inf if kind == "infinite" else magnitude)
                if kind != "infinite":
                    assert abs(format.exact_value(code)) == magnitude

    def test_shapes(self):
        format = named("e4m3")
        assert decode(0x38, format).shape == ()
        assert decode(0x38, format) == 1
        assert decode(np.zeros((2, 0, 3), dtype=np.uint8), format).shape == (2, 0, 3)
        assert decode([[0x38], [0xB8]], format).tolist() == [[1], [-1]]

    def test_refuses_values(self):
        with pytest.raises(SpecificationError, match="encode\\(\\) makes them from float values"):
            decode([1.0], named("e4m3"))


class TestEncode:
    @pytest.mark.parametrize(("name", "outside"), SMALL.items())
    def test_against_ml_dtypes(self, name, outside):
        format = named(name)
        values = around(decode(all_codes(format), format)).astype(np.float32)
        if format.has_nan:
            values = np.concatenate([values, np.array([0.0, -0.0, np.inf, -np.inf], np.float32)])
        expected = values.astype(outside)
        # ml_dtypes gives NaN for an overflow where there is NaN but no infinity.
        codes = encode(values, format, saturate=None if format.specials == "finite" else False)
        assert_same_values(decode(codes, format), expected.astype(np.float64))
        numbers = ~np.isnan(expected.astype(np.float64))
        np.testing.assert_array_equal(codes[numbers], expected.view(np.uint8)[numbers])

    @pytest.mark.parametrize(
        ("name", "outside"), [*SIXTEEN.items(), ("fp32", np.float32), ("e11m52", np.float64)]
    )
    def test_against_wider_types(self, name, outside):
        format = named(name)
        random = np.random.default_rng(3)
        exponents = random.integers(-160, 140, size=60_000)
        values = np.ldexp(random.uniform(-2, 2, size=exponents.size), exponents)
        if format.width == 16:
            values = np.concatenate([values, around(decode(all_codes(format), format))])
        values = np.concatenate([values, [0.0, -0.0, np.inf, -np.inf]])
        if name == "bf16":
            # Its conversion from float64 goes by way of float32 and would round twice.
            with np.errstate(over="ignore"):
                values = values.astype(np.float32)
        with np.errstate(over="ignore"):
            outside_values = values.astype(outside)
        np.testing.assert_array_equal(
            encode(values, format), outside_values.view(code_type(format))
        )

    @pytest.mark.parametrize("name", [*NO_TYPE_OUTSIDE, "e11m4b2047", "e11m52b1500finite"])
    @pytest.mark.parametrize("saturate", [None, True, False])
    def test_against_rational_arithmetic(self, name, saturate, reference):
        format = named(name)
        described = reference.format_of(format)
        random = np.random.default_rng(4)
        if format.width <= 8:
            values = around(decode(all_codes(format), format))
        else:
            low, high = 1 - format.bias - format.mantissa_bits - 2, format.greatest_exponent + 3
            exponents = random.integers(max(low, -1060), min(high, 1020), size=600)
            significands = random.uniform(1, 2, size=600)
            # Every other one is half-way between two codes, where they are that narrow.
            bits = min(format.mantissa_bits + 1, 52)
            short = np.round(significands * 2.0**bits) / 2.0**bits
            significands = np.where(np.arange(600) % 2, significands, short)
            values = np.ldexp(significands, exponents) * random.choice([-1, 1], size=600)
        overflow = {
            None: reference.usual_overflow(described),
            True: "saturate",
            False: "inf" if format.has_infinity else "nan",
        }[saturate]
        if overflow == "nan" and not format.has_nan:
            largest = float(format.exact_value(format.largest))
            values = values[np.abs(values) <= largest]
        expected = [
            reference.encode(described, abs(Fraction(value)), bool(np.signbit(value)), overflow)
            for value in values.tolist()
        ]
        assert encode(values, format, saturate).tolist() == expected

    @pytest.mark.parametrize("name", [*SMALL, *SIXTEEN, "e5m6", "e2m1ieee", "e3m2fn"])
    def test_decoded_codes_encode_to_themselves(self, name):
        format = named(name)
        codes = all_codes(format)
        values = decode(codes, format)
        numbers = ~np.isnan(values)
        np.testing.assert_array_equal(encode(values[numbers], format), codes[numbers])

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            # Ties go to the even mantissa.
            ("e4m3", 17, 0x58),
            ("e4m3", 19, 0x5A),
            ("e4m3", 464, 0x7E),
            ("e2m1", 5, 0x6),
            ("e2m1", 2.5, 0x4),
            ("e2m1", 0.25, 0x0),
            ("e2m1", 0.75, 0x2),
            # Half of the smallest subnormal is nothing, a little more is the smallest subnormal.
            ("fp16", 2.0**-25, 0x0000),
            ("fp16", 2.0**-25 * (1 + 2.0**-52), 0x0001),
            ("fp16", -(2.0**-25), 0x8000),
            ("fp16", 65519.99, 0x7BFF),
            ("fp16", 65520, 0x7C00),
            ("e4m3fnuz", -0.0, 0x00),
            ("e4m3fnuz", -(2.0**-11), 0x00),
            ("fp32", 5e-324, 0x00000000),
            ("fp32", 1, 0x3F800000),
        ],
    )
    def test_single_values(self, name, value, code):
        assert int(encode(value, named(name))) == code

    @pytest.mark.parametrize(
        ("name", "value", "saturate", "code"),
        [
            ("fp16", 1e6, None, 0x7C00),
            ("fp16", 1e6, False, 0x7C00),
            ("fp16", -1e6, True, 0xFBFF),
            ("fp16", np.inf, None, 0x7C00),
            ("fp16", -np.inf, True, 0xFC00),
            ("e4m3", 1e6, None, 0x7E),
            ("e4m3", 1e6, True, 0x7E),
            ("e4m3", -1e6, False, 0x7F),
            ("e4m3", -np.inf, None, 0xFE),
            ("e4m3", np.inf, False, 0x7F),
            ("e4m3fnuz", -1e6, False, 0x80),
            ("e4m3fnuz", -1e6, True, 0xFF),
            ("e2m1", -1e6, None, 0xF),
            ("e2m1", np.inf, True, 0x7),
            ("fp32", np.nan, None, 0x7FC00000),
            ("e5m2", -np.nan, True, 0x7E),
            ("e4m3", np.nan, True, 0x7F),
            ("e4m3fnuz", np.nan, None, 0x80),
        ],
    )
    def test_overflow_and_specials(self, name, value, saturate, code):
        assert int(encode(value, named(name), saturate)) == code

    @pytest.mark.parametrize(
        ("value", "saturate", "message"),
        [
            (np.nan, None, "^value nan has no code in e2m1, which has neither infinity nor NaN$"),
            (np.nan, True, "^value nan has no code in e2m1"),
            (7.5, False, "^value 7.5 has no code in e2m1.*; saturate=True gives the largest"),
            (-np.inf, False, "^value -inf has no code in e2m1"),
        ],
    )
    def test_no_code(self, value, saturate, message):
        with pytest.raises(SpecificationError, match=message):
            encode([1.0, value], named("e2m1"), saturate)

    def test_shapes(self):
        format = named("bf16")
        assert encode(1.0, format).shape == ()
        assert encode(np.ones((3, 1, 2)), format).shape == (3, 1, 2)
        assert encode(np.ones((3, 0)), format).shape == (3, 0)
        assert encode([], format).dtype == np.uint16

    @pytest.mark.parametrize("kind", [np.float16, np.float32, ">f8", np.int8, np.uint64])
    def test_types(self, kind):
        codes = encode(np.array([0, 1, 2, 3], dtype=kind), named("bf16"))
        assert codes.tolist() == [0, 0x3F80, 0x4000, 0x4040]

    def test_strided(self):
        values = np.arange(8.0).reshape(2, 4)[:, ::-2]
        assert decode(encode(values, named("e4m3")), named("e4m3")).tolist() == values.tolist()

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            (
                [1j],
                "^values of type complex128 are not real numbers: pass an array",
            ),
            (
                ["1"],
                "^values of type <U1 are not real numbers: pass an array",
            ),
            (
                [True],
                "^values of type bool are not real numbers: pass an array",
            ),
        ],
    )
    def test_not_numbers(self, values, message):
        with pytest.raises(SpecificationError, match=message):
            encode(values, named("e4m3"))


def test_exponents_outside_float64():
    """Eleven exponent bits without infinities reach beyond float64: what lies above is infinite."""
    format = FloatFormat(11, 4, "fn")
    assert decode(format.largest, format) == np.inf
    assert format.exact_value(format.largest) == Fraction(2**1024) * Fraction(15, 8)


def test_formats_by_name():
    values = np.array([1.0, -0.3, 500.0])
    codes = encode(values, "e4m3")
    np.testing.assert_array_equal(codes, encode(values, named("e4m3")))
    np.testing.assert_array_equal(decode(codes, "e4m3"), [1.0, -0.3125, 448.0])


@pytest.mark.parametrize("function", [encode, decode])
def test_what_is_no_format_is_a_type_error(function):
    with pytest.raises(TypeError, match=r"^format 8 of type int is no float format: pass a Float"):
        function(np.zeros(3, np.uint8), 8)


@pytest.mark.parametrize(("function", "value"), [(encode, "1.0"), (decode, 1.0)])
def test_what_is_no_operand_is_a_type_error(function, value):
    with pytest.raises(TypeError, match=r": (pass an array|expected unsigned integers)"):
        function(value, "e4m3")


@pytest.mark.parametrize("name", ["e4m3", "fp16", "bf16", "fp32"])
def test_large_arrays_are_those_of_their_parts(name):
    values = np.random.default_rng(9).normal(size=(70, 1001)) * 100
    codes = encode(values[:, ::2], name)
    assert codes.shape == (70, 501)
    np.testing.assert_array_equal(codes[3], encode(values[3, ::2], name))
    decoded = decode(np.tile(codes, (3, 1)).T, name)
    np.testing.assert_array_equal(decoded[:, 73], decode(codes[3], name))
