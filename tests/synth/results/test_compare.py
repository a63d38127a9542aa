"""Figures of a report in miniature, added up by hand."""

import pytest

from lmul_pe.synth.results.compare import saved, total_energy
from tests.synth.small_report import small_report


def test_the_whole_energy_of_a_design():
    designs = {design["name"]: design for design in small_report()["designs"]}
    assert total_energy(designs["mac_exact_e4m3_fp32"]) == 140.0
    assert total_energy(designs["exact_e4m3"], "uniform") == 200.0
    # At an equal clock with the registers.
    assert total_energy(designs["exact_e4m3"]["iso_delay"][0], "normal") == 280.0


@pytest.mark.parametrize(("now", "before", "percent"), [(30, 120, 75), (5, 4, -25), (3, 3, 0)])
def test_percent_saved(now, before, percent):
    assert saved(now, before) == pytest.approx(percent)
