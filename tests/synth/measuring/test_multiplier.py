"""Which netlist of a multiplier is the best, and which ones it wants."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lmul_pe.model import Multiplier
from lmul_pe.synth.activity.energy import Energy, area_um2, dynamic_energy, glitch_energy
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.activity.glitch import transitions
from lmul_pe.synth.activity.leakage import leakages_nw
from lmul_pe.synth.design.multipliers import multiplier_design
from lmul_pe.synth.mapping.flow import Mapped
from lmul_pe.synth.mapping.recipes import FASTEST, GENERIC, STRUCTURES, Recipe
from lmul_pe.synth.measuring import multiplier as module
from lmul_pe.synth.measuring.measured import Checked, Generic, Point
from lmul_pe.synth.measuring.multiplier import (
    Best,
    Candidate,
    MultiplierMeasurement,
    delay_targets,
)
from lmul_pe.synth.measuring.registered import clock_period, register_ps, registers
from lmul_pe.synth.netlists.netlist import Instance, Netlist
from lmul_pe.synth.netlists.timing import CriticalPath, critical_path
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import MismatchError, Settings

SETTINGS = Settings(wire_ff=0.25, pairs=700, seed=9, effort="full")
DESIGN = multiplier_design(Multiplier("exact", "e3m2"), "conventional")


def of(design, technology):
    return MultiplierMeasurement(design, Conditions(technology, SETTINGS))


@pytest.fixture(scope="module")
def measurement(nangate45):
    return of(DESIGN, nangate45)


@pytest.fixture(scope="module")
def candidates(measurement, synthesis, nangate45):
    return [
        measurement.candidate(Recipe(structure, script), mapped)
        for structure in ("gates", "cells")
        for script, mapped in synthesis.map(
            DESIGN.rtlil(STRUCTURES[structure]), DESIGN.name, ("area", "flow"), nangate45
        ).items()
    ]


def glitch_fj(figures):
    return figures.cost.total.with_glitches_fj


def test_a_candidate_has_the_figures_of_its_netlist(candidates, nangate45):
    a, b = DESIGN.stream("normal", 700, 9)
    for each in candidates:
        netlist = each.mapped.netlist
        assert each.area_um2 == area_um2(netlist, nangate45)
        assert each.path == critical_path(netlist, nangate45, 0.25)
        assert each.clock_ps == clock_period(netlist, nangate45, 0.25)
        waveforms = evaluate(netlist, cell_functions(nangate45), {"a": a, "b": b})
        assert each.energy == dynamic_energy(waveforms, nangate45, 0.25)


def test_the_best_are_measured_on_every_workload_with_glitches(measurement, candidates, nangate45):
    best = measurement.best_of(candidates)
    assert best.least_area.area_um2 == min(each.area_um2 for each in candidates)

    def with_glitches(netlist, workload):
        a, b = DESIGN.stream(workload, 700, 9)
        found = transitions(netlist, nangate45, {"a": a, "b": b}, 0.25)
        return glitch_energy(found, netlist, nangate45, 0.25)

    assert list(best.least_energy.costs) == list(SETTINGS.workloads)
    for figures in (best.least_area, best.least_energy):
        for workload, cost in figures.costs.items():
            expected = with_glitches(figures.netlist, workload)
            assert list(cost.parts) == ["multiplier"]
            assert cost.total.with_glitches_fj == pytest.approx(expected.total_fj)
            assert cost.glitch_uncertainty_fj == expected.uncertainty_fj
            a, b = DESIGN.stream(workload, 700, 9)
            waveforms = evaluate(figures.netlist, cell_functions(nangate45), {"a": a, "b": b})
            leakages = leakages_nw(figures.netlist, nangate45, waveforms.sample)
            assert (cost.total.area_um2, cost.total.leakage_nw) == (
                area_um2(figures.netlist, nangate45),
                leakages.sum(),
            )
    # So few that all of them were tried with their glitches.
    assert glitch_fj(best.least_energy) == pytest.approx(
        min(with_glitches(each.mapped.netlist, "normal").total_fj for each in candidates)
    )


def test_a_netlist_is_measured_again_on_operands_of_another_seed(
    measurement, candidates, nangate45
):
    best = measurement.best_of(candidates[:1])
    point = Point(800.0, best.least_energy, best.least_area)
    assert measurement.again(point).least_energy.cost == best.least_energy.cost
    settings = replace(SETTINGS, seed=10)
    again = MultiplierMeasurement(DESIGN, Conditions(nangate45, settings)).again(point)
    a, b = DESIGN.stream("normal", 700, 10)
    netlist = best.least_energy.netlist
    found = transitions(netlist, nangate45, {"a": a, "b": b}, 0.25)
    expected = glitch_energy(found, netlist, nangate45, 0.25).total_fj
    assert list(again.least_energy.costs) == ["normal"]
    assert glitch_fj(again.least_energy) == pytest.approx(expected)
    assert glitch_fj(again.least_energy) != pytest.approx(glitch_fj(best.least_energy), rel=1e-6)
    values = {"a": a, "b": b, "y": DESIGN.expected(a, b)}
    assert again.registers == registers(netlist, values, nangate45, 0.25)
    assert (again.clock_ps, again.least_area) == (800.0, best.least_area)


def test_a_netlist_that_is_both_is_measured_once(measurement, candidates):
    best = measurement.best_of(candidates[:1], ("normal",))
    assert best.least_area is best.least_energy
    assert list(best.least_energy.costs) == ["normal"]


def test_the_smaller_one_wins_among_equals(measurement, candidates):
    larger = replace(candidates[0], area_um2=2 * candidates[0].area_um2)
    best = measurement.best_of([larger, candidates[0]], ("normal",))
    assert best.least_area.area_um2 == candidates[0].area_um2


def test_the_fastest_and_the_best_elsewhere_are_tried_whatever_their_functional_energy(
    measurement, candidates
):
    alone = [measurement.best_of([each], ("normal",)) for each in candidates]
    *_, worst = sorted(alone, key=lambda best: glitch_fj(best.least_energy))
    first = min(alone, key=lambda best: glitch_fj(best.least_energy))
    # Many of its structure that seem better without glitches; other text, so that none is a twin.
    others = [
        replace(
            worst.frugal,
            recipe=first.frugal.recipe,
            area_um2=1.0,
            clock_ps=500.0,
            mapped=replace(worst.frugal.mapped, verilog=f"// {index}"),
        )
        for index in range(9)
    ]
    energy = replace(first.frugal.energy, internal_fj=1e6)
    hidden = replace(first.frugal, energy=energy, clock_ps=501.0)
    given = [*others, hidden]
    missed = measurement.best_of(given, ("normal",))
    found = measurement.best_of(given, ("normal",), also=[hidden])
    fastest = measurement.best_of([*others, replace(hidden, clock_ps=499.0)], ("normal",))
    assert glitch_fj(first.least_energy) < glitch_fj(missed.least_energy)
    for each in (found, fastest):
        assert glitch_fj(each.least_energy) == glitch_fj(first.least_energy)


def test_targets_leave_room_for_registers(nangate45):
    loose, tight = max(delay_targets(1000, nangate45)), min(delay_targets(1000, nangate45))
    assert loose == round(1000 - register_ps(nangate45))
    assert 0.7 * loose < tight < loose
    assert delay_targets(1, nangate45) == (1,)


def test_equal_circuits_are_mapped_once(nangate45):
    raw = multiplier_design(Multiplier("lmul", "e4m3", guard="raw"), "raw")
    # What stands in an array is no part of it.
    same = replace(raw, timed=dict.fromkeys(("gates", "mixed", "cells", "booth8"), ("speed",)))
    wanted = of(same, nangate45).timed_netlists([300, 400])
    assert [one.structure for one in wanted] == ["gates", "mixed"]
    assert [one.job.source.scripts for one in wanted] == [("speed@300", "speed@400")] * 2


def test_equal_circuits_have_the_scripts_of_all_their_structures(nangate45):
    # L-Mul's tests are no part of a conventional multiplier.
    design = replace(
        multiplier_design(Multiplier("exact", "e2m1"), "conventional"),
        timed={"gates": ("speed", "deep-nf"), "rows": ("deep-nf", "deep-map")},
    )
    (one,) = of(design, nangate45).timed_netlists([300])
    assert one.structure == "gates"
    assert one.job.source.scripts == ("speed@300", "deep-nf@300", "deep-map@300")


def test_without_a_clock_there_are_no_netlists_for_one(measurement):
    assert measurement.netlists_between([]) == []


def test_no_netlist_is_made_a_second_time_for_the_smallest_clock(candidates, nangate45):
    found = of(DESIGN, nangate45)
    found.free = SimpleNamespace(candidates=candidates)

    def targets(wanted):
        scripts = [script for one in wanted for script in one.job.source.scripts]
        return {Recipe("gates", script).target_ps for script in scripts}

    smallest = found.fastest_ps
    made = targets(found.faster_netlists())
    assert made == set(delay_targets(smallest, nangate45))
    assert targets(found.netlists_between([smallest])) == set()
    between = targets(found.netlists_between([smallest, 2 * smallest]))
    assert between == set(delay_targets(2 * smallest, nangate45)) - made != set()


def test_without_flip_flops_there_is_no_clock(measurement, candidates, nangate45):
    cells = {name: cell for name, cell in nangate45.cells.items() if not cell.flip_flop}
    technology = replace(nangate45, cells=cells)
    found = of(DESIGN, technology)
    first = candidates[0]
    found.free = SimpleNamespace(candidates=[found.candidate(first.recipe, first.mapped)])
    (candidate,) = found.candidates
    assert candidate == replace(first, clock_ps=None)
    assert (found.fastest_ps, found.smallest_clock_ps()) == (None, None)
    assert (found.fastest_netlists(), found.netlists_between([500.0])) == ([], [])
    assert measurement.netlists_between([500.0]) != []


# Candidates whose figures are given.


def candidate(script, clock_ps=500.0, structure="gates", energy=1.0, area=1.0, verilog=None):
    name = f"{structure}/{script}"
    return Candidate(
        Recipe(structure, script),
        Mapped(None, verilog or name),
        area,
        CriticalPath(100.0, ()),
        clock_ps,
        Energy(energy, 0.0, 0.0),
    )


@pytest.fixture
def given(tiny):
    """A measurement with candidates without a target, and with one."""

    def found(free, timed=(), technology=tiny, **settings):
        unit = of(DESIGN, technology)
        unit.conditions = Conditions(technology, replace(SETTINGS, **settings))
        unit.free = SimpleNamespace(candidates=list(free), frugal=free[0])
        unit.timed = tuple(timed)
        return unit

    return found


def test_points_are_of_all_candidates_that_meet_a_clock(given, monkeypatch):
    free = [candidate("area", 300.0), candidate("flow", None)]
    timed = [candidate("speed@200", 200.0), candidate("speed@100", 100.0)]
    found, asked = given(free, timed), []

    def best_of(self, quick, workloads, also):
        asked.append(([each.recipe.script for each in quick], workloads))
        asked[-1] += ([each.recipe.script for each in also],)
        best = min(quick, key=lambda each: each.clock_ps)
        return Best(replace(best, recipe=Recipe("gates", f"best{len(asked)}")), "least", "smallest")

    monkeypatch.setattr(MultiplierMeasurement, "best_of", best_of)
    monkeypatch.setattr(MultiplierMeasurement, "_registers", lambda self, netlist: "around")
    points = found.points([300.0, 99.0, 100.0, 250.0], ("normal",))
    # The shortest clock that any meets is first, and the best there is tried again.
    assert points == tuple(Point(ps, "least", "smallest", "around") for ps in (100.0, 250.0, 300.0))
    assert asked == [
        (["speed@100"], ("normal",), []),
        (["speed@200", "speed@100"], ("normal",), ["best1"]),
        (["area", "speed@200", "speed@100"], ("normal",), ["area", "best1", "best2"]),
    ]


def test_the_fastest_is_among_what_was_made_for_no_time_until_there_is_more(given, nangate45):
    free = [candidate("area", 300.0)]
    first = [candidate("speed@1", 250.0), candidate("deep@1", 250.0)]
    found = given(free, [*first, candidate("speed@120", 240.0)], nangate45)
    assert found.fastest_ps == 250.0
    # Of equally fast ones the first, and without a target none that was made for a clock.
    assert found.decisive() == [{DESIGN.name: Recipe("gates", "speed@1")}] * 2
    assert found.faster_netlists() != []
    # Netlists for those delays are there; a library without flip-flops has no clock for any.
    made, more = (set(delay_targets(ps, nangate45)) for ps in (250.0, 500.0))
    assert found.netlists_between([250.0]) == []
    between = found.netlists_between([250.0, 500.0])
    assert {each.target_ps for one in between for each in one.recipes} == more - made != set()
    assert given(free).netlists_between([500.0]) == []
    target = delay_targets(250.0, nangate45)[0]
    late = candidate(f"speed@{target}", 245.0)
    found.timed = (*first, candidate("speed@9999", 200.0), late)
    assert found.fastest_ps == found.smallest_clock_ps() == 245.0
    assert found.decisive() == [
        {DESIGN.name: late.recipe},
        {DESIGN.name: Recipe("gates", "speed@1")},
    ]


def test_a_multiplier_that_sets_no_clock_wants_no_fastest_netlist(given, nangate45):
    found = given([candidate("area", 300.0)], (), nangate45)
    assert found.fastest_netlists() != []
    found.design = replace(DESIGN, sets_clock=False)
    assert (found.fastest_netlists(), found.faster_netlists()) == ([], [])
    assert found.smallest_clock_ps() is None
    asked = given([candidate("area", 300.0)], (), nangate45, clock_ps=400.0)
    assert (asked.fastest_netlists(), asked.faster_netlists()) == ([], [])


def test_the_first_round_has_generic_gates_and_every_structure(given):
    found = given([candidate("area")])
    found.design = replace(DESIGN, structures=("gates", "mixed", "cells"), scripts=("area", "flow"))
    # Of equal circuits the first.
    found.texts = {DESIGN.name: {"gates": "one", "mixed": "one", "cells": "another"}}
    first, *others = found.free_netlists()
    assert (first.module, first.structure, first.job.generic) == (GENERIC, "gates", True)
    assert first.job.source.scripts == (GENERIC,)
    assert [(one.module, one.structure, one.job.source.scripts) for one in others] == [
        (DESIGN.name, structure, ("area", "flow")) for structure in ("gates", "cells")
    ]
    assert not any(one.job.generic for one in others)


def test_a_part_that_is_no_multiplier_has_its_own_name(measurement):
    assert measurement.block(DESIGN.name) == "multiplier"
    assert measurement.block("part") == "part"
    assert measurement.recipe_name(DESIGN.name, Recipe("gates", "area")) == "gates/area"


def test_candidates_are_listed_by_name_and_those_for_a_clock_as_they_came(given, monkeypatch):
    found = given([candidate("area")])
    scripts = ("flow", "speed@300", "area", f"speed@{FASTEST}", "speed@200", f"deep@{FASTEST}")
    found.netlists = {DESIGN.name: {Recipe("gates", each): None for each in scripts}}
    monkeypatch.setattr(
        MultiplierMeasurement, "candidate", lambda self, recipe, mapped: recipe.script
    )
    assert found._candidates(timed=False) == ["area", "flow"]
    assert found.measured_timed() == ["deep@1", "speed@1", "speed@300", "speed@200"]


def gate(cell):
    """Its first bits through a gate, as generic gates and as cells of the tiny library call it."""
    return Netlist(
        "one",
        {"a": (2, 3, 4, 5, 6, 7), "b": (8, 9, 10, 11, 12, 13)},
        {"y": (14,)},
        (Instance("g", cell, {"A": 2, "B": 8}, {"Y": 14}),),
    )


PAIRS = (np.array([0, 1, 5, 3]), np.array([1, 0, 3, 7]))


@pytest.mark.parametrize(("cell", "script"), [("$_NAND_", GENERIC), ("NAND", "area")])
def test_a_netlist_is_compared_on_every_pair(given, cell, script):
    found = given([candidate("area")])
    mapped, recipe = Mapped(gate(cell), cell), Recipe("gates", script)
    found._checked = (PAIRS, np.array([1, 1, 0, 0]))
    assert found._check(recipe, mapped) == 4
    found._checked = (PAIRS, np.array([1, 1, 1, 1]))
    message = (
        f"netlist {DESIGN.name} by gates/{script} differs from the model on 2 of 4 pairs, first "
        "a=0x5 b=0x3: netlist 0x0, model 0x1"
    )
    with pytest.raises(MismatchError, match=f"^{message}$"):
        found._check(recipe, mapped)


def test_every_netlist_is_checked_before_it_is_a_candidate(given):
    found = given([candidate("area")])
    found._checked = (PAIRS, np.array([1, 1, 1, 1]))
    with pytest.raises(MismatchError, match="by gates/area"):
        found.candidate(Recipe("gates", "area"), Mapped(gate("NAND"), "one"))
    found.netlists = {GENERIC: {Recipe("gates", GENERIC): Mapped(gate("$_NAND_"), "generic")}}
    with pytest.raises(MismatchError, match="by gates/generic"):
        found.measured_free()


def test_what_is_measured_of_a_multiplier(given):
    found = given([candidate("area", 300.0)])
    found.free.least_energy, found.free.least_area = "least", "smallest"
    found.netlists = {GENERIC: {Recipe("gates", GENERIC): Mapped(gate("$_NAND_"), "generic")}}
    found._checked = (PAIRS, None)
    found.given_up = ["gates/slow"]
    result = found.measured(("point",))
    assert (result.least_energy, result.least_area) == ("least", "smallest")
    assert (result.points, result.given_up) == (("point",), ("gates/slow",))
    assert result.checked == Checked(4, DESIGN.exhaustive)
    assert result.generic == Generic({"$_NAND_": 1}, 1.0, 1)
    assert result.fastest_ps == 300.0


def test_the_shortlist_has_a_few_of_each_structure_by_their_energy():
    gates = [candidate(str(place), energy=9.0 - place) for place in range(6)]
    twin = candidate("twin", energy=0.5, verilog=gates[5].mapped.verilog)
    tie = candidate("tie", energy=4.0, area=0.5)
    cells = candidate("area", structure="cells", energy=99.0)
    listed = module._shortlist([cells, *gates, twin, tie])
    # The twin of the best one stands for it; of equal energy the smaller one is first.
    assert [each.recipe.name for each in listed] == [
        "gates/twin",
        "gates/tie",
        "gates/4",
        "gates/3",
        "cells/area",
    ]


@pytest.fixture
def choosing(given, monkeypatch):
    """A function: the best of candidates by their energy with glitches, and which were tried."""

    def chosen(glitches, candidates, workloads=None):
        tried = []

        def with_glitches(self, mapped, workload, pairs):
            tried.append(mapped.verilog.partition("/")[2])
            return Energy(glitches[tried[-1]], 0.0, 0.0)

        monkeypatch.setattr(MultiplierMeasurement, "_with_glitches", with_glitches)
        monkeypatch.setattr(
            MultiplierMeasurement,
            "_figures",
            lambda self, candidate, workloads: (candidate.recipe.script, list(workloads)),
        )
        return given(candidates).best_of(candidates, workloads), tried

    return chosen


def test_of_several_the_one_of_least_energy_with_glitches_is_the_best(choosing):
    first, second = candidate("area", energy=1.0), candidate("flow", energy=2.0, area=2.0)
    best, tried = choosing({"area": 9.0, "flow": 8.0}, [first, second])
    assert best.frugal is second
    # The smallest one is measured on the default workload alone.
    assert best.least_energy == ("flow", list(SETTINGS.workloads))
    assert best.least_area == ("area", ["normal"])
    # Each is tried once, though one is the smallest and the fastest too.
    assert sorted(tried) == ["area", "flow"]
    # Of equal energy that of less without glitches.
    best, _ = choosing({"area": 8.0, "flow": 8.0}, [second, first], ["uniform"])
    assert (best.frugal, best.least_energy) == (first, ("area", ["uniform"]))
    assert best.least_area is best.least_energy


def test_one_alone_is_the_best_untried(choosing):
    best, tried = choosing({}, [candidate("area")])
    assert (best.frugal.recipe.script, tried) == ("area", [])


def test_the_fastest_is_tried_and_without_flip_flops_by_its_path(choosing):
    usual = [candidate(str(place), None, energy=1.0 + place) for place in range(6)]
    usual[4] = replace(usual[4], path=CriticalPath(90.0, ()))
    glitches = {str(place): 9.0 for place in range(6)} | {"4": 1.0}
    assert choosing(glitches, usual)[0].frugal is usual[4]
    clocked = [replace(each, clock_ps=500.0) for each in usual]
    clocked[5] = replace(clocked[5], clock_ps=499.0)
    assert choosing(glitches | {"5": 0.5}, clocked)[0].frugal is clocked[5]
