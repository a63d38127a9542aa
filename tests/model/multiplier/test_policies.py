import re
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lmul_pe.model import (
    CATALOG,
    KINDS,
    FloatFormat,
    Multiplier,
    SpecificationError,
    multiplier_named,
)
from lmul_pe.model import format_named as named
from tests.sweep import some

POLICIES = {
    "carry": (None, "integer", "equation"),
    "offset": (None, "paper", "none", 0, 1),
    "table_bits": (None, 2),
    "guard": (None, "full", "zero", "raw"),
    "subnormals": (None, "flush", "gradual"),
    "overflow": (None, "saturate", "inf", "nan"),
    "rounding": (None, "rne", "rtz"),
    "latency": (0, 3),
}
POLICY_CHOICES = [{policy: value} for policy, values in POLICIES.items() for value in values]
FORMATS = ["bf16", "e4m3", "e2m1", "e6m9b3", "e4m3fnuz"]


def fields(multiplier):
    """What the specification says, without `model`'s own idea of equality."""
    names = ("kind", "format", "format_b", "format_y", *POLICIES)
    return tuple(getattr(multiplier, name) for name in names)


def every_specification(kind):
    """Every legal combination of policies for a few formats, alone and mixed."""
    operands = [(name,) for name in FORMATS]
    operands += [
        ("e4m3", "e5m2", "fp16"),
        ("bf16", "e4m3"),
        ("fp16", None, "e4m3"),
        ("e2m1", "e3m2"),
        ("e2m1", "e4m3"),
    ]
    for formats, values in product(operands, product(*POLICIES.values())):
        try:
            yield Multiplier(kind, *formats, **dict(zip(POLICIES, values, strict=True)))
        except SpecificationError:
            continue


class TestName:
    @pytest.mark.parametrize("kind", some(KINDS, 1))
    def test_round_trip(self, kind):
        """Names read back, and two specifications share one only if they are the same."""
        by_name = {}
        for multiplier in every_specification(kind):
            assert re.fullmatch("[a-z][a-z0-9_]*", multiplier.name)
            assert str(multiplier) == multiplier.name
            assert by_name.setdefault(multiplier.name, fields(multiplier)) == fields(multiplier)
        assert len(by_name) > 100
        for name, expected in by_name.items():
            assert fields(multiplier_named(name)) == expected

    @settings(deadline=None, derandomize=True, max_examples=100)
    @given(
        st.sampled_from(["lmul", "exact"]),
        st.lists(
            st.builds(
                FloatFormat,
                st.integers(2, 11),
                st.integers(1, 52),
                st.sampled_from(["ieee", "fn", "fnuz", "finite"]),
                st.none() | st.integers(0, 3),
            ),
            min_size=1,
            max_size=3,
        ),
        st.sampled_from(POLICY_CHOICES),
    )
    def test_round_trip_of_any_formats(self, kind, operands, policies):
        try:
            multiplier = Multiplier(kind, *operands, **policies)
        except SpecificationError:
            assume(False)
        assert fields(multiplier_named(multiplier.name)) == fields(multiplier)

    @pytest.mark.parametrize(
        ("arguments", "policies", "name"),
        [
            (("lmul", "e4m3"), {}, "lmul_e4m3"),
            (("exact", "e4m3"), {}, "exact_e4m3"),
            (("lmul", "e4m3"), {"guard": "raw"}, "lmul_e4m3_raw"),
            (("lmul", "e4m3"), {"guard": "zero"}, "lmul_e4m3_zero"),
            (("exact", "fp16"), {"subnormals": "gradual"}, "exact_fp16_gradual"),
            (("lmul", "bf16"), {"offset": "none"}, "lmul_bf16_offset0"),
            (("lmul", "bf16"), {"offset": 8}, "lmul_bf16"),
            (("lmul", "bf16"), {"offset": "8"}, "lmul_bf16"),
            (("lmul", "bf16"), {"offset": np.int64(9)}, "lmul_bf16_offset9"),
            (("lmul", "e8m7", "bf16", "e8m7b127"), {}, "lmul_bf16"),
            (("lmul", "e4m3", "e5m2", "fp16"), {}, "lmul_e4m3_x_e5m2_to_fp16"),
            (("lmul", "e4m3", "e5m2"), {}, "lmul_e4m3_x_e5m2"),
            (("exact", "fp16", None, "fp32"), {}, "exact_fp16_to_fp32"),
            (("exact", "e2m1", "e4m3"), {}, "exact_e2m1_x_e4m3"),
            (("exact", "e2m1", "e4m3", "e4m3"), {}, "exact_e2m1_x_e4m3"),
            (("lmul", "e3m2", "e5m2", "e4m3"), {}, "lmul_e3m2_x_e5m2_to_e4m3"),
            (("exact", "fp16"), {"rounding": "rtz"}, "exact_fp16_rtz"),
            (("exact", "fp16"), {"rounding": "rtz", "overflow": "saturate"}, "exact_fp16_rtz"),
            (("exact", "fp16"), {"overflow": "saturate"}, "exact_fp16_saturate"),
            (("exact", "e4m3"), {"overflow": "saturate"}, "exact_e4m3"),
            (("exact", "fp32"), {"latency": 2}, "exact_fp32_latency2"),
            (
                ("lmul", "fp16", "bf16", "e4m3"),
                {
                    "carry": "equation",
                    "offset": 0,
                    "subnormals": "gradual",
                    "overflow": "nan",
                    "rounding": "rne",
                    "latency": 4,
                },
                "lmul_fp16_x_bf16_to_e4m3_equation_offset0_gradual_nan_latency4",
            ),
        ],
    )
    def test_single(self, arguments, policies, name):
        multiplier = Multiplier(*arguments, **policies)
        assert multiplier.name == name
        assert multiplier_named(name) == multiplier
        assert hash(multiplier_named(name)) == hash(multiplier)

    def test_latency_as_a_numpy_integer_is_the_same_specification(self):
        assert Multiplier("lmul", "e4m3", latency=np.int64(2)).name == "lmul_e4m3_latency2"

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("", r"^name '': kind '' is not one of lmul, exact, table$"),
            ("lmull_e4m3", r"^name 'lmull_e4m3': kind 'lmull' .*; did you mean 'lmul'\?$"),
            ("lmul", r"^name 'lmul' has no format: expected KIND_FORMAT, as lmul_e4m3$"),
            ("lmul_", r"^format '' is not known"),
            ("lmul_e4m333", r"^format 'e4m333' has 333 mantissa bits"),
            (
                "lmul_e4m3_x",
                r"^name 'lmul_e4m3_x': policy 'x' is not one of x_FORMAT, to_FORMAT, zero",
            ),
            ("lmul_e4m3_x_foo", r"^format 'foo' is not known"),
            ("lmul_e4m3_gradul", r"policy 'gradul' .*; did you mean 'gradual'\?$"),
            ("lmul_e4m3__raw", r"policy '' is not one of"),
            ("lmul_e4m3_raw_raw", r"^name 'lmul_e4m3_raw_raw' states its guard twice$"),
            ("lmul_bf16_inf_nan", r"states its overflow twice$"),
            ("lmul_e4m3_offset", r"policy 'offset' is not one of"),
            ("lmul_e4m3_offset9", r"^offset 9 is outside a mantissa of 3 bits"),
            ("lmul_e4m3_latency9", r"^latency 9 is not a number of register stages"),
            ("lmul_e4m3_raw_gradual", r"^subnormals 'gradual' does not apply"),
            ("exact_e4m3_raw", r"^guard 'raw' does not apply: exact multipliers have no guard"),
            ("LMUL_e4m3", r"kind 'LMUL' is not one of"),
        ],
    )
    def test_refused(self, name, message):
        with pytest.raises(SpecificationError, match=message):
            multiplier_named(name)


class TestDefaults:
    @pytest.mark.parametrize(
        ("arguments", "policies", "expected"),
        [
            (("lmul", "bf16"), {}, ("integer", 8, "full", "flush", "inf", None)),
            (("lmul", "e4m3"), {}, ("integer", 1, "full", "flush", "saturate", None)),
            (("lmul", "e3m4"), {}, ("integer", 2, "full", "flush", "inf", None)),
            (("lmul", "fp32"), {}, ("integer", 2**19, "full", "flush", "inf", None)),
            (
                ("lmul", "e4m3"),
                {"subnormals": "gradual"},
                ("integer", 1, "full", "gradual", "saturate", "rne"),
            ),
            (
                ("lmul", "fp16", None, "e4m3"),
                {},
                ("integer", 64, "full", "flush", "saturate", "rne"),
            ),
            (("lmul", "e5m2", "e4m3", "fp16"), {}, ("integer", 1, "full", "flush", "inf", None)),
            (("lmul", "e4m3"), {"guard": "raw"}, ("integer", 1, "raw", None, None, None)),
            (("exact", "fp16"), {}, (None, None, None, "flush", "inf", "rne")),
            (("exact", "e4m3"), {}, (None, None, None, "flush", "saturate", "rne")),
            (
                ("exact", "fp16"),
                {"rounding": "rtz"},
                (None, None, None, "flush", "saturate", "rtz"),
            ),
        ],
    )
    def test_policies(self, arguments, policies, expected):
        multiplier = Multiplier(*arguments, **policies)
        names = ("carry", "offset", "guard", "subnormals", "overflow", "rounding")
        assert tuple(getattr(multiplier, name) for name in names) == expected
        assert multiplier.latency == 0

    def test_formats(self):
        multiplier = Multiplier("exact", "e4m3", "e5m2")
        assert multiplier.formats == (CATALOG["e4m3"], CATALOG["e5m2"], CATALOG["e4m3"])
        assert multiplier.mantissa_bits == 3

    def test_a_stated_default_makes_no_difference(self):
        stated = Multiplier(
            "lmul",
            FloatFormat(8, 7),
            named("bf16"),
            "e8m7",
            carry="integer",
            offset="paper",
            guard="full",
            subnormals="flush",
            overflow="inf",
        )
        assert stated == Multiplier("lmul", "bf16")

    def test_frozen(self):
        with pytest.raises(AttributeError):
            Multiplier("lmul", "e4m3").carry = "equation"


class TestRefused:
    @pytest.mark.parametrize(
        ("arguments", "policies", "message"),
        [
            (("lmull", "e4m3"), {}, r"^kind 'lmull' is not one of .*; did you mean 'lmul'\?$"),
            (("lmul", "e9"), {}, r"^format 'e9' is not known"),
            (("lmul", "e4m3", "e9"), {}, r"^format 'e9' is not known"),
            (("lmul", "e4m3"), {"carry": "equaton"}, r"^carry .*; did you mean 'equation'\?$"),
            (("lmul", "e4m3"), {"guard": "ful"}, r"^guard .*; did you mean 'full'\?$"),
            (("lmul", "e4m3"), {"subnormals": "gradul"}, r"; did you mean 'gradual'\?$"),
            (("lmul", "e4m3"), {"overflow": "saturated"}, r"; did you mean 'saturate'\?$"),
            (("exact", "e4m3"), {"rounding": "rzt"}, r"^rounding 'rzt' is not one of rne, rtz"),
            # Latency.
            (("lmul", "e4m3"), {"latency": -1}, r"^latency -1 is not .*: expected 0 to 4$"),
            (("lmul", "e4m3"), {"latency": 5}, r"^latency 5 is not .*: expected 0 to 4$"),
            (("lmul", "e4m3"), {"latency": True}, r"^latency True is not"),
            (("lmul", "e4m3"), {"latency": "1"}, r"^latency '1' is not"),
            (("lmul", "e4m3"), {"latency": None}, r"^latency None is not"),
            (("lmul", "e4m3"), {"latency": 1.0}, r"^latency 1.0 is not"),
            # Offset.
            (("lmul", "e4m3"), {"offset": 8}, r"^offset 8 is outside.*0 to 7; the nearest is 7$"),
            (("lmul", "e4m3"), {"offset": -1}, r"^offset -1 is outside.*; the nearest is 0$"),
            (("lmul", "e4m3", "bf16"), {"offset": 128}, r"mantissa of 7 bits: expected 0 to 127"),
            (
                ("lmul", "e4m3"),
                {"offset": "papr"},
                r"^offset 'papr' is not one of paper, none, fitted,",
            ),
            (("lmul", "e4m3"), {"offset": 1.0}, r"^offset 1.0 is not one of"),
            (("lmul", "e4m3"), {"offset": np.float32(1.5)}, r"^offset .*1.5.* is not one of"),
            (("lmul", "e4m3"), {"offset": True}, r"^offset True is not one of"),
            (("lmul", "e4m3"), {"offset": float("inf")}, r"^offset inf is not one of"),
            (("lmul", "e4m3"), {"offset": [1]}, r"^offset \[1\] is not one of"),
            # Policies without a meaning.
            (("exact", "e4m3"), {"carry": "integer"}, r"exact multipliers have no carry; leave it"),
            (("exact", "e4m3"), {"offset": 0}, r"^offset 0 does not apply: exact multipliers"),
            (("exact", "e4m3"), {"guard": "full"}, r"exact multipliers have no guard"),
            (("lmul", "e4m3"), {"guard": "raw", "subnormals": "flush"}, r"and so no subnormals"),
            (("lmul", "e4m3"), {"guard": "raw", "overflow": "saturate"}, r"and so no overflow"),
            (("lmul", "e4m3"), {"guard": "raw", "rounding": "rne"}, r"and so no rounding"),
            (("lmul", "e4m3"), {"rounding": "rne"}, r"^rounding 'rne' .* rounds nothing"),
            (("lmul", "e4m3"), {"rounding": "rtz"}, r"^rounding 'rtz' .* rounds nothing"),
            (("lmul", "e4m3", "e4m3", "fp16"), {"rounding": "rne"}, r"rounds nothing"),
            # Policies that cannot be.
            (
                ("lmul", "e4m3"),
                {"rounding": "rtz", "subnormals": "gradual"},
                r"^rounding 'rtz' is not defined for lmul",
            ),
            (("lmul", "fp16", "fp16", "e4m3"), {"rounding": "rtz"}, r"is not defined for lmul"),
            (("lmul", "e4m3", "e5m2"), {"guard": "raw"}, r"a is e4m3, b e5m2 and y e4m3: use"),
            (("lmul", "e4m3", None, "fp16"), {"guard": "raw"}, r"^guard 'raw' adds codes of one"),
            (
                ("exact", "e4m3"),
                {"overflow": "inf"},
                r"^overflow 'inf' is impossible: format e4m3 has no infinity; .* saturate or nan$",
            ),
            (
                ("lmul", "e2m1"),
                {"overflow": "inf"},
                r"^overflow 'inf' is impossible: format e2m1 has no infinity; expected saturate$",
            ),
            (("lmul", "e2m1"), {"overflow": "nan"}, r"^overflow 'nan' is impossible: .* no NaN"),
            (
                ("exact", "fp16"),
                {"rounding": "rtz", "overflow": "inf"},
                r"^overflow 'inf' contradicts rounding 'rtz'.*expected saturate$",
            ),
            (
                ("exact", "e4m3"),
                {"rounding": "rtz", "overflow": "nan"},
                r"^overflow 'nan' contradicts",
            ),
            (
                ("exact", "e4m3", "e4m3", "e2m1"),
                {},
                r"^format e2m1 cannot take the result: .* e4m3",
            ),
            (("lmul", "e2m1", "e4m3", "e2m1"), {}, r"^format e2m1 cannot take the result"),
        ],
    )
    def test_by_its_text(self, arguments, policies, message):
        with pytest.raises(SpecificationError, match=message):
            Multiplier(*arguments, **policies)


def test_a_policy_that_there_is_not_is_refused():
    with pytest.raises(SpecificationError, match=r"^policy 'cary' is .*; did you mean 'carry'\?$"):
        Multiplier("lmul", "e4m3", cary="equation")
