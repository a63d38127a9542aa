"""What an output may become: proved, refuted, or known for some cycles."""

import pytest

from lmul_pe.sim.formal.reachability import never_set


def counter(wrong):
    return f"""
module watched(input clk, output wrong);
  reg [63:0] count = 1;
  always @(posedge clk) count <= count + 2;
  assign wrong = {wrong};
endmodule
"""


@pytest.mark.parametrize(
    ("wrong", "word"), [("count[0] == 0", "proved"), ("count == 9", "refuted")]
)
def test_what_is_decided_needs_no_bound(wrong, word, tmp_path):
    proof = never_set(counter(wrong), tmp_path, 60, bounded=True)
    assert (proof.word, proof.bound) == (word, 0)


@pytest.mark.parametrize("bounded", [True, False])
def test_what_is_not_decided_holds_for_some_cycles(bounded, tmp_path):
    # So far that no engine gets there.
    proof = never_set(counter("&count"), tmp_path, 1, bounded=bounded)
    assert not proof.proved
    assert not proof.refuted
    assert proof.word == (f"{proof.bound} cycles" if bounded else "open")
    assert (proof.bound > 0) == bounded
