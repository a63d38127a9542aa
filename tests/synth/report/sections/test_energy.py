"""Ledgers on the page: all in one table, one in pictures; the page whole where none was made."""

from dataclasses import replace

import pytest

from lmul_pe.synth.report.sections.energy import page_section
from lmul_pe.synth.report.site import page_files, sections
from lmul_pe.synth.system.energy_report import energy_report
from lmul_pe.synth.system.ledger import compared, machine
from lmul_pe.synth.system.operations import Run, counts
from lmul_pe.synth.system.transformer import transformer
from lmul_pe.synth.system.unit import comparison
from tests.synth.small_report import small_report


@pytest.fixture(scope="module")
def ledgers(results):
    units = comparison(results.reports[1], small_report)
    around = machine(45, "nangate45")
    return tuple(
        energy_report(
            f"lmul-pe energy --phase {phase}",
            compared(counts(transformer("smollm2-135m"), Run(phase, 1, 64)), units, around),
            (),
            (),
        )
        for phase in ("decode", "prefill")
    )


def test_the_run_that_saves_most_is_pictured(ledgers):
    decode, prefill = (each.compared.saved_percent(False) for each in ledgers)
    assert 0 < decode < prefill
    shown = page_section(ledgers)
    assert "(`lmul-pe energy --phase prefill`)" in shown.words[0]
    assert [chart.title for chart in shown.charts] == [
        "smollm2-135m prefill, kind to L-Mul",
        "smollm2-135m prefill, hard on L-Mul",
    ]


def test_every_run_is_in_the_table(ledgers):
    (table,) = page_section(ledgers).tables
    rows = table.records()
    assert {row["phase"] for row in rows} == {"decode", "prefill"}
    for row in rows:
        (report,) = (each for each in ledgers if each.compared.counted.run.phase == row["phase"])
        lmul = sum(each.high_j for each in report.compared.lmul.entries)
        assert row["saved_low_percent"] == pytest.approx(100 * (1 - lmul / row["high_j"]))
        assert row["command"] == report.command


def test_it_is_on_the_page_where_it_was_run(results, ledgers, undrawn):
    shown = replace(results, ledgers=ledgers)
    page = page_files(shown, "make report")
    assert "data/energy-runs.csv" in page
    assert "energy" in {each.name for each in sections(shown)}
    assert "energy" not in {each.name for each in sections(results)}
