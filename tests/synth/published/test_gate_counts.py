"""The paper's gate counts beside those of a report in miniature."""

import pytest

from lmul_pe.synth.published.gate_counts import gate_counts
from tests.synth.small_report import small_report


def test_printed_and_computed_counts_stand_beside_measured_ones():
    (row,) = gate_counts([small_report()])
    published, measured = row["published"], row["measured"]
    assert (published["exact_formula"], published["exact_printed"]) == (325, 325)
    assert (published["lmul_formula"], published["lmul_printed"]) == (157, 157)
    assert published["saving_percent"] == pytest.approx(100 * (1 - 157 / 325))
    # Half of 40 AND, a quarter of 40 XOR.
    assert measured["designs"]["exact_e4m3"]["generic_gates"] == 30
    assert measured["designs"]["lmul_e4m3"]["mapped_equivalents"] == 20
    assert measured["saving_percent"] == {
        "generic_gates": pytest.approx(50.0),
        "generic_equivalents": pytest.approx(50.0),
        "mapped_equivalents": pytest.approx(50.0),
    }


def test_what_the_paper_does_not_print_is_left_open():
    (row,) = gate_counts([small_report("bf16")])
    # 4 + 8^2 + 15 + 12 * 11 + 3 * 82 and 4 + (5 + 14 * 11) + 82
    assert row["published"]["exact_formula"] == 461
    assert row["published"]["lmul_formula"] == 245
    assert row["published"]["exact_printed"] is None
    assert row["published"]["lmul_printed"] is None


def test_fp16_is_printed_with_a_wider_adder_than_it_has():
    (row,) = gate_counts([small_report("fp16")])
    assert (row["published"]["lmul_formula"], row["published"]["lmul_printed"]) == (245, 256)
