"""Power laws found again in costs that are made by them, and crossings worked out by hand."""

from math import log2

import numpy as np
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.results import growth as module
from lmul_pe.synth.results.growth import _moved, crossing, growth

BITS = tuple(range(1, 24))


def costs(law, bits=BITS):
    return [law(each + 1) for each in bits]


@pytest.mark.parametrize("power", [0.5, 1.0, 1.585, 2.0, 2.5])
@pytest.mark.parametrize("fixed", [0.0, 70.0])
def test_a_power_law_is_found_again(power, fixed):
    found = growth(BITS, costs(lambda n: fixed + 6 * n**power))
    assert found.power == pytest.approx(power, abs=1e-9)
    assert (found.low, found.high) == (found.power, found.power)
    assert found.residual_percent == pytest.approx(0, abs=1e-6)
    assert found.at(52) == pytest.approx(fixed + 6 * 53**power)
    assert found.first == pytest.approx(fixed + 6)


def test_a_logarithm_is_a_power_of_zero():
    found = growth(BITS, costs(lambda n: 100 + 30 * log2(n)))
    assert found.power == 0
    assert found.at(31) == pytest.approx(250)


def test_a_line_and_a_parabola_are_told_apart_in_what_scatters():
    random = np.random.default_rng(7)
    scatter = 1 + 0.02 * random.standard_normal(len(BITS))
    line = growth(BITS, scatter * costs(lambda n: 70 + 8 * n))
    parabola = growth(BITS, scatter * costs(lambda n: 70 + 6 * n**2))
    assert line.low < 1 < line.high < 1.5 < parabola.low < 2 <= parabola.high
    assert line.residual_percent == pytest.approx(2, abs=0.8)


@pytest.mark.slow
def test_the_interval_holds_the_power_about_as_often_as_it_says():
    random = np.random.default_rng(1)
    held = 0
    for _ in range(40):
        scatter = 1 + 0.02 * random.standard_normal(len(BITS))
        found = growth(BITS, scatter * costs(lambda n: 50 + 5 * n**1.5))
        held += found.low <= 1.5 <= found.high
    # 38 are expected of 40 by 95 %; blocks of so few points hold a little less.
    assert held >= 32


def test_every_residual_is_moved_as_often_as_any_other():
    """Into one place of each of 999 resamples on average, by blocks with a deviation of 30."""
    moved = _moved(np.arange(23.0)).astype(int)
    assert moved.shape == (23, 999)
    assert np.bincount(moved.ravel()) == pytest.approx(np.full(23, 999), abs=150)


@pytest.mark.parametrize(("count", "length"), [(5, 2), (23, 3)])
def test_residuals_are_moved_in_blocks_of_neighbours(count, length):
    steps = np.diff(_moved(np.arange(float(count))), axis=0) % count
    within = np.arange(1, count) % length > 0
    assert (steps[within] == 1).all()
    assert (steps[~within] != 1).any(axis=1).all()


def test_the_interval_is_that_of_powers_fitted_to_moved_residuals(monkeypatch):
    """Fewer resamples and powers, fitted one by one."""
    powers = np.arange(0, 3.5, 0.05)
    monkeypatch.setattr(module, "RESAMPLES", 40)
    monkeypatch.setattr(module, "POWERS", powers)
    n = np.arange(2.0, 11.0)
    scatter = 1 + 0.04 * np.random.default_rng(3).standard_normal(len(n))
    measured = scatter * (20 + 4 * n**1.5)

    def fitted(costs, scale):
        """The best power, and the costs by it."""
        found = []
        for power in powers:
            columns = np.stack([np.ones_like(n), n**power if power else np.log(n)], 1)
            solution = np.linalg.lstsq(columns / scale[:, None], costs / scale, rcond=None)[0]
            left = (((costs - columns @ solution) / scale) ** 2).sum()
            found.append((left, power, columns @ solution))
        return min(found, key=lambda each: each[0])[1:]

    given = []
    monkeypatch.setattr(module, "_moved", lambda each: given.append(each) or _moved(each))
    power, smooth = fitted(measured, measured)
    residuals = measured / smooth - 1
    moved = _moved(residuals - residuals.mean()) * (9 / 6) ** 0.5
    again = [fitted(smooth * (1 + column), smooth)[0] for column in moved.T]
    low, high = np.quantile(again, (0.025, 0.975))
    found = growth(range(1, 10), measured)
    assert found.power == pytest.approx(power)
    assert (found.low, found.high) == pytest.approx((min(low, power), max(high, power)))
    assert found.low < found.high
    # What is moved has no mean that would move with it.
    assert given[0] == pytest.approx(residuals - residuals.mean())
    assert found.residual_percent == pytest.approx(100 * (residuals**2).mean() ** 0.5)


def test_every_call_gives_the_same():
    scattered = [cost * (1 + 0.03 * (-1) ** each) for each, cost in enumerate(costs(float))]
    assert growth(BITS, scattered) == growth(BITS, scattered)


def test_too_few_widths_are_refused():
    with pytest.raises(SpecificationError, match=r"^4 mantissa widths are too few .* 5 at least$"):
        growth((1, 2, 3, 4), (1, 2, 3, 4))
    assert growth((1, 2, 3, 4, 5), (1, 2, 3, 4, 5)).power == pytest.approx(1)


@pytest.mark.parametrize(
    ("ours", "others", "place"),
    [
        ((1, 2, 4), (2, 4, 8), 2),
        ((4, 8, 16), (1, 2, 4), None),
        # From twice as much to half: half way.
        ((4, 4, 4), (2, 8, 32), 3),
        # From four times as much to half: two thirds of the way.
        ((8, 4, 4), (2, 8, 32), 2 + 2 * 2 / 3),
        # The last time counts.
        ((1, 4, 4), (2, 1, 16), 4 + 4 / 2),
        # Equal is not below.
        ((4, 8, 16), (4, 8, 16), None),
        ((4, 8, 16), (4, 16, 32), 2),
        ((1, 4, 4), (2, 8, 1), None),
    ],
)
def test_where_costs_cross(ours, others, place):
    found = crossing((2, 4, 8), ours, others)
    assert found == (None if place is None else pytest.approx(place))
