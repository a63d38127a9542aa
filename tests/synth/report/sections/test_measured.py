"""Sections of what was measured: their rows, by hand, and charts that say their figures."""

from dataclasses import replace

import pytest

from lmul_pe.synth.report.section import Results
from lmul_pe.synth.report.sections import measured
from lmul_pe.synth.results.compare import main_saving
from lmul_pe.synth.results.record import Energy, SeedSaved, Ungated
from tests.synth.small_report import (
    at_clock,
    multipliers_alone,
    small_array_report,
    small_report,
    with_designs,
    without_clocks,
)


def rows(table, **wanted):
    """The rows of a table, by the names of columns, that have what is wanted."""
    return [row for row in table.records() if wanted.items() <= row.items()]


def row_of(table, **wanted):
    (found,) = rows(table, **wanted)
    return found


def table_of(section, name):
    (found,) = (table for table in section.tables if table.name == name)
    return found


def words_of(section, name):
    (found,) = (chart.words for chart in section.charts if chart.name == name)
    return found


def of(*reports):
    return Results(reports, reports)


DESIGN = ("format", "level", "kind")
COLUMNS = {
    "savings": (
        ["format", "level", "workload"],
        ["design", "baseline"],
        ["functional_percent", "meaning"],
    ),
    "savings-by-clock": (
        ["format", "level"],
        ["design", "baseline"],
        ["functional_percent", "meaning"],
    ),
    "multipliers": (
        [*DESIGN],
        ["design"],
        [
            "area_um2",
            "glitch_uncertainty_fj",
            "functional_fj",
            "uncertainty_fj",
            "summary",
            "checked",
        ],
    ),
    "units": (
        [*DESIGN],
        ["design"],
        ["glitch_uncertainty_fj", "functional_fj", "summary", "checked"],
    ),
    "recipes": ([*DESIGN], ["design"], []),
    "equal-clock": (
        [*DESIGN, "goal"],
        ["design"],
        ["functional_fj", "leakage_fj", "registers_fj", "recipe"],
    ),
    "ladder": (["format", "step"], ["design"], []),
    "parts": (
        [*DESIGN],
        ["design"],
        [f"{part}_area_percent" for part in ("multiplier", "adder", "registers", "control")],
    ),
    "clock_gates": ([*DESIGN], ["design"], []),
    "clock_gates_saving": (["format"], ["design", "baseline"], []),
    "curves": (["format", "kind"], ["design"], ["recipe"]),
    "errors": (["format", "kind"], ["design"], []),
    "workloads": (
        [*DESIGN, "workload"],
        ["design"],
        ["functional_fj", "uncertainty_fj", "switching_fj", "internal_fj"],
    ),
    "sensitivity": (["format"], ["design"], []),
    "cycles": ([], ["design"], []),
    "conditions": (["format"], [], []),
}
"""Of each table what a reader chooses by, what is a name, and what files alone have."""


def test_what_a_reader_chooses_by_and_what_is_left_to_files(results):
    gated = (Ungated("mac_lmul_bf16_fp32", Energy(1.0, 2.0, 3.0, 4.0), 5.0),)
    last = replace(results.reports[-1], without_clock_gates=gated)
    shown = replace(results, reports=(*results.reports[:-1], last))
    made = (measured.savings, measured.clocks, measured.designs, measured.ladder, measured.parts)
    made += (measured.curves, measured.errors, measured.workloads, measured.sensitivity)
    found = [section(shown) for section in (*made, measured.method)]
    found += [*measured.clock_gates(shown), measured.cycles(of(small_array_report()))]
    assert {
        table.name: tuple(
            [column.name for column in table.columns if getattr(column, kind)]
            for kind in ("choice", "code", "detail")
        )
        for section in found
        for table in section.tables
    } == COLUMNS


def test_savings_stand_under_every_condition(results):
    (table,) = measured.savings(results).tables
    found = rows(table, design="lmul_bf16", baseline="exact_bf16", workload="normal")
    assert [row["clocks"] for row in found] == ["315 to 600", "none"]
    assert [row["area_percent"] for row in found] == pytest.approx([77.5, 75.0])
    assert [row["glitch_percent"] for row in found] == pytest.approx([77.5, 75.0])
    assert [row["glitch_range"] for row in found] == ["70.0 to 82.5", ""]
    assert [row["functional_percent"] for row in found] == pytest.approx([55.0, 50.0])
    totals = [100 * (1 - 55 / 210), 100 * (1 - 51 / 201)]
    assert [row["total_percent"] for row in found] == pytest.approx(totals)
    # 70 of 210 and 62.5 of 310.
    assert [row["total_range"] for row in found] == ["66.7 to 79.8", ""]
    assert {row["meaning"] for row in found} == {"both flush subnormals"}
    assert {row["format"] for row in table.records()} == {"e4m3", "bf16"}


def test_savings_on_one_workload(results):
    shown = measured.savings_table(measured.saving_rows(results, "uniform"))
    assert {row["workload"] for row in shown.records()} == {"uniform"}
    # Three readings at equal clocks and without one, and two readings without a clock.
    assert len(shown.rows) == 2 * (3 * 2 + 2)


def test_the_only_clock_stands_in_place_of_medians(report):
    pair = report.pair(main_saving(report, "mac"))
    timed = of(with_designs(report, *(at_clock(each, 500.0, 2.0) for each in pair)))
    (table,) = measured.savings(timed).tables
    found = rows(table, design="mac_lmul_bf16_fp32")
    assert [(row["clocks"], row["total_range"]) for row in found] == [("500", ""), ("none", "")]
    # 271 of 571 fJ.
    assert found[0]["total_percent"] == pytest.approx(100 * (1 - 271 / 571))
    by_clock = table_of(measured.clocks(timed), "savings-by-clock")
    assert rows(by_clock, design="mac_lmul_bf16_fp32") == []


def test_at_single_clocks_the_smallest_is_named_and_last(results):
    section = measured.clocks(results)
    table = table_of(section, "savings-by-clock")
    found = rows(table, design="lmul_bf16", baseline="exact_bf16")
    assert [(row["clock_ps"], row["place"]) for row in found] == [
        (315.0, ""),
        (420.0, ""),
        (600.0, ""),
        (300.0, "smallest clock"),
    ]
    assert [row["glitch_percent"] for row in found] == pytest.approx([82.5, 70.0, 77.5, 80.0])
    totals = [100 * (1 - now / before) for now, before in ((62.5, 310), (70, 210), (55, 210))]
    assert [row["total_percent"] for row in found[:3]] == pytest.approx(totals)
    assert "decides nothing" in section.words[0]


def test_without_clocks_nothing_stands_at_one(bare):
    section = measured.clocks(bare)
    assert (list(section.tables), bool(section.missing)) == ([], True)


def test_savings_by_level_in_charts(results):
    section = measured.savings(results)
    # 51 of 201, 151 of 301, 121 of 271, and 201 of 351.
    words = words_of(section, "levels")
    assert "bf16: multiplier 74.6, MAC 49.8, dot product 55.4, 8 x 8 array 42.7" in words


def test_seeds_have_a_median_and_a_range_where_there_are_several(results):
    assert not any("seeds" in words for words in measured.savings(results).words)
    rows = tuple(
        SeedSaved(level, "lmul", "exact", seed, percent, percent - 30)
        for level in ("multiplier", "mac")
        for seed, percent in ((1, 70.25), (2, 71.5), (3, 74.04))
    )
    first, *others = results.reports
    section = measured.savings(replace(results, reports=(replace(first, seeds=rows), *others)))
    *_, words = section.words
    assert words.endswith(
        "operands of 3 seeds, median and range: "
        "in e4m3 multiplier 71.5 % (70.2 to 74.0), MAC 41.5 % (40.2 to 44.0)."
    )


def test_of_multipliers_gates_count_and_of_units_the_total(report):
    seeds = [
        SeedSaved(level, "lmul", "exact", seed, glitch + seed, total + seed)
        for level, glitch, total in (("multiplier", 70.0, 60.0), ("mac", 40.0, 30.0))
        for seed in (1, 2, 4)
    ]
    said = measured.over_seeds(replace(report, seeds=tuple(seeds)))
    assert said == "multiplier 72.0 % (71.0 to 74.0), MAC 32.0 % (31.0 to 34.0)"


def test_a_multiplier_that_was_checked_on_a_sample_says_so(report):
    lmul = report.design("lmul_bf16")
    few = replace(lmul, checked=replace(lmul.checked, every_pair=False), over_adder=None)
    table = table_of(measured.designs(of(with_designs(report, few))), "multipliers")
    row = row_of(table, design="lmul_bf16")
    assert (row["checked"], row["area_over_adder"]) == ("65,536 pairs", None)


def test_a_multiplier_has_the_area_of_its_smallest_netlist_and_the_energy_of_another(results):
    table = table_of(measured.designs(results), "multipliers")
    assert len(table.rows) == 12
    row = row_of(table, design="exact_bf16")
    assert (row["area_ge"], row["area_um2"]) == (160.0, 80.0)
    assert (row["glitch_fj"], row["functional_fj"], row["leakage_fj"]) == (200.0, 50.0, 1.0)
    assert (row["glitch_uncertainty_fj"], row["uncertainty_fj"]) == (4.0, 2.0)
    assert (row["delay_ps"], row["fastest_ps"]) == (400.0, 250.0)
    assert (row["area_over_adder"], row["energy_over_adder"]) == (8.0, 10.0)
    assert (row["checked"], row["summary"]) == ("every pair", "exact_bf16 <&> so on")


def test_a_unit_has_its_clock(results):
    table = table_of(measured.designs(results), "units")
    assert len(table.rows) == 22
    row = row_of(table, design="mac_exact_bf16_fp32")
    assert (row["area_ge"], row["delay_ps"]) == (320.0, 1000.0)
    assert (row["glitch_fj"], row["clock_fj"], row["leakage_fj"]) == (270.0, 30.0, 1.0)
    assert (row["total_fj"], row["checked"]) == (301.0, "1,000 products")


def test_recipes_of_both_netlists(results):
    table = table_of(measured.designs(results), "recipes")
    row = row_of(table, design="exact_bf16")
    assert (row["area_recipe"], row["energy_recipe"]) == ("gates/area", "cells/area")
    assert row["given_up"] == "gates/deep"
    assert row_of(table, design="lmul_bf16")["given_up"] == ""


def test_a_clock_has_a_row_for_either_goal(results):
    table = table_of(measured.clocks(results), "equal-clock")
    found = rows(table, design="lmul_bf16")
    assert [(row["clock_ps"], row["place"]) for row in found] == [
        (clock_ps, place)
        for clock_ps, place in (
            (315.0, ""),
            (420.0, ""),
            (600.0, ""),
            (300.0, "smallest clock"),
        )
        for _ in range(2)
    ]
    assert [row["goal"] for row in found] == ["energy", "area"] * 4
    energy, area = found[-2:]
    # 40 um2 of the smallest one, and 60 of the other, of least energy.
    assert (energy["area_ge"], area["area_ge"]) == (120.0, 80.0)
    assert (energy["glitch_fj"], area["glitch_fj"]) == (100.0, 200.0)
    assert (energy["energy_over_adder"], energy["area_over_adder"]) == (2.5, None)
    assert (area["energy_over_adder"], area["area_over_adder"]) == (None, 2.0)
    assert {row["registers_fj"] for row in table.records()} == {9.0}


def test_the_total_at_a_clock_counts_the_registers_around(results):
    table = table_of(measured.clocks(results), "equal-clock")
    energy, area = rows(table, design="lmul_bf16", clock_ps=300.0)
    # Cells, 1 fJ of leakage and 9 of registers: as the saving counts them.
    assert (energy["total_fj"], area["total_fj"]) == (110.0, 210.0)


def test_units_at_a_clock_have_a_clock_and_no_registers(report):
    pair = report.pair(main_saving(report, "mac"))
    timed = with_designs(report, *(at_clock(each, 500.0, 2.0) for each in pair))
    table = table_of(measured.clocks(of(timed)), "equal-clock")
    row = row_of(table, design="mac_lmul_bf16_fp32", goal="energy")
    assert (row["registers_fj"], row["glitch_fj"]) == (30.0, 240.0)
    assert (row["energy_over_adder"], row["place"]) == (None, "")


def test_without_clocks_and_units_their_tables_are_not_there(report):
    alone = of(without_clocks(multipliers_alone(report)))
    assert [table.name for table in measured.designs(alone).tables] == ["multipliers", "recipes"]


def test_a_ladder_begins_at_the_adder_and_ends_at_the_whole(results):
    section = measured.ladder(results)
    (table,) = section.tables
    found = rows(table, format="bf16")
    assert [(row["step"], row["design"], row["clock_ps"]) for row in found] == [
        ("adder", "adder_bf16", 420.0),
        ("raw", "lmul_bf16_raw", 420.0),
        ("whole", "lmul_bf16", 420.0),
    ]
    # 10, 1.2 * 16 and 1.2 * 20 um2; 20, 1.2 * 40 and 1.2 * 50 fJ.
    assert [row["area_ge"] for row in found] == pytest.approx([20.0, 38.4, 48.0])
    assert [row["area_over_adder"] for row in found] == pytest.approx([1.0, 1.92, 2.4])
    assert [row["glitch_fj"] for row in found] == pytest.approx([20.0, 48.0, 60.0])
    assert [row["energy_over_adder"] for row in found] == pytest.approx([1.0, 2.4, 3.0])
    assert "e4m3: 420 ps and bf16: 420 ps" in section.words[0]
    assert "bf16: bare adder 1, raw 1.92, L-Mul 2.4" in words_of(section, "ladder-area_over_adder")
    assert "bf16: bare adder 1, raw 2.4, L-Mul 3" in words_of(section, "ladder-energy_over_adder")


def test_all_steps_of_a_ladder_meet_one_clock(report):
    raw = report.design("lmul_bf16_raw")
    for kept, clock_ps in ((slice(2, None), 600.0), (slice(3, None), 600.0)):
        late = with_designs(report, replace(raw, iso_delay=raw.iso_delay[kept]))
        table = measured.ladder(of(late)).tables[0]
        assert {row["clock_ps"] for row in table.records()} == {clock_ps}


def test_a_ladder_without_a_common_clock_has_no_delay_target(bare):
    section = measured.ladder(bare)
    assert {row["clock_ps"] for row in section.tables[0].records()} == {None}
    assert row_of(section.tables[0], design="lmul_bf16")["glitch_fj"] == 50.0
    assert "bf16: no delay target" in section.words[0]


def test_parts_are_columns_of_every_unit(results):
    section = measured.parts(results)
    (table,) = section.tables
    assert len(table.rows) == 22
    row = row_of(table, design="array_os_8x8_exact_bf16_fp32")
    parts = ("multiplier", "adder", "registers", "control", "clock", "leakage")
    assert [row[f"{part}_fj"] for part in parts] == [200.0, 90.0, 10.0, 20.0, 30.0, 1.0]
    # 80, 50, 20 and 10 of 160 um2.
    shares = [row[f"{part}_area_percent"] for part in parts[:4]]
    assert shares == pytest.approx([50.0, 31.25, 12.5, 6.25])
    words = words_of(section, "parts-mac")
    assert (
        "bf16 conventional: multiplier 200, adder 40, registers 10, control 20, clock 30, "
        "leakage 1" in words
    )
    assert "bf16 L-Mul: multiplier 50, adder 90" in words_of(section, "parts-array")


def test_without_units_there_is_no_picture_of_their_parts(report):
    section = measured.parts(of(multipliers_alone(report)))
    assert (list(section.charts), list(section.tables)) == ([], [])
    assert "`make synth FMT=...`" in section.missing
    savings = tuple(each for each in report.savings if each.level != "array")
    (mac,) = measured.parts(of(replace(report, savings=savings))).charts
    assert mac.name == "parts-mac"


def test_curves_keep_their_clocks(results):
    section = measured.curves(results)
    found = rows(section.tables[0], design="exact_e4m3")
    assert [(row["clock_ps"], row["delay_ps"], row["area_ge"]) for row in found] == [
        (200.0, 190.0, 200.0),
        (400.0, 390.0, 100.0),
        (800.0, 790.0, 50.0),
    ]
    assert {(row["glitch_fj"], row["functional_fj"]) for row in found} == {(20.0, 10.0)}
    assert "L-Mul: 200 at 200 to 50 at 800" in words_of(section, "curve-area_ge-bf16")
    assert "conventional: 200 at 200 to 200 at 800" in words_of(section, "curve-glitch_fj-bf16")


def test_errors_stand_beside_energies(results):
    section = measured.errors(results)
    row = row_of(section.tables[0], design="lmul_bf16")
    assert (row["mean"], row["bias"], row["least"], row["greatest"]) == (0.04, 0.03, -0.1, 0.12)
    assert row["glitch_fj"] == 50.0
    words = words_of(section, "error")
    assert "e4m3 L-Mul: 4, 30" in words
    assert "e4m3 conventional: 1, 20" in words
    choices = {column.name for column in section.tables[0].columns if column.choice}
    assert choices == {"format", "kind"}


def test_workloads_of_the_designs_that_have_several(results):
    section = measured.workloads(results)
    (table,) = section.tables
    # Units have one.
    assert {row["level"] for row in table.records()} == {"multiplier"}
    row = row_of(table, design="exact_bf16", workload="uniform")
    assert (row["glitch_fj"], row["functional_fj"]) == (250.0, 62.5)
    assert (row["switching_fj"], row["internal_fj"]) == pytest.approx((25.0, 37.5))
    words = words_of(section, "workloads")
    assert "e4m3: normal -50, uniform -20; bf16: normal 75, uniform 80" in words
    assert "30 in e4m3 and 5 in bf16" in section.words[0]


def test_workloads_are_those_of_the_first_saving(report):
    first, *_, adder = report.savings[:5]
    shown = measured.workloads(of(replace(report, savings=(first, adder))))
    assert "bf16: normal 75, uniform 80" in words_of(shown, "workloads")


def test_wires_and_slews(results):
    section = measured.sensitivity(results)
    row = row_of(section.tables[0], design="lmul_bf16", wire_ff=2.0)
    assert (row["input_slew_ps"], row["glitch_fj"], row["delay_ps"]) == (20.0, 52.0, 100.0)
    # 50 of 200 fJ without a load, and 52 of 202.
    words = words_of(section, "sensitivity")
    assert words.endswith("bf16: 0 fF, 20 ps 75, 2 fF, 20 ps 74.3.")


@pytest.mark.parametrize(
    ("section", "command"),
    [
        (measured.curves, "lmul-pe curves"),
        (measured.sensitivity, "make synth"),
    ],
)
def test_without_its_source_a_section_says_what_makes_it(bare, section, command):
    assert f"`{command}" in section(bare).missing
    assert not section(bare).tables
    assert not section(bare).charts


def test_conditions_that_all_formats_share_stand_once(results):
    (table,) = measured.method(results).tables
    said = {(row["what"], row["format"]): row["value"] for row in table.records()}
    assert said["clock", "e4m3"] == "8000 ps, by which leakage becomes energy"
    assert said["clock", "bf16"] == "9000 ps, by which leakage becomes energy"
    assert said["supply", "all"] == "1.1 V, 25.0 degrees Celsius"
    assert said["gate equivalent", "all"] == "NAND2_X1, 0.5 um2"
    assert said["workload uniform", "all"] == "uniform codes"
    assert said["operand pairs", "all"] == "16,384 per workload, seed 1"
    assert said["measured on", "all"] == "2026-02-03"
    assert said["tools", "all"] == "amaranth 0.5, pyosys 0.70"
    assert said["left out of array", "bf16"] == "bf16 has no array of this kind"


def test_a_condition_of_one_format_alone_is_of_that_format(results):
    first, second = results.reports
    (table,) = measured.method(of(first, replace(second, left_out=()))).tables
    left_out = [row["format"] for row in table.records() if row["what"].startswith("left out")]
    assert left_out == ["e4m3"]


def test_a_day_that_no_report_names_is_no_condition(report):
    (table,) = measured.method(of(replace(report, measured_on=""))).tables
    said = [row["what"] for row in table.records()]
    assert "measured on" not in said
    assert "technology" in said


def test_comparison_of_every_multiplier(report):
    area, energy, delay = measured.comparison_charts(report)
    assert "adder_bf16: bare adder 20; lmul_bf16_raw: L-Mul 32, 80 % saved" in area.words
    assert "lmul_bf16: L-Mul 50, 75 % saved" in energy.words
    assert "exact_bf16: conventional 200;" in energy.words
    assert "lmul_bf16: L-Mul 200, 50 % saved" in delay.words


def test_a_loss_is_said_as_everywhere():
    _, energy, _ = measured.comparison_charts(small_report("e4m3"))
    assert "lmul_e4m3: L-Mul 30, 50 % lost" in energy.words


def test_levels_of_one_report(report):
    saved, parts = measured.level_charts(report)
    assert "multiplier alone: area 75, total energy 74.6" in saved.words
    assert "dot product of 4 with aligned sums: area 37.5, total energy 55.4" in saved.words
    assert "mac_int8_int32: multiplier 12, adder 40, registers 10" in parts.words


def test_one_array_alone_has_nothing_saved():
    both = small_array_report()
    alone = replace(both, designs=both.designs[:1], savings=())
    (parts,) = measured.level_charts(alone)
    assert "array_os_8x8_lmul_bf16_fp32: multiplier 50, adder 90" in parts.words


def test_cycles_of_arrays():
    report = small_array_report()
    (table,) = measured.cycles(of(report)).tables
    assert table.records()[0] == {
        "design": "array_os_8x8_lmul_bf16_fp32",
        "product": "256 x 256 x 256",
        "cycles": 270_000,
        "utilisation": 0.97,
    }
    assert [each.name for each in measured.units(of(report)).tables] == ["units", "recipes"]


def test_clock_gates_have_a_section_where_both_were_measured(report):
    assert measured.clock_gates(of(report)) == []
    pair = next(saving for saving in report.savings if saving.level == "mac")
    own, other = report.pair(pair)
    plain = (
        Ungated(own.name, Energy(10.0, 300.0, 60.0, 40.0), 500.0),
        Ungated(other.name, Energy(10.0, 600.0, 100.0, 100.0), 900.0),
    )
    gated = replace(report, without_clock_gates=plain)
    (section,) = measured.clock_gates(of(gated))
    row = row_of(table_of(section, "clock_gates"), design=own.name)
    assert (row["ungated_total_fj"], row["ungated_clock_fj"]) == (400.0, 40.0)
    assert (row["ungated_glitch_fj"], row["ungated_area_ge"]) == (300.0, 500.0)
    assert row["total_fj"] == own.total_fj()
    assert row["saved_by_gates_percent"] == pytest.approx(100 * (1 - own.total_fj() / 400.0))
    (row,) = table_of(section, "clock_gates_saving").records()
    assert row["ungated_saved_total_percent"] == pytest.approx(50.0)
    assert row["total_percent"] == pair.free.total_percent
    assert "clock gating" in measured.method(of(report)).words[0]
    assert "clock gating" not in measured.method(of(gated)).words[0]
