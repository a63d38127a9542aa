"""The bench of long sums, against a unit that is wrong in these alone."""

import pytest

from lmul_pe.sim.run.runner import Bench, run_bench
from lmul_pe.sim.testbench.read_out_cases import REACHES
from tests.sim.wrong_designs import spoiled

COUNTER = """
reg [15:0] beats; reg long_sum;
initial begin beats = 0; long_sum = 0; end
wire accepted = s_axis_ab_tvalid & s_axis_ab_tready;
always @(posedge clk) if (rst) begin beats <= 0; long_sum <= 0; end
  else if (accepted) begin
    beats <= s_axis_ab_tlast ? 16'd0 : beats + 16'd1;
    if (s_axis_ab_tlast) long_sum <= long_sum | beats > 16'd500;
  end
"""
"""``long_sum`` is set behind the last beat of more than 500, until a reset."""


@pytest.mark.slow
def test_only_long_sums_show_a_fault_of_theirs(one_run, tmp_path):
    wrong = spoiled("mac_int4_int16", COUNTER, m_axis_c_tdata="{0} ^ long_sum")
    right = spoiled("mac_int4_int17")
    outcomes, _ = run_bench(
        Bench("long", [wrong, right]), one_run, pairs=0, beats=40, seed=1, build=tmp_path
    )
    faulty = [(each.unit, each.what) for each in outcomes if each.mismatches]
    assert faulty == [(wrong.name, "long sums")]
    (first,) = (each.first for each in outcomes if each.mismatches)
    assert "(1000 pairs): expected 0x" in first
    compared = {each.unit: each.count for each in outcomes if each.what == "long sums"}
    # 1, 64, 2, 1000, 1, 1 and one of every length; one that climbs, 1, and 4 of remainders; zero,
    # the lowest, and two classes of either sign, each with each.  Four fill 16 bits; none 17.
    count = 16 + 36 + REACHES
    assert compared == {wrong.name: count + 4, right.name: count}
