"""Growth with the mantissa in tables and pictures, from powers that are given."""

from dataclasses import replace
from math import log

import pytest
from matplotlib.figure import Figure

from lmul_pe.synth.report.sections.scaling import (
    claimed_growth,
    crossing_words,
    growth_table,
    scaling_charts,
    scaling_section,
)
from lmul_pe.synth.results.growth import Growth
from lmul_pe.synth.results.scaling import Crossing, Scaling, ScalingLine, ScalingPoint

LINEAR = Growth(10.0, 2.0, 1.0, 0.975, 1.25, 2.5)
SQUARE = Growth(10.0, 2.0, 2.0, 1.75, 2.25, 3.5)


def line(kind, gates, growth, exponent_bits=5):
    points = [
        ScalingPoint(bits, f"{kind}_e{exponent_bits}m{bits}", cost, 2.0 * cost)
        for bits, cost in zip((1, 2, 4), gates, strict=True)
    ]
    fitted = {"gates": growth, "area": growth}
    return ScalingLine("multiplier", kind, exponent_bits, tuple(points), fitted)


@pytest.fixture
def scaling():
    """L-Mul costs less from between the second and the third width on."""
    return Scaling(
        command="make scaling",
        technology="nangate45",
        workload="normal",
        seed=1,
        tools={},
        lines=(
            line("lmul", (30, 40, 60), LINEAR),
            line("exact", (20, 30, 90), SQUARE),
            line("lmul", (31, 41, 61), LINEAR, 8),
            line("exact", (21, 31, 91), SQUARE, 8),
        ),
    )


def test_tables_say_by_which_powers_costs_grow_and_where_they_cross(scaling):
    section = scaling_section(scaling)
    names = [table.name for table in section.tables]
    assert names == ["scaling-verdicts", "scaling-crossings", "scaling-powers", "scaling"]
    verdicts, crossings, powers, points = section.tables
    assert verdicts.records()[0]["lmul_interval"] == "0.97 to 1.25"
    assert verdicts.records()[0]["exact_interval"] == "1.75 to 2.25"
    assert len(crossings.rows) == len(powers.rows) / 2 == 4
    first = crossings.records()[0]
    assert (first["level"], first["exponent_bits"], first["cost"]) == ("multiplier", "5", "gates")
    # From 4 / 3 times as much at two bits to 2 / 3 at four.
    assert first["crossing"] == pytest.approx(2 + 2 * log(4 / 3) / log(2))
    row = powers.records()[2]
    assert (row["kind"], row["cost"], row["power"], row["interval"]) == (
        "conventional",
        "gates",
        2.0,
        "1.75 to 2.25",
    )
    assert (row["residual_percent"], row["low"], row["high"]) == (3.5, 1.75, 2.25)
    assert points.records()[0] == {
        "level": "multiplier",
        "exponent_bits": "5",
        "mantissa_bits": 1,
        "design": "lmul_e5m1",
        "generic": 30,
        "area_ge": 60.0,
        "energy_fj": None,
        "delay_ps": None,
        "shortest_ps": None,
    }


def test_what_a_reader_chooses_by_and_what_is_left_to_files(scaling):
    assert {
        table.name: tuple(
            [column.name for column in table.columns if getattr(column, kind)]
            for kind in ("choice", "code", "detail")
        )
        for table in scaling_section(scaling).tables
    } == {
        "scaling-verdicts": (["technology"], [], []),
        "scaling-crossings": (["level", "exponent_bits"], [], ["crossing"]),
        "scaling-powers": (["level", "exponent_bits"], [], ["low", "high"]),
        "scaling": (["level", "exponent_bits"], ["design"], []),
    }


@pytest.mark.parametrize(
    ("bits", "is_first", "words"),
    [(None, False, "nowhere"), (3.0, False, "3.0"), (1.0, True, "1.0 (all)")],
)
def test_a_crossing_is_a_place_or_none(scaling, bits, is_first, words):
    own, other = scaling.lines[:2]
    assert crossing_words(Crossing(own, other, "gates", bits, is_first)) == words


def test_a_power_is_a_slope_of_the_first_exponent_width(scaling):
    (chart,) = scaling_charts(scaling)
    assert (chart.name, chart.title) == (
        "scaling-multiplier-gates",
        "Gates, multiplier, 5 exponent bits",
    )
    axis = Figure().subplots()
    chart.draw(axis)
    assert (axis.get_xscale(), axis.get_yscale()) == ("log", "log")
    # By the bits of the significand, one more than those of the mantissa.
    assert {each.get_label(): each.get_xydata().tolist() for each in axis.lines} == {
        "L-Mul": [[2, 30], [3, 40], [5, 60]],
        "conventional": [[2, 20], [3, 30], [5, 90]],
    }


def test_pictures_are_of_the_width_that_comes_first(scaling):
    narrow, *others = scaling.lines
    turned = replace(scaling, lines=(narrow, *others[::-1]))
    assert [chart.title for chart in scaling_charts(turned)] == [
        "Gates, multiplier, 5 exponent bits"
    ]


def test_units_alone_have_no_verdict(scaling):
    units = tuple(replace(each, level="mac") for each in scaling.lines)
    names = [table.name for table in scaling_section(replace(scaling, lines=units)).tables]
    assert names == ["scaling-crossings", "scaling-powers", "scaling"]


def test_a_claim_is_of_every_technology_and_made_by_one_command(scaling):
    alone = claimed_growth([scaling])
    assert (alone.command, len(alone.words)) == ("make scaling", 1)
    other = replace(scaling, technology="asap7", command="make scaling TECH=asap7")
    both = claimed_growth([scaling, other])
    assert (both.command, len(both.words)) == ("make scaling", 2)
    (table,) = both.tables
    assert {row["technology"] for row in table.records()} == {"nangate45", "asap7"}


def test_every_cost_of_every_line_has_a_power(scaling):
    rows = growth_table(scaling).records()
    assert [(row["exponent_bits"], row["kind"], row["cost"]) for row in rows] == [
        (bits, kind, cost)
        for bits in "58"
        for kind in ("L-Mul", "conventional")
        for cost in ("gates", "area")
    ]
