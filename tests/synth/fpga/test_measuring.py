"""What is measured of a format, by tools whose answers are known."""

from dataclasses import replace

import pytest

from lmul_pe.model import format_named
from lmul_pe.synth.fpga.measuring import measured
from lmul_pe.synth.fpga.parts import PARTS
from lmul_pe.synth.fpga.record import Use

E4M3 = format_named("e4m3")


class Known:
    """Tools for which an array takes 10 tables, 2 a row, and 50 an element, or a DSP each."""

    def versions(self, part):
        return {"yosys": "1"}

    def use(self, verilog, top, part, *, dsp, parts=False):
        if not top.startswith("array"):
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
    assert shown[0] == "lmul_e4m3: synthesis"
    assert shown[-1] == "int8: place and route, seed 3 of 3"


def test_nothing_is_placed_where_nothing_can():
    found, _ = record(PARTS["xc7"], ["mac"])
    assert {each.clock for each in found.designs} == {None}


@pytest.mark.slow
def test_the_largest_array_is_the_last_that_fits():
    found, _ = record(PARTS["ice40-up5k"], ["array"])
    sides = {(each.kind, each.dsp): (each.side, each.limit) for each in found.arrays}
    # 90 % of 5280 tables are 4752, and 10 + 2 * 9 + 50 * 81 = 4078; of 8 DSPs, 7.
    assert sides == {
        ("lmul", False): (9, "luts"),
        ("exact", False): (9, "luts"),
        ("exact", True): (2, "dsps"),
    }
    assert found.arrays[0].name == "array_os_9x9_lmul_e4m3_fp32"
    assert found.arrays[0].use.luts == 4078


@pytest.mark.slow
def test_a_part_may_be_too_small_for_one_element_or_larger_than_any_array():
    tiny = replace(PARTS["xc7"], holds=Use(luts=60))
    first, *_ = record(tiny, ["array"])[0].arrays
    assert (first.name, first.side, first.use, first.limit) == ("", 0, Use(), "luts")
    huge = replace(PARTS["xc7"], holds=Use(10**9, 10**9, 10**9, 10**9))
    first, *_ = record(huge, ["array"])[0].arrays
    assert (first.side, first.limit) == (128, "size")
