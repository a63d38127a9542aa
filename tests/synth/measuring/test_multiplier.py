"""Which netlist of a multiplier is the best."""

from dataclasses import replace

import pytest

from lmul_pe.model import Multiplier
from lmul_pe.synth.activity.energy import area_um2, dynamic_energy, glitch_energy, leakage_power_nw
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.activity.glitch import transitions
from lmul_pe.synth.design.multipliers import multiplier_design
from lmul_pe.synth.mapping.flow import Synthesis
from lmul_pe.synth.mapping.recipes import STRUCTURES, Recipe
from lmul_pe.synth.measuring.multiplier import best_of, candidate
from lmul_pe.synth.netlists.timing import critical_path
from lmul_pe.synth.workload.settings import Settings

SETTINGS = Settings(wire_ff=0.25, pairs=700, seed=9)
DESIGN = multiplier_design(Multiplier("exact", "e3m2"), "conventional")


@pytest.fixture(scope="module")
def candidates(tmp_path_factory, nangate45):
    synthesis = Synthesis(tmp_path_factory.mktemp("cache"))
    return [
        candidate(DESIGN, Recipe(structure, script), mapped, nangate45, SETTINGS)
        for structure in ("gates", "cells")
        for script, mapped in synthesis.map(
            DESIGN.rtlil(STRUCTURES[structure]), DESIGN.name, ("area", "flow"), nangate45
        ).items()
    ]


def test_figures_are_those_of_the_netlist(candidates, nangate45):
    a, b = DESIGN.stream("normal", 700, 9)
    for figures in candidates:
        netlist = figures.mapped.netlist
        assert figures.area_um2 == area_um2(netlist, nangate45)
        assert figures.leakage_nw == leakage_power_nw(netlist, nangate45)
        assert figures.path == critical_path(netlist, nangate45, 0.25)
        waveforms = evaluate(netlist, cell_functions(nangate45), {"a": a, "b": b})
        assert figures.energy == {"normal": dynamic_energy(waveforms, nangate45, 0.25)}
        assert figures.glitch == {}


def test_the_best_are_measured_on_every_workload_with_glitches(candidates, nangate45):
    best = best_of(candidates, DESIGN, nangate45, SETTINGS)
    assert best.least_area.area_um2 == min(figures.area_um2 for figures in candidates)

    def with_glitches(netlist, workload):
        a, b = DESIGN.stream(workload, 700, 9)
        found = transitions(netlist, nangate45, {"a": a, "b": b}, 0.25)
        return glitch_energy(found, netlist, nangate45, 0.25)

    assert list(best.least_energy.glitch) == list(SETTINGS.workloads)
    for figures in (best.least_area, best.least_energy):
        assert list(figures.glitch) == list(figures.energy)
        for workload, energy in figures.glitch.items():
            assert energy == with_glitches(figures.mapped.netlist, workload)
    # So few that all of them were tried with their glitches.
    assert best.least_energy.glitch_fj == min(
        with_glitches(figures.mapped.netlist, "normal").total_fj for figures in candidates
    )


def test_a_netlist_that_is_both_is_measured_once(candidates, nangate45):
    best = best_of(candidates[:1], DESIGN, nangate45, SETTINGS, ("normal",))
    assert best.least_area is best.least_energy
    assert list(best.least_energy.glitch) == ["normal"]


def test_the_smaller_one_wins_among_equals(candidates, nangate45):
    larger = replace(candidates[0], area_um2=2 * candidates[0].area_um2)
    best = best_of([larger, candidates[0]], DESIGN, nangate45, SETTINGS, ("normal",))
    assert best.least_area.area_um2 == candidates[0].area_um2


def test_what_was_the_best_elsewhere_is_tried_whatever_its_functional_energy(candidates, nangate45):
    alone = [best_of([each], DESIGN, nangate45, SETTINGS, ("normal",)) for each in candidates]
    *_, worst = sorted(alone, key=lambda best: best.least_energy.glitch_fj)
    first = min(alone, key=lambda best: best.least_energy.glitch_fj).least_energy
    # Many of its structure that seem better without glitches; other text, so that none is a twin.
    others = [
        replace(
            worst.least_energy,
            recipe=first.recipe,
            area_um2=1.0,
            mapped=replace(worst.least_energy.mapped, verilog=f"// {index}"),
        )
        for index in range(9)
    ]
    hidden = replace(first, energy={"normal": replace(first.energy["normal"], internal_fj=1e6)})
    given = [*others, hidden]
    missed = best_of(given, DESIGN, nangate45, SETTINGS, ("normal",))
    found = best_of(given, DESIGN, nangate45, SETTINGS, ("normal",), also=[hidden])
    assert found.least_energy.glitch_fj == first.glitch_fj < missed.least_energy.glitch_fj
