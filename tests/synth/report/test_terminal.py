"""The verdict of a report fits eight lines of 80 columns, and says what the record holds."""

import pytest

from lmul_pe.synth.report.terminal import verdict
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
