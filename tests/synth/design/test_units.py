"""Which units are compared with which."""

import pytest

from lmul_pe.model import format_named, unit_named
from lmul_pe.synth.design.levels import LEVELS
from lmul_pe.synth.design.units import held_dot_products, unit_design, unit_level
from lmul_pe.synth.mapping.blocks import role_of
from lmul_pe.synth.measuring.unit import UnitMeasurement
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import Settings
from tests.sweep import some


def names(level, format):
    designs, left_out = LEVELS[level].designs(format_named(format))
    assert left_out == []
    return [design.name for design in designs]


def test_every_accumulator_has_both_kinds():
    assert names("mac", "e4m3") == [
        "mac_lmul_e4m3_fp32",
        "mac_exact_e4m3_fp32",
        "mac_lmul_e4m3_fixed",
        "mac_exact_e4m3_fixed",
        "mac_lmul_e4m3_aligned",
        "mac_exact_e4m3_aligned",
        "mac_int8_int32",
    ]
    assert names("dot", "e4m3") == [
        "dot4_lmul_e4m3_fp32",
        "dot4_exact_e4m3_fp32",
        "dot4_lmul_e4m3_aligned",
        "dot4_exact_e4m3_aligned",
        "dot16_lmul_e4m3_fixed",
        "dot16_exact_e4m3_fixed",
        "dot4_int8_int32",
        "dot16_int8_int32",
    ]
    assert names("array", "e4m3") == [
        "array_os_8x8_lmul_e4m3_fp32",
        "array_os_8x8_exact_e4m3_fp32",
        "array_os_8x8_int8_int32",
        "array_ws_8x8_lmul_e4m3_fp32",
        "array_ws_8x8_lmul_e4m3_fp32_fold",
        "array_ws_8x8_exact_e4m3_fp32",
    ]


@pytest.mark.parametrize("format", ["e4m3", "fp32"])
def test_every_report_has_what_is_compared_first(format):
    designs = [each for level in ("mac", "dot", "array") for each in names(level, format)]
    left_out = [name for name in designs if not unit_design(unit_named(name)).usual]
    assert left_out == [
        *(f"mac_{kind}_{format}_aligned" for kind in ("lmul", "exact")),
        *(f"dot4_{kind}_{format}_fp32" for kind in ("lmul", "exact")),
        *(f"dot4_{kind}_{format}_aligned" for kind in ("lmul", "exact")),
        "dot4_int8_int32",
    ]


@pytest.mark.parametrize("format", ["bf16", "fp32", "tf32"])
def test_wide_formats_sum_in_a_window(format):
    designs, _ = LEVELS["mac"].designs(format_named(format))
    fixed = [design for design in designs if "fixed" in design.name]
    assert [design.name for design in fixed] == [
        f"mac_{kind}_{format}_fixed_msb40_lsbm40" for kind in ("lmul", "exact")
    ]
    for design in fixed:
        assert "81 bit fixed point, a window of 2^40 to 2^-40" in design.summary


@pytest.mark.parametrize(("format", "bits"), [("bf16", 32), ("tf32", 32), ("fp32", 40)])
def test_dot_products_of_wide_formats_sum_in_an_anchored_window(format, bits):
    designs, _ = LEVELS["dot"].designs(format_named(format))
    assert not [design.name for design in designs if "fixed" in design.name]
    anchored = [design for design in designs if "window" in design.name]
    assert [design.name for design in anchored] == [
        f"dot16_{kind}_{format}_window" for kind in ("lmul", "exact")
    ]
    for design in anchored:
        assert f"added in {bits} bits below the largest product" in design.summary


@pytest.mark.parametrize(
    ("format", "sums", "held"),
    [
        ("e4m3", "fixed", "a cycle, held in registers, added in"),
        ("bf16", "window", "a cycle, their sum held in registers, added in 32 bits"),
        ("fp32", "window", "a cycle, their sum held in registers, added in 40 bits"),
    ],
)
def test_dot_products_with_more_registers(format, sums, held):
    designs, left_out = unit_level("dot", held_dot_products(format_named(format)))
    assert [design.name for design in designs] == [
        f"dot16_{kind}_{format}_latency1_{sums}" for kind in ("lmul", "exact")
    ]
    assert left_out == []
    plain = unit_design(unit_named(f"dot16_lmul_{format}_{sums}"))
    for design in designs:
        assert held in design.summary
        # They are compared with each other, at the clocks of the one that has none.
        assert (design.compared != plain.compared, design.clocks) == (True, plain.clocks)
        assert "balanced" in design.timed_adders
        assert not design.usual


def test_what_a_format_cannot_have_is_left_out_with_a_reason():
    designs, left_out = LEVELS["dot"].designs(format_named("e11m52"))
    assert [design.kind for design in designs] == ["lmul", "lmul", "lmul", "int", "int"]
    assert [each.level for each in left_out] == ["dot"]
    assert "products of 106 bits" in left_out[0].why


def test_units_are_compared_with_the_same_accumulator():
    for level in ("mac", "dot", "array"):
        designs, _ = LEVELS[level].designs(format_named("fp16"))
        kinds = {}
        for design in designs:
            kinds.setdefault(design.compared, []).append(design.kind)
            assert design.level == level
        pairs = [each for each in kinds.values() if each != ["int"]]
        assert len(pairs) >= 2
        # In a weight-stationary array offsets may be folded into the weights, or not.
        assert all(each in (["lmul", "exact"], ["lmul", "lmul", "exact"]) for each in pairs)


@pytest.mark.parametrize(
    ("name", "operations", "words"),
    [
        ("mac_lmul_e4m3_fp32", 1, "L-Mul product, added in fp32"),
        ("dot4_int8_int32", 4, "4 integer products a cycle, added in int32"),
        (
            "array_ws_2x3_lmul_e4m3_fp32_fold",
            6,
            "2 x 3 array, weight stationary: L-Mul products added in fp32, offset folded into the "
            "weights",
        ),
    ],
)
def test_a_unit_is_described(name, operations, words):
    design = unit_design(unit_named(name))
    assert design.operations == operations
    assert design.summary == words


@pytest.mark.parametrize(
    ("name", "compared", "words"),
    [
        (
            "array_ws_2x3_exact_e4m3_fp32",
            "weight stationary 2 x 3 array with fp32 sums",
            "2 x 3 array, weight stationary: conventional products added in fp32",
        ),
        (
            "array_os_2x3_int8_int32_lanes2",
            "output stationary 2 x 3 array of 2 lanes with int32 sums",
            "2 x 3 array, output stationary: 2 integer products added in int32",
        ),
        (
            "mac_table_bf16_fixed_msb40_lsbm40",
            "multiply-accumulate with fixed-point sums in a window",
            "corrected L-Mul product, added in 81 bit fixed point, a window of 2^40 to 2^-40, "
            "rounded once",
        ),
        (
            "dot4_exact_e4m3_aligned",
            "dot product of 4 with aligned sums",
            "4 conventional products a cycle, aligned to the largest exponent, 3 guard bits, "
            "rounded once",
        ),
    ],
)
def test_units_say_what_they_are_compared_with(name, compared, words):
    design = unit_design(unit_named(name))
    assert (design.compared, design.summary) == (compared, words)


@pytest.mark.parametrize(
    ("name", "held"),
    [
        ("dot16_lmul_e4m3_latency1_fixed", "products in registers"),
        ("dot16_lmul_bf16_latency1_window", "their sum in registers"),
    ],
)
def test_what_is_held_is_said_of_what_is_compared(name, held):
    held_design, plain = (
        unit_design(unit_named(each)) for each in (name, name.replace("_latency1", ""))
    )
    assert held_design.compared == f"{plain.compared}, {held}"


@pytest.mark.parametrize(
    ("name", "level"),
    [
        *(("mac_lmul_e4m3_fp32", "mac"), ("dot4_lmul_e4m3_fp32", "dot")),
        ("array_os_2x2_lmul_e4m3_fp32", "array"),
    ],
)
def test_a_unit_has_the_level_of_its_class_unless_another_is_said(name, level):
    assert unit_design(unit_named(name)).level == level
    assert unit_design(unit_named(name), "other").level == "other"


@pytest.mark.parametrize(
    ("name", "structures"),
    [
        # Those of the multiplier, but for what makes no difference in a unit.
        ("mac_lmul_e4m3_fp32", ("gates", "cells")),
        ("mac_exact_e4m3_fp32", ("gates", "cells")),
        ("mac_exact_bf16_fp32", ("cells", "booth8")),
        ("dot16_lmul_e4m3_fp32", ("gates", "cells")),
        ("array_os_2x2_exact_e2m1_fixed", ("gates", "cells")),
        *((f"{unit}_int8_int32", ("gates", "cells")) for unit in ("mac", "dot4", "array_os_2x2")),
        # Products that go straight into a tree.
        *(
            (name, ("gates", "sklansky", "tree", "cells"))
            for name in (
                "dot16_lmul_e4m3_fixed",
                "dot4_exact_bf16_window",
                "array_os_2x2_exact_e2m1_fixed_lanes2",
            )
        ),
    ],
)
def test_structures_of_products_are_worth_it_in_their_unit(name, structures):
    assert unit_design(unit_named(name)).structures == structures


def test_adders_with_a_delay_target_are_balanced_where_products_are_held():
    for name in ("mac_lmul_e4m3_fp32", "dot16_lmul_e4m3_fixed", "array_os_2x2_lmul_e4m3_fp32"):
        assert unit_design(unit_named(name)).timed_adders == ("sklansky", "brent_kung")
    held = unit_design(unit_named("dot16_lmul_e4m3_latency1_fixed"))
    assert held.timed_adders == ("balanced", "sklansky")


def test_a_dot_product_that_adds_in_float_has_no_clock_of_a_mac():
    dots = [f"dot{width}_lmul_e4m3_{sums}" for width in (4, 16) for sums in ("fp32", "fixed")]
    timed = [name for name in dots if unit_design(unit_named(name)).clocks]
    assert timed == ["dot16_lmul_e4m3_fixed"]


@pytest.mark.parametrize("name", some(["e4m3", "bf16"], 0))
@pytest.mark.parametrize("kind", some(["lmul", "exact"], 1))
def test_adders_of_both_kinds_are_tried_in_full_adder_cells(kind, name, nangate45):
    design = unit_design(unit_named(f"mac_{kind}_{name}_fp32"))
    measurement = UnitMeasurement(design, Conditions(nangate45, Settings(effort="full")))
    tried = {one.structure for one in measurement.free_netlists() if role_of(one.module) == "add"}
    assert "cells" in tried


def test_large_arrays_get_full_adder_cells_in_units_at_an_equal_clock():
    wide, narrow = (
        unit_design(unit_named(f"mac_exact_{format}_fp32")).timed for format in ("bf16", "e4m3")
    )
    assert {"mixed", "tree"} <= wide.keys()
    assert not {"mixed", "tree"} & narrow.keys()
