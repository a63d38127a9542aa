import re
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmul_pe.model import CATALOG, FloatFormat, SpecificationError, format_named

# From IEEE 754-2019, the OCP OFP8 and MX specifications and arXiv 2206.02915:
# name, (exponent bits, mantissa bits, rule, bias), largest, smallest normal, smallest subnormal.
PUBLISHED = [
    ("fp32", (8, 23, "ieee", 127), (2 - 2.0**-23) * 2.0**127, 2.0**-126, 2.0**-149),
    ("tf32", (8, 10, "ieee", 127), (2 - 2.0**-10) * 2.0**127, 2.0**-126, 2.0**-136),
    ("bf16", (8, 7, "ieee", 127), (2 - 2.0**-7) * 2.0**127, 2.0**-126, 2.0**-133),
    ("fp16", (5, 10, "ieee", 15), 65504, 2.0**-14, 2.0**-24),
    ("e5m2", (5, 2, "ieee", 15), 57344, 2.0**-14, 2.0**-16),
    ("e4m3", (4, 3, "fn", 7), 448, 2.0**-6, 2.0**-9),
    ("e4m3fnuz", (4, 3, "fnuz", 8), 240, 2.0**-7, 2.0**-10),
    ("e5m2fnuz", (5, 2, "fnuz", 16), 57344, 2.0**-15, 2.0**-17),
    ("e3m4", (3, 4, "ieee", 3), 15.5, 2.0**-2, 2.0**-6),
    ("e5m6", (5, 6, "ieee", 15), 65024, 2.0**-14, 2.0**-20),
    ("e3m2", (3, 2, "finite", 3), 28, 2.0**-2, 2.0**-4),
    ("e2m3", (2, 3, "finite", 1), 7.5, 1, 2.0**-3),
    ("e2m1", (2, 1, "finite", 1), 6, 1, 0.5),
]

# Infinity and canonical NaN, written out; None where there is none.
SPECIAL_CODES = {
    "fp32": (0x7F800000, 0x7FC00000),
    "tf32": (0x3FC00, 0x3FE00),
    "bf16": (0x7F80, 0x7FC0),
    "fp16": (0x7C00, 0x7E00),
    "e5m2": (0x7C, 0x7E),
    "e4m3": (None, 0x7F),
    "e4m3fnuz": (None, 0x80),
    "e5m2fnuz": (None, 0x80),
    "e3m4": (0x70, 0x78),
    "e5m6": (0x7C0, 0x7E0),
    "e3m2": (None, None),
    "e2m3": (None, None),
    "e2m1": (None, None),
}


def formats():
    """Every legal format."""

    def with_bias(fields):
        exponent_bits, mantissa_bits, specials = fields
        return st.builds(
            FloatFormat,
            st.just(exponent_bits),
            st.just(mantissa_bits),
            st.just(specials),
            st.none() | st.integers(0, 2**exponent_bits - 1),
        )

    rules = st.sampled_from(["ieee", "fn", "fnuz", "finite"])
    return st.tuples(st.integers(2, 11), st.integers(1, 52), rules).flatmap(with_bias)


class TestCatalogue:
    def test_names(self):
        assert [name for name, *_ in PUBLISHED] == list(CATALOG)

    @pytest.mark.parametrize(("name", "fields", "largest", "normal", "subnormal"), PUBLISHED)
    def test_numbers(self, name, fields, largest, normal, subnormal):
        format = format_named(name)
        exponent_bits, mantissa_bits, specials, bias = fields
        assert format.exponent_bits == exponent_bits
        assert format.mantissa_bits == mantissa_bits
        assert format.specials == specials
        assert format.bias == bias
        assert format.width == 1 + exponent_bits + mantissa_bits
        assert format.magnitude_bits == format.width - 1
        assert format.exact_value(format.largest) == Fraction(largest)
        assert format.exact_value(format.least_normal) == Fraction(normal)
        assert format.exact_value(1) == Fraction(subnormal)
        assert 2.0**format.least_exponent == subnormal
        assert 2.0**format.greatest_exponent <= largest < 2.0 ** (format.greatest_exponent + 1)

    @pytest.mark.parametrize(("name", "codes"), SPECIAL_CODES.items())
    def test_special_codes(self, name, codes):
        format = format_named(name)
        infinity, nan = codes
        assert format.has_infinity == (infinity is not None)
        assert format.has_nan == (nan is not None)
        assert format.has_negative_zero == (not name.endswith("fnuz"))
        assert format.nan_or_none == nan
        if infinity is None:
            with pytest.raises(SpecificationError, match=f"^format {name} has no infinity$"):
                _ = format.infinity
        else:
            assert format.infinity == infinity
            assert format.exact_value(infinity) is None
        if nan is None:
            with pytest.raises(SpecificationError, match=f"^format {name} has no NaN$"):
                _ = format.nan
        else:
            assert format.nan == nan
            assert format.exact_value(nan) is None

    def test_only_ieee_has_a_special_exponent(self):
        special = {name for name, format in CATALOG.items() if format.has_special_exponent}
        assert special == {name for name, fields, *_ in PUBLISHED if fields[2] == "ieee"}

    def test_values_of_e2m1(self):
        values = [format_named("e2m1").exact_value(code) for code in range(16)]
        positive = [0, Fraction(1, 2), 1, Fraction(3, 2), 2, 3, 4, 6]
        assert values == positive + [-value for value in positive]


class TestName:
    @pytest.mark.parametrize("name", CATALOG)
    def test_catalogue(self, name):
        assert format_named(name).name == name
        assert str(format_named(name)) == name

    @pytest.mark.parametrize(
        ("alias", "name"),
        [
            ("e8m23", "fp32"),
            ("e8m10", "tf32"),
            ("e8m7", "bf16"),
            ("e5m10", "fp16"),
            ("e8m7ieee", "bf16"),
            ("e8m7b127", "bf16"),
            ("e5m2ieee", "e5m2"),
            ("e4m3fn", "e4m3"),
            ("e4m3b7fn", "e4m3"),
            ("e4m3b8fnuz", "e4m3fnuz"),
            ("e3m2finite", "e3m2"),
            ("e2m3finite", "e2m3"),
            ("e2m1finite", "e2m1"),
            ("e6m9ieee", "e6m9"),
            ("e6m9b31", "e6m9"),
        ],
    )
    def test_alias(self, alias, name):
        assert format_named(alias).name == name

    @pytest.mark.parametrize(
        ("name", "fields"),
        [
            ("e4m3ieee", (4, 3, "ieee", 7)),
            ("e2m1ieee", (2, 1, "ieee", 1)),
            ("e3m2fn", (3, 2, "fn", 3)),
            ("e6m9", (6, 9, "ieee", 31)),
            ("e6m9fn", (6, 9, "fn", 31)),
            ("e6m9fnuz", (6, 9, "fnuz", 32)),
            ("e6m9finite", (6, 9, "finite", 31)),
            ("e4m3b11fnuz", (4, 3, "fnuz", 11)),
            ("e4m3b11", (4, 3, "ieee", 11)),
            ("e4m3b11fn", (4, 3, "fn", 11)),
            ("e6m9b0", (6, 9, "ieee", 0)),
            ("e6m9b63finite", (6, 9, "finite", 63)),
            ("e11m52", (11, 52, "ieee", 1023)),
            ("e2m1fn", (2, 1, "fn", 1)),
        ],
    )
    def test_custom(self, name, fields):
        format = format_named(name)
        assert format == FloatFormat(*fields)
        assert format.name == name

    @settings(deadline=None, derandomize=True, max_examples=200)
    @given(formats())
    def test_round_trip(self, format):
        assert format_named(format.name) == format
        assert re.fullmatch("[a-z][a-z0-9]*", format.name)

    def test_a_default_bias_makes_no_difference(self):
        assert FloatFormat(8, 7) == FloatFormat(8, 7, "ieee", 127)
        assert hash(FloatFormat(8, 7)) == hash(FloatFormat(8, 7, bias=127))


class TestErrors:
    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("e9", r"^format 'e9' is not known: expected one of fp32, .*e2m1 or eXmY with a rule"),
            ("", r"^format '' is not known"),
            ("e4m3;ls", r"^format 'e4m3;ls' is not known.*did you mean 'e4m3'\?$"),
            ("e4m3\n", r"^format 'e4m3\\n' is not known"),
            (" e4m3", r"^format ' e4m3' is not known"),
            ("E4M3", r"^format 'E4M3' is not known"),
            ("fp31", r"^format 'fp31' is not known.*did you mean 'fp32'\?$"),
            ("bf61", r"^format 'bf61' is not known.*did you mean 'bf16'\?$"),
            ("e4m3nan", r"^format 'e4m3nan' is not known"),
            ("e4m3b", r"^format 'e4m3b' is not known"),
            ("e-4m3", r"^format 'e-4m3' is not known"),
            ("e4m99", r"^format 'e4m99' has 99 mantissa bits: expected 1 to 52; .* is 52$"),
            ("e4m0", r"^format 'e4m0' has 0 mantissa bits: expected 1 to 52; the nearest is 1$"),
            ("e1m3", r"^format 'e1m3' has 1 exponent bits: expected 2 to 11; the nearest is 2$"),
            ("e12m3", r"^format 'e12m3' has 12 exponent bits: expected 2 to 11; .* is 11$"),
            ("e4m3b16", r"^a bias of 16 is outside an exponent of 4 bits: expected 0 to 15$"),
        ],
    )
    def test_name(self, name, message):
        with pytest.raises(SpecificationError, match=message):
            format_named(name)

    # Another spelling of a number must not be a way around the catalogue to another format.
    @pytest.mark.parametrize("name", ["e04m3", "e4m03", "e4m3b07fn", "e\u0664m3"])
    def test_numbers_have_one_spelling(self, name):
        with pytest.raises(SpecificationError, match=r"^format '.*' is not known"):
            format_named(name)

    @pytest.mark.parametrize(
        ("fields", "message"),
        [
            ((1, 3), "^a format of 1 exponent bits is not supported: expected 2 to 11$"),
            ((12, 3), "^a format of 12 exponent bits is not supported: expected 2 to 11$"),
            ((4, 0), "^a format of 0 mantissa bits is not supported: expected 1 to 52$"),
            ((4, 53), "^a format of 53 mantissa bits is not supported: expected 1 to 52$"),
            ((4, 3, "fm"), "^specials rule 'fm' is not one of ieee, .*; did you mean 'fn'?"),
            ((4, 3, "ieee", -1), "^a bias of -1 is outside an exponent of 4 bits"),
            ((4, 3, "ieee", 16), "^a bias of 16 is outside an exponent of 4 bits"),
        ],
    )
    def test_fields(self, fields, message):
        with pytest.raises(SpecificationError, match=message):
            FloatFormat(*fields)
