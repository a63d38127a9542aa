"""The tables of the claims, on reports in miniature."""

import pytest
from lmul_pe.synth.published.data import claims_data
from lmul_pe.synth.report.claims_tables import claims_tables

from tests.synth.small_report import small_report


@pytest.fixture
def tables():
    return claims_tables(claims_data([small_report(), small_report("fp32")]))


def cells(table, row):
    return dict(zip(table.headings, table.rows[row], strict=True))


def test_every_row_has_all_its_cells(tables):
    for table in tables:
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.headings)}


def test_equal_delay_stands_before_no_target(tables):
    row = cells(tables[0], 0)
    assert row["these\ngates"] == "96.0"
    assert row["equal\ndelay, ps"] == "200"
    assert row["no delay\ntarget"] == "95.0"
    assert row["<instead of"] == "conventional"
    assert row["<claim"] == "without clock"


def test_columns_that_say_nothing_are_left_out(tables):
    dots = tables[1]
    assert "equal\ndelay, ps" not in dots.headings
    assert "<instead of" not in dots.headings
    assert "without a delay target" in dots.caption


def test_the_sums_of_the_papers_arithmetic_are_named(tables):
    assert cells(tables[1], 0)["~its own\narithmetic"] == "19.1 (fp32)"


def test_the_break_even_says_where_there_is_none():
    report = small_report()
    report["designs"][5]["parts"]["multiplier"]["glitch_fj"] = 50.0
    (table,) = (
        each for each in claims_tables(claims_data([report])) if "left to the rest" in each.title
    )
    # Half of the multiplier is no 80 %; in the arrays 500 of 600 are, and the rest saves nothing:
    # a share of 1 - 0.8 / (5/6).
    assert [row[-1] for row in table.rows] == ["at no share", "4.0", "4.0"]


def test_reuse_in_words(tables):
    reuses = {(row[0], row[2], row[4]): row[-2] for row in tables[-1].rows}
    assert reuses["e4m3", "os 8 x 8", "array registers"] == "any"
    assert float(reuses["e4m3", "os 8 x 8", "SRAM 8 KB"]) > 0
