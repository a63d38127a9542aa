"""Operating points by the laws, worked out by hand, and the profile of arrays that they give."""

from dataclasses import replace

import pytest

from lmul_pe.model import SpecificationError, array_named
from lmul_pe.model.unit.cycles import cycles
from lmul_pe.synth.system.pipeline.own_arrays import (
    Laws,
    OperatingPoint,
    arrays_profile,
    arrays_work,
    measured_point,
    operating_points,
    waiting_powers_w,
)
from lmul_pe.synth.system.pipeline.planning import Pipeline
from lmul_pe.synth.system.pipeline.products import forward
from lmul_pe.synth.system.pipeline.profile import BACKWARD, FORWARD, Kind
from lmul_pe.synth.system.pipeline.savings import savings
from lmul_pe.synth.system.transformer import Transformer
from tests.synth.small_report import small_report

TINY = Transformer(layers=2, width=8, heads=2, kv_heads=1, head_width=4, hidden=16, vocabulary=32)
POINT = OperatingPoint(1.0, 1000.0, 100.0, 50.0, 2e-3)
LAWS = Laws(exponent=2, threshold=0.4, lowest=0.8, points=2)
ARRAY = array_named("array_os_2x2_lmul_e4m3_fp32")


def test_laws_by_hand():
    # 0.8 / (0.8 - 0.4)^2 over 1 / (1 - 0.4)^2 is 5 / (1 / 0.36) = 1.8.
    assert LAWS.slower(0.8) == pytest.approx(1.8)
    slow = POINT.at(0.8, LAWS)
    assert (slow.voltage, slow.delay_ps) == pytest.approx((0.8, 1800.0))
    assert (slow.mac_fj, slow.clock_fj) == pytest.approx((64.0, 32.0))
    assert slow.leakage_w == pytest.approx(1.6e-3)
    assert "alpha-power law" in LAWS.stated


def test_voltages_fall_evenly():
    assert Laws(lowest=0.7, points=4).parts == pytest.approx((1.0, 0.9, 0.8, 0.7))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exponent": 3}, "exponent 3 of the alpha-power law: expected 1 to 2"),
        ({"exponent": 2.01}, "exponent 2.01 of the alpha-power law: expected 1 to 2"),
        ({"exponent": 0.99}, "exponent 0.99 of the alpha-power law: expected 1 to 2"),
        ({"threshold": 0.8}, "expected 0 < threshold < lowest <= 1"),
        ({"threshold": 0.7}, "threshold 0.7 and lowest voltage 0.7 in parts"),
        ({"threshold": 0.0}, "expected 0 < threshold < lowest <= 1"),
        ({"lowest": 1.01}, "expected 0 < threshold < lowest <= 1"),
        ({"points": 1}, "1 voltages: expected 2 to 1000"),
        ({"points": 1001}, "1001 voltages: expected 2 to 1000"),
    ],
)
def test_laws_that_cannot_be(options, message):
    with pytest.raises(SpecificationError, match=message):
        Laws(**options)


def test_laws_reach_their_limits():
    for options in ({"exponent": 1}, {"exponent": 2}, {"lowest": 1}, {"threshold": 0.001}):
        assert len(Laws(**options).parts) == 16
    assert len(Laws(points=1000).parts) == 1000
    assert Laws(points=2).parts == pytest.approx((1.0, 0.7))
    assert (Laws().exponent, Laws().threshold, Laws().lowest) == (1.3, 0.35, 0.7)


def test_a_slower_clock_leaves_all_but_the_delay():
    assert operating_points([POINT], LAWS, fixed_voltage=True) == [
        POINT,
        replace(POINT, delay_ps=pytest.approx(1800.0)),
    ]
    fast, slow = operating_points([POINT], LAWS)
    assert fast == POINT
    assert slow.voltage == pytest.approx(0.8)


def test_corners_stand_for_themselves():
    other = replace(POINT, voltage=0.9, delay_ps=1300.0, mac_fj=80.0)
    assert operating_points([other, POINT], LAWS) == [POINT, other]


def test_an_array_of_a_report():
    report = small_report()
    name = next(each.name for each in report.designs if each.level == "array")
    array, design = array_named(name), report.design(name)
    point = measured_point(report, array)
    assert point.voltage == report.assumptions.voltage
    units = array.rows * array.cols
    assert point.clock_fj == pytest.approx(design.energy_fj.clock * units)
    # Leakage per product, over the clock by which it was counted, of all units.
    watts = design.energy_fj.leakage * 1e-15 * units / (report.assumptions.clock_ps * 1e-12)
    assert point.leakage_w == pytest.approx(watts)
    with pytest.raises(
        SpecificationError, match="array_os_2x2_lmul_e4m3_fp32 is not in the report"
    ):
        measured_point(report, ARRAY)


def test_time_and_energy_of_a_stage():
    work = arrays_work(TINY, 4, [ARRAY])
    profile = arrays_profile("own", work, [operating_points([POINT], LAWS)])
    fast, slow = profile.runs[Kind(0, FORWARD)]
    products = list(forward(TINY, 2, 4, head=True))
    count = sum(times * cycles(ARRAY, m, k, n).total for m, k, n, times in products)
    macs = sum(times * m * k * n for m, k, n, times in products)
    assert fast.time_s == pytest.approx(count * 1e-9)
    assert fast.frequency == pytest.approx(1000.0)
    switched = (macs * 100 + count * 50) * 1e-15
    assert fast.energy_j == pytest.approx(switched + 2e-3 * fast.time_s)
    assert slow.time_s == pytest.approx(1.8 * fast.time_s)
    assert slow.energy_j == pytest.approx(0.64 * switched + 1.6e-3 * slow.time_s)
    assert profile.runs[Kind(0, BACKWARD)][0].time_s > fast.time_s


def test_the_last_array_has_the_head():
    # 6 x 8 by 8 x 32 in all; a layer's products of six tokens by hand.
    layer = 6 * 8 * (8 + 2 * 4) + 2 * 2 * 6 * 4 * 6 + 6 * 8 * 8 + 3 * 6 * 8 * 16
    work = arrays_work(TINY, 6, [ARRAY, ARRAY])
    assert {kind: each.macs for kind, each in work.items()} == {
        Kind(0, FORWARD): layer,
        Kind(0, BACKWARD): 2 * layer,
        Kind(1, FORWARD): layer + 6 * 8 * 32,
        Kind(1, BACKWARD): 2 * (layer + 6 * 8 * 32),
    }
    products = [(6, 8, 16), *[(6, 4, 6), (6, 6, 4)] * 2, (6, 8, 8), *[(6, 8, 16)] * 2, (6, 16, 8)]
    count = sum(cycles(ARRAY, *each).total for each in products)
    assert work[Kind(0, FORWARD)].cycles == count


def test_frequencies_are_told_to_a_kilohertz():
    work = arrays_work(TINY, 4, [ARRAY])
    points = operating_points([replace(POINT, delay_ps=700.0)], LAWS)
    runs = arrays_profile("own", work, [points]).runs[Kind(0, FORWARD)]
    # 1 / 0.7 and 1 / 1.26 GHz.
    assert [run.frequency for run in runs] == [1428.571, 793.651]


def test_larger_arrays_are_faster_and_waiting_is_leakage():
    wide = array_named("array_os_2x4_lmul_e4m3_fp32")
    points = operating_points([replace(POINT, leakage_w=1e-6)], Laws(points=12))
    profile = arrays_profile("own", arrays_work(TINY, 16, [ARRAY, wide]), [points, points])
    assert waiting_powers_w([points, points]) == (1e-6, 1e-6)
    found = Pipeline(profile, 6, (1e-6, 1e-6), 1e-7).plan()
    assert found.saves
    assert savings(found).realised > 1


def test_clock_scaling_alone_saves_nothing():
    points = operating_points([POINT], Laws(points=12), fixed_voltage=True)
    both = [points, points]
    profile = arrays_profile("own", arrays_work(TINY, 16, [ARRAY, ARRAY]), both)
    plans = Pipeline(profile, 4, waiting_powers_w(both), 1e-7).plan()
    assert not plans.saves
    assert savings(plans).realised == pytest.approx(0, abs=1e-9)


def test_two_corners_of_one_frequency_are_refused():
    work = arrays_work(TINY, 4, [ARRAY])
    corners = [POINT, replace(POINT, voltage=0.9)]
    with pytest.raises(SpecificationError, match="forward of stage 0 at 1000 MHz twice"):
        arrays_profile("own", work, [operating_points(corners, LAWS)])


def test_work_that_cannot_be_needs_no_measurement():
    with pytest.raises(SpecificationError, match="3 stages for 2 layers"):
        arrays_work(TINY, 4, [ARRAY] * 3)
    with pytest.raises(SpecificationError, match="exceeds the 2 rows"):
        arrays_work(TINY, 4, [array_named("array_ws_2x2_lmul_e4m3_fp32")])
