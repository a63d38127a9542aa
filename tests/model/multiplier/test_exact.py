import ml_dtypes
import numpy as np
import pytest

from lmul_pe.model import Multiplier, code_type, decode, encode
from lmul_pe.model import format_named as named
from lmul_pe.model.multiplier.vectors import check_pairs

OUTSIDE = {
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
WIDER = {"fp16": np.float16, "bf16": ml_dtypes.bfloat16, "fp32": np.float32, "e11m52": np.float64}


def assert_like_reference(reference, differences, multiplier, policies, a, b):
    formats = [reference.format_of(format) for format in multiplier.formats]
    pairs = zip(a.tolist(), b.tolist(), strict=True)
    expected = [reference.exact(formats, x, y, **policies) for x, y in pairs]
    assert differences(multiplier, a, b, expected) == []


def assert_same_products(multiplier, codes, expected):
    """Codes against values of a type outside: numbers bit for bit, NaN as NaN."""
    format = multiplier.format_y
    numbers = ~np.isnan(expected)
    expected_codes = expected.view(code_type(format))
    np.testing.assert_array_equal(codes[numbers], expected_codes[numbers])
    assert (codes[~numbers] == format.nan_or_none).all()


@pytest.mark.parametrize(("name", "outside"), OUTSIDE.items())
def test_every_product_against_ml_dtypes(name, outside):
    format = named(name)
    # ml_dtypes gives NaN for an overflow where there is NaN but no infinity.
    overflow = "nan" if format.has_nan and not format.has_infinity else None
    multiplier = Multiplier("exact", format, subnormals="gradual", overflow=overflow)
    a, b = check_pairs(multiplier, 0, 0)
    assert a.size == 4**format.width
    with np.errstate(all="ignore"):
        expected = a.view(outside) * b.view(outside)
    assert_same_products(multiplier, multiplier.compute(a, b), expected)


@pytest.mark.parametrize(("name", "outside"), WIDER.items())
def test_products_against_numpy(name, outside):
    multiplier = Multiplier("exact", name, subnormals="gradual")
    a, b = check_pairs(multiplier, 300_000, seed=5)
    with np.errstate(all="ignore"):
        expected = a.view(outside) * b.view(outside)
    assert_same_products(multiplier, multiplier.compute(a, b), expected)


@pytest.mark.parametrize(("name", "outside"), WIDER.items())
def test_flush_against_numpy(name, outside):
    """Away from the smallest normal, flush is NumPy's product with everything subnormal as zero."""
    format = named(name)
    multiplier = Multiplier("exact", format)
    a, b = check_pairs(multiplier, 300_000, seed=6)
    least = np.array([format.least_normal], dtype=code_type(format)).view(outside)[0]

    def flushed(values):
        return np.where(np.abs(values) < least, np.copysign(values * outside(0), values), values)

    with np.errstate(all="ignore"):
        of_flushed = flushed(a.view(outside)) * flushed(b.view(outside))
        # Gradual underflow rounds up to the smallest normal what flush may round to less.
        settled = np.abs(of_flushed) != least
        expected = flushed(of_flushed)
    codes = multiplier.compute(a, b)
    assert_same_products(multiplier, codes[settled], expected[settled])


@pytest.mark.parametrize(("name", "outside"), [("fp16", np.float16), ("fp32", np.float32)])
def test_widened_product_is_that_of_the_wider_type(name, outside):
    """Products of fp16 in fp32, and of fp32 in e11m52, need no rounding."""
    wider = {"fp16": ("fp32", np.float32), "fp32": ("e11m52", np.float64)}[name]
    multiplier = Multiplier("exact", name, name, wider[0], subnormals="gradual")
    a, b = check_pairs(multiplier, 100_000, seed=7)
    with np.errstate(all="ignore"):
        expected = a.view(outside).astype(wider[1]) * b.view(outside).astype(wider[1])
    assert_same_products(multiplier, multiplier.compute(a, b), expected)


def test_every_policy_of_small_formats(
    small_format, legal_policies, sample, reference, differences
):
    for policies in legal_policies("exact", small_format):
        multiplier = Multiplier("exact", small_format, **policies)
        a, b = sample(multiplier, 400, seed=8)
        assert_like_reference(reference, differences, multiplier, policies, a, b)


@pytest.mark.parametrize(
    "formats", [("e3m2b0",) * 3, ("e3m2b0", "e2m1", "e4m3"), ("e2m3b0fn",) * 3]
)
@pytest.mark.parametrize("subnormals", ["flush", "gradual"])
def test_a_bias_may_be_zero(formats, subnormals, sample, reference, differences):
    multiplier = Multiplier("exact", *formats, subnormals=subnormals)
    a, b = sample(multiplier, 500, seed=8)
    assert_like_reference(reference, differences, multiplier, {"subnormals": subnormals}, a, b)


def test_every_policy_of_wide_formats(wide_format, legal_policies, sample, reference, differences):
    for policies in legal_policies("exact", wide_format):
        multiplier = Multiplier("exact", wide_format, **policies)
        a, b = sample(multiplier, 1000, seed=9)
        assert_like_reference(reference, differences, multiplier, policies, a, b)


def test_every_policy_of_mixed_formats(
    mixed_formats, legal_policies, sample, reference, differences
):
    for policies in legal_policies("exact", mixed_formats[2]):
        multiplier = Multiplier("exact", *mixed_formats, **policies)
        a, b = sample(multiplier, 1000, seed=10)
        assert_like_reference(reference, differences, multiplier, policies, a, b)


@pytest.mark.long
def test_every_policy_on_every_pair(small_format, legal_policies, reference, differences):
    for policies in legal_policies("exact", small_format):
        multiplier = Multiplier("exact", small_format, **policies)
        a, b = check_pairs(multiplier, 0, 0)
        assert_like_reference(reference, differences, multiplier, policies, a, b)


@pytest.mark.parametrize("name", ["e11m52", "e8m31", "e11m31"])
def test_far_below_the_smallest_subnormal(name):
    """A product of no more than a quarter of the smallest subnormal is zero."""
    format = named(name)
    multiplier = Multiplier("exact", format, subnormals="gradual")
    exponents = np.arange(1, (format.bias - format.mantissa_bits) // 2, dtype=np.uint64)
    codes = exponents << np.uint64(format.mantissa_bits) | np.uint64(1)
    assert (multiplier.compute(codes, codes) == 0).all()


@pytest.mark.parametrize("kind", ["exact", "lmul"])
@pytest.mark.parametrize("subnormals", ["flush", "gradual"])
@pytest.mark.parametrize(
    ("format_y", "overflow", "code"),
    [("e4m3", "saturate", 0x7E), ("e4m3", "nan", 0x7F), ("fp16", "inf", 0x7C00)],
)
@pytest.mark.parametrize("other", [2e-38, 1e-20, 1.0, 1e38])
def test_infinite_operand(kind, subnormals, format_y, overflow, code, other):
    """Infinity, or an overflow where the result has none, however small the other operand is."""
    multiplier = Multiplier(
        kind, "e5m2", "bf16", format_y, subnormals=subnormals, overflow=overflow
    )
    infinity = named("e5m2").infinity
    assert int(multiplier.compute(infinity, encode(other, named("bf16")))) == code


@pytest.mark.parametrize(
    ("specification", "a", "b", "expected"),
    [
        # Half-way between 2 and 3 times the smallest subnormal, and just above half of it.
        ({"subnormals": "gradual"}, 0x0002, 0x3D00, 0x0002),
        ({"subnormals": "gradual"}, 0x0001, 0x3800, 0x0000),
        ({"subnormals": "gradual"}, 0x0001, 0x3801, 0x0001),
        ({"subnormals": "gradual"}, 0x8001, 0x3800, 0x8000),
        ({}, 0x03FF, 0x7000, 0x0000),
        ({}, 0x83FF, 0x7000, 0x8000),
        # 0x3BFF is the number before one: what rounds up to the smallest normal is not flushed.
        ({}, 0x0400, 0x3BFF, 0x0000),
        ({}, 0x0401, 0x3BFF, 0x0400),
        ({"rounding": "rtz"}, 0x0401, 0x3BFE, 0x0000),
        ({}, 0x7BFF, 0x3C01, 0x7C00),
        ({"rounding": "rtz"}, 0x7BFF, 0x3C01, 0x7BFF),
        ({"overflow": "saturate"}, 0x7BFF, 0xBC01, 0xFBFF),
        ({"overflow": "nan"}, 0x7BFF, 0xBC01, 0x7E00),
        ({"overflow": "saturate"}, 0x7C00, 0xBC00, 0xFC00),
        ({"overflow": "nan"}, 0x7C00, 0xBC00, 0xFC00),
        ({"rounding": "rtz"}, 0x7C00, 0x3C00, 0x7C00),
        ({}, 0x7C00, 0x8000, 0x7E00),
        ({}, 0x7C00, 0x0001, 0x7E00),
        ({"subnormals": "gradual"}, 0x7C00, 0x8001, 0xFC00),
        ({}, 0xFC01, 0x3C00, 0x7E00),
    ],
)
def test_single_products_of_fp16(specification, a, b, expected):
    multiplier = Multiplier("exact", "fp16", **specification)
    assert int(multiplier.compute(a, b)) == expected


def test_one_is_neutral():
    for name in ("e4m3", "fp16", "bf16", "fp32"):
        format = named(name)
        multiplier = Multiplier("exact", format)
        codes, _ = check_pairs(multiplier, 0, 0)
        codes = codes[np.isfinite(decode(codes, format))]
        normal = (codes & code_type(format).type(2**format.magnitude_bits - 1)) >= (
            format.least_normal
        )
        product_codes = multiplier.compute(codes[normal], encode(1.0, format))
        np.testing.assert_array_equal(product_codes, codes[normal])
