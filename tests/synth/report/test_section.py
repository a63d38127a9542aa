"""What sections are made from."""

import pytest

from lmul_pe.synth.report.section import Results, listed
from tests.synth.small_report import small_report


def test_results_are_those_of_their_reports(results):
    assert results.formats == ("e4m3", "bf16")
    assert (results.technology, results.workload) == ("nangate45", "normal")
    assert Results((small_report("bf16", "asap7"),)).technology == "asap7"


@pytest.mark.parametrize(
    ("given", "said"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_lists(given, said):
    assert listed(given) == said
