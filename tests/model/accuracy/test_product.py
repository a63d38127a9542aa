"""Errors of products against exact rational arithmetic and the model."""

from fractions import Fraction

import numpy as np
import pytest

from lmul_pe.model import Multiplier, encode, format_named, relative_errors
from lmul_pe.model.accuracy.operands import Operands, operands
from lmul_pe.model.accuracy.product import distribution, product_errors, surface


@pytest.mark.parametrize("name", ["e4m3", "e5m2", "e2m1"])
def test_the_rounding_error_is_that_of_every_pair(name):
    format = format_named(name)
    count = 2**format.mantissa_bits
    errors = []
    for first in range(count):
        for second in range(count):
            product = Fraction(count + first, count) * Fraction(count + second, count)
            step = Fraction(2 if product >= 2 else 1, count)
            # Python rounds fractions to nearest even.
            errors.append(round(product / step) * step / product - 1)
    found = product_errors(format)["exact"]
    assert found.mean == pytest.approx(float(sum(map(abs, errors)) / len(errors)))
    assert found.bias == pytest.approx(float(sum(errors) / len(errors)))
    assert (found.least, found.greatest) == pytest.approx((min(errors), max(errors)))


@pytest.mark.parametrize("name", ["e4m3", "e8m10"])
def test_the_error_of_lmul_is_that_of_the_model(name):
    format = format_named(name)
    errors = relative_errors(format.mantissa_bits, Multiplier("lmul", format).offset)
    found = product_errors(format)["lmul"]
    # All pairs, to the last digits.
    assert found.mean == pytest.approx(np.abs(errors).mean(), rel=1e-9)
    assert found.bias == pytest.approx(errors.mean(), rel=1e-9)
    assert (found.least, found.greatest) == pytest.approx((errors.min(), errors.max()))


def test_a_sample_is_as_good_as_every_pair():
    wide, narrow = product_errors(format_named("e8m12")), product_errors(format_named("e8m10"))
    assert wide["lmul"].mean == pytest.approx(narrow["lmul"].mean, rel=0.01)
    assert wide["exact"].mean == pytest.approx(narrow["exact"].mean / 4, rel=0.01)


def test_beyond_float64_the_error_of_rounding_halves_with_each_bit():
    wide, narrow = product_errors(format_named("e11m52")), product_errors(format_named("e8m24"))
    assert wide["exact"].mean == pytest.approx(narrow["exact"].mean * 2.0**-28)
    assert wide["lmul"].mean == pytest.approx(narrow["lmul"].mean)


# Mean relative error of operands cut from 10 bits to 3, recomputed outside of this project.
@pytest.mark.parametrize(
    ("kind", "multiplier", "mean"),
    [
        ("truncated", Multiplier("exact", "e4m3"), 0.088),
        ("truncated", Multiplier("lmul", "e4m3"), 0.048),
        ("rounded", Multiplier("exact", "e4m3"), 0.035),
        ("rounded", Multiplier("lmul", "e4m3"), 0.057),
        ("rounded", Multiplier("lmul", "e4m3", offset="none"), 0.048),
    ],
)
def test_errors_of_cut_operands(kind, multiplier, mean):
    found = distribution(multiplier, operands(kind, multiplier.format))
    assert found.mean == pytest.approx(mean, abs=0.0005)


@pytest.mark.parametrize("carry", ["integer", "equation"])
@pytest.mark.parametrize("name", ["e5m2", "e4m3", "bf16"])
def test_a_distribution_is_that_of_every_pair(name, carry):
    multiplier = Multiplier("lmul", name, carry=carry)
    errors = relative_errors(multiplier.mantissa_bits, multiplier.offset, carry)
    found = distribution(multiplier, operands("exact", multiplier.format))
    assert found.pairs == errors.size
    assert found.mean == pytest.approx(np.abs(errors).mean())
    assert found.bias == pytest.approx(errors.mean())
    assert found.rms == pytest.approx(np.sqrt((errors**2).mean()))
    assert (found.least, found.greatest) == pytest.approx((errors.min(), errors.max()))
    x, y = found.least_at
    row, column = (round((each - 1) * 2**multiplier.mantissa_bits) for each in (x, y))
    assert errors[row, column] == pytest.approx(errors.min())
    assert sum(found.histogram) == pytest.approx(1)
    assert (found.vanished, found.overflowed) == (0, 0)


def test_what_vanishes_and_what_overflows_is_counted():
    format = format_named("e3m4")
    codes = encode([2.0, 0.25, 15.0, 4.0], format)
    pairs = Operands(
        np.array([2.0, 0.25, 15.0, 4.0]), np.array([2.0, 0.25, 15.0, 1.0]), codes, codes.copy()
    )
    pairs.b[3] = encode(1.0, format)
    found = distribution(Multiplier("exact", format), pairs)
    # 1/16 is below the least normal number, 225 above the largest one.
    assert (found.vanished, found.overflowed) == (0.25, 0.25)
    assert found.mean == pytest.approx(1 / 3)


def test_shares_of_errors_are_counted_between_a_half_below_and_a_half_above():
    """All products are 1: what is meant by the operands decides the errors."""
    ones = encode(np.ones(8), format_named("e4m3"))
    # 0, 1/127 and 0.1; three above a half; a half below, and more.
    x = 1 / (1 + np.array([0, 1 / 127, 0.1, 0.5, 0.6, 9, -0.5, -0.9]))
    found = distribution(Multiplier("exact", "e4m3"), Operands(x, np.ones(8), ones, ones))
    counted = {place: share * 8 for place, share in enumerate(found.histogram) if share}
    # Bins of 1/128: zero begins the 65th of them, and 0.1 is between 12/128 and 13/128.
    assert counted == {0: 2, 64: 1, 65: 1, 76: 1, 127: 3}
    assert len(found.histogram) == 128


def test_a_surface_has_an_error_to_each_pair():
    multiplier = Multiplier("lmul", "e4m3")
    assert surface(multiplier) == pytest.approx(relative_errors(3, multiplier.offset))
    assert surface(Multiplier("lmul", "bf16")).shape == (64, 64)
    averaged = surface(Multiplier("lmul", "bf16"), side=16)
    errors = relative_errors(7, 8)
    assert averaged.shape == (16, 16)
    assert averaged[3, 5] == pytest.approx(errors[24:32, 40:48].mean())
