"""What others published beside a report in miniature; published figures as literals."""

import pytest

from lmul_pe.synth.published.others import beside_others
from tests.synth.small_report import small_report


@pytest.fixture(scope="module")
def rows():
    return beside_others([small_report(), small_report(technology="asap7", node=7)])


def published(rows, **wanted):
    return [row for row in rows if wanted.items() <= row["published"].items()]


def test_a_multiplier_stands_beside_the_same_comparison(rows):
    area, power = published(
        rows, format="fp8", compared="multiplier alone, combinational, L-Mul against conventional"
    )
    assert (area["published"]["value"], power["published"]["value"]) == ("52", "73")
    (figure,) = area["measured"]
    assert figure["quantity"] == "area saved, %"
    assert figure["value"] == pytest.approx(75.0)
    assert (figure["design"], figure["technology"]) == ("lmul_e4m3", "nangate45")
    (figure,) = power["measured"]
    assert figure["value"] == pytest.approx(96.0)
    assert figure["obtained"] == "with glitches, gates alone, equal delay"
    assert figure["workload"] == "normal"


def test_where_the_quantity_is_not_said_both_are_given(rows):
    (row,) = published(
        rows,
        format="fp8",
        compared="8 x 8 array, weight stationary, L-Mul against conventional",
    )
    assert [each["quantity"] for each in row["measured"]] == ["area saved, %", "energy saved, %"]
    _, energy = row["measured"]
    assert energy["value"] == pytest.approx(100 * (1 - 1000 / 1500))
    assert energy["obtained"] == "with glitches, clock and leakage included, no delay target"


def test_hardfloat_stands_beside_gradual_underflow(rows):
    whole, core = published(rows, who="Berkeley HardFloat", format="exponent 4, significand 4")
    assert (whole["published"]["value"], core["published"]["value"]) == ("465", "312")
    (figure,) = whole["measured"]
    assert (figure["design"], figure["value"]) == ("exact_e4m3_gradual", 80)
    assert figure["baseline"] is None


def test_what_is_not_measured_says_why(rows):
    assert all(bool(row["measured"]) is not bool(row["why"]) for row in rows)
    (row,) = published(rows, quantity="system power of a CNN saved, %")
    assert row["why"] == "no FPGA is measured here"
    (row, *_) = published(rows, who="Berkeley HardFloat", format="fp32")
    assert row["why"] == "no report of fp32 in nangate45"


def test_published_figures_stay_text(rows):
    assert all(isinstance(row["published"]["value"], str) for row in rows)
