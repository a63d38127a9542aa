"""What a page leads with is made from the figures, medians over clocks where there are some."""

from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from lmul_pe.model.study.interval import Estimate
from lmul_pe.synth.report.section import Results
from lmul_pe.synth.report.sections.verdict import (
    energy_charts,
    kinds_chart,
    lead,
    unit_sentence,
)
from lmul_pe.synth.results.compare import main_saving
from lmul_pe.synth.results.quantities import DELAY
from lmul_pe.synth.system.spoiled import Spoilt
from tests.synth.small_report import (
    at_clock,
    multipliers_alone,
    small_report,
    with_designs,
    without_clocks,
)


def plain(text):
    return text.replace("\N{NO-BREAK SPACE}", " ")


def facts(results):
    return [(plain(fact.figure), plain(fact.words)) for fact in lead(results).facts]


def of(*reports):
    return Results(reports, reports)


def changed(results, act):
    return of(*(act(report) for report in results.reports))


def test_savings_and_losses_are_said(results):
    assert plain(lead(results).sentence) == (
        "At 45 nm, median over clocks from 1.05 to 2 times the smallest of both, a multiplication "
        "by L-Mul takes 78 % less energy than a conventional one in bf16, but 35 % more in e4m3. "
        "An 8 x 8 array that sums in fp32 saves 43 % in bf16 and -6 % in e4m3 without a delay "
        "target, clock and leakage counted."
    )


def test_what_saves_most_comes_first(report):
    assert ("takes 96 % less energy than a conventional one in fp32 and 78 % in bf16.") in plain(
        lead(of(report, small_report("fp32"))).sentence
    )


def test_losses_alone_are_said(results):
    alone = of(without_clocks(results.reports[0]))
    assert plain(lead(alone).sentence).startswith(
        "At 45 nm, without a delay target, a multiplication by L-Mul takes 50 % more energy than a "
        "conventional one in e4m3."
    )


def test_a_technology_without_a_node_is_named(report):
    without = replace(report, library=replace(report.library, node_nm=None))
    assert lead(of(without)).sentence.startswith("In nangate45, median over clocks")


def test_the_chart_is_of_the_middle_clock(results):
    found = lead(results)
    assert found.conditions == (
        "the picture of a product at the middle clock: 420 ps in e4m3 and 420 ps in bf16"
    )
    assert (
        "e4m3: bare adder 10, L-Mul 36, 80 % lost, conventional 20; "
        "bf16: bare adder 20, L-Mul 60, 70 % saved, conventional 200" in found.chart.words
    )


def test_a_clock_that_one_side_misses_is_not_compared(report):
    exact = report.design("exact_bf16")
    missed = with_designs(report, replace(exact, iso_delay=exact.iso_delay[3:]))
    assert lead(of(missed)).conditions == "no delay target"


@pytest.mark.parametrize("without", [("e4m3", "bf16"), ("bf16",)])
def test_without_a_clock_in_every_format_there_is_no_delay_target(results, without):
    found = lead(
        changed(results, lambda each: without_clocks(each) if each.format in without else each)
    )
    assert found.conditions == "no delay target"
    assert "e4m3: bare adder 10, L-Mul 30, 50 % lost, conventional 20" in found.chart.words
    assert plain(found.sentence).startswith(
        "At 45 nm, without a delay target, a multiplication by L-Mul takes 75 % less"
    )


def test_facts_are_what_it_costs_and_what_was_promised(results):
    # An int8 MAC takes 113 fJ, one of L-Mul 131 and 151.
    int8 = [f"{100 * 113 / own:.0f}" for own in (151, 131)]
    assert facts(results) == [
        (f"{' to '.join(int8)} %", "of the total of an L-Mul MAC is what one of int8 takes"),
        ("4.0 %", "mean relative error of an L-Mul product"),
        # 36 over 10 and 60 over 20 at 420 ps.
        ("3.0 to 3.6 times", "the energy of the bare adder with which the paper reckons"),
        # Of each format two pairs of multipliers and five of units: 76 of 301 for those with
        # gradual underflow, and 121 of 271.
        (
            "0 of 4",
            "comparisons reach the paper's 95 % for element-wise products in total energy; at most "
            "75 %, in bf16",
        ),
        (
            "0 of 10",
            "comparisons reach the paper's 80 % for dot products in total energy; at most 55 %, in "
            "bf16",
        ),
    ]


def test_the_page_never_leads_with_the_smallest_clock(results):
    found = lead(results)
    # At 300 ps bf16 saves 80 %; then 82.5, 70 and 77.5 %.
    said = " ".join((found.sentence, found.chart.words, *(fact.words for fact in found.facts)))
    assert "80 % saved" not in said
    assert "80\N{NO-BREAK SPACE}% less" not in said
    row = found.table.records()[1]
    assert row["glitch_percent"] == pytest.approx(77.5)
    assert (row["multiplier_range"], row["array_range"]) == ("70.0 to 82.5", "")


def test_units_stand_beside_int8(results):
    def with_int8(report):
        mac = report.design("mac_int8_int32")
        more = [
            replace(mac, name=name, level=level)
            for name, level in (("array_os_8x8_int8_int32", "array"), ("dot4_int8_int32", "dot"))
        ]
        return replace(report, designs=(*report.designs, *more))

    array, dot = lead(changed(results, with_int8)).units
    assert array.words == (
        "8 x 8 array: total energy of a multiply-accumulate, fJ, no delay target. "
        "e4m3: L-Mul 181, conventional 171, int8 113; bf16: L-Mul 201, conventional 351, int8 113."
    )
    # The MAC, then the same dot product with each kind of product.
    assert "bf16: conventional MAC 301, conventional 271, L-Mul 121, int8 113" in dot.words


def test_a_row_of_the_summary_has_all_that_a_format_saves(results):
    e4m3, bf16 = lead(results).table.records()
    assert [bf16[name] for name in ("glitch_percent", "area_percent")] == [77.5, 77.5]
    # Of 301 fJ of a MAC 121 are left, 271 by the unit alone; of an array 201 of 351.
    assert bf16["dot"] == pytest.approx(100 * (1 - 121 / 301))
    assert bf16["dot_lmul"] == pytest.approx(100 * (1 - 121 / 271))
    assert bf16["array"] == pytest.approx(100 * (1 - 201 / 351))
    assert bf16["error"] == pytest.approx(4.0)
    # 27 of 20, 36 of 20 and 27 of 20.
    assert e4m3["glitch_percent"] == pytest.approx(-35.0)


def test_without_units_and_clocks_a_row_has_what_there_is(report):
    (row,) = lead(of(without_clocks(multipliers_alone(report)))).table.records()
    names = ("dot", "dot_lmul", "array")
    assert [row[name] for name in names] == [None] * 3
    assert (row["multiplier_range"], row["array_range"]) == ("", "")
    assert (row["glitch_percent"], row["area_percent"]) == pytest.approx((75.0, 75.0))
    assert lead(of(multipliers_alone(report))).units == ()


def test_what_saves_a_half_percent_or_less_is_no_win(report):
    first = report.savings[0]

    def saving(percent):
        saved = tuple(replace(each, glitch_percent=percent) for each in first.saved)
        return replace(report, savings=(replace(first, saved=saved), *report.savings[1:]))

    for percent, words in ((0.6, "1 % less energy"), (0.4, "0 % more energy")):
        assert f"takes {words} than a conventional one in bf16." in plain(
            lead(of(saving(percent))).sentence
        )


def test_every_format_that_loses_is_said(results):
    first, second = results.reports
    lost = of(first, replace(first, format="e5m2"), second)
    assert plain(lead(lost).sentence).startswith(
        "At 45 nm, median over clocks from 1.05 to 2 times the smallest of both, a multiplication "
        "by L-Mul takes 78 % less energy than a conventional one in bf16, but 35 % more in e4m3 "
        "and 35 % in e5m2."
    )
    alone = of(first, replace(first, format="e5m2"))
    assert "takes 35 % more energy than a conventional one in e4m3 and 35 % in e5m2." in plain(
        lead(alone).sentence
    )


def test_the_error_of_a_product_is_in_percent(report):
    first = replace(report.errors["lmul"], mean=0.123)
    changed = replace(report, errors={**report.errors, "lmul": first})
    assert ("12.3 %", "mean relative error of an L-Mul product") in facts(of(changed))


def test_energy_against_accuracy_leads_where_it_was_studied(results):
    assert lead(results).first is None
    answer = Spoilt("tensor", Estimate(0.04, 0.03, 0.05), Estimate(0.01, 0.005, 0.02))
    studied = replace(results, spoilt={("bf16", "lmul"): answer})
    assert lead(studied).first.name == "answers-chart"


def test_figures_over_several_formats_are_on_a_logarithmic_axis(results):
    axis = Figure().subplots()
    energy_charts(results)[0].draw(axis)
    assert axis.get_xscale() == "log"


def test_promises_that_are_kept_are_counted():
    found = facts(of(small_report("fp16"), small_report("fp32")))
    # Of multipliers both in fp32, and in fp16 those with gradual underflow.  Of units those of
    # fp32, of which the least, 191 of 1151, saves 83 %; of fp16 the most saves 55 of 171.
    assert [figure for figure, _ in found[-2:]] == ["3 of 4", "5 of 10"]


def test_what_was_not_measured_at_a_clock_is_not_said_of_one(bare):
    found = lead(bare)
    assert not any("smallest clock" in fact.words for fact in found.facts)
    assert "without a delay target" in found.sentence


def test_arrays_are_compared_at_equal_delay_where_they_have_it(results):
    def timed(report):
        pair = report.pair(main_saving(report, "array"))
        return with_designs(report, *(at_clock(each, 900.0, 2.0) for each in pair))

    # Twice the gates: 2 * 150 of 2 * 140 in e4m3, 2 * 170 of 2 * 320 in bf16, and 31.
    lost, saved = 100 * (1 - 331 / 311), 100 * (1 - 371 / 671)
    found = changed(results, timed)
    assert plain(unit_sentence(found)) == (
        f"An 8 x 8 array that sums in fp32 saves {saved:.0f} % in bf16 and {lost:.0f} % in e4m3 at "
        "equal delay, clock and leakage counted."
    )
    relaxed = changed(
        results,
        lambda each: with_designs(
            timed(each),
            *(at_clock(unit, 1125.0, 1.0) for unit in timed(each).pair(main_saving(each, "array"))),
        ),
    )
    # 181 of 171 and 201 of 351.
    assert "43 % in bf16 and -6 % in e4m3 by the same median" in plain(unit_sentence(relaxed))
    assert [row["array"] for row in lead(relaxed).table.records()] == pytest.approx(
        [100 * (1 - 181 / 171), 100 * (1 - 201 / 351)]
    )
    one = changed(results, lambda each: timed(each) if each.format == "bf16" else each)
    assert "without a delay target" in unit_sentence(one)


def test_the_range_of_an_array_is_that_of_its_clocks_but_the_smallest(results):
    def timed(report):
        for clock_ps, times in ((900.0, 2.0), (1125.0, 1.0), (1500.0, 0.5)):
            pair = report.pair(main_saving(report, "array"))
            report = with_designs(report, *(at_clock(each, clock_ps, times) for each in pair))
        return report

    # 181 of 171 and 106 of 101; 116 of 191 and 201 of 351.
    assert [row["array_range"] for row in lead(changed(results, timed)).table.records()] == [
        "-5.8 to -5.0",
        "39.3 to 42.7",
    ]


def test_multipliers_alone_have_no_array_and_no_dot_product(report):
    found = [words for _, words in facts(of(multipliers_alone(report)))]
    assert not any("array" in words or "dot product" in words for words in found)
    assert any("element-wise" in words for words in found)


def test_energy_and_area_without_a_delay_target(results):
    energy, area = energy_charts(results)
    assert "bf16: bare adder 20, L-Mul 50, 75 % saved, conventional 200" in energy.words
    # 20 and 80 um2 of the smallest netlists.
    assert "bf16: bare adder 20, L-Mul 40, 75 % saved, conventional 160" in area.words


def test_any_figure_of_a_product_can_be_drawn(results):
    found = kinds_chart(results, "delay", DELAY, lambda chosen: chosen.delay_ps)
    assert found.title == "Delay of one product"
    assert "bf16: bare adder 100, L-Mul 200, 50 % saved, conventional 400" in found.words
