"""Rows of reports and curves."""

import pytest
from lmul_pe.synth.results.report_rows import number, optional


def test_a_design_has_the_area_of_its_smallest_recipe(data):
    design = next(each for each in data.designs if each.name == "lmul_bf16")
    assert (design.area_recipe, design.energy_recipe) == ("gates/area", "cells/area")
    assert (design.functional_fj, design.glitch_fj, design.total_fj) == (25.0, 50.0, 51.0)
    assert (design.area_ge, design.glitch_over_adder) == (100.0, 2.5)


def test_savings_are_given_with_everything_counted_and_at_equal_delay(data):
    saving = next(each for each in data.savings if each.design == "lmul_bf16")
    assert saving.total_percent == pytest.approx(100 * (1 - 51 / 201))
    assert (saving.equal_ps, saving.equal_percent) == (300.0, pytest.approx(75))
    # Twice the energy at 300 ps, and 9 fJ for registers.
    assert saving.equal_total_percent == pytest.approx(100 * (1 - 110 / 410))
    unit = next(each for each in data.savings if each.design == "mac_lmul_bf16_fp32")
    assert unit.total_percent == pytest.approx(100 * (1 - 151 / 301))
    assert (unit.equal_ps, unit.equal_percent) == (None, None)


def test_a_point_of_equal_delay_is_there_for_both_goals(data):
    points = [each for each in data.equal_delay if each.name == "lmul_bf16"]
    assert [(each.goal, each.clock_ps) for each in points] == [
        ("energy", 400.0),
        ("area", 400.0),
        ("energy", 300.0),
        ("area", 300.0),
    ]


def test_curves_keep_their_clocks(data):
    points = [each for each in data.curves if each.name == "exact_e4m3"]
    assert [(each.clock_ps, each.delay_ps, each.area_ge) for each in points] == [
        (200.0, 190.0, 200.0),
        (400.0, 390.0, 100.0),
        (800.0, 790.0, 50.0),
    ]


def test_conditions_are_in_words(data):
    said = {(each.format, each.what): each.value for each in data.conditions}
    assert said["bf16", "clock"] == "9000 ps, by which leakage becomes energy"
    assert said["bf16", "supply"] == "1.1 V, 25.0 degrees Celsius"


@pytest.mark.parametrize("value", [None, "1", True, [], {}])
def test_only_numbers_are_numbers(value):
    with pytest.raises(ValueError, match="where a number belongs"):
        number(value)


def test_nothing_may_be_there():
    assert optional(None) is None
    assert optional(2) == 2


def test_registers_at_the_ports_stand_apart(data):
    assert {each.registers_fj for each in data.equal_delay} == {9.0}


def test_a_ladder_begins_at_the_adder_and_ends_at_the_whole(data):
    steps = [each for each in data.ladder if each.format == "bf16"]
    assert [(each.step, each.name, each.clock_ps) for each in steps] == [
        ("adder", "adder_bf16", 300.0),
        ("raw", "lmul_bf16_raw", 300.0),
        ("whole", "lmul_bf16", 300.0),
    ]
    assert (steps[0].energy_over_adder, steps[-1].energy_over_adder) == (1.0, 2.5)
    assert (steps[-1].glitch_fj, steps[-1].area_over_adder) == (100.0, 2.5)


def test_a_ladder_without_a_common_clock_has_no_delay_target(bare):
    assert {each.clock_ps for each in bare.ladder} == {None}
    assert {each.glitch_fj for each in bare.ladder if each.name == "lmul_bf16"} == {50.0}
