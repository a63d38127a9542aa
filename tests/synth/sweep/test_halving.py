"""What is kept of estimates, and what would have been lost."""

from lmul_pe.synth.sweep.estimate import Estimate
from lmul_pe.synth.sweep.halving import dropped, promising, winners
from tests.synth.sweep.points import point


def estimate(design, gates, toggles, level="multiplier", error=0.05):
    return Estimate(
        key=design,
        design=design,
        level=level,
        format="e4m3",
        gates=gates,
        depth=10,
        toggles=toggles,
        mean_error=error,
        sum_error=None,
    )


ROUGH = [
    estimate("a", gates=1.0, toggles=4.0),
    estimate("b", gates=2.0, toggles=5.0),
    estimate("c", gates=3.0, toggles=6.0),
    estimate("d", gates=4.0, toggles=7.0),
    estimate("e", gates=9.0, toggles=9.0, level="mac"),
]


def test_layers_are_kept_until_half_of_each_group_is():
    assert [each.design for each in promising(ROUGH)] == ["a", "b", "e"]
    # One of three is less than half.
    assert [each.design for each in promising(ROUGH[:3])] == ["a", "b"]


def test_what_no_other_beats_is_kept_however_many_there_are():
    rough = [estimate(str(place), gates=place, toggles=9 - place) for place in range(6)]
    assert promising(rough) == rough


def test_winners_are_those_of_every_group():
    first, second = point("a"), point("b", energy=11.0)
    other = point("e", energy=50.0, level="mac")
    assert winners([first, second, other]) == [first, other]


def test_a_winner_that_the_estimate_thought_little_of_is_dropped():
    points = [point("a"), point("b", energy=11.0), point("d", energy=9.0, area=6.0)]
    assert dropped(points, ROUGH) == (["d"], 2)
