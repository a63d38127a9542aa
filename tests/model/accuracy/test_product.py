"""Errors of products against exact rational arithmetic and the model."""

from fractions import Fraction

import numpy as np
import pytest

from lmul_pe.model import Multiplier, format_named, relative_errors
from lmul_pe.model.accuracy.product import product_errors


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


def test_the_error_of_lmul_is_that_of_the_model():
    format = format_named("e4m3")
    errors = relative_errors(3, Multiplier("lmul", format).offset)
    found = product_errors(format)["lmul"]
    assert found.mean == pytest.approx(np.abs(errors).mean())
    assert (found.least, found.greatest) == pytest.approx((errors.min(), errors.max()))


def test_a_sample_is_as_good_as_every_pair():
    wide, narrow = product_errors(format_named("e8m12")), product_errors(format_named("e8m10"))
    assert wide["lmul"].mean == pytest.approx(narrow["lmul"].mean, rel=0.01)
    assert wide["exact"].mean == pytest.approx(narrow["exact"].mean / 4, rel=0.01)


def test_beyond_float64_the_error_of_rounding_halves_with_each_bit():
    wide, narrow = product_errors(format_named("e11m52")), product_errors(format_named("e8m24"))
    assert wide["exact"].mean == pytest.approx(narrow["exact"].mean * 2.0**-28)
    assert wide["lmul"].mean == pytest.approx(narrow["lmul"].mean)
