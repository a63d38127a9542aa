"""The ledger: published totals of others, stages by hand, thresholds by search."""

from dataclasses import replace

import pytest

from lmul_pe.synth.system.ledger import (
    ARITHMETIC,
    Stage,
    _blocked,
    compared,
    ledger,
    machine,
    thresholds,
)
from lmul_pe.synth.system.operations import Counts, Kind, Operation, Product, Run, counts
from lmul_pe.synth.system.transformer import Transformer, transformer
from lmul_pe.synth.system.unit import comparison
from tests.synth.small_report import small_report

LLAMA = transformer("llama-3.1-8b")
TINY = Transformer(
    name="tiny", layers=2, width=64, heads=4, kv_heads=2, head_width=16, hidden=96, vocabulary=128
)
AT_45 = machine(45.0, "nangate45")
AT_7 = machine(7.0, "asap7")


@pytest.fixture(scope="module")
def units():
    """L-Mul and conventional in e4m3, conventional bf16; saving less than the reports of others."""
    return comparison(small_report("bf16"), small_report)


def bare(unit, multiply_pj, add_pj):
    return replace(
        unit,
        multiplier_fj=1000 * multiply_pj,
        rest_fj=1000 * add_pj,
        clock_fj=0.0,
        leakage_fj=0.0,
    )


def test_a_decoded_token_of_llama_as_others_reckon_it(units):
    # 15.28 GB in 16 bits at 250 to 450 pJ for 64 bits; bf16 times and fp32 plus at 7 nm.
    found = ledger(counts(LLAMA, Run("decode")), bare(units.exact, 0.21, 0.38), AT_7)
    assert found.joules(False, Stage.MEMORY) == pytest.approx(0.477, abs=6e-4)
    assert found.joules(True, Stage.MEMORY) == pytest.approx(0.859, abs=1.5e-3)
    assert found.joules(False, *ARITHMETIC) == pytest.approx(4.7e-3, rel=0.02)


def test_a_prefill_of_llama_as_others_reckon_it(units):
    found = ledger(counts(LLAMA, Run("prefill")), bare(units.exact, 0.21, 0.38), AT_7)
    assert found.joules(False, *ARITHMETIC) == pytest.approx(8.76, rel=1e-3)
    assert found.joules(False, Stage.MEMORY) == pytest.approx(0.48, rel=0.02)


def test_stages_by_hand(units):
    run, unit = Run("decode", 3, 10), units.exact
    counted = counts(TINY, run)
    found = ledger(counted, unit, AT_45)
    macs = counted.macs()
    low = {each.stage: each.low_j for each in found.entries}
    assert low["multipliers"] == pytest.approx(macs * unit.multiplier_fj * 1e-15)
    assert low["sums, registers"] == pytest.approx(macs * unit.rest_fj * 1e-15)
    # Two bytes: weights once, keys and values of ten tokens, and three new ones.
    weights = 2 * (64 * 128 + 64 * 64 + 3 * 64 * 96 + 128) + 64 + 64 * 128
    cache = 2 * 2 * 32 * 3 * (10 + 1)
    assert low["memory"] == pytest.approx(2 * (weights + cache) * 8 / 64 * 250e-12)
    extra = 6 * counted.exponentials
    times, plus = counted.multiplications + extra, counted.additions + extra
    assert low["element-wise"] == pytest.approx((1.1 * times + 0.4 * plus) * 1e-12)
    assert low["waiting"] == 0
    others = sum(value for stage, value in low.items() if stage != "cooling")
    assert low["cooling"] == pytest.approx(0.1 * others)
    assert found.joules(False) == pytest.approx(1.1 * others)


def test_units_read_and_write_the_buffer_and_the_memory_fills_it_at_the_hard_bound(units):
    found = ledger(counts(TINY, Run("decode", 3, 10)), units.exact, AT_45)
    # An operand of three tokens meets eight columns at once, a weight all three rows.
    matrices = (64 * 64, 64 * 32, 64 * 32, 64 * 64, 64 * 96, 64 * 96, 96 * 64)
    macs = 3 * (2 * sum(matrices) + 64 * 128)
    operands = macs * (1 / 8 + 1 / 3)
    sums = 3 * (2 * (64 + 32 + 32 + 64 + 96 + 96 + 64) + 128)
    # Two queries share ten keys of 16, in two rounds of columns, and as many values in two.
    heads = 2 * 3 * 2
    operands += heads * (2 * 16 * 2 + 16 * 10) + heads * (2 * 10 * 2 + 10 * 16)
    sums += heads * (2 * 10 + 2 * 16)
    bits = 16 * operands + 32 * sums
    sram = AT_45.sram
    assert found.joules(False, Stage.BUFFER) == pytest.approx(bits / 64 * sram.low * 1e-12)
    moved = 8 * found.macs / found.reuse[True]
    assert found.joules(True, Stage.BUFFER) == pytest.approx(
        (bits + moved) / 64 * sram.high * 1e-12
    )


def test_what_idles_is_clocked_and_leaks_at_the_hard_bound(units):
    counted = counts(TINY, Run("decode", 1, 10))
    low, high = (
        ledger(counted, units.exact, AT_45).joules(each, Stage.CLOCK) for each in (False, True)
    )
    # One token fills one of eight rows at most.
    assert high > 8 * low


def test_every_origin_is_said(units):
    found = ledger(counts(TINY, Run("decode")), units.lmul, AT_45)
    origins = {each.stage: each.origin for each in found.entries}
    measured = {stage.value for stage in ARITHMETIC}
    assert {stage for stage, origin in origins.items() if origin == "measured"} == measured
    for each in found.entries:
        text = each.obtained
        assert ("make synth FMT=bf16" in text) == (each.origin == "measured")
        assert "nangate45" in text or "20" in text


@pytest.mark.parametrize("phase", ["prefill", "decode", "training"])
def test_bounds_are_bounds(units, phase):
    found = compared(counts(TINY, Run(phase, 2, 40)), units, AT_45)
    for each in (found.lmul, *found.others):
        assert all(entry.low_j <= entry.high_j for entry in each.entries)
    assert found.saved_percent(True) <= found.saved_percent(False) <= found.unit_percent


def test_cooling_changes_no_saving(units):
    counted = counts(TINY, Run("decode"))
    found = [
        compared(counted, units, machine(45.0, "nangate45", cooling=pue)).saved_percent(True)
        for pue in (1.0, 3.0)
    ]
    assert found[0] == pytest.approx(found[1])


@pytest.mark.parametrize("shape", [(2048, 4096, 14336), (1, 4096, 4096), (300, 5, 7000)])
@pytest.mark.parametrize("buffer", [2.0**13, 2.0**20, 2.0**30])
def test_no_product_passes_less_than_it_must(shape, buffer):
    m, k, n = shape
    passes, results = _blocked(Product(m, k, n), 1.0, buffer)
    moved = m * k * passes.a + k * n * passes.b + results
    # Every operand once; and Hong and Kung, STOC 1981, with a buffer of as many numbers.
    assert moved >= m * k + k * n + m * n
    assert moved >= m * k * n / (8 * buffer) ** 0.5 - buffer
    if m * k + k * n <= buffer:
        assert moved == m * k + k * n + m * n


def test_thresholds_are_where_they_say(units):
    run = Run("decode", 1, 64)
    rows = thresholds(TINY, run, units, AT_45)
    assert len(rows) == 2 * 3 * 3
    seen = 0
    for row in rows:
        if row.over == "reuse" or row.least is None:
            continue

        def saved(at, row=row):
            changed = counts(TINY, replace(run, **{row.over: at}))
            return compared(changed, units, AT_45).saved_percent(not row.kindest)

        assert saved(row.least) >= row.target_percent
        assert row.best_percent >= row.target_percent
        if row.least > 1:
            seen += 1
            assert saved(row.least - 1) < row.target_percent
    assert seen


def test_reuse_is_where_it_says(units):
    run = Run("decode", 1, 64)
    found = compared(counts(TINY, run), units, AT_45)
    for row in thresholds(TINY, run, units, AT_45):
        if row.over != "reuse":
            continue
        high = not row.kindest
        pue = AT_45.cooling.at(high)
        memory = found.exact.joules(high, Stage.MEMORY)
        # Without end it leaves all but the memory.
        exact, lmul = (each.joules(high) - pue * memory for each in (found.exact, found.lmul))
        assert row.best_percent == pytest.approx(100 * (1 - lmul / exact))
        assert row.best_at is None
        if row.least is None:
            continue
        # With so many times the present reuse the memory takes so many times less.
        memory *= 1 - found.exact.reuse[high] / row.least
        exact, lmul = (each.joules(high) - pue * memory for each in (found.exact, found.lmul))
        assert 100 * (1 - lmul / exact) == pytest.approx(row.target_percent)


def test_where_the_unit_saves_less_than_80_nothing_reaches_it(units):
    found = compared(counts(TINY, Run("prefill")), units, AT_45)
    assert found.unit_percent < 80
    assert found.needed_share_percent > 100
    better = replace(units, lmul=bare(units.lmul, 0.0, 0.01))
    found = compared(counts(TINY, Run("prefill")), better, AT_45)
    assert found.needed_share_percent == pytest.approx(8000 / found.unit_percent)
    assert found.needed_share_percent < 100


@pytest.mark.parametrize(
    ("shape", "buffer", "expected"),
    [
        # Half of a at once, the whole of b with each half; and the other way round.
        ((32, 64, 10_000), 1024.0, (1, 2)),
        ((10_000, 64, 32), 1024.0, (2, 1)),
        # 256 sums of fp32 are a square of 16; a single one is one.
        ((32, 1000, 32), 1024.0, (2, 2)),
        ((4, 1000, 4), 4.0, (4, 4)),
    ],
)
def test_a_product_is_cut_the_cheapest_way(shape, buffer, expected):
    passes, results = _blocked(Product(*shape), 1.0, buffer)
    assert (passes.a, passes.b) == expected
    assert results == shape[0] * shape[2]


@pytest.mark.parametrize(
    ("kind", "elements"),
    [
        # What is multiplied by, 4 x 5, and what is multiplied, 3 x 4; of other products their
        # results, 3 x 5, besides.
        (Kind.ATTENTION, 2 * (4 * 5 + 3 * 4)),
        (Kind.LINEAR, 2 * (4 * 5 + 3 * 4 + 3 * 5)),
    ],
)
def test_operands_that_are_neither_weights_nor_cache_pass_once_each(units, kind, elements):
    work = Operation("gradient", kind, macs=2 * 3 * 4 * 5, product=Product(3, 4, 5, 2))
    found = ledger(Counts(TINY, Run("prefill", 1, 1), (work,)), units.exact, AT_45)
    # In two bytes each, and a key and a value of 32 numbers in both layers.
    moved = 2 * (elements + 2 * 2 * 32)
    assert found.reuse[True] == pytest.approx(120 / moved)
