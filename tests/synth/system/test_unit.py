"""Units of a ledger: figures of a report, and what stands around them."""

from dataclasses import replace

import pytest

from lmul_pe.model import SpecificationError
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
    assert found.others[1].design == "mac_exact_e4m3_fp32"
    beside = comparison(small_report("e4m3"), small_report, "dot4_lmul_e4m3_fp32")
    assert "conventional MAC" not in [each.label for each in beside.others]


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
    assert used <= unit.utilisation(shape) <= 1


def test_a_report_without_the_unit_is_named():
    report = small_report("e4m3")
    with pytest.raises(SpecificationError, match=r"has no array of L-Mul.*make synth"):
        comparison(multipliers_alone(report), small_report)
    with pytest.raises(SpecificationError, match="did you mean 'dot4_lmul_e4m3_fp32'"):
        comparison(report, small_report, "dot_lmul_e4m3_fp32")
    with pytest.raises(SpecificationError, match="unit 'x' is not one of"):
        comparison(replace(report, errors={}), small_report, "x")
