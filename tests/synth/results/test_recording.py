"""Records of what was measured, converted by hand."""

from dataclasses import replace

import pytest

from lmul_pe.model import Multiplier, array_named, format_named, unit_named
from lmul_pe.synth.design.multipliers import adder_design, multiplier_design
from lmul_pe.synth.design.units import unit_design
from lmul_pe.synth.measuring.registered import Registers
from lmul_pe.synth.results.record import Part, Ratios, Step
from lmul_pe.synth.results.recording import design_record
from tests.synth.results import measured_by_hand as by_hand

AROUND = Registers(bits=12, area_um2=20.0, leakage_nw=1000.0, clock_fj=6.0, data_fj=2.0)


@pytest.fixture
def floor():
    """The bare adder."""
    design = adder_design(format_named("e4m3"))
    return by_hand.multiplier(design, points=[by_hand.point(500.0, 1.0, AROUND)])


@pytest.fixture
def multiplier(floor, tiny):
    """Twice the bare adder, and three times at 500 ps."""
    design = multiplier_design(Multiplier("lmul", "e4m3"), "L-Mul")
    measured = by_hand.multiplier(
        design, 2.0, [by_hand.point(400.0, 2.0, AROUND), by_hand.point(500.0, 3.0, AROUND)]
    )
    return design_record(measured, tiny, 1000.0, floor)


def test_a_design_is_named_and_described(multiplier):
    assert (multiplier.name, multiplier.level, multiplier.kind) == (
        "lmul_e4m3",
        "multiplier",
        "lmul",
    )
    assert multiplier.summary == "L-Mul"
    assert (multiplier.compared, multiplier.operations_per_cycle) == ("", 1)
    assert multiplier.given_up == ("gates/deep",)
    assert (multiplier.checked.pairs, multiplier.checked.every_pair) == (256, True)
    assert (multiplier.generic.cells, multiplier.generic.gate_equivalents) == ({"$_AND_": 5}, 7.5)
    assert multiplier.fastest_ps == 140.0


def test_figures_of_the_netlist_of_least_energy(multiplier):
    # A NAND of the library has 2 um2.
    assert (multiplier.area_um2, multiplier.gate_equivalents) == (20.0, 10.0)
    assert (multiplier.recipe, multiplier.netlist) == ("cells/area", "lmul_e4m3.v")
    assert (multiplier.delay_ps, multiplier.smallest_clock_ps) == (200.0, 150.0)
    assert multiplier.critical_path == (Step("g1", "NAND", "Y", 90.0),)
    energy = multiplier.energy_fj
    assert (energy.functional, energy.glitch, energy.clock) == (10.0, 18.0, 2.0)
    # 200 nW for 1000 ps.
    assert energy.leakage == pytest.approx(0.2)
    uniform = multiplier.energy_by_workload["uniform"]
    assert (uniform.switching, uniform.internal, uniform.functional) == (12.0, 8.0, 20.0)
    assert (uniform.glitch, uniform.uncertainty, uniform.glitch_uncertainty) == (36.0, 2.0, 3.0)
    assert multiplier.parts == {}


def test_the_smallest_netlist_has_a_file_of_its_own(multiplier):
    smallest = multiplier.least_area
    assert (smallest.recipe, smallest.netlist) == ("gates/area", "lmul_e4m3.least_area.v")
    assert (smallest.area_um2, smallest.smallest_clock_ps) == (10.0, 160.0)


def test_points_have_files_by_clock_and_one_if_both_are_the_same(multiplier):
    assert [(each.clock_ps, each.netlist) for each in multiplier.iso_delay] == [
        (400.0, "lmul_e4m3.400ps.v"),
        (500.0, "lmul_e4m3.500ps.v"),
    ]
    assert all(each.least_area.netlist == each.netlist for each in multiplier.iso_delay)


def test_leakage_at_a_clock_is_that_of_the_clock(multiplier):
    first = multiplier.iso_delay[0]
    assert first.energy_fj.leakage == pytest.approx(200 * 400 * 1e-6)
    assert first.registers.leakage_fj == pytest.approx(1000 * 400 * 1e-6)
    assert (first.registers.bits, first.registers.gate_equivalents) == (12, 10.0)
    assert (first.registers.clock_fj, first.registers.data_fj) == (6.0, 2.0)


def test_a_design_over_the_adder(multiplier):
    # The smallest netlist of each has half the area of the other.
    assert multiplier.over_adder == Ratios(2.0, 2.0, 2.0)
    # The adder has no netlist at 400 ps.
    assert multiplier.iso_delay[0].over_adder is None
    assert multiplier.iso_delay[1].over_adder == Ratios(3.0, 3.0, 3.0)


def test_a_unit_at_a_clock_has_no_registers_around_it(tiny, floor):
    mac = by_hand.unit(unit_design(unit_named("mac_lmul_e4m3_fp32")))
    timed = replace(mac, points=(by_hand.point(500.0, 1.0, None),))
    (point,) = design_record(timed, tiny, 1000.0, floor).iso_delay
    assert (point.clock_ps, point.registers, point.over_adder) == (500.0, None, None)


def test_a_unit_has_parts_and_nothing_of_a_multiplier(tiny, floor):
    array = unit_design(array_named("array_os_2x3_lmul_e4m3_fp32"))
    found = design_record(by_hand.unit(array), tiny, 1000.0, floor)
    assert found.parts == dict.fromkeys(
        ("multiplier", "adder", "registers", "control"), Part(10.0, 5.0, 9.0, 1.0)
    )
    assert (found.over_adder, found.generic, found.fastest_ps) == (None, None, None)
    assert (found.operations_per_cycle, found.level) == (6, "array")
    assert found.compared == "output stationary 2 x 3 array with fp32 sums"
    # Costs are those of an operation, leakage is that of the whole: 400 nW, six operations.
    assert found.energy_fj.clock == 4.0
    assert found.energy_fj.leakage == pytest.approx(400 * 1000 * 1e-6 / 6)
    assert found.least_area.netlist == found.netlist == "array_os_2x3_lmul_e4m3_fp32.v"
    assert found.smallest_clock_ps is None
