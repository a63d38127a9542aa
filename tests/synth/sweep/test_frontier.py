"""The frontier, worked out by hand."""

from lmul_pe.synth.sweep.frontier import beats, frontier, layers, reason, values
from tests.synth.sweep.points import point


def test_one_beats_another_where_it_is_worse_in_nothing():
    assert beats((1, 2), (1, 3))
    assert not beats((1, 2), (1, 2))
    assert not beats((1, 3), (2, 2))


def test_layers_peel_off_one_behind_the_other_and_equal_ones_stay_together():
    places = [(1, 3), (3, 1), (2, 2), (2, 3), (3, 3), (2, 2)]
    assert layers(places, lambda place: place) == [
        [(1, 3), (3, 1), (2, 2), (2, 2)],
        [(2, 3)],
        [(3, 3)],
    ]


def test_a_frontier_has_no_points_that_miss_their_clock():
    missed = point("exact_e4m3", energy_fj=None, area_um2=None, delay_ps=None)
    good, beaten = point(), point("lmul_e4m3_offset0", energy=11.0)
    assert frontier([missed, beaten, good]) == [good]
    assert frontier([missed]) == []


def test_errors_of_a_point_are_in_percent_and_what_it_has_not_is_0():
    full = point(energy=10.0, area=5.0, delay=80.0, error=0.05, sum_error=0.0625)
    assert values(full) == (10.0, 5.0, 80.0, 5.0, 6.25)
    missed = point(energy_fj=None, area_um2=None, delay_ps=None, error=0.25)
    assert values(missed) == (0.0, 0.0, 0.0, 25.0, 0.0)


def test_what_is_least_in_nothing_is_set_against_the_next_that_is_better_in_what_counts():
    low, small = point("low", energy=10.0, area=100.0), point("small", energy=40.0, area=10.0)
    between, single = point("between", energy=20.0, area=20.0), point("single")
    best = [low, between, small]
    assert reason(between, best, "energy") == "80 % less area than low"
    assert reason(between, best, "area") == "50 % less energy than small"
    assert reason(single, [single], "energy") == "the only one"


def test_points_say_why_they_are_on_it():
    cheap = point("lmul_e4m3", energy=10.0, area=6.0, error=0.05)
    right = point("exact_e4m3", energy=20.0, area=8.0, error=0.02)
    small = point("lmul_e4m3_offset0", energy=12.0, area=4.0, error=0.08)
    between = point("table_e4m3", energy=15.0, area=7.5, error=0.025, delay=100.0)
    best = [cheap, right, small, between]
    assert frontier(best) == best
    assert reason(cheap, best, "energy") == "least energy"
    assert reason(right, best, "energy") == "least error of products"
    assert reason(small, best, "energy") == "least area"
    assert reason(between, best, "energy") == "69 % less error of products than lmul_e4m3_offset0"
