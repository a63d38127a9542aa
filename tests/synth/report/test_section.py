"""What sections are made from."""

from dataclasses import replace

import pytest

from lmul_pe.synth.report.section import Results, change, clock_span, listed, spread
from tests.synth.small_report import small_report


def test_results_are_those_of_their_reports(results):
    assert results.formats == ("e4m3", "bf16")
    assert (results.technology, results.workload) == ("nangate45", "normal")
    alone = small_report("bf16", "asap7")
    assert Results((alone,)).technology == "asap7"
    assert Results((replace(alone, designs=alone.designs[:1]),)).workload == "normal"


def test_days_of_the_measurements():
    first, second = small_report("e4m3"), replace(small_report(), measured_on="2026-02-05")
    assert Results((first,)).measured_on == "2026-02-03"
    assert Results((second, first)).measured_on == "2026-02-03 to 2026-02-05"
    assert Results((replace(first, measured_on=""),)).measured_on == ""
    third = replace(first, measured_on="2026-02-09")
    assert Results((first, third, second)).measured_on == "2026-02-03 to 2026-02-09"


def test_clocks_are_named_by_the_first_and_the_last(report):
    saving = report.savings[0]
    assert clock_span(saving.equal) == "300 to 600"
    assert clock_span(saving.equal[1:3]) == "315 to 420"
    assert (clock_span(saving.equal[:1]), clock_span((saving.free,))) == ("300", "")


@pytest.mark.parametrize(
    ("values", "digits", "text"),
    [
        ([41.2, 34.4, 36.0], {}, "34 to 41"),
        ([0.5, 0.25], {"digits": 2}, "0.25 to 0.50"),
        ([41.2], {}, ""),
        ([], {}, ""),
    ],
)
def test_a_spread_is_from_the_least_to_the_greatest(values, digits, text):
    assert spread(values, **digits) == text


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
