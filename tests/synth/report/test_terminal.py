"""The verdict of a report fits eight lines of 80 columns, and says what the record holds."""

from dataclasses import replace

import pytest

from lmul_pe.synth.report.terminal import array_verdict, verdict
from tests.synth.small_report import multipliers_alone, small_report


@pytest.mark.parametrize("format", ["e4m3", "bf16", "fp16", "fp32"])
def test_it_fits_a_small_terminal(format):
    lines = verdict(small_report(format), f"build/synth/{format}")
    assert len(lines) <= 8
    assert max(map(len, lines)) <= 80


def test_each_level_and_claim_has_its_line(report):
    # 60 of 200 fJ at 375 ps; of units what is left beside 101, 71 and 151 fJ of the rest.
    mac, dot, array = (100 * (1 - (50 + rest) / (200 + rest)) for rest in (101, 71, 151))
    assert verdict(report, "here") == [
        "bf16 in nangate45: energy that L-Mul saves of a conventional design",
        "  multiplier    70.0 %  at 375 ps, gates alone, mean error 4.0 %",
        f"  MAC           {mac:.1f} %  no delay target, clock and leakage counted",
        f"  dot product   {dot:.1f} %  no delay target, clock and leakage counted",
        f"  8 x 8 array   {array:.1f} %  no delay target, clock and leakage counted",
        "The paper's 95 % for element-wise products: does not hold",
        "The paper's 80 % for dot products: does not hold",
        "here: report.md, report.json, pictures, netlists",
    ]


def test_multipliers_alone_have_no_line_of_units(report):
    lines = verdict(multipliers_alone(report), "here")
    assert [line.split()[0] for line in lines] == ["bf16", "multiplier", "The", "here:"]


def test_an_array_has_what_is_saved_and_what_each_kind_takes(report):
    designs = tuple(each for each in report.units if each.level == "array")[:2]
    savings = tuple(each for each in report.savings if each.level == "array")[:1]
    lines = array_verdict(replace(report, designs=designs, savings=savings), "here")
    # 50 of 200 fJ, and beside both 151 of the rest; the areas are those of the units.
    saved = 100 * (1 - (50 + 151) / (200 + 151))
    lmul, exact = (each.least_area for each in designs[:2])
    area = 100 * (1 - lmul.area_um2 / exact.area_um2)
    less = f"{area:.1f} % less area, {saved:.1f} % less energy with clock"
    assert lines[1] == f"  no delay target: L-Mul takes {less}"
    assert lines[2].startswith("  L-Mul         ")
    assert "201 fJ per multiply-accumulate" in lines[2]
    assert "351 fJ per multiply-accumulate" in lines[3]
    assert lines[-1] == "here: report.md, report.json, netlists"
    assert max(map(len, lines)) <= 80
