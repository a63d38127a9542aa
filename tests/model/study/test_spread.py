import pytest

from lmul_pe.model.study.spread import difference, spread_of


def test_differences_are_paired():
    found = difference([3.0, 4, 5, 6, 7], [2.0, 2, 2, 2, 2])
    # Mean 3, standard deviation sqrt(2.5): 2.776 * sqrt(2.5 / 5) on each side.
    assert (found.value, found.high) == (3, pytest.approx(3 + 1.9630, abs=1e-4))
    assert found.low == pytest.approx(3 - 1.9630, abs=1e-4)
    assert spread_of([1.0, 3]).deviation == pytest.approx(2**0.5)
