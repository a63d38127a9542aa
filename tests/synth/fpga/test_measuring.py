"""What is measured of a format, by tools whose answers are known."""

from dataclasses import replace

import pytest

from lmul_pe.model import format_named
from lmul_pe.synth.fpga import designs, measuring
from lmul_pe.synth.fpga.measuring import measured
from lmul_pe.synth.fpga.parts import PARTS
from lmul_pe.synth.fpga.record import Use

E4M3 = format_named("e4m3")


@pytest.fixture(autouse=True)
def unwritten(monkeypatch):
    """No design is written, which takes seconds, as no tool reads it."""
    for module in (designs, measuring):
        monkeypatch.setattr(module, "exported_verilog", lambda specification, name: "")


class Known:
    """Tools for which an array takes 10 tables, 2 a row, and 50 an element, or a DSP each."""

    def versions(self, part):
        return {"yosys": "1"}

    def use(self, verilog, top, part, *, dsp, parts=False):
        assert parts == top.startswith("array")
        if not parts:
            return Use(luts=len(top))
        side = int(top.split("_")[2].split("x")[0])
        return Use(luts=10 + 2 * side + 50 * side**2, dsps=side**2 if dsp else 0)

    def clock_mhz(self, verilog, top, part, *, dsp, seed):
        return 100.0 + seed


def record(part, levels):
    shown = []
    return measured(E4M3, part, levels, 3, Known(), "make it", shown.append), shown


def test_every_design_has_its_cells_and_a_clock_for_each_seed():
    found, shown = record(PARTS["ice40-up5k"], ["multiplier"])
    assert [(each.name, each.dsp) for each in found.designs] == [
        ("lmul_e4m3", False),
        ("exact_e4m3", True),
        ("exact_e4m3", False),
        ("adder7", False),
        ("int8", True),
        ("int8", False),
    ]
    assert found.designs[0].use == Use(luts=9)
    assert found.designs[0].clock.mhz == (101.0, 102.0, 103.0)
    assert found.designs[0].clock.median == 102.0
    assert found.arrays == ()
    assert shown[:6] == [
        "lmul_e4m3: synthesis",
        *(f"lmul_e4m3: place and route, seed {seed} of 3" for seed in (1, 2, 3)),
        "exact_e4m3 with DSPs: synthesis",
        "exact_e4m3 with DSPs: place and route, seed 1 of 3",
    ]
    assert shown[-1] == "int8: place and route, seed 3 of 3"
    assert (found.format, found.part, found.device) == ("e4m3", "ice40-up5k", "iCE40UP5K-SG48")
    assert (found.holds, found.fill) == (PARTS["ice40-up5k"].holds, 0.9)
    assert (found.tools, found.command) == ({"yosys": "1"}, "make it")


def test_nothing_is_measured_with_multipliers_that_a_part_has_not():
    found, _ = record(PARTS["ice40-hx8k"], ["mac", "array"])
    assert [(each.kind, each.dsp) for each in found.designs] == [
        ("lmul", False),
        ("exact", False),
        ("int8", False),
    ]
    assert [(each.kind, each.dsp) for each in found.arrays] == [("lmul", False), ("exact", False)]


def test_one_multiplier_of_a_part_is_enough_to_measure_with():
    part = PARTS["xc7"]
    found, _ = record(replace(part, holds=replace(part.holds, dsps=1)), ["mac"])
    assert [each.dsp for each in found.designs] == [False, True, False, True, False]


def test_a_design_without_a_clock_by_one_seed_has_none(monkeypatch):
    asked = []

    def clock_mhz(self, verilog, top, part, *, dsp, seed):
        asked.append((top, seed))
        return None if (top, seed) == ("mac_lmul_e4m3_fp32", 2) else 100.0 + seed

    monkeypatch.setattr(Known, "clock_mhz", clock_mhz)
    found, _ = record(PARTS["ice40-hx8k"], ["mac"])
    first, second, _ = found.designs
    assert first.clock is None
    assert second.clock.mhz == (101, 102, 103)
    # No other seed is tried.
    assert asked[:3] == [("mac_lmul_e4m3_fp32", 1), ("mac_lmul_e4m3_fp32", 2), (second.name, 1)]


def test_nothing_is_placed_where_nothing_can():
    found, _ = record(PARTS["xc7"], ["mac"])
    assert {each.clock for each in found.designs} == {None}


def test_the_largest_array_is_the_last_that_fits():
    found, shown = record(PARTS["ice40-up5k"], ["array"])
    assert found.designs == ()
    assert shown == [f"arrays of {kind}: synthesis" for kind in ("lmul", "exact", "exact")]
    sides = {(each.kind, each.dsp): (each.side, each.limit) for each in found.arrays}
    # 90 % of 5280 tables are 4752, and 10 + 2 * 9 + 50 * 81 = 4078; of 8 DSPs, 7.
    assert sides == {
        ("lmul", False): (9, "luts"),
        ("exact", False): (9, "luts"),
        ("exact", True): (2, "dsps"),
    }
    assert found.arrays[0].name == "array_os_9x9_lmul_e4m3_fp32"
    assert found.arrays[0].use.luts == 4078


def test_a_part_may_be_too_small_for_one_element_or_larger_than_any_array():
    tiny = replace(PARTS["xc7"], holds=Use(luts=60))
    first, *_ = record(tiny, ["array"])[0].arrays
    assert (first.name, first.side, first.use, first.limit) == ("", 0, Use(), "luts")
    huge = replace(PARTS["xc7"], holds=Use(10**9, 10**9, 10**9, 10**9))
    first, *_ = record(huge, ["array"])[0].arrays
    assert (first.side, first.limit) == (128, "size")
