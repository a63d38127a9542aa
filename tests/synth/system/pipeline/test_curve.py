"""Curves between frequencies: known exponentials come back, SciPy fits no better, hulls by hand."""

import numpy as np
import pytest

from lmul_pe.synth.system.pipeline.candidates import Candidate, Candidates, candidates
from lmul_pe.synth.system.pipeline.curve import Curve, fitted, hull
from lmul_pe.synth.system.pipeline.profile import Kind, Run, read_profile
from tests.synth.system.pipeline.small import artefact, convex

KIND = Kind(0, "forward")


def chosen(steps, energies):
    rows = [
        Candidate(Run(1 / s, s, e), int(s), float(e)) for s, e in zip(steps, energies, strict=True)
    ]
    return Candidates(KIND, tuple(rows), rows[0].run, True)


@pytest.mark.parametrize(
    ("a", "b", "c"), [(50.0, -0.08, 3.0), (1e3, -0.5, -2.0), (5.0, -0.004, 1.0)]
)
@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_a_known_exponential_comes_back(a, b, c, scale):
    steps = np.array([50, 53, 55, 60, 66, 71, 80])
    every = np.arange(50, 81)
    curve = fitted(chosen(steps, scale * (a * np.exp(b * (steps - 50)) + c)))
    assert curve.least == 50
    assert curve.energy_j == pytest.approx(scale * (a * np.exp(b * (every - 50)) + c), rel=1e-7)


def test_three_points_are_enough_for_an_exponential():
    steps = np.array([50, 60, 80])
    curve = fitted(chosen(steps, 50 * np.exp(-0.08 * (steps - 50)) + 3))
    assert curve.energy_j == pytest.approx(50 * np.exp(-0.08 * np.arange(31)) + 3, rel=1e-7)


def test_a_fall_at_once_is_a_corner():
    assert fitted(chosen([5, 6, 7, 8], [10.0, 1.0, 1.0, 1.0])).energy_j == pytest.approx(
        [10, 1, 1, 1]
    )


@pytest.mark.parametrize("energy_j", [2.0, 0.0])
def test_energy_that_stays_is_no_reason_to_be_slower(energy_j):
    curve = fitted(chosen([5, 6, 8], [energy_j] * 3))
    assert (curve.least, curve.energy_j.tolist()) == (5, [energy_j])


@pytest.mark.filterwarnings("ignore:Covariance")
def test_no_least_squares_of_scipy_is_smaller():
    optimize = pytest.importorskip("scipy.optimize")
    runs = read_profile(artefact("stage_profile/bloom+a100_sxm_bf16.csv")).runs
    for kind in runs:
        found = candidates(kind, runs[kind], 83.64, 0.001)
        steps, energy = found.steps, found.effective_j
        curve = fitted(found)
        ours = ((curve.energy_j[steps - curve.least] - energy) ** 2).sum()

        def exponential(t, a, b, c):
            return a * np.exp(b * t) + c

        parameters, _ = optimize.curve_fit(
            exponential, steps, energy, p0=(100.0, -0.05, 10.0), maxfev=50_000
        )
        theirs = ((exponential(steps, *parameters) - energy) ** 2).sum()
        assert ours <= theirs * (1 + 1e-9)


def test_energy_that_only_rises_is_no_reason_to_be_slower():
    curve = fitted(chosen([5, 6, 8], [1.0, 2.0, 4.0]))
    assert (curve.least, curve.most) == (5, 5)


def test_what_bends_the_wrong_way_is_as_good_as_a_straight_line():
    curve = fitted(chosen([0 + 5, 10, 15], [10.0, 9.0, 4.0]))
    assert convex(curve.energy_j)
    assert np.diff(curve.energy_j) == pytest.approx(-0.6, rel=1e-3)


def test_two_points_are_joined():
    assert fitted(chosen([4, 8], [9.0, 5.0])).energy_j == pytest.approx([9, 8, 7, 6, 5])


def test_the_hull_leaves_out_what_a_mixture_undercuts():
    # 9 at 6 lies above the line from 10 at 4 to 4 at 10, which is 8 there.
    curve = hull(chosen([4, 6, 10, 14], [10.0, 9.0, 4.0, 4.5]))
    assert curve.energy_j == pytest.approx([10, 9, 8, 7, 6, 5, 4])
    assert hull(chosen([3], [2.0])).energy_j == pytest.approx([2.0])


@pytest.mark.parametrize("seed", range(5))
def test_the_hull_is_the_least_of_all_mixtures(seed):
    random = np.random.default_rng(seed)
    steps = np.cumsum(random.integers(1, 5, 8)).tolist()
    energies = random.integers(1, 40, 8).tolist()
    curve = hull(chosen(steps, energies))
    best = steps[int(np.argmin(energies))]
    assert (curve.least, curve.most) == (steps[0], best)
    for at, found in zip(range(steps[0], best + 1), curve.energy_j, strict=True):
        mixtures = [
            low + (high - low) * (at - first) / max(last - first, 1)
            for first, low in zip(steps, energies, strict=True)
            for last, high in zip(steps, energies, strict=True)
            if first <= at <= last <= best and (first < last or first == at)
        ]
        assert found == pytest.approx(min(mixtures))


def test_prices_fall_with_time():
    curve = Curve(3, np.array([9.0, 5.0, 3.0, 3.0]))
    assert curve.price_j.tolist() == [0.0, 4.0, 2.0, 0.0]
    assert curve.most == 6
