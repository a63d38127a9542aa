import numpy as np
import pytest

from lmul_pe.hw.arithmetic.architecture import PORTABLE
from lmul_pe.model import Multiplier, SpecificationError, format_named, multiplier_named
from lmul_pe.model.multiplier.vectors import check_pairs
from lmul_pe.synth.design.multipliers import (
    adder_design,
    multiplier_design,
    multiplier_design_named,
    multiplier_level,
    timed_recipes,
)
from lmul_pe.synth.mapping.recipes import (
    ADDERS_ONLY,
    SCRIPTS,
    SMALL_ONLY,
    STRUCTURES,
    TIMED_RECIPES,
    WIDE_TIMED_RECIPES,
    WIDE_UNIT_RECIPES,
)


def named(format, kind):
    return next(design for design in multiplier_level(format_named(format)) if design.name == kind)


def test_both_sides_are_compared_with_each_way_to_handle_subnormals():
    designs = multiplier_level(format_named("bf16"))
    assert [design.name for design in designs] == [
        "adder_bf16",
        "lmul_bf16_raw",
        "lmul_bf16_zero",
        "lmul_e8m7finite",
        "lmul_bf16",
        "lmul_bf16_gradual",
        "exact_bf16",
        "exact_bf16_gradual",
    ]
    assert [design.kind for design in designs] == ["adder", *["lmul"] * 5, *["exact"] * 2]
    assert {design.level for design in designs} == {"multiplier"}


def test_what_handles_every_special_case_is_called_so_where_there_are_none_too():
    bf16, e2m1 = (
        {design.name: design.summary for design in multiplier_level(format_named(name))}
        for name in ("bf16", "e2m1")
    )
    assert bf16["lmul_e8m7finite"] == "L-Mul, with zero and range, every code a number"
    assert bf16["lmul_bf16"] == e2m1["lmul_e2m1"] == "L-Mul, every special case, flush"
    assert len(e2m1) == len(bf16) - 1


@pytest.mark.parametrize("format", ["e2m1", "e4m3", "fp16", "fp32"])
def test_both_sides_are_tried_with_the_same_scripts(format):
    designs = multiplier_level(format_named(format))
    assert len({design.scripts for design in designs}) == 1
    small = format_named(format).mantissa_bits <= 5
    assert set(designs[0].scripts) == set(SCRIPTS) - ADDERS_ONLY - (set() if small else SMALL_ONLY)
    for design in designs:
        assert set(design.structures) <= STRUCTURES.keys()
    exact = designs[-1].structures
    assert ("booth8" in exact) != small


@pytest.mark.parametrize("format", ["e2m1", "e4m3", "fp16"])
def test_expected_results_are_the_models(format):
    for design in multiplier_level(format_named(format))[1:]:
        multiplier = multiplier_named(design.name)
        assert multiplier.kind == design.kind
        a, b = design.check(300, 5)
        np.testing.assert_array_equal(design.expected(a, b), multiplier.compute(a, b))
        for found, wanted in zip((a, b), check_pairs(multiplier, 300, 5), strict=True):
            np.testing.assert_array_equal(found, wanted)


def test_a_design_has_a_name_that_gives_it_back():
    for design in multiplier_level(format_named("bf16")):
        again = multiplier_design_named(design.name)
        assert (again.name, again.kind) == (design.name, design.kind)
        assert again.operand_bits == design.operand_bits
        for found, wanted in zip(
            again.stream("normal", 20, 1), design.stream("normal", 20, 1), strict=True
        ):
            np.testing.assert_array_equal(found, wanted)
    assert multiplier_design_named("adder_bf16").operand_bits == (15, 15)
    assert multiplier_design_named("lmul_e4m3_x_e5m2").operand_bits == (8, 8)
    for name in ("adder_e4", "mac_lmul_e4m3_fp32", "int8", "top"):
        with pytest.raises(SpecificationError):
            multiplier_design_named(name)


@pytest.mark.parametrize(
    ("name", "structures"),
    [
        # Arrays of more than five bits of mantissa are recoded.
        ("exact_e4m5", ("gates", "mixed", "cells")),
        ("exact_e4m6", ("cells", "booth8")),
        ("lmul_e4m6", ("gates", "cells", "rows")),
    ],
)
def test_structures_by_width(name, structures):
    design = multiplier_design_named(name)
    assert design.structures == structures
    assert bool(SMALL_ONLY & set(design.scripts)) is name.endswith("m5")


def test_scripts_for_a_delay_by_width():
    e4m5, e4m6 = (Multiplier("exact", name) for name in ("e4m5", "e4m6"))
    assert timed_recipes(e4m5) == timed_recipes(e4m5, in_unit=True) == TIMED_RECIPES
    assert timed_recipes(Multiplier("lmul", "e4m6"), in_unit=True) == TIMED_RECIPES
    assert (timed_recipes(e4m6), timed_recipes(e4m6, in_unit=True)) == (
        *(WIDE_TIMED_RECIPES, WIDE_UNIT_RECIPES),
    )


def test_the_plain_ones_set_the_clock_and_gradual_ones_are_made_for_none():
    designs = multiplier_level(format_named("bf16"))
    # What has numbers alone is the plain one of its own format.
    clocks = [each.name for each in designs if each.sets_clock]
    assert clocks == ["lmul_e8m7finite", "lmul_bf16", "exact_bf16"]
    untimed = [each.name for each in designs if not each.timed]
    assert untimed == ["lmul_bf16_gradual", "exact_bf16_gradual"]
    timed = {each.name: each.timed for each in designs if each.timed}
    assert timed.pop("exact_bf16") == WIDE_TIMED_RECIPES
    assert all(recipes == TIMED_RECIPES for recipes in timed.values())
    assert {(each.operations, each.usual) for each in designs} == {(1, True)}


def test_only_pairs_of_sixteen_bits_are_all_checked():
    assert named("e4m3", "exact_e4m3").exhaustive
    assert not named("bf16", "exact_bf16").exhaustive
    mixed = multiplier_design(Multiplier("lmul", "e4m3", "fp16", "fp16"), "mixed")
    assert not mixed.exhaustive
    assert adder_design(format_named("e4m3")).exhaustive


def test_the_adder_sees_the_multipliers_operands_without_their_signs():
    format = format_named("e4m3")
    adder, multiplier = adder_design(format), named("e4m3", "lmul_e4m3")
    for mine, theirs in zip(
        adder.stream("normal", 200, 3), multiplier.stream("normal", 200, 3), strict=True
    ):
        np.testing.assert_array_equal(mine, theirs & 0x7F)
    assert max(map(int, adder.check(0, 1)[0])) == 0x7F
    a, b = np.array([0x7F, 1], dtype=np.uint8), np.array([0x7F, 2], dtype=np.uint8)
    assert adder.expected(a, b).tolist() == [0x7E, 3]


def test_the_hardware_bears_the_designs_name():
    for design in multiplier_level(format_named("e2m1")):
        assert f"module \\{design.name}\n" in design.rtlil(PORTABLE)
        assert design.rtlil(STRUCTURES["cells"]) == design.rtlil(STRUCTURES["cells"])
