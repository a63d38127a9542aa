"""Memory beside arithmetic: codes counted in schedules, energies by hand."""

from dataclasses import replace

import numpy as np
import pytest

from lmul_pe.model import Schedule, array_named
from lmul_pe.synth.results.compare import main_saving
from lmul_pe.synth.system.memory import REGISTERS, memory_rows, traffic
from tests.synth.small_report import at_clock, multipliers_alone, small_report, with_designs


def rows_of(report, **options):
    """Of each level of memory and dataflow the row that counts first."""
    return {
        (row.memory, row.array.dataflow): row
        for row in memory_rows([report], **options)
        if row.headline
    }


@pytest.mark.parametrize(("m", "k", "n"), [(8, 16, 12), (4, 4, 4)])
def test_operands_of_an_output_stationary_array_are_those_of_its_schedule(m, k, n):
    array = array_named("array_os_4x2_lmul_e4m3_fp32")
    schedule = Schedule(array, np.zeros((m, k), np.uint8), np.zeros((k, n), np.uint8))
    fed = {name: sum(tile.streams[name].size for tile in schedule) for name in "ab"}
    found = traffic(array, m, k, n)
    assert found.a * m * k * n == pytest.approx(fed["a"])
    assert found.b * m * k * n == pytest.approx(fed["b"])
    assert (found.a, found.b) == (1 / 2, 1 / 4)
    assert found.written == pytest.approx(1 / k)
    assert found.read == 0


@pytest.mark.parametrize(("m", "k", "n"), [(8, 16, 12), (5, 4, 2)])
def test_codes_of_a_weight_stationary_array_are_those_of_its_schedule(m, k, n):
    array = array_named("array_ws_4x2_lmul_e4m3_fp32_partial")
    schedule = Schedule(array, np.zeros((m, k), np.uint8), np.zeros((k, n), np.uint8))
    fed = {name: sum(tile.streams[name].size for tile in schedule) for name in "aw"}
    found = traffic(array, m, k, n)
    assert found.a * m * k * n == pytest.approx(fed["a"])
    assert found.b * m * k * n == pytest.approx(fed["w"])
    beats = len(schedule) * schedule.result_beats
    assert found.written * m * k * n == pytest.approx(beats * array.cols)
    # The first block of weights of each column of blocks begins with nothing.
    assert found.read * m * k * n == pytest.approx(beats * array.cols - m * n)
    assert (found.b, found.written) == (pytest.approx(1 / m), pytest.approx(1 / 4))


def test_padding_is_not_fetched():
    array = array_named("array_os_4x2_lmul_e4m3_fp32")
    found = traffic(array, 3, 10, 1)
    assert (found.a, found.b) == (1.0, pytest.approx(1 / 3))


BIT_FJ = 10 * 1000 / 64
"""Of an SRAM of 8 KB, at 10 pJ for 64 bits."""


def test_energies_from_sram_by_hand(report):
    row = rows_of(report)["SRAM 8 KB", "os"]
    assert row.published_pj == 10
    assert "45 nm" in row.source
    # 16 bits of a and b for every eighth product, and 32 bits of a sum for every 256th.
    assert row.operands_fj == pytest.approx(BIT_FJ * 4)
    assert row.results_fj == pytest.approx(BIT_FJ * 32 / 256)
    assert row.once_fj == pytest.approx(BIT_FJ * 32)
    memory = 625 + 19.53125
    assert row.memory_fj == pytest.approx(memory)
    # 120 for all but the multiplier, 30 for the clock, and 1 leaks.
    assert (row.lmul_fj, row.exact_fj) == (201.0, 351.0)
    assert (row.lmul_multiplier_fj, row.exact_multiplier_fj) == (50.0, 200.0)
    assert row.saving_percent == pytest.approx(100 * 150 / 351)
    assert row.whole_percent == pytest.approx(100 * 150 / (351 + memory))
    assert row.memory_share_percent == pytest.approx(100 * memory / (351 + memory))
    assert row.exact_multiplier_share_percent == pytest.approx(100 * 200 / (351 + memory))
    assert row.lmul_multiplier_share_percent == pytest.approx(100 * 50 / (201 + memory))
    assert row.limit_percent == pytest.approx(100 * 150 / (351 + 19.53125))


def test_narrower_operands_are_cheaper_to_fetch():
    row = rows_of(small_report("e4m3"))["SRAM 8 KB", "os"]
    assert row.operands_fj == pytest.approx(BIT_FJ * 2)
    assert row.results_fj == pytest.approx(BIT_FJ * 32 / 256)


def test_weights_stay_and_partial_sums_come_back(report):
    row = rows_of(report)["SRAM 8 KB", "ws"]
    # 16 bits of a for every eighth product, those of a weight for every 256th.
    assert row.operands_fj == pytest.approx(BIT_FJ * 16 * (1 / 8 + 1 / 256))
    # A sum leaves for every eighth product, and comes back all but once in 32 times.
    assert row.results_fj == pytest.approx(BIT_FJ * 32 * (1 / 8 + 1 / 8 - 1 / 256))


def test_other_matrices_are_used_otherwise(report):
    row = rows_of(report, side=32)["SRAM 8 KB", "os"]
    assert (row.side, row.target_percent) == (32, 10)
    assert row.operands_fj == pytest.approx(BIT_FJ * 4)
    assert row.results_fj == pytest.approx(BIT_FJ * 32 / 32)


def test_the_break_even_reuse_gives_the_target(report):
    row = rows_of(report)["SRAM 8 KB", "os"]
    saved = 100 * 150 / (351 + 32 * BIT_FJ / row.break_even_reuse + 32 * BIT_FJ / 256)
    assert saved == pytest.approx(10)
    # From DRAM the sums alone take more than that.
    dram = rows_of(report)["DRAM", "os"]
    bit_fj = 1300 * 1000 / 64
    assert dram.break_even_reuse is None
    assert dram.limit_percent == pytest.approx(100 * 150 / (351 + bit_fj * 32 / 256))
    other = rows_of(report, target_percent=4)["DRAM", "os"]
    saved = 100 * 150 / (351 + 32 * bit_fj / other.break_even_reuse + bit_fj * 32 / 256)
    assert saved == pytest.approx(4)


@pytest.mark.parametrize(
    ("lmul", "exact", "once", "results", "reuse"),
    [
        (50, 100, 800, 0, 2),  # 50 of 100 + 400 are 10 %
        (50, 100, 800, 200, 4),  # 50 of 100 + 200 + 200
        (50, 100, 800, 400, None),  # 50 of 500 only with operands for nothing
        (50, 100, 0.5, 400, None),
        (50, 100, 1, 399.5, 2),  # 50 of 100 + 0.5 + 399.5
        (95, 100, 800, 0, None),
        (120, 100, 800, 0, None),
        (50, 100, 0, 0, 0),
        (95, 100, 0, 0, None),
        (90, 100, 0, 0, 0),
    ],
)
def test_break_even_reuse(report, lmul, exact, once, results, reuse):
    row = replace(
        rows_of(report)["SRAM 8 KB", "os"],
        lmul_fj=lmul,
        exact_fj=exact,
        once_fj=once,
        results_fj=results,
    )
    assert row.break_even_reuse == (None if reuse is None else pytest.approx(reuse))


def test_the_curve_rises_to_the_limit(report):
    row = rows_of(report)["SRAM 1 MB", "os"]
    bit_fj = 100 * 1000 / 64
    reuse, saved = row.curve[3]
    assert reuse == 8
    assert saved == pytest.approx(100 * 150 / (351 + 32 * bit_fj / 8 + bit_fj * 32 / 256))
    # That is how often an array of 8 x 8 uses its operands.
    assert saved == pytest.approx(row.whole_percent)
    savings = [each for _, each in row.curve]
    assert savings == sorted(savings)
    assert 0 < row.limit_percent - savings[-1] < 0.1


def test_arrays_at_an_equal_clock_count_first(report):
    both = report.pair(main_saving(report, "array"))
    changed = with_designs(report, *(at_clock(each, 900.0, 2.0) for each in both))
    rows = [
        row for row in memory_rows([changed]) if (row.memory, row.array.dataflow) == ("DRAM", "os")
    ]
    assert [(row.clock_ps, row.headline) for row in rows] == [(900.0, True), (None, False)]
    # 2 * 170 and 2 * 320, with 30 for the clock, and 1 leaks.
    assert (rows[0].lmul_fj, rows[0].exact_fj) == (371.0, 671.0)
    assert rows[0].exact_multiplier_fj == 400.0
    # Without a delay target stands behind it, by the same array's other figures.
    assert (rows[1].lmul_fj, rows[1].exact_fj) == (201.0, 351.0)


def test_arrays_in_registers_are_what_was_measured(report):
    row = rows_of(report)[REGISTERS, "ws"]
    assert (row.published_pj, row.source, row.memory_fj) == (None, "", 0.0)
    assert row.whole_percent == row.saving_percent
    assert row.break_even_reuse == 0


def test_memory_is_that_of_the_same_node():
    sevens = rows_of(small_report("bf16", "asap7"))
    assert sevens["SRAM 8 KB", "os"].published_pj == 7.5
    assert sevens["HBM2, most", "os"].published_pj == 450
    assert memory_rows([small_report("bf16", "sky130hd")]) == []


def test_reports_without_arrays_have_no_memory(report):
    assert memory_rows([multipliers_alone(report)]) == []
