"""Cells of a part, clocks and designs in a record."""

import pytest

from lmul_pe.synth.fpga.record import Array, Clock, Design, Record, Use


def test_cells_are_added_and_taken_several_times_kind_by_kind():
    assert Use() == Use(0, 0, 0, 0, 0)
    assert Use(1, 2, 3, 4, 5) + Use(10, 20, 30, 40, 50) == Use(11, 22, 33, 44, 55)
    assert Use(1, 2, 3, 4, 5).times(3) == Use(3, 6, 9, 12, 15)


def test_the_clock_of_several_seeds_is_the_one_in_the_middle():
    assert Clock((90.0, 70.0, 95.0)).median == 90
    assert Clock((90.0, 70.0)).median == 80


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ("luts", "LUTs"),
        ("carries", "carry cells"),
        ("flip_flops", "flip-flops"),
        ("dsps", "DSPs"),
        ("block_rams", "block RAMs"),
        ("size", "size"),
    ],
)
def test_what_limits_an_array_is_said_in_words(limit, words):
    assert Array("", "lmul", False, 0, Use(), limit).limited_by == words


def test_a_design_is_found_by_level_kind_and_use_of_multipliers():
    designs = tuple(
        Design(f"{level} {kind} {dsp}", level, kind, dsp, Use(), None)
        for level in ("multiplier", "mac")
        for kind in ("exact", "int8")
        for dsp in (True, False)
        if (level, kind, dsp) != ("mac", "int8", True)
    )
    record = Record("e4m3", "xc7", "XC7A35T", Use(), 0.9, {}, "make it", designs, ())
    for each in designs:
        assert record.design(each.level, each.kind, each.dsp) == each
    assert record.design("mac", "int8", True) is None
    assert record.design("dot", "exact", False) is None
