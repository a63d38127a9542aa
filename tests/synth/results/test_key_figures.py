"""Key figures of a report in miniature, by hand."""

from dataclasses import replace

import pytest

from lmul_pe.model import unit_named
from lmul_pe.synth.results.compare import main_saving
from lmul_pe.synth.results.key_figures import UNITS as SHOWN
from lmul_pe.synth.results.key_figures import KeyFigure, key_figures
from lmul_pe.synth.results.quantities import AREA, SAVED_ENERGY
from tests.synth.small_report import (
    at_clock,
    multipliers_alone,
    with_designs,
    without_clocks,
)

MULTIPLIERS = {
    "clock": (300.0, "ps"),
    "fastest": (250.0, "ps"),
    # In gate equivalents, twice the area of the smallest one.
    "area at equal delay of adder": (40.0, "GE"),
    "area at equal delay of lmul": (80.0, "GE"),
    "area at equal delay of exact": (400.0, "GE"),
    "energy at equal delay of adder": (40.0, "fJ"),
    "energy at equal delay of lmul": (100.0, "fJ"),
    "energy at equal delay of exact": (500.0, "fJ"),
    "area saved at equal delay": (80.0, "%"),
    "energy saved at equal delay": (80.0, "%"),
    "area over the adder": (2.0, "x"),
    "energy over the adder": (2.5, "x"),
    "area saved at the middle clock": (70.0, "%"),
    "energy saved at the middle clock": (70.0, "%"),
    "area over the adder at the middle clock": (2.4, "x"),
    "energy over the adder at the middle clock": (3.0, "x"),
    "area saved": (75.0, "%"),
    "energy saved": (75.0, "%"),
    "functional energy saved": (50.0, "%"),
    "area over the adder without a target": (2.0, "x"),
    "energy over the adder without a target": (2.5, "x"),
    "area saved at equal delay, multiplier": (80.0, "%"),
    "energy saved at equal delay, multiplier": (80.0, "%"),
    "energy with clock and leakage saved at equal delay, multiplier": (78.4314, "%"),
    "area saved at the middle clock, multiplier": (70.0, "%"),
    "energy saved at the middle clock, multiplier": (70.0, "%"),
    # 70 of 210.
    "energy with clock and leakage saved at the middle clock, multiplier": (66.6667, "%"),
    "energy with clock and leakage saved": (74.6269, "%"),
}
UNITS = {
    # 120 of 270, and 151 of 301.
    "area saved, multiply-accumulate, fp32": (37.5, "%"),
    "energy saved, multiply-accumulate, fp32": (55.5556, "%"),
    "energy with clock and leakage saved, multiply-accumulate, fp32": (49.8339, "%"),
    # 90 of 240, and 121 of 271.
    "area saved, dot product of 4, aligned": (37.5, "%"),
    "energy saved, dot product of 4, aligned": (62.5, "%"),
    "energy with clock and leakage saved, dot product of 4, aligned": (55.3506, "%"),
    # 170 of 320, and 201 of 351.
    "area saved, 8 x 8 array, fp32": (37.5, "%"),
    "energy saved, 8 x 8 array, fp32": (46.875, "%"),
    "energy with clock and leakage saved, 8 x 8 array, fp32": (42.735, "%"),
    "energy of the unit, L-Mul": (120.0, "fJ"),
    "energy of its multiplier, L-Mul": (50.0, "fJ"),
    "energy of its adder, L-Mul": (40.0, "fJ"),
    "energy of the unit, conventional": (270.0, "fJ"),
    "energy of its multiplier, conventional": (200.0, "fJ"),
    "energy of its adder, conventional": (40.0, "fJ"),
    "energy of the unit, int8": (82.0, "fJ"),
}


def values(report):
    return {key: (each.value, each.quantity.unit) for key, each in key_figures(report).items()}


def test_every_figure(report):
    assert values(report) == MULTIPLIERS | UNITS


def test_multipliers_alone(report):
    assert values(multipliers_alone(report)) == MULTIPLIERS


@pytest.mark.parametrize(
    ("design", "names"),
    [
        ("mac_lmul_e4m3_fp32", ["multiply-accumulate, fp32"]),
        ("mac_lmul_e4m3_fixed", ["multiply-accumulate, fixed"]),
        ("mac_lmul_e4m3_aligned", []),
        ("dot4_lmul_e4m3_fp32", []),
        ("dot4_lmul_e4m3_aligned", ["dot product of 4, aligned"]),
        ("dot16_lmul_e4m3_fixed", ["dot product of 16"]),
        ("array_os_8x8_lmul_e4m3_fp32", ["8 x 8 array, fp32"]),
        ("array_os_8x8_lmul_e4m3_fixed", []),
        ("array_ws_8x8_lmul_e4m3_fp32", []),
    ],
)
def test_units_by_what_they_are_called(design, names):
    assert [name for name, is_it in SHOWN.items() if is_it(unit_named(design))] == names


def test_a_figure_says_whose_and_what_it_is(report):
    found = key_figures(report)
    key = "area at equal delay of exact"
    assert found[key] == KeyFigure(key, AREA, 400.0, "exact_bf16")
    key = "energy saved, 8 x 8 array, fp32"
    assert found[key] == KeyFigure(key, SAVED_ENERGY, 46.875, "array_os_8x8_lmul_bf16_fp32")
    assert found["energy at equal delay of adder"].design == "adder_bf16"


def test_what_a_report_lacks_is_left_out(report):
    adder = replace(report.designs[0], iso_delay=())
    found = values(with_designs(report, adder))
    assert MULTIPLIERS.keys() - found.keys() == {
        "area at equal delay of adder",
        "energy at equal delay of adder",
    }
    found = values(without_clocks(report))
    assert not any("equal delay" in key or "middle" in key for key in found)
    assert "clock" not in found
    assert found["energy saved"] == (75.0, "%")
    assert found["energy over the adder without a target"] == (2.5, "x")


def test_the_unit_of_int8_is_found_wherever_it_stands(report):
    turned = replace(report, designs=(*report.multipliers, *report.units[::-1]))
    assert values(turned)["energy of the unit, int8"] == (82.0, "fJ")


def test_units_at_an_equal_clock_stand_beside_the_multiplier(report):
    pair = report.pair(main_saving(report, "mac"))
    found = values(with_designs(report, *(at_clock(each, 500.0, 2.0) for each in pair)))
    assert not any("middle clock, multiply-accumulate" in key for key in found)
    where = " at equal delay, multiply-accumulate, fp32"
    assert found[f"energy saved{where}"] == (55.5556, "%")
    assert found[f"energy with clock and leakage saved{where}"] == (52.5394, "%")  # 271 of 571
    once = with_designs(report, *(at_clock(each, 500.0, 2.0) for each in pair))
    twice = (at_clock(once.design(each.name), 700.0, 1.0) for each in pair)
    found = values(with_designs(once, *twice))
    where = " at the middle clock, multiply-accumulate, fp32"
    assert found[f"energy with clock and leakage saved{where}"] == (49.8339, "%")  # 151 of 301


def test_a_fixed_window_is_a_fixed_sum(report):
    mac = main_saving(report, "mac")
    window = replace(mac, design="mac_lmul_bf16_fixed_msb40_lsbm40")
    found = values(replace(report, savings=(*report.savings, window)))
    assert found["energy saved, multiply-accumulate, fixed"] == (55.5556, "%")


@pytest.mark.parametrize(("value", "rounded"), [(1.23456789, 1.23457), (1234567.8, 1234570.0)])
def test_more_than_six_digits_are_noise(report, value, rounded):
    lmul = replace(report.design("lmul_bf16"), fastest_ps=value)
    assert key_figures(with_designs(report, lmul))["fastest"].value == rounded
