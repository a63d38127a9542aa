"""Errors of dot products: from sums that are written out, and MX scales from the specification."""

from itertools import pairwise

import numpy as np
import pytest

from lmul_pe.model import Mac, Multiplier, SpecificationError, decode, format_named
from lmul_pe.model.accuracy.dot import LENGTHS, growth, numbers, scaled_blocks
from lmul_pe.model.unit.names import mac_named

E4M3 = format_named("e4m3")


def test_errors_are_those_of_sums_of_products():
    unit = mac_named("mac_exact_fp16_fixed_msb40_lsbm60")
    found = growth(unit, "signed", lengths=(16, 64))
    for place, length in enumerate((16, 64)):
        x, y = numbers("signed", length)
        # Half precision is NumPy's; its products are exact in float64.
        stored = x.astype(np.float16).astype(float) * y.astype(np.float16).astype(float)
        error = stored.sum(axis=1) - (x * y).sum(axis=1)
        rms = np.sqrt(np.mean((x * y) ** 2))
        assert found.bias[place] == pytest.approx(error.mean() / rms, abs=1e-5)
        assert found.noise[place] == pytest.approx(error.std() / rms, rel=1e-3)
        real = (x * y).sum(axis=1)
        expected = np.sqrt(np.mean(error**2) / np.mean(real**2))
        assert found.relative[place] == pytest.approx(expected, rel=1e-3)


def test_bias_grows_with_the_length_and_noise_with_its_root():
    """Mitchell's products of fp16 are 3.85 % too small for all operands but normal ones."""
    unit = Mac(
        Multiplier("lmul", "fp16", offset="none"), mac_named("mac_lmul_fp16_fp32").accumulator
    )
    positive = growth(unit, "positive", lengths=(64, 1024))
    assert positive.bias[1] / positive.bias[0] == pytest.approx(16, rel=0.05)
    signed = growth(unit, "signed", lengths=(64, 1024))
    assert signed.noise[1] / signed.noise[0] == pytest.approx(4, rel=0.2)
    # Signs even out what all products have in common.
    assert abs(signed.bias[1]) < signed.noise[1]


def test_each_length_doubles_the_root_of_the_one_before():
    assert LENGTHS[0] == 16
    assert [after / before for before, after in pairwise(LENGTHS)] == [4] * (len(LENGTHS) - 1)


def test_positive_numbers_are_the_sizes_of_signed_ones():
    assert (numbers("positive", 16)[0] == np.abs(numbers("signed", 16)[0])).all()
    with pytest.raises(SpecificationError, match="did you mean 'signed'"):
        numbers("signd", 16)


@pytest.mark.parametrize(
    ("name", "greatest", "exponent"),
    # floor(log2(greatest)) - emax, with the emax of MX: 8, 15, 4, 2 and 2.
    [
        ("e4m3", 448.0, 0),
        ("e4m3", 256.0, 0),
        ("e4m3", 255.0, -1),
        ("e4m3", 511.0, 0),
        ("e4m3", 512.0, 1),
        ("e5m2", 1.0, -15),
        ("e3m2", 1.0, -4),
        ("e2m3", 1.0, -2),
        ("e2m1", 6.0, 0),
        ("e2m1", 8.0, 1),
        ("e4m3", 0.0, 0),
    ],
)
def test_scales_are_those_of_mx(name, greatest, exponent):
    format = format_named(name)
    values = np.zeros((1, 64))
    values[0, 3] = -greatest
    values[0, 40] = greatest / 16
    found, scaled = scaled_blocks(values, format)
    assert scaled.shape == (1, 2, 32)
    assert found[0, 0] == exponent
    assert found[0, 1] == (exponent - 4 if greatest else 0)
    largest = float(decode(np.array([format.largest], dtype=np.uint8), format)[0])
    assert scaled[0, 0, 3] == -min(greatest / 2.0**exponent, largest)


def test_blocks_with_a_scale_are_exact_where_the_format_is():
    """Powers of two that no number of e4m3 is: with a scale they are, and fp32 holds their sum."""
    unit = Mac(
        Multiplier("exact", E4M3, subnormals="gradual"),
        mac_named("mac_exact_e4m3_fp32").accumulator,
    )
    exponents, scaled = scaled_blocks(np.full((1, 64), 2.0**-40), E4M3)
    assert (np.ldexp(scaled, exponents[..., None]) == 2.0**-40).all()
    assert growth(unit, "positive", blocks=True, lengths=(64,)).relative[0] < 0.05
