"""The frontier against every plan there is, the artefact's, and itself at other scales."""

import csv
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from lmul_pe.synth.system.pipeline.curve import Curve
from lmul_pe.synth.system.pipeline.frontier import _prices, frontier
from lmul_pe.synth.system.pipeline.graph import graph_of
from lmul_pe.synth.system.pipeline.planning import Pipeline
from lmul_pe.synth.system.pipeline.profile import read_profile
from lmul_pe.synth.system.pipeline.schedule import schedule_named
from tests.sweep import some
from tests.synth.system.pipeline.small import (
    STEP_S,
    WAITING_W,
    artefact,
    convex,
    longest,
    plans,
    random_frontier,
)


def least_by_trial(frontier):
    """The least energy for each iteration time, over every plan."""
    graph, kinds = frontier.graph, frontier.graph.kinds
    curves = [frontier.curves[kinds[kind]] for kind in graph.kind_of]
    best = {}
    for durations in product(*(range(each.least, each.most + 1) for each in curves)):
        steps = longest(graph.schedule, durations)
        energy = sum(
            each.energy_j[duration - each.least]
            for each, duration in zip(curves, durations, strict=True)
        )
        best[steps] = min(energy, best.get(steps, np.inf))
    return best


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("seed", some(range(4), 1))
@pytest.mark.parametrize(
    ("schedule", "stages", "microbatches", "width", "chunks"),
    [
        ("1f1b", 2, 2, 2, 1),
        ("1f1b", 3, 1, 3, 1),
        ("gpipe", 2, 2, 2, 1),
        ("early-recomputation", 2, 1, 3, 1),
        ("interleaved", 4, 1, 2, 4),
    ],
)
def test_brute_force_agrees(schedule, stages, microbatches, width, chunks, seed, flat):
    frontier = random_frontier(seed, schedule, stages, microbatches, width, chunks, flat)
    best = least_by_trial(frontier)
    assert int(frontier.steps[-1]) == min(best)
    assert int(frontier.steps[0]) == frontier.slowest - 1
    for steps, energy in zip(frontier.steps.tolist(), frontier.energy_j, strict=True):
        # Faster plans are plans, too.
        least = min(each for other, each in best.items() if other <= steps)
        assert energy - frontier.waiting_w * steps == pytest.approx(least)


@pytest.mark.parametrize("schedule", ["1f1b", "gpipe", "early-recomputation"])
def test_plans_take_the_time_and_energy_that_they_say(schedule):
    found = plans(3, 6, schedule=schedule)
    frontier, kinds = found.frontier, found.graph.kinds
    curves = [frontier.curves[kinds[kind]] for kind in found.graph.kind_of]
    assert convex(frontier.energy_j)
    for point in range(0, len(frontier), 7):
        durations = frontier.durations(point)
        assert longest(found.graph.schedule, durations.tolist()) == frontier.steps[point]
        energy = sum(
            each.energy_j[duration - each.least]
            for each, duration in zip(curves, durations, strict=True)
        )
        waiting = 3 * 80.0 * frontier.time_s[point]
        assert frontier.energy_j[point] == pytest.approx(energy + waiting, rel=1e-12)


@pytest.mark.parametrize("buffer", [0, 7, 40])
def test_plans_are_the_same_in_however_many_rounds_they_are_found(buffer, monkeypatch):
    usual = plans(3, 6).frontier
    monkeypatch.setattr("lmul_pe.synth.system.pipeline.frontier._BUFFER", buffer)
    found = plans(3, 6).frontier
    assert found.changed.tolist() == usual.changed.tolist()
    assert found.ends.tolist() == usual.ends.tolist()


def test_plans_are_the_same_however_many_are_kept_whole(monkeypatch):
    usual = plans(2, 2, step_s=0.002).frontier
    count = len(usual)
    every = [usual.durations(point).tolist() for point in range(count)]
    for kept in (1, 2, count - 1, count, count + 1):
        monkeypatch.setattr("lmul_pe.synth.system.pipeline.frontier._CHECKPOINT", kept)
        # A copy has kept none yet.
        found = replace(usual)
        assert [found.durations(point).tolist() for point in range(count)] == every


def test_changes_are_those_of_operations_counted_from_one():
    usual = random_frontier(1, "1f1b", 2, 1, 2)
    slowest = (
        usual.durations(0)
        - np.bincount(usual.changed[: usual.ends[0]].clip(0), minlength=5)[1:]
        + np.bincount((-usual.changed[: usual.ends[0]]).clip(0), minlength=5)[1:]
    )
    found = replace(usual, changed=np.array([-1, -2, 1, -4]), ends=np.array([1, 3, 4]))
    assert [(found.durations(point) - slowest).tolist() for point in range(3)] == [
        [-1, 0, 0, 0],
        [0, -1, 0, 0],
        [0, -1, 0, -1],
    ]
    curves = [usual.curves[usual.graph.kinds[kind]] for kind in usual.graph.kind_of]
    for point, energy_j in enumerate(found.energy_j):
        computing = sum(
            each.energy_j[steps - each.least]
            for each, steps in zip(curves, found.durations(point), strict=True)
        )
        assert energy_j == pytest.approx(computing + 3 * found.time_s[point])


def test_searches_arcs_and_paths_are_counted():
    searches, arcs, paths = plans(2, 2).frontier.work
    assert paths > 0
    assert 0 < searches < arcs


def test_where_no_plan_takes_less_waiting_is_all_there_is():
    graph = graph_of(schedule_named("1f1b", 2, 2))
    curves = {kind: Curve(3, np.zeros(2)) for kind in graph.kinds}
    assert not _prices(graph, curves).any()
    found = frontier(graph, curves, 5.0, 2.0)
    # Two microbatches on two stages, forward and backward: six times four steps, and then three.
    assert found.steps.tolist() == [23, 22, 21, 20, 19, 18]
    assert found.energy_j.tolist() == [230, 220, 210, 200, 190, 180]


@pytest.mark.parametrize("scale", [1e-9, 1e-6, 1e5, 1e9])
def test_the_scale_of_energies_does_not_matter(scale):
    usual, scaled = plans(4, 9), plans(4, 9, scale=scale, waiting_w=(80.0 * scale,))
    assert len(usual.frontier) == len(scaled.frontier) > 200
    assert (usual.frontier.changed == scaled.frontier.changed).all()
    assert scaled.frontier.energy_j == pytest.approx(scale * usual.frontier.energy_j)


def test_the_scale_does_not_matter_in_the_artefacts_profile():
    profile = read_profile(artefact("stage_profile/gpt3-175b+a100_sxm_bf16.csv"))

    def frontier(scale):
        runs = {
            kind: tuple(run._replace(energy_j=run.energy_j * scale) for run in runs)
            for kind, runs in profile.runs.items()
        }
        scaled = type(profile)(profile.name, runs)
        return Pipeline(scaled, 12, (83.64 * scale,)).plan().frontier

    usual = frontier(1.0)
    for scale in (1e-9, 1e9):
        assert (frontier(scale).changed == usual.changed).all()


@pytest.mark.parametrize(
    ("model", "device", "microbatches", "points"),
    [
        ("gpt3-175b", "a100_sxm", 12, 639),
        ("bloom", "a100_sxm", 12, 640),
        ("bloom", "a100_sxm", 96, 3496),
        ("bloom", "a40", 12, 10517),
    ],
)
def test_the_artefacts_frontiers(model, device, microbatches, points):
    with artefact(f"frontier/{model}+{device}_bf16_mb{microbatches}.csv").open() as file:
        rows = list(csv.reader(file))[1:]
    time_s, energy_j = np.array(rows, float).T
    profile = read_profile(artefact(f"stage_profile/{model}+{device}_bf16.csv"))
    pipeline = Pipeline(profile, microbatches, (WAITING_W[device],), STEP_S[device])
    frontier = pipeline.plan().frontier
    assert len(frontier) == points
    assert frontier.time_s == pytest.approx(time_s, rel=1e-12)
    assert frontier.energy_j == pytest.approx(energy_j, rel=5e-6)


def test_filtered_last_the_slow_end_is_slower():
    profile = read_profile(artefact("stage_profile/gpt3-175b+a100_sxm_bf16.csv"))
    found = Pipeline(profile, 12, (83.64,), filter="last").plan().frontier
    assert found.time_s[0] == pytest.approx(4.226)


def test_a_pipeline_without_a_choice_has_one_plan():
    frontier = random_frontier(1, "1f1b", 2, 3, 0)
    assert len(frontier) == 1
    assert frontier.durations(0).tolist() == [
        frontier.curves[frontier.graph.kinds[kind]].least for kind in frontier.graph.kind_of
    ]
    steps = longest(frontier.graph.schedule, frontier.durations(0).tolist())
    assert frontier.steps.tolist() == [steps] == [frontier.slowest - 1]
    assert frontier.energy_j == pytest.approx([12 * 7 + 3.0 * steps])


def test_the_point_within_a_time():
    frontier = plans(3, 6).frontier
    for limit_s in np.linspace(frontier.time_s[-1] * 0.9, frontier.time_s[0] * 1.1, 50):
        fitting = [
            (energy, point)
            for point, (time_s, energy) in enumerate(
                zip(frontier.time_s, frontier.energy_j, strict=True)
            )
            if time_s <= limit_s
        ]
        expected = min(fitting)[1] if fitting else len(frontier) - 1
        assert frontier.point_within(limit_s) == expected
    for point in range(frontier.best, len(frontier)):
        assert frontier.point_within(frontier.time_s[point]) == point
