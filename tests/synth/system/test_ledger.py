"""The ledger: published totals of others, stages by hand, thresholds by search."""

import math
from dataclasses import replace

import pytest

from lmul_pe.synth.system.cited import Range
from lmul_pe.synth.system.ledger import (
    ARITHMETIC,
    Stage,
    _blocked,
    _reuse,
    _searched,
    compared,
    ledger,
    machine,
    thresholds,
)
from lmul_pe.synth.system.operations import (
    Counts,
    Kind,
    Lora,
    Operation,
    Product,
    Run,
    counts,
    footprint,
)
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


def test_what_is_given_replaces_both_ends():
    found = machine(45.0, "nangate45", "ddr", 8.0, 10, 5.0, 3.0, 2.0)
    assert (found.dram.low, found.dram.high) == (1300, 2600)
    assert (found.sram.low, found.sram.high) == (3.2, 10)
    assert (found.multipliers, found.gb_per_s, found.buffer_bytes) == (10, 5.0, 8192)
    assert found.idle == Range(3.0, 3.0, "as given")
    assert found.cooling == Range(2.0, 2.0, "as given")
    # A chip of 65,536 multipliers with a memory of 900 GB/s.
    assert (AT_45.multipliers, AT_45.gb_per_s) == (65536, 900.0)
    assert (AT_45.idle.low, AT_45.idle.high) == (0, 28)
    assert (AT_45.cooling.low, AT_45.cooling.high) == (1.1, 1.56)


def test_a_run_takes_as_long_as_what_takes_longer(units):
    unit = units.exact
    work = Operation("work", Kind.LINEAR, macs=12000, weights=500.0, product=Product(1, 60, 25, 8))
    counted = Counts(TINY, Run("prefill", 1, 1), (work,))
    # Weights of two bytes, and a key and a value of 32 numbers in both layers.
    moved = 2 * (500 + 2 * 2 * 32)
    for multipliers, gb_per_s, seconds in (
        (4, 1e6, 3000 * unit.period_ps * 1e-12),
        (10**9, 0.5, moved / 0.5e9),
    ):
        around = replace(AT_45, multipliers=multipliers, gb_per_s=gb_per_s)
        found = ledger(counted, unit, around)
        assert found.seconds[False] == pytest.approx(seconds)
        assert found.joules(True, Stage.WAITING) == pytest.approx(28 * found.seconds[True])
    busy = 12000 / unit.utilisation(work.product)
    found = ledger(counted, unit, replace(AT_45, multipliers=4, gb_per_s=1e6))
    assert found.seconds[True] == pytest.approx(busy / 4 * unit.period_ps * 1e-12)


@pytest.mark.parametrize("lora", [None, Lora(8)])
def test_training_moves_its_state_there_and_back(units, lora):
    model, run = replace(TINY, layers=3), Run("training", 2, 8, lora=lora)
    found = ledger(Counts(model, run, ()), units.exact, AT_45)
    # By layer matrices of 64 x (64 + 32 + 32 + 64) and three of 64 x 96, and two norms; or 8
    # rows and columns of queries and values.  12 bytes of state and two of a gradient pass twice,
    # two of what was trained once more.
    trained = 3 * (64 * 192 + 3 * 64 * 96 + 128) + 64 + 2 * 64 * 128
    if lora:
        trained = 3 * 8 * (64 + 64 + 64 + 32)
    bits = 8 * (2 * (12 + 2) + 2) * trained
    assert found.joules(False, Stage.MEMORY) == pytest.approx(bits / 64 * 250e-12)
    # What waits for the backward pass leaves the chip and comes back.
    bits += 8 * 2 * footprint(model, run).activations
    assert found.joules(True, Stage.MEMORY) == pytest.approx(bits / 64 * 450e-12)


def test_a_pass_writes_keys_and_values_of_its_tokens(units):
    counted = Counts(replace(TINY, layers=3), Run("prefill", 2, 8), ())
    found = ledger(counted, units.exact, AT_45)
    # Both of 32 numbers in each of three layers, in two bytes.
    bits = 8 * 2 * 2 * 3 * 32 * 16
    assert found.joules(False, Stage.MEMORY) == pytest.approx(bits / 64 * 250e-12)


def test_keys_and_values_pass_once_for_every_slab_of_a_small_buffer(units):
    work = Operation(
        "scores", Kind.ATTENTION, macs=2 * 1000 * 16 * 10, product=Product(1000, 16, 10, 2)
    )
    found = ledger(
        Counts(TINY, Run("prefill", 1, 1), (work,)),
        units.exact,
        machine(45.0, "nangate45", buffer_kb=8.0),
    )
    # Of queries by keys the narrower side stays: 1000 x 10 in two bytes fill 8 KB two times and
    # a half.
    moved = 2 * (3 * 2 * 16 * 10 + 2 * 1000 * 10 + 2 * 2 * 32)
    assert found.reuse[True] == pytest.approx(2 * 1000 * 16 * 10 / moved)


def test_partial_sums_pass_the_buffer_twice():
    unit = comparison(small_report("bf16"), small_report, "array_ws_8x8_lmul_bf16_fp32").exact
    work = Operation("work", Kind.LINEAR, macs=4 * 24 * 16, product=Product(4, 24, 16))
    found = ledger(Counts(TINY, Run("prefill", 1, 1), (work,)), unit, AT_45)
    # Two blocks of columns and three of rows: an operand of 16 bits passes twice, a weight once,
    # a sum of 32 bits leaves three times and comes back twice.
    bits = 16 * (2 * 4 * 24 + 24 * 16) + 32 * 4 * 16 * (3 + 2)
    assert found.joules(False, Stage.BUFFER) == pytest.approx(bits / 64 * 41.8e-12)


def test_the_share_of_arithmetic_is_that_of_the_chip(units):
    found = ledger(counts(TINY, Run("decode", 1, 64)), units.exact, AT_45)
    for high, cooling in ((False, 1.1), (True, 1.56)):
        share = 100 * found.joules(high, *ARITHMETIC) / (found.joules(high) / cooling)
        assert found.arithmetic_percent(high) == pytest.approx(share)
        assert 0 < share < 100


def test_without_a_saving_no_share_is_enough(units):
    counted = counts(TINY, Run("decode"))
    for unit in (units.exact, bare(units.exact, 1.0, 1.0)):
        found = compared(counted, replace(units, lmul=unit), AT_45)
        assert found.unit_percent <= 0
        assert found.needed_share_percent == math.inf
    # Half a percent is a saving.
    little = replace(units.exact, rest_fj=units.exact.rest_fj - 0.005 * units.exact.total_fj)
    found = compared(counted, replace(units, lmul=little), AT_45)
    assert found.unit_percent == pytest.approx(0.5)
    assert found.needed_share_percent == pytest.approx(16000)


@pytest.mark.parametrize(
    ("saved", "most", "spans", "best"),
    [
        # 40 at 32, and one less for each step away; 64 is the last that is looked at.
        (lambda at: 40 - abs(at - 32), 100, [(1, 64), (2, 62), (22, 42)], (40, 32)),
        # It rises to the end.
        (lambda at: at / 2, 64, [(2, 64), (20, 64), (60, 64)], (32, 64)),
        (lambda at: at / 2, 63, [(2, 32), (20, 32), (None, None)], (16, 32)),
        # It falls, and is seen at 1 alone.
        (lambda at: 30 if at == 1 else 0, 8, [(1, 1), (1, 1), (1, 1)], (30, 1)),
        (lambda at: 0.99, 8, [(None, None)] * 3, (0.99, 1)),
        (lambda at: 50, 1, [(1, 1)] * 3, (50, 1)),
    ],
)
def test_a_search_finds_the_least_and_the_last(saved, most, spans, best):
    def looked_at(at):
        assert 1 <= at <= most
        return saved(at)

    for high in (False, True):
        rows = _searched("batch", high, most, looked_at)
        assert [(row.least, row.most) for row in rows] == spans
        assert [row.target_percent for row in rows] == [1, 10, 30]
        assert {(row.over, row.kindest) for row in rows} == {("batch", not high)}
        assert {(row.best_percent, row.best_at) for row in rows} == {best}


@pytest.mark.parametrize("high", [False, True])
def test_a_reuse_is_found_where_there_is_room_for_memory(units, high):
    found = compared(counts(TINY, Run("decode", 1, 64)), units, AT_45)
    cooling = AT_45.cooling.at(high)
    exact, lmul = (each.joules(high) / cooling for each in (found.exact, found.lmul))
    memory = found.exact.joules(high, Stage.MEMORY)
    for row in _reuse(found, high):
        # What saves the target is so much in all; what is no memory leaves the rest to it.
        room = (exact - lmul) * 100 / row.target_percent - (exact - memory)
        if room > 0:
            assert row.least == pytest.approx(found.exact.reuse[high] * memory / room)
        else:
            assert row.least is None


def test_where_memory_may_take_nothing_no_reuse_is_enough(units):
    # Gates of 1000 alone, of which 100 are saved: 10 % where memory takes nothing at all.
    free = Range(0.0, 0.0, "nothing")
    exact = replace(units.exact, multiplier_fj=1000.0, rest_fj=0.0, clock_fj=0.0, leakage_fj=0.0)
    pair = replace(units, lmul=replace(exact, multiplier_fj=900.0), others=(exact,))
    around = replace(AT_45, sram=free, idle=free, cooling=Range(1.0, 1.0, "none"))
    work = Operation("work", Kind.LINEAR, macs=1024)
    found = compared(Counts(TINY, Run("prefill", 1, 1), (work,)), pair, around)
    rows = _reuse(found, False)
    assert [row.best_percent for row in rows] == [pytest.approx(10)] * 3
    # Of 1 %: memory may take 9000 for a product of 1000.
    moved = 8 / 64 * 250e-12 / 9000e-15
    assert [row.least for row in rows] == [pytest.approx(moved), None, None]


def test_thresholds_are_where_they_say(units):
    run = Run("decode", 1, 64)
    rows = thresholds(TINY, run, units, AT_45)
    assert [(row.kindest, row.over, row.target_percent) for row in rows] == [
        (kindest, over, target)
        for kindest in (True, False)
        for over in ("batch", "context", "reuse")
        for target in (1, 10, 30)
    ]
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
