"""Netlists for a clock: each does what it should, and the best that meets it is chosen."""

from dataclasses import replace

import pytest

from lmul_pe.model import Multiplier
from lmul_pe.synth.design.multipliers import multiplier_design
from lmul_pe.synth.mapping.flow import Synthesis
from lmul_pe.synth.measuring.measure import clock_setters, measure, with_netlists_for, with_points
from lmul_pe.synth.measuring.multiplier_equal_clock import (
    best_at,
    delay_targets,
    equal_clocks,
    timed_jobs,
)
from lmul_pe.synth.measuring.registered import clock_period, register_ps
from lmul_pe.synth.workload.settings import Settings

SETTINGS = Settings(pairs=1500, check_pairs=2000, seed=4)


def small(kind):
    design = multiplier_design(Multiplier(kind, "e2m1"), kind)
    return replace(
        design,
        scripts=("area",),
        structures=("cells",),
        timed=dict.fromkeys(("gates", "sklansky"), ("prefix-nf", "speed")),
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory, nangate45):
    synthesis = Synthesis(tmp_path_factory.mktemp("cache"))
    designs = [small("lmul"), small("exact")]
    found = measure(designs, nangate45, synthesis, SETTINGS, lambda done, total: None)
    return synthesis, found


def test_the_default_clock_is_the_slower_of_the_two_fastest(measured):
    _, found = measured
    fastest = [
        min(
            figures.clock_ps
            for figures in each.candidates
            if "@" not in figures.recipe.script or figures.recipe.script.endswith("@1")
        )
        for each in found
    ]
    assert sorted(clock_setters(found)) == sorted(fastest)
    assert equal_clocks(fastest) == [max(fastest), 1.25 * max(fastest)]
    assert equal_clocks(fastest, 123.0) == [123.0]
    assert equal_clocks([]) == []
    assert [each.points[0].clock_ps for each in found] == [max(fastest)] * 2


def test_points_are_the_best_that_meet_the_clock(measured):
    _, found = measured
    for each in found:
        point, relaxed = each.points
        assert relaxed.clock_ps == 1.25 * point.clock_ps
        assert relaxed.least_area.area_um2 <= point.least_area.area_um2
        assert relaxed.least_energy.glitch_fj <= point.least_energy.glitch_fj
        quick = [figures for figures in each.candidates if figures.clock_ps <= point.clock_ps]
        assert point.least_area.area_um2 == min(figures.area_um2 for figures in quick)
        assert point.least_energy.clock_ps <= point.clock_ps
        assert point.least_energy.glitch_fj <= point.least_area.glitch_fj
        assert set(point.least_energy.glitch) == set(point.least_energy.energy)


def test_clocks_are_those_of_the_netlists(measured, nangate45):
    _, found = measured
    for figures in found[0].candidates:
        assert figures.clock_ps == clock_period(figures.mapped.netlist, nangate45)


def test_a_relaxed_clock_costs_less_and_an_impossible_one_has_no_point(measured, nangate45):
    synthesis, found = measured
    tight = found[1].points[0].clock_ps
    clocks = [1.0, tight, 10 * tight]
    (timed,) = with_netlists_for(
        clocks, [found[1]], nangate45, synthesis, SETTINGS, lambda *_: None
    )
    again = with_points(timed, clocks, nangate45, SETTINGS)
    assert [point.clock_ps for point in again.points] == [tight, 10 * tight]
    quick, slow = again.points
    assert slow.least_area.area_um2 < quick.least_area.area_um2
    # Without a hurry the netlists without a target win.
    assert slow.least_area.area_um2 <= found[1].least_area.area_um2


def test_a_clock_of_the_users_needs_no_fastest_netlist(measured, nangate45):
    synthesis, found = measured
    told = []
    clock = 2 * found[0].points[0].clock_ps
    (result,) = measure(
        [small("lmul")],
        nangate45,
        synthesis,
        replace(SETTINGS, clock_ps=clock),
        lambda done, total: told.append(total),
    )
    assert [point.clock_ps for point in result.points] == [clock]
    assert not any(figures.recipe.script.endswith("@1") for figures in result.candidates)
    assert told[-1] == len(told)


def test_targets_leave_room_for_registers(nangate45):
    loose, tight = max(delay_targets(1000, nangate45)), min(delay_targets(1000, nangate45))
    assert loose == round(1000 - register_ps(nangate45))
    assert 0.7 * loose < tight < loose
    assert delay_targets(1, nangate45) == (1,)


def test_equal_circuits_are_mapped_once():
    raw = multiplier_design(Multiplier("lmul", "e4m3", guard="raw"), "raw")
    # What stands in an array is no part of it.
    same = replace(raw, timed=dict.fromkeys(("gates", "mixed", "cells", "booth8"), ("speed",)))
    jobs = timed_jobs(same, [300, 400])
    assert [structure for structure, _ in jobs] == ["gates", "mixed"]
    assert [job.source.scripts for _, job in jobs] == [("speed@300", "speed@400")] * 2


def test_equal_circuits_have_the_scripts_of_all_their_structures():
    # L-Mul's tests are no part of a conventional multiplier.
    design = replace(
        multiplier_design(Multiplier("exact", "e2m1"), "conventional"),
        timed={"gates": ("speed", "deep-nf"), "rows": ("deep-nf", "deep-map")},
    )
    ((structure, job),) = timed_jobs(design, [300])
    assert structure == "gates"
    assert job.source.scripts == ("speed@300", "deep-nf@300", "deep-map@300")


def test_nothing_meets_a_clock_that_is_too_small(measured, nangate45):
    _, found = measured
    assert best_at(1.0, found[0].design, found[0].candidates, nangate45, SETTINGS) is None
