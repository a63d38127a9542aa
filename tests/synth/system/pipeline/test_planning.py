"""A pipeline's choices, and what is refused."""

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.system.pipeline.planning import Pipeline, StageUse
from lmul_pe.synth.system.pipeline.profile import FORWARD_BACKWARD, Kind
from tests.synth.system.pipeline.small import plans, profile


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"filter": "frist"}, "filter 'frist' is not one of first, last; did you mean 'first'?"),
        ({"curve": "hul"}, "curve 'hul' is not one of fit, hull; did you mean 'hull'?"),
        ({"schedule": "gpip"}, "schedule 'gpip' is not one of .*; did you mean 'gpipe'?"),
        ({"waiting_w": (1.0, 2.0)}, "waiting power of 2 accelerators: expected one value, or 3"),
        ({"step_s": 0.05}, "a step of 50 ms is longer than backward of stage 0 at 1000"),
    ],
)
def test_what_cannot_be_planned(options, message):
    with pytest.raises(SpecificationError, match=message.replace("?", r"\?")):
        plans(3, 4, **options)


def test_slack_and_what_is_reclaimed_are_differences():
    use = StageUse(0, 3.0, 4.0, 50.0, 40.0, 10.0)
    assert (use.slack_s, use.reclaimed_j) == (7.0, 10.0)


def test_choices_that_are_not_made_are_those_of_perseus():
    usual = Pipeline(profile(), 2, (80.0,))
    assert (usual.filter, usual.curve, usual.schedule) == ("first", "fit", "1f1b")
    assert (usual.chunks, usual.step_s) == (1, 0.001)


def test_one_power_is_that_of_all():
    assert plans(3, 4, waiting_w=(7.0,)).frontier.waiting_w == 21.0


def test_a_power_for_each_accelerator():
    even, uneven = plans(3, 4, waiting_w=(80.0,)), plans(3, 4, waiting_w=(10.0, 80.0, 150.0))
    assert uneven.frontier.waiting_w == even.frontier.waiting_w
    # Who takes more while it waits is worth slowing down.
    assert uneven.stages(0)[2].planned_busy_s >= even.stages(0)[2].planned_busy_s
    assert uneven.frontier.energy_j[-1] != pytest.approx(even.frontier.energy_j[-1])


def test_recomputation_is_part_of_the_profile_where_it_is_run():
    found = plans(3, 4, schedule="early-recomputation")
    kind = Kind(1, FORWARD_BACKWARD)
    runs = found.pipeline.profile.runs
    together = runs[Kind(1, "forward")][0].time_s + runs[Kind(1, "backward")][0].time_s
    assert found.candidates[kind].fastest.time_s == pytest.approx(together)


def test_stages_share_an_accelerator_if_interleaved():
    found = plans(4, 4, schedule="interleaved", chunks=2)
    assert found.graph.schedule.accelerators == 2
    assert found.frontier.waiting_w == 160.0
