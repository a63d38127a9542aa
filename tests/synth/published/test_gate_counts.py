"""The paper's gate counts beside those of a report in miniature."""

import pytest

from lmul_pe.synth.published.gate_counts import gate_counts
from tests.synth.small_report import small_report


def test_printed_and_computed_counts_stand_beside_measured_ones():
    (found,) = gate_counts([small_report("e4m3")])
    assert (found.format, found.technology) == ("e4m3", "nangate45")
    assert (found.exact_formula, found.exact_printed) == (325, 325)
    assert (found.lmul_formula, found.lmul_printed) == (157, 157)
    assert found.formula_percent == pytest.approx(100 * (1 - 157 / 325))
    # Two-input gates, all counted; 0.8 of L-Mul in the raw one.
    assert (found.exact_generic, found.lmul_generic) == (60, 30)
    assert (found.raw_generic, found.adder_generic) == (24, 12)
    assert found.generic_percent == pytest.approx(50.0)
    # 80 and 20 um2 of the smallest netlists.
    assert (found.exact_mapped, found.lmul_mapped) == (160.0, 40.0)
    assert found.mapped_percent == pytest.approx(75.0)


def test_what_the_paper_does_not_print_is_left_open():
    (found,) = gate_counts([small_report("bf16")])
    # 4 + 8^2 + 15 + 12 * 11 + 3 * 82 and 4 + (5 + 14 * 11) + 82
    assert (found.exact_formula, found.lmul_formula) == (461, 245)
    assert (found.exact_printed, found.lmul_printed) == (None, None)


def test_fp16_is_printed_with_a_wider_adder_than_it_has():
    (found,) = gate_counts([small_report("fp16")])
    assert (found.lmul_formula, found.lmul_printed) == (245, 256)


def test_every_report_has_its_counts():
    reports = [small_report("e4m3"), small_report("e4m3", "asap7")]
    assert [each.technology for each in gate_counts(reports)] == ["nangate45", "asap7"]
