"""Sections of what is published: rows and charts, by hand; origins keep apart."""

import pytest
from matplotlib.figure import Figure

from lmul_pe.synth.report.section import Results
from lmul_pe.synth.report.sections import published
from tests.synth.small_report import multipliers_alone, small_report


def of(*reports):
    return Results(reports, reports)


def row_of(table, /, **wanted):
    (found,) = (row for row in table.records() if wanted.items() <= row.items())
    return found


def table_of(section, name):
    (found,) = (table for table in section.tables if table.name == name)
    return found


def words_of(section, name):
    (found,) = (chart.words for chart in section.charts if chart.name == name)
    return found


@pytest.fixture
def claims(results):
    return published.claims(results)


@pytest.fixture
def memory(results):
    return published.memory(results)


COLUMNS = {
    "verdicts": ([], [], ["verdict"]),
    "claims": (
        ["claim", "format", "technology", "level", "verdict", "workload", "reading"],
        ["design", "baseline"],
        ["level", "free_percent", "functional_percent", "own_percent"],
    ),
    "break-even": (
        ["claim", "format", "technology", "level"],
        ["design", "baseline"],
        ["level"],
    ),
    "paper-arithmetic": (["format"], [], []),
    "published-energies": (["table"], [], []),
    "gates": (
        ["format", "technology"],
        [],
        ["raw_generic", "adder_generic", "exact_printed", "lmul_printed"],
    ),
    "memory": (
        ["format", "technology", "dataflow", "memory"],
        ["array"],
        ["published_pj", "memory_share", "exact_multiplier_share", "lmul_multiplier_share"],
    ),
    "others": (["who"], ["designs"], []),
}
"""Of each table what a reader chooses by, what is a name, and what files alone have."""


def test_what_a_reader_chooses_by_and_what_is_left_to_files(results, claims, memory):
    tables = [
        table
        for section in (claims, published.gates(results), memory, published.others(results))
        for table in section.tables
    ]
    assert {
        table.name: tuple(
            [column.name for column in table.columns if getattr(column, kind)]
            for kind in ("choice", "code", "detail")
        )
        for table in tables
    } == COLUMNS
    # Whether a claim holds is shown though all are equal.
    assert [
        (table.name, column.name)
        for table in tables
        for column in table.columns
        if column.essential
    ] == [("claims", "verdict")]


def test_a_claim_has_the_figure_of_the_paper_and_the_measured_one(claims):
    table = table_of(claims, "claims")
    row = row_of(table, design="lmul_e4m3", baseline="exact_e4m3", workload="normal")
    assert (row["claim"], row["level"], row["reading"]) == (
        "element-wise",
        "multiplier",
        "like features",
    )
    assert (row["claimed_percent"], row["own_percent"]) == (95.0, pytest.approx(88.0))
    assert (row["clocks"], row["verdict"]) == ("315 to 600", "does not hold")
    # 27 of 20, 37 of 30, 13.5 of 5, and without a target 30 of 20 fJ.
    assert row["glitch_percent"] == pytest.approx(-35.0)
    assert row["total_percent"] == pytest.approx(100 * (1 - 37 / 30))
    assert row["functional_percent"] == pytest.approx(-170.0)
    assert row["free_percent"] == pytest.approx(-50.0)


def test_formats_that_the_paper_has_no_figure_of_have_none(claims):
    rows = table_of(claims, "claims").records()
    assert {row["own_percent"] for row in rows if row["format"] == "bf16"} == {None}


def test_verdicts_are_in_words(claims):
    rows = table_of(claims, "verdicts").records()
    like = [row for row in rows if row["reading"] == "like features"]
    assert [(row["claim"], row["claimed_percent"]) for row in like] == [
        ("element-wise", 95.0),
        ("dot product", 80.0),
    ]
    assert like[0]["verdict"].startswith("holds nowhere: the largest saving is lmul_bf16 (82.0 %")
    assert (like[0]["holds"], like[0]["without_clock"]) == ("nowhere", "")
    assert (like[0]["glitch_percent"], like[0]["largest"]) == (
        pytest.approx(82.0),
        "lmul_bf16 (nangate45)",
    )


def test_where_a_claim_holds_is_named_once_by_design():
    reports = [small_report("fp32", technology) for technology in ("nangate45", "asap7")]
    table = table_of(published.claims(of(*reports)), "verdicts")
    row = row_of(table, claim="element-wise", reading="like features")
    both = "(nangate45, asap7)"
    assert row["holds"] == f"lmul_fp32 {both}, lmul_fp32_gradual {both}"


def test_the_rest_of_a_unit_is_known_on_one_workload(results):
    table = table_of(published.claims(results), "break-even")
    designs = [row["design"] for row in table.records()]
    assert len(designs) == len(set(designs))


def test_what_is_left_to_the_rest_of_a_unit():
    table = table_of(published.claims(of(small_report("fp32"))), "break-even")
    assert {row["claim"] for row in table.records()} == {"dot product"}
    row = row_of(table, design="mac_lmul_fp32_fp32")
    # 40 of 1000 in the multiplier, 100 on both sides in the rest: 96 (1 - x) = 80.
    assert row["multiplier"] == pytest.approx(96.0)
    assert row["rest"] == pytest.approx(0.0)
    assert row["rest_share"] == pytest.approx(100 * 100 / 1100)
    assert row["allowed"] == pytest.approx(100 / 6)


def test_where_no_share_is_small_enough_there_is_none(claims):
    # 75 % of the multiplier are no 80 %.
    row = row_of(table_of(claims, "break-even"), design="mac_lmul_bf16_fp32")
    assert row["allowed"] is None


def test_the_papers_arithmetic_is_published(claims):
    table = table_of(claims, "paper-arithmetic")
    product, summed = table.records()
    assert (product["before"], product["after"]) == ("fp8 multiply", "int8 add")
    assert (product["before_pj"], product["after_pj"]) == (0.25, 0.03)
    assert (summed["before"], round(summed["own_percent"], 1)) == ("fp8 multiply + fp32 add", 19.1)
    assert {column.origin for column in table.columns if column.quantity} == {"published"}
    energies = table_of(claims, "published-energies")
    assert row_of(energies, operation="fp32 multiply", table="paper")["energy_pj"] == 3.7


def test_published_and_computed_columns_are_marked(memory):
    (table,) = memory.tables
    origins = {column.name: column.origin for column in table.columns}
    assert origins["published_pj"] == "published"
    assert origins["exact_fj"] == origins["total_percent"] == ""
    assert origins["whole_percent"] == origins["memory_fj"] == "computed"


def test_claims_stand_beside_what_was_measured(claims):
    words = words_of(claims, "claim-element-wise")
    assert ", % less cell energy, median" in words
    assert "e4m3: the paper's own arithmetic 88, multiplier -35; bf16: multiplier 77.5" in words
    assert words.endswith("; the paper says 95.")


def test_dot_products_are_those_with_fp32_sums_and_their_clock(claims):
    # 151 of 301, 121 of 271, and 201 of 351.
    words = words_of(claims, "claim-dot")
    assert ", % less total energy, median" in words
    assert "bf16: MAC 49.8, dot product 55.4, 8 x 8 array 42.7" in words
    assert words.endswith("; the paper says 80.")


def test_only_the_technology_of_the_page_is_drawn(results, claims):
    other = small_report("fp32", "asap7")
    both = published.claims(Results(results.reports, (*results.judged, other)))
    assert [chart.words for chart in both.charts] == [chart.words for chart in claims.charts]
    technologies = {row["technology"] for row in table_of(both, "claims").records()}
    assert technologies == {"nangate45", "asap7"}


def test_multipliers_alone_have_no_dot_products(report):
    section = published.claims(of(multipliers_alone(report)))
    assert {row["claim"] for row in table_of(section, "claims").records()} == {"element-wise"}


def test_gates_of_the_formula_and_of_the_netlist(results):
    (table,) = published.gates(results).tables
    row = row_of(table, format="e4m3")
    assert (row["exact"], row["exact_printed"]) == (325, 325)
    assert (row["lmul"], row["lmul_printed"]) == (157, 157)
    assert row["own_percent"] == pytest.approx(100 * (1 - 157 / 325))
    assert (row["exact_generic"], row["lmul_generic"]) == (60, 30)
    assert (row["raw_generic"], row["adder_generic"]) == (24, 12)
    assert (row["exact_mapped"], row["lmul_mapped"]) == (160.0, 40.0)
    assert (row["generic_percent"], row["mapped_percent"]) == pytest.approx((50.0, 75.0))
    assert row_of(table, format="bf16")["exact_printed"] is None


def test_memory_is_published_and_arrays_are_measured(memory):
    (table,) = memory.tables
    rows = {
        row["memory"]: row
        for row in table.records()
        if (row["format"], row["dataflow"]) == ("bf16", "os")
    }
    assert list(rows) == ["array registers", "SRAM 8 KB", "SRAM 32 KB", "SRAM 1 MB", "DRAM"]
    own, sram = rows["array registers"], rows["SRAM 8 KB"]
    assert (own["published_pj"], own["memory_fj"], own["reuse"]) == (None, 0.0, 0.0)
    assert (sram["published_pj"], sram["exact_fj"], sram["lmul_fj"]) == (10.0, 351.0, 201.0)
    # 10 pJ for 64 bits; four bits of operands, and an eighth of a bit of results.
    assert sram["memory_fj"] == pytest.approx(156.25 * 4.125)
    assert sram["whole_percent"] == pytest.approx(100 * 150 / (351 + 156.25 * 4.125))
    assert rows["DRAM"]["reuse"] is None


def test_parameters_of_memory_reach_its_table(results):
    (table,) = published.memory(results, 32, 20).tables
    assert "32 x 32 matrices" in table.caption
    assert "for 20 % in the whole" in table.caption
    row = row_of(table, format="bf16", dataflow="os", memory="SRAM 8 KB")
    assert row["memory_fj"] == pytest.approx(156.25 * 5)


def test_one_array_alone_can_be_set_beside_memory(memory):
    (table,) = memory.tables
    alone = published.memory_table(list(table.rows[:1]))
    assert (alone.caption, alone.rows) == (table.caption, table.rows[:1])


@pytest.mark.parametrize(
    ("levels", "charts"),
    [
        (["DRAM"], ["memory-share"]),
        (["SRAM 8 KB", "DRAM"], ["memory-share", "reuse-dram"]),
    ],
)
def test_reuse_is_of_the_memories_beyond_the_first(results, memory, levels, charts):
    (table,) = memory.tables
    rows = [row for row in table.rows if row.memory in levels]
    assert [chart.name for chart in published._memory_charts(results, rows)] == charts


def test_reuse_is_on_a_logarithmic_axis(memory):
    chart = memory.charts[-1]
    axis = Figure().subplots()
    chart.draw(axis)
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "linear")


def test_the_share_of_the_multiplier_falls_with_dearer_memory(memory):
    words = words_of(memory, "memory-share")
    # Of 351 fJ 200; of 351 and 83,789 more for DRAM nearly nothing.
    assert "bf16: array registers 57, " in words
    assert f"DRAM {100 * 200 / (351 + 20312.5 * 4.125):.3g}" in words


def test_reuse_brings_the_saving_back(memory):
    charts = [chart.name for chart in memory.charts]
    assert charts == ["memory-share", "reuse-sram-8-kb", "reuse-dram"]
    bit_fj = 20312.5
    start, end = (100 * 150 / (351 + 32 * bit_fj / reuse + bit_fj / 8) for reuse in (1, 65536))
    words = words_of(memory, "reuse-dram")
    assert f"bf16: {start:.3g} at 1 to {end:.3g} at 65,536" in words


def test_a_technology_without_published_memory_says_so():
    section = published.memory(of(small_report("bf16", "sky130hd")))
    assert section.missing == "No memory is published for this technology."
    assert not section.tables


def test_memory_of_another_technology_is_a_table_without_charts(report):
    other = small_report("bf16", "sky130hd")
    section = published.memory(Results((other,), (other, report)))
    assert not section.charts
    assert {row["technology"] for row in section.tables[0].records()} == {"nangate45"}


def test_others_stand_beside_or_say_why(results):
    (table,) = published.others(results).tables
    row = row_of(
        table,
        compared="multiplier alone, combinational, L-Mul against conventional",
        format="bf16",
        quantity="power saved, %",
    )
    assert (row["published"], row["measured"]) == ("96", "energy saved 77.5 %")
    assert row["designs"] == "lmul_bf16 / exact_bf16"
    row = row_of(table, compared="multiplier, recoded core alone", format="bf16")
    assert (row["published"], row["measured"]) == ("664", "area 240 GE")
    without = [row for row in table.records() if row["measured"] == "not measured"]
    assert without
    assert all(row["how"] for row in without)
