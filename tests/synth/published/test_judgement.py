"""Claims judged on a report in miniature."""

import pytest

from lmul_pe.synth.published.judgement import (
    FAILS,
    HOLDS,
    HOLDS_WITHOUT_CLOCK,
    LIKE,
    break_even,
    holds_when,
    judgements,
    verdict,
)
from tests.synth.small_report import parts, small_report, unit


@pytest.fixture
def rows():
    return judgements([small_report()])


def row_of(rows, design, workload="normal"):
    (found,) = (row for row in rows if (row["design"], row["workload"]) == (design, workload))
    return found


def test_every_comparison_and_workload_has_a_row(rows):
    assert [(row["claim"], row["design"], row["workload"]) for row in rows] == [
        ("element-wise", "lmul_e4m3", "normal"),
        ("element-wise", "lmul_e4m3", "uniform"),
        ("element-wise", "adder_e4m3", "normal"),
        ("element-wise", "adder_e4m3", "uniform"),
        ("dot product", "mac_lmul_e4m3_fp32", "normal"),
        ("dot product", "array_os_8x8_lmul_e4m3_fp32", "normal"),
        ("dot product", "array_ws_8x8_lmul_e4m3_fp32", "normal"),
    ]
    assert row_of(rows, "lmul_e4m3")["reading"] == LIKE
    assert row_of(rows, "adder_e4m3")["reading"] == "a bare adder"
    assert {row["node_nm"] for row in rows} == {45}


def test_the_papers_arithmetic_stands_beside_apart(rows):
    product = row_of(rows, "lmul_e4m3")
    assert product["paper_percent"] == {"product": pytest.approx(88.0)}  # 0.25 to 0.03 pJ
    assert [each["before_pj"] for each in product["paper"]] == [0.25]
    summed = row_of(rows, "mac_lmul_e4m3_fp32")["paper_percent"]
    assert {sums: round(percent, 1) for sums, percent in summed.items()} == {"fp32": 19.1}
    assert judgements([small_report("bf16")])[0]["paper"] == []


@pytest.mark.parametrize(
    ("saved", "total", "word"),
    [(95.0, 95.0, HOLDS), (95.0, 94.9, HOLDS_WITHOUT_CLOCK), (94.9, 96.0, FAILS)],
)
def test_verdicts(saved, total, word):
    assert verdict({"saving_percent": saved, "total_percent": total}, 95.0) == word


def test_where_the_claims_hold_is_computed(rows):
    like, adder, dots = holds_when(rows)
    assert (like["reading"], like["holds"]) == (LIKE, [])
    assert [row["workload"] for row in like["without_clock"]] == ["normal"]
    # With the registers at equal delay, 40 of 280 fJ.
    assert like["text"].startswith("holds without clock and leakage for lmul_e4m3 (96.0 %, nang")
    assert like["text"].endswith(
        "; the largest saving elsewhere is lmul_e4m3 (75.0 %, nangate45, workload uniform, "
        "with glitches, no delay target)"
    )
    assert (adder["reading"], adder["short_percent"]) == ("a bare adder", 0.0)
    # 40 of 130 fJ: 69.2 % saved, 10.8 points less than 80.
    assert (dots["claim"], dots["holds"]) == ("dot product", [])
    assert dots["largest"]["design"] == "mac_lmul_e4m3_fp32"
    assert dots["short_percent"] == pytest.approx(80 - 100 * 90 / 130)
    assert "holds nowhere: the largest saving is mac_lmul_e4m3_fp32 (69.2 %" in dots["text"]
    assert dots["text"].endswith("10.8 points short")


def test_a_claim_without_clock_says_so():
    report = small_report()
    mac, baseline = report["designs"][5:7]
    baseline["energy_by_workload"]["normal"]["glitch"] = 400.0
    baseline["energy_fj"]["clock"] = mac["energy_fj"]["clock"] = 100.0
    (dots,) = (each for each in holds_when(judgements([report])) if each["claim"] == "dot product")
    assert [row["design"] for row in dots["without_clock"]] == ["mac_lmul_e4m3_fp32"]
    assert dots["text"].startswith("holds without clock and leakage for mac_lmul_e4m3_fp32 (90.0")


def test_what_may_be_left_to_the_rest():
    exact = unit("exact", "exact", "mac", parts(100, 60, 20))  # and 20 for the clock: 200 in all
    lmul = unit("lmul", "lmul", "mac", parts(10, 50, 20))  # 90 % saved, and 10 % of the rest
    found = break_even(lmul, exact, 80.0)
    assert found["multiplier_saving_percent"] == pytest.approx(90.0)
    assert found["rest_saving_percent"] == pytest.approx(10.0)
    assert found["rest_share_percent"] == pytest.approx(50.0)
    # 90 (1 - x) + 10 x = 80 at x = 1/8.
    assert found["allowed_rest_share_percent"] == pytest.approx(12.5)


def test_parts_at_equal_delay_count_first():
    pair = [unit(kind, kind, "mac", parts(100, 60, 20)) for kind in ("lmul", "exact")]
    for each, multiplier in zip(pair, (30, 100), strict=True):
        each["iso_delay"] = [
            {"clock_ps": 500.0, "parts": unit("", "", "", parts(multiplier, 1, 1))["parts"]}
        ]
    found = break_even(*pair, 80.0)
    assert found["multiplier_saving_percent"] == pytest.approx(70.0)
    assert (found["delay"], found["clock_ps"]) == ("equal delay", 500.0)


def test_a_multiplier_that_saves_too_little_leaves_nothing_to_the_rest():
    exact = unit("exact", "exact", "mac", parts(100, 60, 20))
    lmul = unit("lmul", "lmul", "mac", parts(21, 60, 20))
    assert break_even(lmul, exact, 80.0)["allowed_rest_share_percent"] is None


def test_a_rest_that_saves_as_much_may_be_everything():
    exact = unit("exact", "exact", "mac", parts(100, 60, 20))
    lmul = unit("lmul", "lmul", "mac", parts(10, 6, 2))
    assert break_even(lmul, exact, 80.0)["allowed_rest_share_percent"] == 100.0


def test_what_was_measured_at_equal_delay_is_judged_first(rows):
    normal, uniform = row_of(rows, "lmul_e4m3"), row_of(rows, "lmul_e4m3", "uniform")
    assert normal["measured"]["clock_ps"] == 200.0
    assert normal["unconstrained"]["clock_ps"] is None
    assert uniform["measured"] == uniform["unconstrained"]
