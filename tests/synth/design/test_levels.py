"""Every level, and what belongs to it."""

import pytest

from lmul_pe.model import format_named
from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.design.multipliers import multiplier_level


def test_levels_grow_from_a_multiplier_to_an_array():
    assert {name: level.title for name, level in LEVELS.items()} == {
        "multiplier": "multiplier",
        "mac": "MAC",
        "dot": "dot product",
        "array": "8 x 8 array",
    }
    assert [level.name for level in LEVELS.values()] == list(LEVELS)


@pytest.mark.parametrize("name", LEVELS)
def test_designs_know_their_level(name):
    designs, left_out = LEVELS[name].designs(format_named("bf16"))
    assert left_out == []
    assert {design.level for design in designs} == {name}
    operations = {"multiplier": {1}, "mac": {1}, "dot": {4, 16}, "array": {64}}
    assert {design.operations for design in designs} == operations[name]
    # Both kinds are there, and compared with each other.
    compared = {design.compared for design in designs if design.kind == "exact"}
    assert compared == {design.compared for design in designs if design.kind == "lmul"}


def test_every_multiplier_is_measured_at_an_equal_clock_and_some_units():
    designs = [each for level in LEVELS.values() for each in level.designs(format_named("e4m3"))[0]]
    assert [each.name for each in designs if each.clocks] == [
        *(each.name for each in multiplier_level(format_named("e4m3"))),
        "mac_lmul_e4m3_fp32",
        "mac_exact_e4m3_fp32",
        "dot16_lmul_e4m3_fixed",
        "dot16_exact_e4m3_fixed",
        "dot16_int8_int32",
        "array_os_8x8_lmul_e4m3_fp32",
        "array_os_8x8_exact_e4m3_fp32",
    ]


@pytest.mark.parametrize("format", ["e4m3", "bf16"])
def test_wide_dot_products_take_the_clocks_of_the_mac_that_they_stand_for(format):
    macs, dots = (LEVELS[level].designs(format_named(format))[0] for level in ("mac", "dot"))
    (clocks,) = {each.compared for each in macs if each.name.endswith("_fp32")}
    assert {each.clocks for each in dots if each.name.startswith("dot16")} == {clocks}
    assert {each.clocks for each in dots if each.name.startswith("dot4")} == {""}
