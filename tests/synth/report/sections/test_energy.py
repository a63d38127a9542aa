"""Ledgers on the page: all in one table, one in pictures; the page whole where none was made."""

from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from lmul_pe.synth.report.sections.energy import charts, page_section, verdict, whole_table
from lmul_pe.synth.report.site import page_files, sections
from lmul_pe.synth.system.energy_report import energy_report
from lmul_pe.synth.system.ledger import TARGETS, Threshold, compared, machine
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


def joules(ledger, high, *stages):
    """Of these stages; of all if none is named."""
    return sum(
        each.high_j if high else each.low_j
        for each in ledger.entries
        if not stages or each.stage in stages
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
    assert [chart.name for chart in shown.charts] == ["energy-low", "energy-high"]


def test_every_run_is_in_the_table(ledgers):
    (table,) = page_section(ledgers).tables
    rows = table.records()
    assert {row["phase"] for row in rows} == {"decode", "prefill"}
    for row in rows:
        (report,) = (each for each in ledgers if each.compared.counted.run.phase == row["phase"])
        lmul = report.compared.lmul
        hardest, kindest = joules(lmul, True), joules(lmul, False)
        assert row["saved_low_percent"] == pytest.approx(100 * (1 - hardest / row["high_j"]))
        assert row["saved_high_percent"] == pytest.approx(100 * (1 - kindest / row["low_j"]))
        assert row["saved_low_percent"] < row["saved_high_percent"]
        assert 0 < row["arithmetic_low_percent"] < row["arithmetic_high_percent"]
        assert row["command"] == report.command


def test_the_whole_is_told_by_the_token_at_both_bounds(ledgers):
    found = ledgers[1].compared
    lmul, *others = whole_table(found).records()
    assert (lmul["saved_low_percent"], lmul["saved_high_percent"]) == (None, None)
    for row, ledger in zip((lmul, *others), (found.lmul, *found.others), strict=True):
        # A prefill of 64 tokens.
        low, high = joules(ledger, False), joules(ledger, True)
        assert low < high
        assert row["token_low_mj"] == pytest.approx(1000 * low / 64)
        assert row["token_high_mj"] == pytest.approx(1000 * high / 64)
        assert row["arithmetic_low_percent"] < row["arithmetic_high_percent"]
    for row, ledger in zip(others, found.others, strict=True):
        saved = [
            100 * (1 - joules(found.lmul, each) / joules(ledger, each)) for each in (True, False)
        ]
        assert [row["saved_low_percent"], row["saved_high_percent"]] == pytest.approx(saved)


@pytest.mark.parametrize("high", [False, True])
def test_bars_begin_where_the_one_above_ends_and_what_is_saved_is_hatched(ledgers, high):
    found = ledgers[1].compared
    axis = Figure().subplots()
    charts(found)[high].draw(axis)
    names = [label.get_text() for label in axis.get_yticklabels()]
    start, meter = 0.0, joules(found.exact, high)
    for place, name in enumerate(names):
        stages = () if name == "the meter" else (name,)
        before, now = (joules(each, high, *stages) for each in (found.exact, found.lmul))
        bars = [bar for bar in axis.patches if bar.get_y() < place < bar.get_y() + bar.get_height()]
        full, saved = (
            sum(bar.get_width() for bar in bars if bool(bar.get_hatch()) == hatched)
            for hatched in (False, True)
        )
        assert full == pytest.approx(min(before, now)), name
        assert saved == pytest.approx(max(before - now, 0.0), abs=1e-9 * meter), name
        left = 0.0 if name == "the meter" else start
        assert min(bar.get_x() for bar in bars) == pytest.approx(left), name
        start += before
    assert any(bar.get_hatch() for bar in axis.patches)


def test_a_verdict_says_both_bounds(ledgers):
    found = ledgers[1].compared
    # From which batch on at the bound that is kind to L-Mul, and at the other one.
    least = {1.0: (3, None), 10.0: (1234, 1234), 30.0: (None, None)}
    rows = [
        Threshold(over, target, kindest, least[target][not kindest] if told else 7, None, 0.0, None)
        for over, told in (("context", False), ("batch", True))
        for target in TARGETS
        for kindest in (False, True)
    ]
    lines = verdict(found, rows, "folder")
    shares = [
        100
        * joules(found.lmul, high, "multipliers", "sums, registers", "clock", "leakage")
        / (joules(found.lmul, high) - joules(found.lmul, high, "cooling"))
        for high in (False, True)
    ]
    low, high = sorted(shares)
    assert lines[1].endswith(f" J; arithmetic {low:.1f} to {high:.1f} % of it")
    assert lines[-3] == "L-Mul saves 1 % from batch 3 or never, 10 % from batch 1,234, 30 % never"
    assert lines[-1] == "folder/energy.md"


def test_it_is_on_the_page_where_it_was_run(results, ledgers, undrawn):
    shown = replace(results, ledgers=ledgers)
    page = page_files(shown, "make report")
    assert "data/energy-runs.csv" in page
    assert "energy" in {each.name for each in sections(shown)}
    assert "energy" not in {each.name for each in sections(results)}
