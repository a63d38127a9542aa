import numpy as np
import pytest

from lmul_pe.model.study.interval import estimate


def test_the_interval_of_a_mean_is_that_of_its_standard_error():
    values = np.random.default_rng(4).normal(size=400)
    found = estimate(lambda draw: float(values[draw].mean()), 400)
    half = 1.96 * values.std() / np.sqrt(400)
    assert found.value == values.mean()
    assert found.low == pytest.approx(values.mean() - half, abs=half / 8)
    assert found.high == pytest.approx(values.mean() + half, abs=half / 8)
    assert values.mean() in found
    assert found.high + 1e-9 not in found


def test_what_is_the_same_everywhere_has_no_spread():
    found = estimate(lambda draw: float(np.full(5, 3.0)[draw].mean()), 5)
    assert (found.value, found.low, found.high) == (3, 3, 3)


def test_an_interval_is_the_same_every_time():
    values = np.arange(9.0)
    first, second = (estimate(lambda draw: float(values[draw].sum()), 9) for _ in range(2))
    assert first == second
