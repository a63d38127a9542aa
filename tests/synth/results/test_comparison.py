"""Savings of two designs, computed by hand from a report in miniature."""

import re

import pytest
from lmul_pe.synth.results.comparison import (
    EQUAL_DELAY,
    GLITCHES,
    UNCONSTRAINED,
    require_glitches,
    ways,
)

from lmul_pe.model import SpecificationError
from tests.synth.small_report import point_at, small_report


@pytest.fixture
def designs():
    return {design["name"]: design for design in small_report()["designs"]}


def test_equal_delay_comes_first_then_every_workload_without_a_target(designs):
    equal, normal, uniform = ways(designs["lmul_e4m3"], designs["exact_e4m3"])
    assert equal == {
        "workload": "normal",
        "delay": EQUAL_DELAY,
        "clock_ps": 200.0,
        "obtained": GLITCHES,
        "saving_percent": pytest.approx(96.0),  # 10 of 250
        "functional_percent": pytest.approx(96.0),
        "total_percent": pytest.approx(100 * (1 - 40 / 280)),  # 30 for the registers
        "area_percent": pytest.approx(75.0),  # 30 of 120
    }
    assert normal == {
        "workload": "normal",
        "delay": UNCONSTRAINED,
        "clock_ps": None,
        "obtained": GLITCHES,
        "saving_percent": pytest.approx(95.0),  # 12 of 240
        "functional_percent": pytest.approx(80.0),  # 10 of 50
        "total_percent": pytest.approx(95.0),  # 16 of 320
        "area_percent": pytest.approx(50.0),
    }
    assert (uniform["workload"], uniform["delay"]) == ("uniform", UNCONSTRAINED)
    assert uniform["saving_percent"] == pytest.approx(75.0)  # 30 of 120
    assert uniform["total_percent"] == pytest.approx(100 * (1 - 34 / 200))


def test_the_clock_of_units_counts_in_the_total_alone(designs):
    (way,) = ways(designs["mac_lmul_e4m3_fp32"], designs["mac_exact_e4m3_fp32"])
    assert way["delay"] == UNCONSTRAINED
    assert way["saving_percent"] == pytest.approx(100 * (1 - 40 / 130))
    assert way["total_percent"] == pytest.approx(100 * (1 - 50 / 140))


def test_of_several_clocks_the_fastest_of_both_counts(designs):
    own, other = designs["lmul_e4m3"], designs["exact_e4m3"]
    own["iso_delay"] = [point_at(80, 1, 1), point_at(300, 30, 30), point_at(200, 30, 30)]
    other["iso_delay"] = [point_at(200, 120, 120), point_at(300, 60, 300)]
    first, *rest = ways(own, other)
    assert (first["clock_ps"], first["saving_percent"]) == (200, pytest.approx(75.0))
    assert {way["delay"] for way in rest} == {UNCONSTRAINED}


def test_points_at_other_clocks_are_not_compared(designs):
    designs["exact_e4m3"]["iso_delay"][0]["clock_ps"] = 210.0
    found = ways(designs["lmul_e4m3"], designs["exact_e4m3"])
    assert {way["delay"] for way in found} == {UNCONSTRAINED}


def test_a_report_without_glitches_says_how_to_make_it_again():
    report = small_report("bf16", "asap7")
    require_glitches(report)
    del report["designs"][5]["energy_fj"]["glitch"]
    words = "no energy with glitches of mac_lmul_bf16_fp32: expected .* `make synth FMT=bf16 TECH="
    with pytest.raises(SpecificationError, match=re.compile(words)):
        require_glitches(report)
