"""Energy against accuracy: on the page where both are there, and the page whole where not."""

from dataclasses import replace

import pytest

from lmul_pe.model.study.interval import Estimate
from lmul_pe.synth.report.sections.answers import chart, priced, section
from lmul_pe.synth.report.site import page_files, sections
from lmul_pe.synth.system.spoiled import Spoilt


def spoilt(kl):
    return Spoilt("tensor", Estimate(0.04, 0.03, 0.05), Estimate(kl, kl / 2, 2 * kl))


@pytest.fixture(scope="module")
def studied(results):
    found = {("e4m3", "lmul"): spoilt(0.034), ("e4m3", "exact"): spoilt(0.01)}
    # A kind of which nothing was measured, and a format that is not shown.
    return replace(
        results, spoilt={**found, ("e4m3", "table"): spoilt(1), ("e5m2", "lmul"): spoilt(1)}
    )


def test_every_arithmetic_that_has_both_is_there(studied):
    rows = priced(studied)
    report = studied.reports[0]
    assert [(row.format, row.unit.name) for row in rows] == [
        ("e4m3", "mac_lmul_e4m3_fp32"),
        ("e4m3", "mac_exact_e4m3_fp32"),
    ]
    assert rows[0].unit == report.design("mac_lmul_e4m3_fp32")
    shown = chart(rows)
    assert "e4m3 L-Mul: 0.034, " in shown.words
    (table,) = section(rows).tables
    assert table.records()[0]["kl"] == pytest.approx(0.034)
    assert table.records()[0]["loss_percent"] == pytest.approx(4)


def test_scales_are_named_where_there_are_some(studied):
    rows = priced(studied)
    shown = section(rows)
    # 131 fJ of the one of L-Mul, and 121 of the conventional one.
    assert shown.words[0] == (
        "Least energy of a multiply-accumulate: conventional in e4m3, at a divergence of 0.01 "
        "nats. Attention of SmolLM2-135M alone, sums in fp32, subnormals flushed. Scales: tensor, "
        "whichever spoils least."
    )
    plain = [replace(row, spoilt=replace(row.spoilt, scale="none")) for row in rows]
    assert section(plain).words[0].endswith("subnormals flushed.")
    (table,) = shown.tables
    assert [column.name for column in table.columns if column.choice] == ["format", "kind"]


def test_it_is_the_first_picture(studied, results, undrawn):
    page = page_files(studied, "make report")["index.html"].decode()
    place = page.index("answers-chart-words")
    assert place < page.index("verdict-words")
    assert sections(studied)[0].name == "answers"
    before = page_files(results, "make report")["index.html"].decode()
    assert "answers" not in before
