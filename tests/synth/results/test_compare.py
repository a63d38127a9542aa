"""Savings of a report in miniature, computed by hand."""

from dataclasses import replace

import pytest

from lmul_pe.synth.results.compare import (
    band,
    basis,
    headline,
    is_like,
    main_saving,
    middle,
    percent_saved,
    saving,
    smallest,
    sums_in_float,
    typical,
    unit_savings,
)
from tests.synth.small_report import at_clock, multipliers_alone, small_report, with_designs


@pytest.mark.parametrize(("now", "before", "percent"), [(30, 120, 75), (5, 4, -25), (3, 3, 0)])
def test_percent_saved(now, before, percent):
    assert percent_saved(now, before) == pytest.approx(percent)


def test_the_smallest_clock_comes_first_and_no_target_last(report):
    found = saving(report.design("lmul_bf16"), report.design("exact_bf16"), "why")
    assert (found.level, found.design, found.baseline) == ("multiplier", "lmul_bf16", "exact_bf16")
    assert found.meaning == "why"
    assert [(each.clock_ps, each.workload) for each in found.saved] == [
        (clock_ps, workload)
        for clock_ps in (300.0, 315.0, 420.0, 600.0, None)
        for workload in ("normal", "uniform")
    ]


def test_what_is_saved_without_a_delay_target(report):
    free = saving(report.design("lmul_bf16"), report.design("exact_bf16"), "").free
    assert free.area_percent == pytest.approx(75.0)  # 20 of 80, the smallest ones
    assert free.delay_percent == pytest.approx(50.0)  # 200 of 400, those of least energy
    assert free.functional_percent == pytest.approx(50.0)  # 25 of 50
    assert free.glitch_percent == pytest.approx(75.0)  # 50 of 200
    assert free.total_percent == pytest.approx(100 * (1 - 51 / 201))


def test_what_is_saved_at_the_smallest_clock(report):
    normal, uniform = saving(report.design("lmul_bf16"), report.design("exact_bf16"), "").saved[:2]
    assert normal.area_percent == pytest.approx(80.0)  # 2 * 20 of 2.5 * 80
    assert normal.delay_percent == pytest.approx(0.0)
    assert normal.functional_percent == pytest.approx(60.0)  # 50 of 125
    assert normal.glitch_percent == pytest.approx(80.0)  # 100 of 500
    assert normal.total_percent == pytest.approx(100 * (1 - 110 / 510))  # 9 in registers, 1 leaks
    assert uniform.glitch_percent == pytest.approx(84.0)  # 100 of 625
    assert uniform.total_percent == pytest.approx(100 * (1 - 110 / 635))


def test_the_clock_of_units_counts_in_the_total_alone(report):
    found = saving(report.design("mac_lmul_bf16_fp32"), report.design("mac_exact_bf16_fp32"), "")
    (free,) = found.saved
    assert (free.clock_ps, free.workload) == (None, "normal")
    assert free.glitch_percent == pytest.approx(100 * (1 - 120 / 270))
    assert free.total_percent == pytest.approx(100 * (1 - 151 / 301))
    assert free.area_percent == pytest.approx(37.5)  # 20 + 80 of 80 + 80


def test_only_clocks_that_both_meet_are_compared(report):
    own, other = report.design("lmul_bf16"), report.design("exact_bf16")
    moved = replace(other, iso_delay=(replace(other.iso_delay[0], clock_ps=310.0),))
    assert {each.clock_ps for each in saving(own, moved, "").saved} == {None}
    turned = replace(own, iso_delay=own.iso_delay[::-1])
    assert [each.clock_ps for each in saving(turned, other, "").equal] == [
        300.0,
        315.0,
        420.0,
        600.0,
    ]


def test_only_workloads_that_both_have_are_compared(report):
    own, other = report.design("lmul_bf16"), report.design("exact_bf16")
    own = replace(own, energy_by_workload={**own.energy_by_workload, "own": own.interval})
    found = saving(own, other, "")
    assert {each.workload for each in found.saved if each.clock_ps is None} == {"normal", "uniform"}


def test_every_reading_of_multipliers_then_the_units():
    report = small_report()
    assert [(each.design, each.baseline) for each in report.savings] == [
        ("lmul_bf16", "exact_bf16"),
        ("lmul_bf16_gradual", "exact_bf16_gradual"),
        ("lmul_bf16", "exact_bf16_gradual"),
        ("lmul_bf16_raw", "exact_bf16"),
        ("adder_bf16", "exact_bf16"),
        ("mac_lmul_bf16_fp32", "mac_exact_bf16_fp32"),
        ("dot4_lmul_bf16_fp32", "dot4_exact_bf16_fp32"),
        ("dot4_lmul_bf16_aligned", "dot4_exact_bf16_aligned"),
        ("array_os_8x8_lmul_bf16_fp32", "array_os_8x8_exact_bf16_fp32"),
        ("array_ws_8x8_lmul_bf16_fp32", "array_ws_8x8_exact_bf16_fp32"),
        ("dot4_lmul_bf16_aligned", "mac_exact_bf16_fp32"),
    ]
    assert report.savings[0].meaning == "both flush subnormals"
    assert report.savings[5].meaning == "multiply-accumulate with fp32 sums"
    assert report.savings[-1].meaning.startswith("unit for unit: ")


def test_which_readings_are_of_like_designs(report):
    assert [is_like(each) for each in report.savings] == [
        *[True] * 2,
        *[False] * 3,
        *[True] * 5,
        False,
    ]


def test_units_without_a_like_one_are_not_compared(report):
    alone = [each for each in report.units if each.kind != "exact"]
    assert unit_savings(alone) == ()
    assert unit_savings([]) == ()


@pytest.mark.parametrize(
    ("name", "rounds"),
    [
        ("mac_lmul_bf16_fp32", True),
        ("mac_lmul_e4m3_fixed", False),
        ("dot4_exact_bf16_fp32", True),
        ("dot4_exact_bf16_aligned", False),
        # What an array saves is never set against a MAC.
        ("array_os_8x8_lmul_bf16_fp32", False),
    ],
)
def test_which_units_round_their_sum_to_a_float(report, name, rounds):
    assert sums_in_float(replace(report.units[0], name=name)) is rounds


def test_a_folded_array_says_so(report):
    ws = report.design("array_ws_8x8_lmul_bf16_fp32")
    fold = replace(ws, name="array_ws_8x8_lmul_bf16_fp32_fold")
    exact = report.design("array_ws_8x8_exact_bf16_fp32")
    plain, folded = unit_savings([ws, fold, exact])
    assert plain.meaning == "weight stationary 8 x 8 array with fp32 sums"
    assert folded.meaning == f"{plain.meaning}, offset folded into the weights"
    assert (plain.baseline, folded.baseline) == (exact.name, exact.name)


@pytest.mark.parametrize(
    ("level", "design"),
    [
        ("multiplier", "lmul_bf16"),
        ("mac", "mac_lmul_bf16_fp32"),
        ("dot", "dot4_lmul_bf16_fp32"),
        ("array", "array_os_8x8_lmul_bf16_fp32"),
    ],
)
def test_what_stands_for_a_level(report, level, design):
    # Wherever it stands in the report.
    turned = replace(report, savings=report.savings[:1] + report.savings[:0:-1])
    assert main_saving(report, level).design == design
    assert main_saving(turned, level).design == design


@pytest.mark.parametrize(
    ("named", "main"),
    [
        (["dot4_lmul_bf16_fp32"], "dot4_lmul_bf16_fp32"),
        (["dot4_lmul_bf16_fp32", "dot16_lmul_bf16_window"], "dot16_lmul_bf16_window"),
        (["dot16_lmul_bf16_window", "dot4_lmul_bf16_fp32"], "dot16_lmul_bf16_window"),
        # Products in registers are for shorter clocks, and no report has aligned sums unasked.
        (["dot16_lmul_e4m3_latency1_fixed", "dot4_lmul_bf16_fp32"], "dot4_lmul_bf16_fp32"),
        (["dot16_lmul_bf16_aligned", "dot4_lmul_bf16_fp32"], "dot4_lmul_bf16_fp32"),
    ],
)
def test_the_most_lanes_stand_for_dot_products(named, main, report):
    one = main_saving(report, "dot")
    several = tuple(replace(one, design=name) for name in named)
    others = tuple(each for each in report.savings if each.level != "dot")
    assert main_saving(replace(report, savings=(*others, *several)), "dot").design == main


def test_a_level_that_is_not_there_has_nothing_that_stands_for_it(report):
    assert main_saving(multipliers_alone(report), "mac") is None
    sums = tuple(each for each in report.savings if not each.design.endswith("fp32"))
    assert main_saving(replace(report, savings=sums), "dot") is None


def test_a_headline_is_the_median_over_the_band(report):
    first = report.savings[0]
    assert smallest(first).clock_ps == 300.0
    assert [each.clock_ps for each in band(first)] == [315.0, 420.0, 600.0]
    assert [each.glitch_percent for each in band(first)] == pytest.approx([82.5, 70.0, 77.5])
    found = typical(first)
    # The median clock, and beside it each figure's own median.
    assert (found.clock_ps, found.workload) == (420.0, "normal")
    assert found.glitch_percent == found.area_percent == pytest.approx(77.5)
    assert found.functional_percent == pytest.approx(55.0)  # 22.5 of 50
    assert found.total_percent == pytest.approx(100 * (1 - 55 / 210))
    assert (basis(first), headline(first)) == (band(first), found)
    assert typical(first, "uniform").glitch_percent == pytest.approx(82.0)  # 45 of 250


def test_of_an_even_number_of_clocks_the_lower_figure_counts(report):
    first = report.savings[0]
    fewer = replace(first, saved=tuple(each for each in first.saved if each.clock_ps != 420.0))
    assert [each.clock_ps for each in band(fewer)] == [315.0, 600.0]
    # 82.5 and 77.5 %.
    assert typical(fewer).glitch_percent == pytest.approx(77.5)
    assert typical(fewer).clock_ps == 315.0


@pytest.mark.parametrize(
    ("points", "expected"),
    [("", None), ("s", None), ("sa", "a"), ("sab", "a"), ("sabc", "b"), ("sabcdefg", "d")],
)
def test_the_middle_clock_is_none_of_the_smallest(points, expected):
    assert middle(points) == expected


def test_one_clock_alone_and_none_have_no_band(report):
    mac = main_saving(report, "mac")
    assert (smallest(mac), band(mac), typical(mac)) == (None, (), None)
    assert basis(mac) == (mac.free,)
    assert headline(mac) == mac.free
    pair = (at_clock(each, 500.0, 2.0) for each in report.pair(mac))
    once = main_saving(with_designs(small_report(), *pair), "mac")
    assert (smallest(once).clock_ps, band(once), typical(once)) == (500.0, (), None)
    assert basis(once) == (headline(once),) == (smallest(once),)
    # 240 of 540 fJ, and the clock and leakage of both.
    assert smallest(once).total_percent == pytest.approx(100 * (1 - 271 / 571))
