"""Multiply-accumulate units measured: right ones pass, wrong ones are found."""

from dataclasses import replace

import pytest

from hw.export import component_of, rtlil_text
from model import mac_named
from synth.designs import mac_design
from synth.flow import Synthesis
from synth.mac_stimulus import LANES, SUM_LENGTH, SUMS, MacStimulus
from synth.measure import MismatchError, Settings, measure
from synth.technology import load_technology


def measured(design, folder, name="nangate45"):
    technology = load_technology(name)
    small = replace(design, structures=("cells",), scripts=("area",))
    return measure([small], technology, Synthesis(folder), Settings(), lambda *done: None)[0]


def test_a_unit_is_checked_and_measured(tmp_path):
    result = measured(mac_design(mac_named("mac_lmul_e2m1_e5m2"), "a small one"), tmp_path)
    (figures,) = result.figures
    assert result.checked_pairs == MacStimulus.cycles * LANES
    assert list(figures.energy) == ["normal"]
    energy = figures.energy["normal"]
    assert energy.clock_fj > 0
    assert 0 < energy.uncertainty_fj < 0.2 * energy.total_fj
    assert figures.path.delay_ps > 0


@pytest.mark.parametrize("wrong", ["mac_lmul_e2m1_offset0_e5m2", "mac_exact_e2m1_e5m2"])
def test_another_unit_than_the_model_is_found(tmp_path, wrong):
    name = "mac_lmul_e2m1_e5m2"
    impostor = replace(
        mac_design(mac_named(name), "an impostor"),
        rtlil=lambda architecture: rtlil_text(component_of(mac_named(wrong), architecture), name),
    )
    with pytest.raises(MismatchError, match=rf"{name} by cells/area .* sum 0 of stream \d+"):
        measured(impostor, tmp_path)


def test_sums_are_as_long_as_they_say():
    stimulus = MacStimulus(mac_named("mac_exact_e2m1_e5m2"), "normal", 1)
    ends = [
        cycle
        for cycle in range(stimulus.cycles)
        if stimulus.inputs(cycle)["s_axis_ab_tlast"][0].any()
    ]
    assert ends == [SUM_LENGTH * (index + 1) for index in range(SUMS)]


@pytest.mark.parametrize("technology", ["sky130hd", "asap7"])
def test_flip_flops_of_either_polarity(tmp_path, technology):
    """ASAP7's only have an inverted output, so that they hold the complement."""
    result = measured(
        mac_design(mac_named("mac_lmul_e2m1_e5m2"), "a small one"), tmp_path, technology
    )
    assert result.figures
