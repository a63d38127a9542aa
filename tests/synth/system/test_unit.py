"""Units of a ledger: figures of a report, and what stands around them."""

from dataclasses import replace

import pytest

from lmul_pe.model import SpecificationError, array_named, cycles
from lmul_pe.synth.system.operations import Product
from lmul_pe.synth.system.unit import comparison
from tests.synth.small_report import (
    ADDER_FJ,
    CLOCK_FJ,
    ENERGY_FJ,
    LEAKAGE_FJ,
    at_clock,
    multipliers_alone,
    small_report,
    with_designs,
)


def test_figures_are_those_of_the_report():
    found = comparison(small_report("e4m3"), small_report)
    assert [each.label for each in (found.lmul, *found.others)] == [
        "L-Mul e4m3",
        "conventional e4m3",
        "conventional bf16",
    ]
    for unit, kind in ((found.lmul, "lmul"), (found.exact, "exact")):
        assert unit.multiplier_fj == ENERGY_FJ["e4m3"][kind]
        assert unit.rest_fj == pytest.approx(ADDER_FJ["array"] + 10 + 20)
        assert unit.clock_fj == CLOCK_FJ
        # Both run at the slower one's delay, 1000 ps; the report spread leakage over 8000.
        assert unit.period_ps == 1000
        assert unit.leakage_fj == pytest.approx(LEAKAGE_FJ * 1000 / 8000)
    assert [found.lmul.bits, found.lmul.sum_bits, found.others[1].bits] == [8, 32, 16]


def test_a_unit_takes_the_sum_of_its_stages():
    unit = comparison(small_report("e4m3"), small_report).lmul
    assert unit.total_fj == pytest.approx(
        ENERGY_FJ["e4m3"]["lmul"] + ADDER_FJ["array"] + 10 + 20 + CLOCK_FJ + LEAKAGE_FJ / 8
    )


def test_provenance_says_how_a_figure_was_obtained():
    report = small_report("e4m3")
    unit = comparison(report, small_report).lmul
    assert unit.provenance == (
        "array_os_8x8_lmul_e4m3_fp32, nangate45, workload normal, no delay target, at 1000 ps; "
        "`make synth FMT=e4m3`, 2026-02-03"
    )
    undated = comparison(replace(report, measured_on=""), small_report).lmul
    assert undated.provenance.endswith("`make synth FMT=e4m3`, undated")


def test_bits_of_a_unit_of_two_formats_are_those_of_its_first():
    def mixed(name):
        return name.replace("e4m3", "e4m3_x_bf16")

    report = small_report("e4m3")
    report = replace(
        report,
        designs=tuple(replace(each, name=mixed(each.name)) for each in report.units),
        savings=tuple(
            replace(each, design=mixed(each.design), baseline=mixed(each.baseline))
            for each in report.savings
            if each.level == "array"
        ),
    )
    assert comparison(report, small_report).lmul.bits == 8


def test_both_are_at_the_median_of_equal_clocks():
    report = small_report("e4m3")
    names = [f"array_os_8x8_{kind}_e4m3_fp32" for kind in ("lmul", "exact")]
    clocks = {1000.0: 2.0, 1100.0: 1.5, 1200.0: 1.25}
    designs = [report.design(name) for name in names]
    for clock, times in clocks.items():
        designs = [at_clock(each, clock, times) for each in designs]
    found = comparison(with_designs(report, *designs), small_report)
    assert (found.lmul.clock_ps, found.lmul.period_ps) == (1100.0, 1100.0)
    assert found.lmul.leakage_fj == LEAKAGE_FJ
    assert "made for 1100 ps" in found.lmul.provenance


def test_int8_stands_beside_a_unit_of_its_size():
    found = comparison(small_report("e4m3"), small_report, "mac_lmul_e4m3_fp32")
    assert [each.label for each in found.others] == [
        "conventional e4m3",
        "int8",
        "conventional bf16",
    ]
    assert found.others[2].design == "mac_exact_bf16_fp32"


def test_a_dot_product_stands_beside_a_multiply_accumulate():
    found = comparison(small_report("e4m3"), small_report, "dot4_lmul_e4m3_aligned")
    assert [each.label for each in found.others] == [
        "conventional e4m3",
        "conventional MAC",
        "conventional bf16",
    ]
    assert [each.design for each in found.others] == [
        "dot4_exact_e4m3_aligned",
        "mac_exact_e4m3_fp32",
        "dot4_exact_bf16_aligned",
    ]
    beside = comparison(small_report("e4m3"), small_report, "dot4_lmul_e4m3_fp32")
    assert "conventional MAC" not in [each.label for each in beside.others]


@pytest.mark.parametrize(
    "name",
    [
        "mac_{}_fp32",
        "dot4_{}_fp32",
        "dot4_{}_aligned",
        "array_os_8x8_{}_fp32",
        "array_ws_8x8_{}_fp32",
    ],
)
def test_bf16_is_that_of_the_same_unit(name):
    found = comparison(small_report("e4m3"), small_report, name.format("lmul_e4m3"))
    assert found.others[-1].design == name.format("exact_bf16")


def test_where_bf16_has_no_such_unit_the_one_of_its_level_stands_for_it():
    def without(*names):
        wide = small_report("bf16")
        savings = tuple(each for each in wide.savings if each.design not in names)
        return lambda format: replace(wide, savings=savings)

    report, names = small_report("e4m3"), ("dot4_lmul_bf16_aligned", "dot4_lmul_bf16_fp32")
    found = comparison(report, without(names[0]), "dot4_lmul_e4m3_aligned")
    assert found.others[-1].design == "dot4_exact_bf16_fp32"
    found = comparison(report, without(*names), "dot4_lmul_e4m3_aligned")
    assert [each.label for each in found.others] == ["conventional e4m3", "conventional MAC"]


def test_bf16_stands_beside_itself_once():
    found = comparison(small_report("bf16"), small_report)
    assert [each.label for each in found.others] == ["conventional bf16"]


@pytest.mark.parametrize(
    ("name", "shape", "a", "b", "used"),
    [
        # Eight columns share an operand, and so do eight rows that are there.
        ("array_os_8x8_lmul_e4m3_fp32", Product(64, 512, 64), 1 / 8, 1 / 8, 0.9),
        ("array_os_8x8_lmul_e4m3_fp32", Product(1, 512, 64), 1 / 8, 1.0, 1 / 9),
        ("mac_lmul_e4m3_fp32", Product(64, 512, 64), 1 / 8, 1 / 8, 1.0),
        ("mac_lmul_e4m3_fp32", Product(1, 512, 64), 1 / 8, 1.0, 1 / 8),
    ],
)
def test_operands_are_shared_by_those_that_are_busy(name, shape, a, b, used):
    unit = comparison(small_report("e4m3"), small_report, name).lmul
    found = unit.traffic(shape)
    assert (found.a, found.b) == (pytest.approx(a), pytest.approx(b))
    # A sum leaves once all its products are in it.
    assert (found.written, found.read) == (pytest.approx(1 / 512), 0)
    assert used <= unit.utilisation(shape) <= 1


def test_weights_that_stay_are_used_as_with_partial_sums():
    unit = comparison(small_report("e4m3"), small_report, "array_ws_8x8_lmul_e4m3_fp32").lmul
    array = array_named("array_ws_8x8_lmul_e4m3_fp32_partial")
    # 64 is more than the eight rows, which alone could not sum it.
    assert unit.utilisation(Product(16, 64, 8)) == cycles(array, 16, 64, 8).utilisation
    found = unit.traffic(Product(16, 64, 8))
    assert (found.a, found.b, found.written, found.read) == (1 / 8, 1 / 16, 1 / 8, 1 / 8 - 1 / 64)


def test_a_report_without_the_unit_is_named():
    report = small_report("e4m3")
    with pytest.raises(SpecificationError, match=r"has no array of L-Mul.*make synth"):
        comparison(multipliers_alone(report), small_report)
    with pytest.raises(SpecificationError, match="did you mean 'dot4_lmul_e4m3_fp32'"):
        comparison(report, small_report, "dot_lmul_e4m3_fp32")
    with pytest.raises(SpecificationError, match="unit 'x' is not one of"):
        comparison(replace(report, errors={}), small_report, "x")
