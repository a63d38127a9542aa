"""Memory beside arithmetic: codes counted in schedules, energies by hand."""

import numpy as np
import pytest

from lmul_pe.model import Schedule, array_named
from lmul_pe.synth.system.memory import REGISTERS, break_even_reuse, memory_rows, traffic
from tests.synth.small_report import small_report


def rows_of(report, **options):
    return {
        (row["level"], row["dataflow"]): row
        for row in memory_rows([report], **options)
        if row["headline"]
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


def test_energies_from_sram_by_hand():
    row = rows_of(small_report())["SRAM 8 KB", "os"]
    # 10 pJ per 64 bits is 156.25 fJ a bit; 8 bits of a and b for every eighth product, and 32 bits
    # of a sum for every 256th.
    assert row["published"]["pj_per_64_bit"] == 10
    assert "45 nm" in row["published"]["source"]
    computed = row["computed"]
    assert computed["operands_fj"] == pytest.approx(156.25 * 2)
    assert computed["results_fj"] == pytest.approx(156.25 * 32 / 256)
    memory = 312.5 + 19.53125
    assert computed["memory_fj"] == pytest.approx(memory)
    # 100 + 500 + 200 and 200 for the clock; 600 + 500 + 200, 200 for the clock and 500 leakage.
    measured = row["measured"]
    assert (measured["lmul_fj"], measured["exact_fj"]) == (1000.0, 2000.0)
    assert measured["saving_percent"] == pytest.approx(50.0)
    assert computed["saving_percent"] == pytest.approx(100 * 1000 / (2000 + memory))
    assert computed["memory_share_percent"] == pytest.approx(100 * memory / (2000 + memory))
    assert computed["exact_multiplier_share_percent"] == pytest.approx(60000 / (2000 + memory))
    assert computed["lmul_multiplier_share_percent"] == pytest.approx(10000 / (1000 + memory))
    assert computed["limit_percent"] == pytest.approx(100 * 1000 / (2000 + 19.53125))


def test_the_break_even_reuse_gives_the_target():
    row = rows_of(small_report(), target_percent=25)["DRAM", "os"]
    bit = 1300 * 1000 / 64
    results = bit * 32 / 256
    computed = row["computed"]
    # 1000 / (2000 + 16 bit / reuse + results) = 25 %
    assert computed["break_even_reuse"] is None
    assert computed["limit_percent"] == pytest.approx(100 * 1000 / (2000 + results))
    reuse = rows_of(small_report(), target_percent=15)["DRAM", "os"]["computed"]["break_even_reuse"]
    assert 100 * 1000 / (2000 + 16 * bit / reuse + results) == pytest.approx(15)


@pytest.mark.parametrize(
    ("lmul", "exact", "once", "results", "reuse"),
    [
        (50, 100, 800, 0, 2),  # 50 of 100 + 400 are 10 %
        (50, 100, 800, 200, 4),  # 50 of 100 + 200 + 200
        (50, 100, 800, 400, None),  # 50 of 500 only with operands for nothing
        (95, 100, 800, 0, None),
        (120, 100, 800, 0, None),
        (50, 100, 0, 0, 0),
        (95, 100, 0, 0, None),
        (90, 100, 0, 0, 0),
    ],
)
def test_break_even_reuse(lmul, exact, once, results, reuse):
    found = break_even_reuse(lmul, exact, once, results, 10)
    assert found == (None if reuse is None else pytest.approx(reuse))


def test_the_curve_falls_to_the_limit():
    row = rows_of(small_report())["SRAM 1 MB", "os"]
    curve = row["computed"]["curve"]
    bit = 100 * 1000 / 64
    results = bit * 32 / 256
    assert curve[3] == {
        "reuse": 8,
        "saving_percent": pytest.approx(100 * 1000 / (2000 + 16 * bit / 8 + results)),
    }
    assert curve[3]["saving_percent"] == pytest.approx(row["computed"]["saving_percent"])
    savings = [point["saving_percent"] for point in curve]
    assert savings == sorted(savings)
    assert row["computed"]["limit_percent"] - savings[-1] < 0.1


def test_arrays_at_equal_delay_count_first():
    report = small_report()
    for design in report["designs"][7:9]:
        design["iso_delay"] = [{**design, "clock_ps": 900.0}]
        design["iso_delay"][0]["energy_fj"] = {**design["energy_fj"], "leakage": 1000.0}
    measured = rows_of(report)["DRAM", "os"]["measured"]
    assert (measured["lmul_fj"], measured["exact_fj"]) == (2000.0, 2500.0)
    assert measured["obtained"].endswith("equal delay")
    assert measured["clock_ps"] == 900.0
    both = [
        row["measured"]
        for row in memory_rows([report])
        if (row["level"], row["dataflow"]) == ("DRAM", "os")
    ]
    # Without a delay target stands behind it, by the same array's other figures.
    assert [each["clock_ps"] for each in both] == [900.0, None]
    assert both[1]["lmul_fj"] != both[0]["lmul_fj"]


def test_arrays_in_registers_are_what_was_measured():
    row = rows_of(small_report())[REGISTERS, "ws"]
    assert row["published"] is None
    assert row["computed"]["memory_fj"] == 0
    assert row["computed"]["saving_percent"] == row["measured"]["saving_percent"]


def test_memory_is_that_of_the_same_node():
    sevens = rows_of(small_report(technology="asap7", node=7))
    assert sevens["SRAM 8 KB", "os"]["published"]["pj_per_64_bit"] == 7.5
    assert sevens["HBM2, most", "os"]["published"]["pj_per_64_bit"] == 450
    assert memory_rows([small_report(technology="sky130hd", node=130)]) == []
