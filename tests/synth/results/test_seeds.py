"""Headlines on operands of other seeds, from figures that are seen through."""

from dataclasses import replace

import pytest

from lmul_pe.model import Multiplier, unit_named
from lmul_pe.synth.design.multipliers import multiplier_design
from lmul_pe.synth.design.units import unit_design
from lmul_pe.synth.measuring.registered import Registers
from lmul_pe.synth.results import seeds
from lmul_pe.synth.results.compare import headline, main_saving
from lmul_pe.synth.results.seeds import seed_savings
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import Settings
from tests.synth.results import measured_by_hand as by_hand
from tests.synth.small_report import at_clock, small_report, with_designs, without_clocks

AROUND = Registers(bits=12, area_um2=20.0, leakage_nw=1000.0, clock_fj=6.0, data_fj=2.0)


def multiplier(kind, *scales):
    """One at 400 ps and each 100 ps more, so much of the usual energy at each."""
    points = [
        by_hand.point(400.0 + 100 * place, scale, AROUND) for place, scale in enumerate(scales)
    ]
    return by_hand.multiplier(multiplier_design(Multiplier(kind, "e4m3"), kind), 1.0, points)


@pytest.fixture
def asked(monkeypatch):
    """What is measured again, and under which seeds; the conventional one then takes the seed's
    last digit times the energy at 500 ps, and at 400 ps nearly nothing."""
    found = []

    def remeasured(measured, conditions, progress):
        digits = [each.settings.seed % 10 for each in conditions]
        found.append(([each.design.name for each in measured], digits))
        return [
            [multiplier("lmul", 1.0, 1.0), multiplier("exact", 0.01, digit)] for digit in digits
        ]

    monkeypatch.setattr(seeds, "remeasured", remeasured)
    return found


MEASURED = [multiplier("lmul", 1.0, 1.0), multiplier("exact", 1.0, 1.0)]


def test_each_seed_has_the_median_over_the_band_of_clocks(asked, tiny):
    report = small_report("e4m3")
    rows = seed_savings(report, MEASURED, Conditions(tiny, Settings(seed=31)))
    # Units of that report have no equal clocks.
    assert asked == [(["lmul_e4m3", "exact_e4m3"], [2, 3, 4, 5])]
    assert {(row.level, row.design, row.baseline) for row in rows} == {
        ("multiplier", "lmul_e4m3", "exact_e4m3")
    }
    assert [row.seed for row in rows] == [31, 32, 33, 34, 35]
    own = headline(main_saving(report, "multiplier"))
    assert (rows[0].glitch_percent, rows[0].total_percent) == (
        own.glitch_percent,
        own.total_percent,
    )
    for row in rows[1:]:
        digit = row.seed % 10
        assert row.glitch_percent == pytest.approx(100 * (1 - 1 / digit))
        # 9 fJ of gates, 1 of the clock, 100 nW for 500 ps; 8.5 around.
        assert row.total_percent == pytest.approx(100 * (1 - 18.55 / (10.05 * digit + 8.5)))


def unit(name, scale):
    """One at 400 ps."""
    design = unit_design(unit_named(name))
    return replace(by_hand.unit(design), points=(by_hand.point(400.0, scale, None),))


def test_units_with_equal_clocks_have_their_own_rows(tiny, monkeypatch):
    monkeypatch.setattr(seeds, "LEVELS", ("multiplier", "mac", "array"))
    timed = small_report("e4m3")
    again = [multiplier("lmul", 1.0), multiplier("exact", 2.0)]
    for level, scale in (("mac", 4.0), ("array", 5.0)):
        pair = timed.pair(main_saving(timed, level))
        timed = with_designs(timed, *(at_clock(each, 400.0, 2.0) for each in pair))
        again += [unit(each.name, more) for each, more in zip(pair, (1.0, scale), strict=True)]

    def remeasured(designs, conditions, progress):
        assert [each.design.name for each in designs] == [each.design.name for each in again]
        return [again for _ in conditions]

    monkeypatch.setattr(seeds, "remeasured", remeasured)
    rows = seed_savings(timed, again, Conditions(tiny, Settings(seed=31)))
    assert [(row.level, row.seed) for row in rows] == [
        (level, seed) for level in ("multiplier", "mac", "array") for seed in range(31, 36)
    ]
    # A half, a quarter and a fifth of the energy of gates.
    for level, percent in (("multiplier", 50.0), ("mac", 75.0), ("array", 80.0)):
        found = [row.glitch_percent for row in rows if (row.level, row.seed != 31) == (level, True)]
        assert found == pytest.approx([percent] * 4)


def test_without_equal_clocks_nothing_is_measured_again(asked, tiny):
    report = without_clocks(small_report("e4m3"))
    assert seed_savings(report, MEASURED, Conditions(tiny, Settings(seed=31))) == ()
    assert asked == [([], [2, 3, 4, 5])]
