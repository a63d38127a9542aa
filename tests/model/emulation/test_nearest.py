"""Rounding into formats against `encode`, which is checked against `ml_dtypes`."""

import sys

import numpy as np
import pytest

from lmul_pe import FloatFormat, SpecificationError, code_type, decode, encode, format_named
from lmul_pe.model.emulation import numbers
from lmul_pe.model.emulation.nearest import nearest
from lmul_pe.model.emulation.numbers import numbers_of

FORMATS = [
    *(format_named(name) for name in ("fp32", "bf16", "fp16", "e4m3", "e5m2", "e4m3fnuz", "e2m1")),
    FloatFormat(8, 2),
    FloatFormat(4, 5, "finite", 3),
    FloatFormat(3, 2, "fn"),
]


def values(format):
    """Numbers of the format, those halfway between, and their neighbours; and far ones."""
    step = max(1, 2**format.magnitude_bits // 5000)
    codes = np.arange(0, 2**format.magnitude_bits, step)
    codes = codes[codes < format.largest].astype(code_type(format))
    low = decode(codes, format)
    high = decode((codes + codes.dtype.type(1)), format)
    half = (low + high) / 2
    far = [0.0, 1e-300, 5e-324, 1e300, np.inf, 2 * decode(np.array(format.largest), format)]
    near = [np.nextafter(half, 0), np.nextafter(half, np.inf)]
    every = np.concatenate([low, half, *near, far])
    return np.concatenate([every, -every, [np.nan] if format.has_nan else []])


@pytest.mark.parametrize("format", FORMATS, ids=str)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("flush", [True, False])
@pytest.mark.parametrize("saturate", [True, False])
def test_numbers_are_those_of_the_codes(format, dtype, flush, saturate, monkeypatch):
    with np.errstate(over="ignore"):
        given = values(format).astype(dtype)
    expected = decode(encode(given, format, saturate or None), format)
    if flush:
        expected[abs(expected) < 2.0 ** (1 - format.bias)] *= 0
    found = nearest(given, format, flush, saturate)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(np.signbit(found), np.signbit(expected))
    monkeypatch.setattr(numbers, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "lmul_pe.model.emulation.nearest", None)
    without = numbers_of(given, format, flush, saturate)
    assert without.dtype == np.float32
    np.testing.assert_array_equal(without.view(np.uint32), found.view(np.uint32))


@pytest.mark.parametrize("format", FORMATS, ids=str)
@pytest.mark.parametrize("flush", [True, False])
def test_numbers_of_the_format_are_left_alone(format, flush):
    numbers = nearest(np.random.default_rng(1).normal(size=9000), format, True)
    numbers[numbers == 0] = 0
    assert np.shares_memory(nearest(numbers, format, flush), numbers)
    wrong = numbers.copy()
    wrong[8999] = np.nextafter(np.float32(2.0 ** (1 - format.bias)), np.float32(0))
    found = nearest(wrong, format, flush)
    expected = decode(encode(wrong, format), format)
    assert found[8999] == (
        0 if flush and expected[8999] < 2.0 ** (1 - format.bias) else expected[8999]
    )


@pytest.mark.parametrize("format", FORMATS, ids=str)
@pytest.mark.parametrize("flush", [True, False])
def test_powers_of_two_that_are_subnormal_or_too_small(format, flush):
    """Alone each, since it has no bit that the format's mantissa has not."""
    least_normal = 1 - format.bias
    least = least_normal - format.mantissa_bits
    for exponent in range(max(least - 3, -149), least_normal + 1):
        value = np.array([2.0**exponent], dtype=np.float32)
        # Half of the least number is a tie, which goes to the even zero.
        kept = exponent >= (least_normal if flush else least)
        assert nearest(value, format, flush).tolist() == [2.0**exponent if kept else 0]


def test_every_finite_number_of_fp32_is_left_alone():
    own = np.float32([2.0**-149, -3 * 2.0**-149, 2.0**-126, 0, 3.4028235e38])
    assert nearest(own, format_named("fp32"), False) is own
    found = nearest(own, format_named("fp32"), True)
    assert found.tolist() == [0, 0, *own[2:].tolist()]
    ends = np.float32([2.0**-14, 65504, -65504])
    assert nearest(ends, format_named("fp16"), False) is ends


def test_numbers_have_the_shape_of_what_is_given():
    given = np.full((2, 3, 4), 1.03125)
    assert nearest(given, format_named("e4m3"), True).tolist() == np.ones((2, 3, 4)).tolist()
    assert nearest(np.float64(1.1), format_named("e4m3"), True) == 1.125


def test_what_rounds_beyond_the_largest_number_is_infinite_unless_asked_otherwise():
    values = np.array([61439, 61440, -1e6])
    for rounding in (nearest, numbers_of):
        # Halfway between 57344 and 65536.
        found = rounding(values, format_named("e5m2"), True)
        assert found.tolist() == [57344, np.inf, -np.inf]
        assert rounding(values, format_named("e5m2"), True, True).tolist()[1:] == [57344, -57344]


def test_integers_are_numbers_too():
    found = nearest(np.array([[3, -300], [17, 2**40]]), format_named("e4m3"), True)
    assert found.tolist() == [[3, -288], [16, 448]]


def test_wide_formats_have_float64_numbers():
    assert numbers_of(np.array([1e300]), format_named("e11m4"), True).dtype == np.float64


def test_no_number_is_refused_where_there_is_none():
    with pytest.raises(SpecificationError, match="value nan has no code in e2m1"):
        nearest(np.array([1.0, np.nan]), format_named("e2m1"), True)
