"""What others published beside a report in miniature; published figures as literals."""

from dataclasses import replace

import pytest

from lmul_pe.synth.published.others import beside_others
from lmul_pe.synth.results import quantities as q
from tests.synth.small_report import multipliers_alone, small_report

ALONE = "multiplier alone, combinational, L-Mul against conventional"
ARRAY = "8 x 8 array, weight stationary, L-Mul against conventional"


@pytest.fixture(scope="module")
def rows(report):
    return beside_others([report, small_report("e4m3", "asap7")])


def published(rows, **wanted):
    """The rows whose work or figure has these fields."""
    return [row for row in rows if wanted.items() <= {**vars(row.work), **vars(row.figure)}.items()]


def test_a_multiplier_stands_beside_the_same_comparison(rows):
    area, power = published(rows, format="bf16", compared=ALONE)
    assert (area.figure.value, power.figure.value) == ("77", "96")
    assert (area.quantity, power.quantity) == (q.SAVED_AREA, q.SAVED_ENERGY)
    # The medians, both at 600 ps.
    assert (area.value, power.value) == (pytest.approx(77.5), pytest.approx(77.5))
    assert area.designs == power.designs == "lmul_bf16 / exact_bf16"
    assert area.how == "mapped and not placed, median over 3 equal clocks"
    assert power.how == "workload normal, median over 3 equal clocks"


def test_where_the_quantity_is_not_said_both_are_given(rows):
    area, energy = published(rows, format="bf16", compared=ARRAY)
    assert (area.figure.value, energy.figure.value) == ("19 to 40", "19 to 40")
    assert (area.quantity, energy.quantity) == (q.SAVED_AREA, q.SAVED_TOTAL)
    assert area.value == pytest.approx(37.5)
    # A unit has its clock: 201 of 351.
    assert energy.value == pytest.approx(100 * (1 - 201 / 351))
    assert energy.how == "workload normal, no delay target"


def test_area_alone_stands_beside_area(rows):
    (first, second) = published(
        rows, format="bf16", quantity="area saved, %", conditions="45 nm, OpenROAD"
    )
    assert {first.quantity, second.quantity} == {q.SAVED_AREA}


def test_hardfloat_stands_beside_gradual_underflow(rows):
    whole, core, flushed = published(rows, who="Berkeley HardFloat", format="bf16")
    assert [each.figure.value for each in (whole, core, flushed)] == ["907", "664", "673"]
    assert flushed.designs == "exact_bf16"
    assert (whole.quantity, whole.value) == (q.AREA, 240.0)
    assert whole.designs == "exact_bf16_gradual"
    assert whole.how == "smallest netlist, mapped and not placed"


def test_what_is_not_measured_says_why(rows):
    for row in rows:
        assert row.how
        assert (row.quantity is None) == (row.value is None) == (not row.designs)
    (row,) = published(rows, quantity="system power of a CNN saved, %")
    assert (row.value, row.how) == (
        None,
        "`make fpga FMT=e4m3 PART=xc7` counts ours, on another family and by Yosys",
    )
    (row, *_) = published(rows, who="Berkeley HardFloat", format="fp32")
    assert row.how == "no such design in a report of fp32 in nangate45"
    # Of e4m3 there is one in another technology alone.
    (row, *_) = published(rows, format="fp8", compared=ALONE)
    assert row.how == "no such design in a report of e4m3 in nangate45"


def test_a_report_without_units_has_nothing_beside_units(report):
    rows = beside_others([multipliers_alone(report)])
    (row,) = published(rows, format="bf16", compared=ARRAY)
    assert (row.value, row.designs) == (None, "")
    assert row.how


def test_a_design_that_is_not_in_a_report_is_not_set_beside(report):
    designs = tuple(each for each in report.designs if each.name != "exact_bf16_gradual")
    rows = beside_others([replace(report, designs=designs)])
    whole, core, flushed = published(rows, who="Berkeley HardFloat", format="bf16")
    assert (whole.designs, core.designs, flushed.designs) == ("", "", "exact_bf16")
    assert whole.how == "no such design in a report of bf16 in nangate45"


def test_published_figures_stay_text(rows):
    assert {type(row.figure.value) for row in rows} == {str}
