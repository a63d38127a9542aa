"""What a worker measures is what ``make synth`` measures."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from lmul_pe.model import SpecificationError, unit_named
from lmul_pe.model.accuracy.product import product_errors
from lmul_pe.model.format.floating import format_named
from lmul_pe.synth.design.multipliers import multiplier_design
from lmul_pe.synth.measuring.cost import Cost, Part
from lmul_pe.synth.measuring.measure import measure
from lmul_pe.synth.measuring.measured import Figures
from lmul_pe.synth.measuring.measured import Point as AtClock
from lmul_pe.synth.netlists.timing import CriticalPath
from lmul_pe.synth.sweep import measuring
from lmul_pe.synth.sweep.measuring import Wanted, _figures, _identity, design_of, errors, measured
from lmul_pe.synth.sweep.point import key_of, source
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import Settings
from tests.synth.sweep.conftest import CLOCK_PS, DESIGN


@pytest.mark.slow
def test_a_point_is_what_the_project_measures(outcomes, synthesis, nangate45):
    conditions = Conditions(nangate45, Settings(clock_ps=CLOCK_PS))
    design = multiplier_design(unit_named(DESIGN), "")
    (found,) = measure([design], conditions, synthesis, lambda name, total: None)
    free, timed, missed = (outcome.point for outcome in outcomes)
    for point, chosen in ((free, found), (timed, found.points[0])):
        total = chosen.least_energy.cost.total
        assert point.energy_fj == total.with_glitches_fj
        assert point.functional_fj == total.functional_fj
        assert point.area_um2 == total.area_um2
        assert point.least_area_um2 == chosen.least_area.area_um2
        assert point.delay_ps == chosen.least_energy.path.delay_ps
        assert point.clock_ps == chosen.least_energy.clock_ps
    assert outcomes[0].verilog == found.least_energy.verilog
    assert (missed.meets, missed.energy_fj, outcomes[2].verilog) == (False, None, "")


def test_a_point_says_where_it_is_from(outcomes, nangate45):
    point = outcomes[1].point
    assert point.key == key_of(DESIGN, nangate45.digest, CLOCK_PS, "quick")
    assert point.command == f"make sweep DESIGNS={DESIGN} CLOCKS_PS=1000"
    assert point.source == source()
    assert "pyosys" in point.tools
    # Every pair of four bits.
    assert point.products_checked == 256


def test_a_clock_that_no_netlist_meets_has_no_figures(outcomes):
    free, timed, missed = (outcome.point for outcome in outcomes)
    assert (free.target_ps, timed.target_ps, missed.target_ps) == (None, CLOCK_PS, 10.0)
    assert (free.meets, timed.meets, missed.meets) == (True, True, False)
    assert timed.clock_ps <= CLOCK_PS
    assert (missed.area_um2, missed.delay_ps, missed.recipe) == (None, None, "")
    assert outcomes[2].verilog == ""


@pytest.mark.parametrize(
    ("name", "target_ps", "by_ps", "lanes"),
    [
        # By the clock that was asked for, or the smallest; of a unit that is its slowest path.
        ("lmul_e2m1", 1000.0, 1000.0, 1),
        ("lmul_e2m1", None, 500.0, 1),
        ("mac_lmul_e2m1_fp32", None, 400.0, 1),
        ("dot4_lmul_e2m1_fp32", 1000.0, 1000.0, 4),
    ],
)
def test_leakage_is_a_power_over_the_clock_and_of_a_unit_part_of_the_energy(
    name, target_ps, by_ps, lanes, nangate45
):
    part = Part(
        area_um2=8.0,
        leakage_nw=3000.0,
        switching_fj=1.0,
        internal_fj=2.0,
        clock_fj=4.0,
        glitches_fj=5.0,
    )
    is_unit = "_fp32" in name
    figures = Figures(
        recipe="gates/area",
        choice={},
        verilog="",
        netlist=None,
        cells={},
        path=CriticalPath(400.0, ()),
        costs={"normal": Cost({"multiplier": part}, 0.0, 0.0)},
        clock_ps=None if is_unit else 500.0,
    )
    chosen = AtClock(by_ps, figures, figures)
    found = _figures(design_of(unit_named(name)), chosen, nangate45, target_ps)
    # 3 uW over 1 ns are 3 fJ, and all multipliers share them.
    leakage_fj = 3 * by_ps / 1000 / lanes
    assert found["leakage_fj"] == pytest.approx(leakage_fj)
    assert found["energy_fj"] == pytest.approx(1 + 2 + 5 + (4 + leakage_fj if is_unit else 0))
    assert (found["functional_fj"], found["glitch_fj"], found["clock_fj"]) == (3.0, 8.0, 4.0)
    assert (found["area_um2"], found["delay_ps"]) == (8 / lanes, 400.0)
    assert found["clock_ps"] == (400.0 if is_unit else 500.0)


def test_every_target_has_a_point_with_what_was_measured_for_it(monkeypatch, nangate45, tmp_path):
    def figures(verilog, energy_fj):
        part = Part(
            area_um2=8.0,
            leakage_nw=0.0,
            switching_fj=energy_fj,
            internal_fj=0.0,
            clock_fj=0.0,
            glitches_fj=0.0,
        )
        return Figures(
            recipe="gates/area",
            choice={},
            verilog=verilog,
            netlist=None,
            cells={},
            path=CriticalPath(400.0, ()),
            costs={"normal": Cost({"multiplier": part}, 0.0, 0.0)},
            clock_ps=500.0,
        )

    class Known:
        def __init__(self, design, conditions, synthesis):
            self.clock_ps = conditions.settings.clock_ps

        def run(self):
            pass

        def measured(self):
            free, timed = figures("free", 1.0), figures("timed", 2.0)
            met = [AtClock(self.clock_ps, timed, timed)] if self.clock_ps == 1000.0 else []
            checked = SimpleNamespace(pairs=256)
            return [
                SimpleNamespace(least_energy=free, least_area=free, points=met, checked=checked)
            ]

    monkeypatch.setattr(measuring, "_Pipeline", Known)
    times = iter((10.0, 11.5, 20.0, 23.0, 30.0, 30.25))
    monkeypatch.setattr(measuring, "time", SimpleNamespace(monotonic=times.__next__))
    targets = (None, 1000.0, 10.0)
    wanted = Wanted("lmul_e2m1", "nangate45", nangate45.digest, targets, "quick", source())
    outcomes = measured(wanted, tmp_path)
    assert [each.verilog for each in outcomes] == ["free", "timed", ""]
    points = [each.point for each in outcomes]
    assert [each.energy_fj for each in points] == [1.0, 2.0, None]
    assert [each.seconds for each in points] == [1.5, 3.0, 0.25]
    assert {each.products_checked for each in points} == {256}
    expected = product_errors(format_named("e2m1"))["lmul"].mean
    for each in points:
        assert (each.mean_error, each.sum_error) == (pytest.approx(expected), None)


def test_what_differs_has_another_key(nangate45, asap7):
    keys = {
        key_of(name, technology.digest, target_ps, effort)
        for name in ("lmul_e2m1", "exact_e2m1")
        for technology in (nangate45, asap7)
        for target_ps in (None, 1000.0)
        for effort in ("quick", "full")
    }
    assert len(keys) == 16


@pytest.mark.parametrize(
    ("change", "other"),
    [
        ({"source": "another"}, "version of lmul-pe or its tools"),
        ({"digest": "another"}, "technology"),
    ],
)
def test_a_worker_of_another_version_measures_nothing(change, other, nangate45, tmp_path):
    wanted = Wanted(DESIGN, "nangate45", nangate45.digest, (None,), "quick", source())
    with pytest.raises(SpecificationError) as error:
        measured(replace(wanted, **change), tmp_path)
    assert str(error.value) == f"a worker has another {other}: expected the same everywhere"


@pytest.mark.parametrize(
    ("name", "level", "unit"),
    [
        ("lmul_e2m1", "multiplier", ("", 1, "", "")),
        ("mac_lmul_e2m1_fp32", "mac", ("fp32", 1, "", "")),
        ("dot4_lmul_e2m1_fixed", "dot", ("fixed", 4, "", "")),
        ("array_ws_2x3_lmul_e2m1_fp32", "array", ("fp32", 6, "2x3", "ws")),
        ("array_os_3x2_int8_int32", "array", ("int32", 6, "3x2", "os")),
    ],
)
def test_a_design_is_known_by_its_parts(name, level, unit):
    specification = unit_named(name)
    found = _identity(specification, design_of(specification))
    kind = "int" if "int8" in name else "lmul"
    multiplier = "int8" if kind == "int" else "lmul_e2m1"
    format = "int8" if kind == "int" else "e2m1"
    accumulator, lanes, shape, dataflow = unit
    assert found == {
        "design": name,
        "level": level,
        "kind": kind,
        "format": format,
        "multiplier": multiplier,
        "accumulator": accumulator,
        "lanes": lanes,
        "shape": shape,
        "dataflow": dataflow,
    }


def test_errors_of_products_are_those_of_the_report_and_units_round_none():
    expected = product_errors(format_named("e4m3"))
    for kind in ("lmul", "exact"):
        mean, of_sums = errors(unit_named(f"{kind}_e4m3"))
        assert mean == pytest.approx(expected[kind].mean, rel=1e-9)
        assert of_sums is None
    exact, lmul = (errors(unit_named(f"mac_{kind}_e4m3_fp32")) for kind in ("exact", "lmul"))
    assert exact[0] == 0
    assert lmul[0] == pytest.approx(expected["lmul"].mean, rel=1e-9)
    # What is left of conventional sums is the rounding of the operands.
    assert 0 < exact[1] < lmul[1]
    assert errors(unit_named("mac_int8_int32")) == (0.0, None)
    array = errors(unit_named("array_os_2x2_lmul_e4m3_fp32"))
    assert array == errors(unit_named("dot1_lmul_e4m3_fp32"))
