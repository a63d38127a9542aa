"""What a regression has to meet, and what it says about what it has not."""

from lmul_pe.model import Multiplier
from lmul_pe.sim.coverage.goals import goals, never_hit
from lmul_pe.sim.coverage.products import product_bins
from lmul_pe.sim.testbench.operand_pairs import bench_pairs

MULTIPLIER = Multiplier("exact", "bf16")


def test_a_situation_that_was_never_hit_is_named():
    a, b = bench_pairs(MULTIPLIER, 50_000, 1)
    assert never_hit([MULTIPLIER], {"exact_bf16": product_bins(MULTIPLIER, a, b)}) == []
    # Without operands that are infinite.
    finite = (a & 0x7FFF != 0x7F80) & (b & 0x7FFF != 0x7F80)
    missed = never_hit([MULTIPLIER], {"exact_bf16": product_bins(MULTIPLIER, a[finite], b[finite])})
    assert "exact_bf16, operands: +infinity x -zero" in missed
    assert all("infinity" in each for each in missed)


def test_a_unit_that_left_nothing_has_met_nothing():
    assert len(never_hit([MULTIPLIER], {})) == len(goals(MULTIPLIER)) > 200
