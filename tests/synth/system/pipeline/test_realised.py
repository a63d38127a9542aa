"""Plans at profiled frequencies: times and energies added up by hand."""

import numpy as np
import pytest

from lmul_pe.synth.system.pipeline.profile import BACKWARD, FORWARD, Kind
from tests.synth.system.pipeline.small import longest, plans


def test_the_baseline_is_everything_at_its_highest_frequency():
    found = plans(2, 1, waiting_w=(80.0, 50.0))
    baseline = found.baseline
    runs = [
        found.pipeline.profile.runs[Kind(stage, instruction)][0]
        for stage, instruction in ((0, FORWARD), (1, FORWARD), (1, BACKWARD), (0, BACKWARD))
    ]
    iteration_s = sum(run.time_s for run in runs)
    assert set(baseline.frequency) == {1000.0}
    assert baseline.iteration_s == pytest.approx(iteration_s)
    # Stage 0 waits while stage 1 computes, and the other way round.
    waiting_j = 80 * (runs[1].time_s + runs[2].time_s) + 50 * (runs[0].time_s + runs[3].time_s)
    assert baseline.iteration_j == pytest.approx(sum(run.energy_j for run in runs) + waiting_j)


@pytest.mark.parametrize("filter", ["first", "last"])
def test_each_operation_has_the_slowest_frequency_whose_steps_fit(filter):
    found = plans(3, 5, filter=filter)
    for point in (0, len(found.frontier) // 2, len(found.frontier) - 1):
        durations, realised = found.frontier.durations(point), found.realised(point)
        for place, (kind, _) in enumerate(found.graph.schedule.operations):
            fitting = [
                each for each in found.candidates[kind].chosen if each.steps <= durations[place]
            ]
            slowest = max(fitting, key=lambda each: each.steps).run
            assert realised.frequency[place] == slowest.frequency
            assert realised.time_s[place] == slowest.time_s
            assert realised.energy_j[place] == slowest.energy_j
        schedule = found.graph.schedule
        assert realised.iteration_s == pytest.approx(longest(schedule, realised.time_s.tolist()))
        idle_s = 3 * realised.iteration_s - realised.time_s.sum()
        assert realised.iteration_j == pytest.approx(realised.energy_j.sum() + 80 * idle_s)


def test_frequencies_alone_are_those_of_the_plan():
    found = plans(3, 5)
    durations = found.frontier.durations(3)
    assert (found.realisation.frequencies(durations) == found.realised(3).frequency).all()
    assert np.unique(found.realised(3).frequency).size > 1
