"""The text that multipliers are proved equal to: read by another tool, and wrong on purpose."""

import subprocess

import numpy as np
import pytest

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.model import SpecificationError, unit_named
from lmul_pe.model.multiplier.specification import every_pair
from lmul_pe.sim.formal.equivalence import COMBINATIONAL, prove_equal
from lmul_pe.sim.formal.reference import reference_verilog
from tests.sweep import some

BENCH = """
module bench;
  reg [15:0] pair; wire [7:0] y;
  {name} unit (.a(pair[15:8]), .b(pair[7:0]), .y(y));
  integer i;
  initial for (i = 0; i < 65536; i = i + 1) begin pair = i; #1 $display("%b", y); end
endmodule
"""


def own(name):
    return exported_verilog(unit_named(name), name)


@pytest.mark.parametrize(
    "name",
    some(
        [
            "lmul_e5m2_gradual",
            "lmul_bf16_equation",
            "lmul_fp16_x_e5m2_to_e4m3",
            "exact_e4m3fnuz_nan",
            "lmul_fp32",
            "lmul_e4m3fnuz_zero",
            "lmul_e3m4_raw_equation",
            "exact_e5m2_rtz",
            "exact_fp32",
            "exact_e5m2_gradual",
        ],
        2,
    ),
)
def test_what_is_exported_is_what_the_text_says(name):
    proof = prove_equal(own(name), reference_verilog(unit_named(name)), name)
    assert (proof.proved, proof.method) == (True, COMBINATIONAL)


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    some(
        [
            ("lmul_e4m3", "M <= 3 ? M :", "M <= 2 ? M :"),
            ("exact_e5m2_gradual", "rest > HALF", "rest >= HALF"),
            ("lmul_bf16_equation", "one_and_s & ~1", "one_and_s"),
            (
                "lmul_fp32",
                "magnitude > $signed({1'b0, LARGEST})",
                "magnitude >= $signed({1'b0, LARGEST})",
            ),
            ("lmul_e4m3fnuz_zero", "sign && RULE != 2", "sign"),
            ("exact_bf16", "nan_a || nan_b ||", "nan_a ||"),
        ],
        3,
        several=True,
    ),
)
def test_a_wrong_text_is_refuted_and_the_model_agrees(name, right, wrong):
    multiplier = unit_named(name)
    text = reference_verilog(multiplier)
    assert right in text
    proof = prove_equal(own(name), text.replace(right, wrong), name)
    assert not proof.proved
    (cycle,) = proof.counterexample
    expected = int(multiplier.compute([cycle.inputs["a"]], [cycle.inputs["b"]])[0])
    assert cycle.first == {"y": expected}
    assert cycle.second["y"] != expected


@pytest.mark.parametrize("name", some(["lmul_e5m2_equation_gradual", "exact_e4m3fnuz_gradual"], 1))
def test_another_simulator_reads_the_text_as_the_model_computes(name, icarus_simulator, tmp_path):
    """No bit that is x, which proofs would take for 0."""
    multiplier = unit_named(name)
    (tmp_path / "bench.v").write_text(reference_verilog(multiplier) + BENCH.format(name=name))
    for words in (["iverilog", "-o", "bench", "bench.v"], ["vvp", "-n", "bench"]):
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    printed = [int(line, 2) for line in done.stdout.split()]
    assert np.array_equal(printed, multiplier.compute(*every_pair(multiplier)).ravel())


def test_a_table_has_no_text():
    with pytest.raises(SpecificationError, match="table_bf16 has no reference: expected kind lmul"):
        reference_verilog(unit_named("table_bf16"))
