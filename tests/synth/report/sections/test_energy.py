"""Ledgers on the page: all in one table, one in pictures; the page whole where none was made."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from lmul_pe.synth.report.chart import COLOURS, short
from lmul_pe.synth.report.sections import energy
from lmul_pe.synth.report.sections.energy import charts, page_section, verdict, whole_table
from lmul_pe.synth.report.site import page_files, sections
from lmul_pe.synth.system.energy_report import energy_report
from lmul_pe.synth.system.ledger import ARITHMETIC, TARGETS, Threshold, compared, machine
from lmul_pe.synth.system.levers import Lever
from lmul_pe.synth.system.operations import Kind, Run, counts
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


def test_the_run_that_saves_most_is_that_of_the_bound_kind_to_l_mul(ledgers):
    decode, prefill = ledgers
    found = decode.compared
    halved = tuple(replace(each, high_j=each.high_j / 2) for each in found.lmul.entries)
    changed = replace(decode, compared=replace(found, lmul=replace(found.lmul, entries=halved)))
    assert changed.compared.saved_percent(True) > prefill.compared.saved_percent(True)
    assert page_section((changed, prefill)).words == page_section(ledgers).words


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


@pytest.mark.parametrize("high", [False, True])
def test_a_waterfall_is_written_on_and_says_the_same_in_words(ledgers, high):
    found = ledgers[1].compared
    axis = Figure().subplots()
    chart = charts(found)[high]
    chart.draw(axis)
    names = [label.get_text() for label in axis.get_yticklabels()]
    assert names[-1] == "the meter"
    whole, left = (joules(each, high) for each in (found.exact, found.lmul))
    expected, said, start = [], [], 0.0
    for place, name in enumerate(names[:-1]):
        before, now = (joules(each, high, name) for each in (found.exact, found.lmul))
        start += before
        expected.append((f"{100 * before / whole:.1f} %", pytest.approx((start, place))))
        saved = short(before - now)
        said.append(f"{name} {100 * before / whole:.1f} %, of which L-Mul saves {saved} J")
    saved = f"saved {100 * (1 - left / whole):.1f} %"
    expected.append((f"{short(whole)} J; {saved}", pytest.approx((whole, len(names) - 1))))
    assert [(text.get_text(), text.xy) for text in axis.texts] == expected
    assert chart.words == (
        f"{chart.title}, conventional bf16: {'; '.join(said)}; {short(whole)} J in all."
    )
    assert axis.get_xlabel() == (
        "J for 64 tokens\ngreen measured, grey published, hatched: saved by L-Mul"
    )
    # What is measured is green.
    arithmetic = {stage.value for stage in ARITHMETIC}
    full = [bar for bar in axis.patches if not bar.get_hatch()][:-1]
    assert [to_hex(bar.get_facecolor()) for bar in full] == [
        COLOURS["lmul" if name in arithmetic else "muted"] for name in names[:-1]
    ]
    # All bars are within, the first one above, and there is room for what stands behind them.
    last, first = axis.get_ylim()
    assert first < -0.35 < len(names) - 1 + 0.35 < last
    low, most = axis.get_xlim()
    assert (low, 1.2 * whole < most < 2 * whole) == (0, True)
    assert axis.yaxis.get_major_ticks()[0].tick1line.get_markersize() == 0
    assert axis.xaxis.get_gridlines()[0].get_visible()


@pytest.mark.parametrize(
    ("values", "text"),
    [((1.5, 0.348), "0.348 to 1.5"), ((0.348, 1.5), "0.348 to 1.5"), ((2.0, 2.0), "2")],
)
def test_a_span_begins_with_the_smaller_bound(values, text):
    assert energy.span(values) == text


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ((1.6, 0.8), "0.8 to 1.6 % less"),
        ((-1.6, -4.5), "1.6 to 4.5 % more"),
        ((2.0, 2.0), "2.0 % less"),
        ((0.0, 0.5), "0.0 to 0.5 % less"),
        ((-0.5, 0.0), "0.0 to 0.5 % more"),
        ((0.6, -1.2), "0.6 % less to 1.2 % more"),
    ],
)
def test_what_takes_less_and_what_takes_more(values, text):
    assert energy._less(values) == text


@pytest.mark.parametrize(
    ("count", "text"), [(1, "1 token"), (2, "2 tokens"), (2048, "2,048 tokens")]
)
def test_one_token_is_one(count, text):
    assert energy.tokens(count) == text


@pytest.mark.parametrize(
    ("needed", "words"),
    [
        (100.0, "if arithmetic were 100 % of it, as the unit saves 80.0 %"),
        (100.5, "out of reach, as the unit alone saves 80.0 %"),
    ],
)
def test_no_more_than_the_whole_can_be_arithmetic(needed, words):
    found = SimpleNamespace(needed_share_percent=needed, unit_percent=80.0)
    assert energy._for_eighty(found) == f"80 % of the whole: {words}"


def test_a_verdict_says_what_l_mul_takes_of_every_other_unit(ledgers):
    found = ledgers[1].compared
    rows = [
        Threshold("batch", target, kindest, None, None, 0.0, None)
        for target in TARGETS
        for kindest in (False, True)
    ]
    lines = verdict(found, rows, "folder")
    assert len(lines) == 1 + 1 + len(found.others) + 3
    least, most = sorted(
        100 * (1 - joules(found.lmul, high) / joules(found.exact, high)) for high in (False, True)
    )
    whole = " to ".join(short(joules(found.exact, high)) for high in (False, True))
    assert f"  conventional bf16  {whole} J; L-Mul takes {least:.1f} to {most:.1f} % less" in lines
    # Of many kinds the first ones stand in eight lines.
    many = replace(found, others=(found.exact,) * 5)
    assert len(verdict(many, rows, "folder")) == 8


def test_stages_have_their_shares_at_both_bounds(ledgers):
    found = ledgers[1].compared
    table = energy.ledger_table(found)
    rows = [row for row in table.records() if row["arithmetic"] == "conventional bf16"]
    assert [row["stage"] for row in rows] == [each.stage for each in found.exact.entries]
    for row, entry in zip(rows, found.exact.entries, strict=True):
        assert (row["low_j"], row["high_j"]) == (entry.low_j, entry.high_j)
        assert row["low_percent"] == pytest.approx(100 * entry.low_j / joules(found.exact, False))
        assert row["high_percent"] == pytest.approx(100 * entry.high_j / joules(found.exact, True))
        assert (row["origin"], row["obtained"]) == (entry.origin, entry.obtained)
    assert [column.name for column in table.columns if column.choice] == ["arithmetic"]


def test_of_a_whole_reuse_is_the_least_and_time_the_most(ledgers):
    found = ledgers[1].compared
    first = whole_table(found).records()[0]
    assert first["low_j"] == joules(found.lmul, False)
    assert first["high_j"] == joules(found.lmul, True)
    # Operands pass the memory once, and what waits takes longer.
    assert (first["reuse"], first["seconds"]) == (max(found.lmul.reuse), max(found.lmul.seconds))


def test_thresholds_are_named_by_their_bound():
    rows = [
        Threshold("batch", 10.0, True, 3, 64, 12.5, 8),
        Threshold("batch", 10.0, False, *[None] * 2, 4.0, 1),
    ]
    assert energy.threshold_table(rows).records() == [
        {
            "over": "batch",
            "bound": bound,
            "target_percent": 10.0,
            "least": least,
            "most": most,
            "best_percent": best,
            "best_at": at,
        }
        for bound, least, most, best, at in (
            ("kindest", 3, 64, 12.5, 8),
            ("hardest", None, None, 4.0, 1),
        )
    ]


def test_levers_save_at_both_bounds():
    lever = Lever("a lever", "none", (10.0, 20.0), (5.0, 19.0), "a trap", "nothing")
    (row,) = energy.levers_table([lever]).records()
    assert (row["kindest_percent"], row["hardest_percent"]) == pytest.approx((50.0, 5.0))


def test_what_a_run_holds_is_said(ledgers):
    found = ledgers[1].compared
    operations = found.counted.operations
    macs = {
        kind: sum(each.macs for each in operations if each.kind is kind)
        for kind in (Kind.LINEAR, Kind.ATTENTION)
    }
    shares = ", ".join(
        f"{kind.value} {100 * count / sum(macs.values()):.1f} %" for kind, count in macs.items()
    )
    # 134,515,008 parameters of two bytes.
    words = energy.held_words(found)
    assert words.startswith(f"134,515,008 parameters. MACs: {shares}; ")
    assert "Held at 16 bits: weights 0.269 GB, " in words
    shown = energy.section(found, [], [], "make energy")
    assert shown.words == [words, f"{energy._for_eighty(found)}."]


def test_a_reader_chooses_among_runs(ledgers):
    (table,) = page_section(ledgers).tables
    columns = {
        kind: [column.name for column in table.columns if getattr(column, kind)]
        for kind in ("choice", "code", "detail")
    }
    assert columns == {
        "choice": ["model", "phase", "technology"],
        "code": ["unit", "command"],
        "detail": ["command"],
    }
    row = table.records()[-1]
    other = ledgers[1].compared.others[-1]
    assert (row["low_j"], row["high_j"]) == (joules(other, False), joules(other, True))


def test_it_is_on_the_page_where_it_was_run(results, ledgers, undrawn):
    shown = replace(results, ledgers=ledgers)
    page = page_files(shown, "make report")
    assert "data/energy-runs.csv" in page
    assert "energy" in {each.name for each in sections(shown)}
    assert "energy" not in {each.name for each in sections(results)}
