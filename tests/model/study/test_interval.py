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


def test_other_samples_have_any_of_the_items_and_as_many():
    seen = []
    estimate(lambda draw: float(seen.append(draw) or 0), 7)
    *draws, own = seen
    assert own.tolist() == list(range(7))
    assert {len(draw) for draw in draws} == {7}
    assert {int(index) for draw in draws for index in draw} == set(range(7))


def test_the_interval_leaves_a_fortieth_out_on_either_side():
    calls = []

    def place(draw):
        calls.append(draw)
        return float(len(calls) - 1)

    found = estimate(place, 3)
    # The places of what was drawn are spread evenly.
    last = len(calls) - 2
    assert (found.low, found.high) == pytest.approx((last / 40, last - last / 40))
    assert last > 1000
