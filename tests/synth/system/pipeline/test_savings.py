"""Savings against the tables of Perseus (SOSP 2024), and in small pipelines by hand."""

from functools import cache

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.system.pipeline.planning import Pipeline, critical
from lmul_pe.synth.system.pipeline.profile import read_profile
from lmul_pe.synth.system.pipeline.savings import savings, straggler_time_s, with_straggler
from tests.synth.system.pipeline.small import STEP_S, WAITING_W, artefact, plans


@cache
def perseus(model, device, microbatches):
    profile = read_profile(artefact(f"stage_profile/{model}+{device}_bf16.csv"))
    return Pipeline(profile, microbatches, (WAITING_W[device],), STEP_S[device]).plan()


LONG = pytest.mark.long


def mark(model, device, microbatches):
    """``LONG`` where there are more than 30,000 points."""
    if device == "a40" and microbatches > 24:
        return LONG
    return pytest.mark.slow if microbatches > 12 else ()


# Table 6 of the paper, as the artefact prints it.
TABLE = {
    ("gpt3-175b", "a100_sxm"): (15.20, 14.19, 13.62, 13.32),
    ("gpt3-175b", "a40"): (11.81, 10.22, 9.34, 8.88),
    ("bloom", "a100_sxm"): (10.47, 7.06, 5.23, 4.28),
    ("bloom", "a40"): (6.97, 4.49, 3.12, 2.41),
}


@pytest.mark.parametrize(
    ("model", "device", "microbatches", "printed"),
    [
        pytest.param(*key, microbatches, printed, marks=mark(*key, microbatches))
        for key, row in TABLE.items()
        for microbatches, printed in zip((12, 24, 48, 96), row, strict=True)
    ],
)
def test_what_is_saved_without_slowing_down(model, device, microbatches, printed):
    found = savings(perseus(model, device, microbatches))
    assert round(found.intrinsic, 2) == printed


# Figure 7: 16 pipelines, 96 microbatches, one pipeline 1.2 times slower.
@pytest.mark.parametrize(
    ("model", "device", "printed"),
    [
        ("gpt3-175b", "a100_sxm", 27.0),
        pytest.param("gpt3-175b", "a40", 23.6, marks=LONG),
        ("bloom", "a100_sxm", 29.9),
        pytest.param("bloom", "a40", 21.1, marks=LONG),
    ],
)
def test_what_is_saved_beside_a_straggler(model, device, printed):
    assert round(with_straggler(perseus(model, device, 96), 1.2, 16), 1) == printed


def test_frequency_alone_saves_nothing():
    """At one voltage, what switches takes the same, and leakage lasts longer."""
    found = plans(3, 6)
    runs = {
        kind: tuple(run._replace(energy_j=runs[0].energy_j + 80 * run.time_s) for run in runs)
        for kind, runs in found.pipeline.profile.runs.items()
    }
    profile = type(found.pipeline.profile)("fixed.csv", runs)
    for filter in ("first", "last"):
        fixed = Pipeline(profile, 6, (80.0,), 0.0005, filter=filter).plan()
        assert not fixed.saves
        assert savings(fixed).realised == pytest.approx(0, abs=1e-9)
    assert found.saves
    assert savings(found).realised > 5


def test_savings_by_hand():
    found = plans(3, 6, waiting_w=(80.0, 50.0, 20.0))
    frontier, baseline = found.frontier, found.baseline
    last = len(frontier) - 1
    computing = float(baseline.energy_j.sum())
    busy = [stage.busy_s for stage in found.stages(last)]

    def at_highest(time_s):
        return computing + sum(
            watts * (time_s - each) for watts, each in zip((80, 50, 20), busy, strict=True)
        )

    fastest_s = frontier.time_s[last]
    saved, realised = savings(found), found.realised(last)
    assert saved.intrinsic == pytest.approx(
        100 - 100 * frontier.energy_j[last] / at_highest(fastest_s)
    )
    assert baseline.iteration_j == pytest.approx(at_highest(baseline.iteration_s))
    assert saved.realised == pytest.approx(100 - 100 * realised.iteration_j / baseline.iteration_j)
    assert saved.slower == pytest.approx(100 * realised.iteration_s / baseline.iteration_s - 100)
    # One of four takes 1.3 times as long; the others wait for it, at 150 W.
    limit_s = 1.3 * fastest_s
    point = frontier.point_within(limit_s)
    before = 1.3 * at_highest(fastest_s) + 3 * at_highest(limit_s)
    waiting = 150 * (limit_s - frontier.time_s[point])
    after = 1.3 * frontier.energy_j[last] + 3 * (frontier.energy_j[point] + waiting)
    assert with_straggler(found, 1.3, 4) == pytest.approx(100 - 100 * after / before)


def test_one_pipeline_that_is_the_straggler_saves_what_it_saves_alone():
    found = plans(3, 6)
    assert with_straggler(found, 1.3, 1) == pytest.approx(savings(found).intrinsic)


def test_a_straggler_that_is_none_leaves_the_fastest_plan():
    found = plans(3, 6)
    assert straggler_time_s(found, 1) == found.frontier.time_s[-1]
    assert with_straggler(found, 1, 5) == pytest.approx(savings(found).intrinsic)


@pytest.mark.parametrize("straggler", [0.9, 0, float("nan")])
def test_a_straggler_is_not_faster(straggler):
    with pytest.raises(SpecificationError, match=r"faster than the pipeline: .* the nearest is 1$"):
        straggler_time_s(plans(2, 2), straggler)


def test_pipelines_are_one_at_least():
    with pytest.raises(SpecificationError, match="data-parallel copies 0: expected 1"):
        with_straggler(plans(2, 2), 1.2, 0)


def test_the_stage_that_sets_the_pace_has_least_slack():
    found = plans(4, 8)
    stages = found.stages(len(found.frontier) - 1)
    # Stage 2 of the small profile has the most work.
    assert critical(stages).accelerator == 2
    assert min(stages, key=lambda each: each.slack_s).accelerator == 2
    assert stages[0].reclaimed_j > 0
    assert sum(each.energy_j for each in stages) == pytest.approx(found.baseline.energy_j.sum())
