"""What sections are made from."""

from dataclasses import replace

import pytest

from lmul_pe.synth.report.section import Results, change, listed
from tests.synth.small_report import small_report


def test_results_are_those_of_their_reports(results):
    assert results.formats == ("e4m3", "bf16")
    assert (results.technology, results.workload) == ("nangate45", "normal")
    assert Results((small_report("bf16", "asap7"),)).technology == "asap7"


def test_days_of_the_measurements():
    first, second = small_report("e4m3"), replace(small_report(), measured_on="2026-02-05")
    assert Results((first,)).measured_on == "2026-02-03"
    assert Results((second, first)).measured_on == "2026-02-03 to 2026-02-05"
    assert Results((replace(first, measured_on=""),)).measured_on == ""


@pytest.mark.parametrize(
    ("given", "said"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists(given, said):
    assert listed(given) == said


@pytest.mark.parametrize(
    ("saved", "text"),
    [(25.4, "25 % saved"), (-8.7, "9 % lost"), (0.3, "0 % saved"), (-0.3, "0 % saved")],
)
def test_a_saving_keeps_its_sign(saved, text):
    assert change(saved) == text
