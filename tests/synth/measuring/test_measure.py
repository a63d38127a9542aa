"""Measuring: every netlist is checked first, and a check that cannot fail is worth nothing."""

from dataclasses import replace

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring

from lmul_pe.hw.export.verilog import component_of, rtlil_text
from lmul_pe.model import Multiplier, format_named, multiplier_named
from lmul_pe.synth.design.multipliers import adder_design, multiplier_design
from lmul_pe.synth.mapping.flow import Synthesis
from lmul_pe.synth.mapping.recipes import SCRIPTS, TIMED_SCRIPTS, Recipe
from lmul_pe.synth.measuring import measure as measured_module
from lmul_pe.synth.measuring.measure import measure
from lmul_pe.synth.workload.settings import MismatchError, Settings

SETTINGS = Settings(wire_ff=0.25, pairs=500, check_pairs=3000, seed=9)


@pytest.fixture
def synthesis(tmp_path):
    return Synthesis(tmp_path / "cache")


def design(name, scripts=("fraig",), structures=("gates",)):
    found = multiplier_design(multiplier_named(name), name)
    return replace(found, scripts=scripts, structures=structures, sets_clock=False)


def impostor(name, component):
    """The design called ``name`` with other hardware."""
    return replace(design(name), rtlil=lambda architecture: rtlil_text(component, name))


def measured(designs, synthesis, technology, settings=SETTINGS):
    return measure(designs, technology, synthesis, settings, lambda done, total: None)


MUTANTS = {
    "offset left out": ("lmul_e3m2", Multiplier("lmul", "e3m2", offset="none")),
    "offset of another": ("lmul_e4m3", Multiplier("lmul", "e4m3", offset=2)),
    "no test for zero": ("lmul_e2m3", Multiplier("lmul", "e2m3", guard="raw")),
    "subnormals not flushed": ("exact_e2m3", Multiplier("exact", "e2m3", subnormals="gradual")),
    "truncated": ("exact_e3m2", Multiplier("exact", "e3m2", rounding="rtz")),
    "another overflow": ("lmul_e5m2", Multiplier("lmul", "e5m2", overflow="saturate")),
    "an infinity too few": ("exact_e4m3", Multiplier("exact", "e4m3", overflow="nan")),
    # A wide format is checked on a sample, which has to find these as well.
    "wide, offset left out": ("lmul_bf16", Multiplier("lmul", "bf16", offset="none")),
    "wide, no guard": ("lmul_fp16", Multiplier("lmul", "fp16", guard="raw")),
    "wide, truncated": ("exact_bf16", Multiplier("exact", "bf16", rounding="rtz")),
    "wide, no infinity": ("exact_bf16", Multiplier("exact", "bf16", overflow="saturate")),
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_wrong_hardware_is_found(mutant, synthesis, nangate45):
    name, actual = MUTANTS[mutant]
    with pytest.raises(MismatchError, match=f"netlist {name} by gates/") as caught:
        measured([impostor(name, component_of(actual))], synthesis, nangate45)
    a, b, found, expected = (
        int(word.strip(":,").partition("=")[2] or word.strip(":,"), 16)
        for word in str(caught.value).split()
        if "0x" in word
    )
    # The text says the truth about the first pair.
    assert int(multiplier_named(name).compute([a], [b])[0]) == expected
    assert int(actual.compute([a], [b])[0]) == found


def test_recipes_that_the_synthesis_tool_gives_up_on_are_named(synthesis, nangate45, monkeypatch):
    monkeypatch.setitem(SCRIPTS, "broken", "strash; no_such_command")
    monkeypatch.setitem(TIMED_SCRIPTS, "slow", "strash; no_such_command {target}")
    each = replace(
        design("lmul_e2m1", ("fraig", "broken")),
        sets_clock=True,
        timed={"gates": ("prefix-nf", "slow")},
    )
    (result,) = measured([each], synthesis, nangate45)
    first, second, *others = result.given_up
    assert (first, second) == ("gates/broken", "gates/slow@1")
    # For the other targets that the two clocks lead to.
    assert others
    assert all(name.startswith("gates/slow@") for name in others)
    assert {figures.recipe.script.partition("@")[0] for figures in result.candidates} == {
        "fraig",
        "prefix-nf",
    }


class WrongOnce(wiring.Component):
    """A multiplier that is right but for a single pair."""

    def __init__(self, inner):
        self.inner = inner
        super().__init__(dict(inner.signature.members.items()))

    def elaborate(self, platform):
        m = Module()
        m.submodules.inner = self.inner
        m.d.comb += [
            self.inner.a.eq(self.a),
            self.inner.b.eq(self.b),
            self.y.eq(self.inner.y ^ ((self.a == 0x15) & (self.b == 0x2A))),
        ]
        return m


def test_a_single_wrong_pair_of_all_is_found(synthesis, nangate45):
    wrong = WrongOnce(component_of(multiplier_named("exact_e3m2")))
    with pytest.raises(MismatchError, match="on 1 of 4096 pairs, first a=0x15 b=0x2a"):
        measured([impostor("exact_e3m2", wrong)], synthesis, nangate45)


def test_a_wrong_expectation_is_found_in_an_adder(synthesis, nangate45):
    adder = replace(
        adder_design(format_named("e2m1")), expected=lambda a, b: a, structures=("cells",)
    )
    with pytest.raises(MismatchError, match="netlist adder_e2m1"):
        measured([adder], synthesis, nangate45)


def test_generic_gates_are_checked_too(synthesis, nangate45, monkeypatch):
    wrong = {**measured_module.GENERIC_FUNCTIONS, "$_NAND_": {"Y": "A & B"}}
    monkeypatch.setattr(measured_module, "GENERIC_FUNCTIONS", wrong)
    with pytest.raises(MismatchError, match="by gates/generic"):
        measured([design("lmul_e4m3")], synthesis, nangate45)


def test_every_recipe_is_measured(synthesis, nangate45):
    (result,) = measured(
        [design("lmul_e3m2", ("fraig", "area"), ("gates", "cells"))], synthesis, nangate45
    )
    assert result.checked_pairs == 4096
    assert {figures.recipe for figures in result.figures} == {
        Recipe(structure, script)
        for structure in ("gates", "cells")
        for script in ("fraig", "area")
    }
    assert result.least_area.area_um2 == min(figures.area_um2 for figures in result.figures)
    assert result.least_energy.glitch_fj <= result.least_area.glitch_fj
    # Nothing sets a clock here.
    assert result.points == result.timed == ()
    assert result.generic.gate_equivalents > 0
    assert set(result.generic.cells) <= measured_module.GENERIC_FUNCTIONS.keys()


def test_structures_that_make_the_same_circuit_are_mapped_once(synthesis, nangate45):
    told = []
    (result,) = measure(
        # A raw L-Mul has no array: three of the four structures are two circuits.
        [design("lmul_e2m1_raw", structures=("gates", "mixed", "cells"))],
        nangate45,
        synthesis,
        SETTINGS,
        lambda done, total: told.append((done, total)),
    )
    assert [figures.recipe.structure for figures in result.figures] == ["gates", "mixed"]
    # One call for the generic gates, and one for each structure, as many as were announced.
    assert len(told) == 3
    assert {total for _, total in told} == {3}


def test_results_come_in_the_order_of_the_designs(synthesis, nangate45):
    names = ["lmul_e2m1", "exact_e3m2", "lmul_e2m1_raw"]
    found = measured([design(name) for name in names], synthesis, nangate45)
    assert [result.design.name for result in found] == names
