"""The text itself: clean for a linter, and alive at time 0."""

import shutil
import subprocess

import pytest

from lmul_pe.model import multiplier_named
from lmul_pe.model.unit.names import specification_named
from lmul_pe.sim.testbench.harness import Unit

SPREAD = (
    "lmul_e4m3",
    "exact_e4m3",
    "lmul_bf16_raw",
    "lmul_fp16_equation",
    "exact_fp32",
    "lmul_e5m2_gradual",
    "exact_fp16_gradual",
    "lmul_e4m3_x_e5m2_to_fp16",
    "exact_bf16_x_e4m3_to_e5m2_gradual",
    "exact_e4m3fnuz_nan",
    "lmul_e2m1_latency1",
    "exact_e3m2_latency2",
    "lmul_fp16_gradual_latency3",
    "exact_bf16_latency4",
    "lmul_e4m3_x_e5m2_to_fp16_latency2",
    "mac_lmul_e4m3_fp32",
    "mac_exact_e5m2_gradual_fp16",
    "mac_exact_fp32_fp32_fused",
    "mac_lmul_bf16_x_e4m3_equation_e4m3",
    "mac_exact_e5m2_fixed_terms4",
    "mac_lmul_e4m3_bf16_latency3",
    "dot3_lmul_e4m3_fp32_latency2",
    "dot4_exact_bf16_aligned",
    "dot2_int8_int32",
    "array_os_2x3_lmul_e4m3_fp32_latency4",
    "array_os_1x1_int8_int32",
    "array_ws_3x2_lmul_bf16_fp32_fold_partial",
    "array_ws_1x4_exact_e4m3_fixed_partial",
)


@pytest.mark.parametrize("name", SPREAD)
def test_verilator_finds_nothing_to_warn_about(name, verilator_simulator, tmp_path):
    path = tmp_path / f"{name}.v"
    path.write_text(Unit.exported(specification_named(name)).verilog)
    with verilator_simulator.installed():
        done = subprocess.run(
            [
                *("verilator", "--lint-only", "-Wall", "-Wno-WIDTH", "-Wno-DECLFILENAME"),
                *("-Wno-UNUSEDSIGNAL", str(path)),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("iverilog") is None, reason="iverilog is not installed")
@pytest.mark.parametrize("name", ["lmul_e4m3", "exact_fp16_gradual", "lmul_bf16_equation"])
def test_constant_operands_give_a_product_at_time_0(name, tmp_path):
    multiplier = multiplier_named(name)
    one = (multiplier.format.bias or 0) << multiplier.format.mantissa_bits
    expected = int(multiplier.compute([one], [one])[0])
    width = multiplier.format.width
    bench = (
        f"module bench;\n  wire [{width - 1}:0] y;\n"
        f"  {name} dut(.a({width}'d{one}), .b({width}'d{one}), .y(y));\n"
        '  initial #0 $strobe("%0d %b", $time, y);\nendmodule\n'
    )
    (tmp_path / "bench.v").write_text(Unit.exported(multiplier).verilog + bench)
    subprocess.run(["iverilog", "-o", "bench", "bench.v"], cwd=tmp_path, check=True)
    done = subprocess.run(
        ["vvp", "bench"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["0", f"{expected:0{width}b}"]
