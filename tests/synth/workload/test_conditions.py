"""Conditions: a library with clock gates where they are asked for, and nothing reported unasked."""

from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import Settings


def test_clock_gates_are_among_the_cells_where_they_are_asked_for(nangate45):
    settings = Settings(wire_ff=1.5)
    usual = Conditions.of(nangate45, settings)
    assert (usual.technology, usual.settings, usual.wire_ff) == (nangate45, settings, 1.5)
    gated = Conditions.of(nangate45, Settings(clock_gates=True))
    assert gated.technology == nangate45.with_clock_gates != nangate45


def test_a_measurement_is_one_of_a_report_only_where_that_is_said(nangate45):
    settings = Settings()
    assert not Conditions(nangate45, settings).reported
    assert not Conditions.of(nangate45, settings).reported
    assert Conditions.of(nangate45, settings, reported=True).reported
