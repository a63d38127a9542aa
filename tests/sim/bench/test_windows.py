"""The bench of windows, against a unit that misses a bit which it loses."""

import pytest

from lmul_pe.model import unit_named
from lmul_pe.sim.run.runner import Bench, run_bench
from lmul_pe.sim.testbench.harness import Unit
from lmul_pe.sim.testbench.read_out_cases import LOSSES
from tests.sim.wrong_designs import edited


@pytest.mark.slow
def test_a_bit_that_is_lost_unseen_is_found_though_another_was_lost_before(one_run, tmp_path):
    # Of the bits below the window one is not looked at.
    wrong = edited("mac_lmul_bf16_window", r"(assign core_lost__\d+ = \| \{ )\w+, ", r"\g<1>")
    right = Unit.exported(unit_named("mac_lmul_e4m3_window_slots2"))
    outcomes, _ = run_bench(
        Bench("windows", [wrong, right]), one_run, pairs=0, beats=40, seed=1, build=tmp_path
    )
    found = {each.unit: each for each in outcomes if each.what.endswith("first losses")}
    assert found[wrong.name].mismatches
    assert "inexact is 0, expected 1, in loss" in found[wrong.name].first
    assert not found[right.name].mismatches
    assert {each.count for each in found.values()} == {LOSSES}
