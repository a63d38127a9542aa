"""FPGAs on the page: cells and clocks of records, and the page whole where there are none."""

from dataclasses import replace

import pytest

from lmul_pe.synth.fpga.record import Array, Clock, Design, Record, Use
from lmul_pe.synth.report.sections.fpga import section
from lmul_pe.synth.report.site import page_files


def design(kind, luts, *, dsp=False, clock=None, level="multiplier"):
    return Design(f"{kind}_{level}", level, kind, dsp, Use(luts, 7, 0, int(dsp)), clock)


def record(part, *designs, arrays=()):
    return Record("e4m3", part, "XYZ", Use(1000), 0.9, {}, "make fpga", designs, arrays)


PLACED = record(
    "ice40-hx8k",
    design("lmul", 30, clock=Clock((110.0, 90.0, 100.0))),
    design("exact", 60),
    design("adder", 12),
    arrays=(Array("array_os_3x3_lmul_e4m3_fp32", "lmul", False, 3, Use(900, 8), "luts"),),
)
CONVENTIONAL = Array("array_os_2x2_exact_e4m3_fp32", "exact", False, 2, Use(900, 8), "luts")
COUNTED = record("xc7", design("lmul", 20), design("exact", 50), design("exact", 25, dsp=True))


def test_the_verdict_is_over_all_parts():
    verdict = section([PLACED, COUNTED]).words[0]
    # 30 of 60 and 20 of 50; beside a DSP 20 of 25.
    assert "40 to 50 % of the LUTs of a conventional multiplier without DSPs" in verdict
    assert "80 % of the LUTs of a conventional multiplier that takes a DSP as well" in verdict
    assert "e4m3 on ice40-hx8k and e4m3 on xc7" in verdict


def test_the_picture_has_what_l_mul_replaces_with_and_without_dsps():
    (chart,) = section([PLACED, COUNTED]).charts
    assert chart.words.endswith(
        "e4m3 on ice40-hx8k: L-Mul 30, 100 MHz, conventional 60; "
        "e4m3 on xc7: L-Mul 20, conventional 50, conventional, DSP 25."
    )
    assert section([record("xc7", design("lmul", 9, level="mac"))]).charts == []


def test_what_a_reader_chooses_by_and_kinds_by_their_names():
    whole = record("xc7", design("int8", 9, dsp=True, level="mac"), arrays=(CONVENTIONAL,))
    designs, arrays = section([whole]).tables
    assert [column.name for column in designs.columns if column.choice] == [
        "part",
        "format",
        "level",
        "kind",
    ]
    assert [column.name for column in designs.columns if column.code] == ["design"]
    assert [column.name for column in arrays.columns if column.choice] == ["part", "format", "kind"]
    assert designs.records()[0]["kind"] == "int8, DSP"
    assert arrays.records()[0]["kind"] == "conventional"


def test_clocks_are_medians_with_their_range():
    designs, _ = section([PLACED]).tables
    first, second, _ = designs.records()
    assert (first["mhz"], first["least_mhz"], first["most_mhz"]) == (100, 90, 110)
    assert second["mhz"] is None
    assert (first["luts"], first["carries"], first["dsps"]) == (30, 7, 0)


def test_what_a_reader_can_choose_is_left_out_where_there_is_no_choice():
    def shown(*records):
        designs, arrays = section(records).tables
        return [[column.name for column in each.compact().columns] for each in (designs, arrays)]

    designs, arrays = shown(PLACED)
    assert designs[:3] == ["kind", "design", "luts"]
    assert arrays[0] == "side"
    both = replace(PLACED, part="ecp5-25k", format="e5m2", arrays=(*PLACED.arrays, CONVENTIONAL))
    sums = replace(both, designs=(design("lmul", 50, level="mac"),))
    designs, arrays = shown(PLACED, sums)
    assert designs[:5] == ["part", "format", "level", "kind", "design"]
    assert arrays[:3] == ["part", "format", "kind"]


def test_arrays_say_what_limits_them():
    _, arrays = section([PLACED]).tables
    (row,) = arrays.records()
    assert (row["side"], row["limit"], row["kind"]) == (3, "LUTs", "L-Mul")


def test_a_dsp_that_may_be_taken_and_is_not_is_none():
    spared = Design("exact", "multiplier", "exact", True, Use(25, 7, 0, 0), None)
    shown = section([record("xc7", design("lmul", 20), design("exact", 50), spared)])
    assert (
        "40 % of the LUTs of a conventional multiplier without DSPs: e4m3 on xc7" in shown.words[0]
    )
    assert "DSP" not in shown.charts[0].words


@pytest.mark.parametrize(
    "only", [design("lmul", 30), design("exact", 0, dsp=True), design("lmul", 9, level="mac")]
)
def test_what_was_not_tried_is_not_compared(only):
    (words,) = section([record("xc7", only)]).words
    assert words.startswith("LUTs (look-up tables)")


def test_it_is_on_the_page_where_it_was_run(results, undrawn):
    page = page_files(replace(results, fpga=(PLACED,)), "make report")
    assert "On FPGAs" in page["index.html"].decode()
    assert b"ice40-hx8k,e4m3,multiplier,L-Mul,lmul_multiplier,30" in page["data/fpga.csv"]
    assert "On FPGAs" not in page_files(results, "make report")["index.html"].decode()
