import pytest

from lmul_pe.model.study.interval import Estimate
from lmul_pe.model.study.spread import difference, shown, spread_of


def test_differences_are_paired():
    found = difference([3.0, 4, 5, 6, 7], [2.0, 2, 2, 2, 2])
    # Mean 3, standard deviation sqrt(2.5): 2.776 * sqrt(2.5 / 5) on each side.
    assert (found.value, found.high) == (3, pytest.approx(3 + 1.9630, abs=1e-4))
    assert found.low == pytest.approx(3 - 1.9630, abs=1e-4)
    assert spread_of([1.0, 3]).deviation == pytest.approx(2**0.5)


def test_an_estimate_is_shown_signed_with_its_interval():
    assert shown(Estimate(0.5, -0.25, 1.0), 100, 1) == "+50.0 [-25.0, +100.0]"
    assert shown(Estimate(-0.5, -0.75, 0.0), 1, 3) == "-0.500 [-0.750, +0.000]"
