"""Exported text: ports, names, dialect, and the same bytes every time."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lmul_pe.hw.arithmetic.architecture import PORTABLE
from lmul_pe.hw.export.verilog import (
    component_of,
    exported_verilog,
    rtlil_modules,
    rtlil_text,
)
from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.model import CATALOG, multiplier_named, unit_named
from lmul_pe.model.multiplier.vectors import check_pairs
from lmul_pe.sim.run.simulators import verilator
from lmul_pe.synth.netlists.netlist import read_netlist
from tests.sweep import some

ROOT = Path(__file__).parents[3]
COMBINATIONAL = ["lmul_e4m3", "lmul_bf16_equation", "exact_fp16_gradual", "exact_e2m1"]
COMBINATIONAL += ["lmul_e5m6_raw", "lmul_e4m3_x_e5m2_to_fp16", "exact_bf16_x_e4m3_to_e5m2"]
PIPELINED = ["lmul_e4m3_latency1", "exact_e5m2_gradual_latency2", "lmul_bf16_gradual_latency3"]
PIPELINED += ["exact_fp16_latency4", "lmul_e4m3_x_e5m2_to_fp16_latency2"]
SPREAD = (
    "lmul_e4m3",
    "exact_bf16_x_e4m3_to_e5m2_gradual",
    "lmul_e4m3_x_e5m2_to_fp16_latency2",
    "array_ws_1x4_exact_e4m3_fixed_partial",
    "mac_exact_e5m2_fixed_terms4",
    "dot4_exact_bf16_aligned",
    "array_os_2x3_lmul_e4m3_fp32_latency4",
    "exact_e4m3",
    "lmul_bf16_raw",
    "lmul_fp16_equation",
    "exact_fp32",
    "lmul_e5m2_gradual",
    "exact_fp16_gradual",
    "lmul_e4m3_x_e5m2_to_fp16",
    "exact_e4m3fnuz_nan",
    "lmul_e2m1_latency1",
    "exact_e3m2_latency2",
    "lmul_fp16_gradual_latency3",
    "exact_bf16_latency4",
    "mac_lmul_e4m3_fp32",
    "mac_exact_e5m2_gradual_fp16",
    "mac_exact_fp32_fp32_fused",
    "mac_lmul_bf16_x_e4m3_equation_e4m3",
    "mac_lmul_e4m3_bf16_latency3",
    "dot3_lmul_e4m3_fp32_latency2",
    "dot2_int8_int32",
    "array_os_1x1_int8_int32",
    "array_ws_3x2_lmul_bf16_fp32_fold_partial",
)
RESERVED = Path(__file__).with_name("reserved_words.txt")
STREAM = ("tdata", "tvalid", "tready", "tlast")


def exported(name):
    return exported_verilog(multiplier_named(name), f"{name}\nsecond line")


@pytest.fixture
def ports(tmp_path):
    """A function that gives the ports of exported Verilog: direction and width, in order."""

    def read(text):
        (tmp_path / "design.v").write_text(text)
        run_yosys(["read_verilog design.v", "proc", "write_json design.json"], tmp_path)
        modules = json.loads((tmp_path / "design.json").read_text())["modules"]
        ((name, module),) = modules.items()
        found = {
            port: (content["direction"], len(content["bits"]))
            for port, content in module["ports"].items()
        }
        return name, found

    return read


@pytest.mark.parametrize("name", COMBINATIONAL)
def test_a_combinational_multiplier_has_operands_and_a_product(name, ports):
    multiplier = multiplier_named(name)
    text = exported(name)
    widths = [format.width for format in multiplier.formats]
    assert ports(text) == (
        name,
        {
            port: (direction, width)
            for port, direction, width in zip(
                "aby", ("input", "input", "output"), widths, strict=True
            )
        },
    )
    assert f"module {name}(a, b, y);" in text


@pytest.mark.parametrize("name", PIPELINED)
def test_a_pipelined_multiplier_has_a_clock_a_reset_and_two_streams(name, ports):
    multiplier = multiplier_named(name)
    operands = multiplier.format.width + multiplier.format_b.width
    directions = ("input", "input", "output", "input")
    expected = {"clk": ("input", 1), "rst": ("input", 1)}
    for signal, direction in zip(STREAM, directions, strict=True):
        width = operands if signal == "tdata" else 1
        expected[f"s_axis_ab_{signal}"] = (direction, width)
    for signal, direction in zip(STREAM, directions, strict=True):
        opposite = "output" if direction == "input" else "input"
        width = multiplier.format_y.width if signal == "tdata" else 1
        expected[f"m_axis_y_{signal}"] = (opposite, width)
    text = exported(name)
    assert ports(text) == (name, expected)
    assert f"module {name}({', '.join(expected)});" in text


@pytest.mark.parametrize("name", COMBINATIONAL + PIPELINED)
def test_the_text_is_plain_verilog_2001(name):
    text = exported(name)
    code = re.sub(r"//.*", "", text)
    assert not re.search(r"always\s*@\s*\(?\s*\*|always_\w+|\blogic\b|\$fa\b|\(\*", code)
    assert set(re.findall(r"always\s*@\s*\([^)]*\)", code)) <= {"always @(posedge clk)"}
    assert text.startswith(f"// {name}\n// second line\nmodule {name}(")
    assert code.count("endmodule") == 1
    # Neither a path nor the version of a tool, which would change the bytes from one to the next.
    assert str(ROOT) not in text
    assert "Yosys" not in text
    assert ".py" not in text


@pytest.mark.parametrize("name", ["lmul_e4m3", "exact_fp16", "exact_e4m3_latency2"])
def test_the_designs_own_signal_names_are_kept(name):
    text = exported(name)
    wanted = {"lmul_e4m3": "underflow", "exact_fp16": "rounded", "exact_e4m3_latency2": "valid_2"}
    assert re.search(rf"\b{wanted[name]}\b|_{wanted[name]}\b", text)


@pytest.mark.parametrize("name", CATALOG)
def test_an_lmul_reads_as_its_definition_does(name):
    text = exported(f"lmul_{name}")
    code = [line for line in text.splitlines() if not line.startswith("//")]
    assert len(code) <= 60
    assert re.search(r"^  wire \[\d+:0\] field_sum = a\[\d+:0\] \+ b\[\d+:0\]", text, flags=re.M)
    wires = {"underflow", "overflow", "result_exponent", "result_mantissa", "sign", "zero"}
    assert wires <= set(re.findall(r"^  wire (?:\[\d+:0\] )?(\w+) =", text, flags=re.M))
    assert not re.search(r"\b_\d+_\b|\$", text)


@pytest.mark.parametrize("name", ["exact_bf16", "exact_e4m3"])
def test_an_exact_multiplier_multiplies(name):
    assert re.search(r"product = \{1'h1, a\[\d:0\]\} \* \{1'h1, b\[\d:0\]\};", exported(name))


def test_gates_are_written_when_they_are_asked_for():
    lmul = multiplier_named("lmul_e4m3")
    assert "+" not in exported_verilog(lmul, "", PORTABLE)
    assert "+" in exported_verilog(lmul, "")


@pytest.mark.parametrize("name", some(SPREAD, 2))
def test_no_name_is_reserved_in_any_language(name):
    text = re.sub(r"//.*|\d*'h\w+", "", exported_verilog(unit_named(name), ""))
    names = {word.lower() for word in re.findall(r"[a-zA-Z_]\w*", text)}
    lines = RESERVED.read_text().splitlines()
    reserved = {word for line in lines if not line.startswith("#") for word in line.split()}
    used = {
        "module",
        "endmodule",
        "input",
        "output",
        "wire",
        "reg",
        "assign",
        "initial",
        "always",
        "signed",
    }
    used |= {"posedge", "if", "else", "begin", "end", "function", "endfunction", "casez", "endcase"}
    assert len(reserved) > 250
    assert names & reserved <= used


def test_the_bytes_do_not_depend_on_hash_seeds():
    names = ["lmul_e4m3", "exact_e4m3_gradual", "lmul_e5m2_gradual_latency3"]
    code = (
        "import sys\n"
        "from lmul_pe.hw.export.verilog import exported_verilog\n"
        "from lmul_pe.model import multiplier_named\n"
        "for name in sys.argv[1:]:\n"
        "    sys.stdout.write(exported_verilog(multiplier_named(name), name))\n"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code, *names],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(texts) == 1
    assert texts.pop().count(b"endmodule") == len(names)


def test_the_top_module_of_rtlil_has_the_name_given():
    text = rtlil_text(component_of(multiplier_named("lmul_e2m1")), "other")
    assert re.findall(r"^module \\(\S+)", text, flags=re.MULTILINE) == ["other"]


WIDE = [f"exact_{name}" for name, format in CATALOG.items() if format.mantissa_bits > 4]


@pytest.mark.parametrize("name", some(["lmul_e4m3", "exact_e3m2", "exact_e4m3_gradual", *WIDE], 2))
def test_the_text_computes_what_the_model_computes(name, tmp_path, outputs):
    (tmp_path / "design.v").write_text(exported(name))
    commands = ["read_verilog design.v", "proc", "techmap", "opt -fast", "write_json design.json"]
    run_yosys(commands, tmp_path)
    netlist = read_netlist(json.loads((tmp_path / "design.json").read_text()), name)
    multiplier = multiplier_named(name)
    a, b = check_pairs(multiplier, 65_536, 1)
    assert (outputs(netlist, a=a, b=b) == multiplier.compute(a, b)).all()


@pytest.mark.parametrize("name", some(SPREAD, 2))
def test_verilator_finds_nothing_to_warn_about(name, tmp_path):
    path = tmp_path / f"{name}.v"
    path.write_text(exported_verilog(unit_named(name), name))
    with verilator().installed():
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
    (tmp_path / "bench.v").write_text(exported_verilog(multiplier, name) + bench)
    subprocess.run(["iverilog", "-o", "bench", "bench.v"], cwd=tmp_path, check=True)
    done = subprocess.run(
        ["vvp", "bench"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["0", f"{expected:0{width}b}"]


def test_only_wanted_modules_are_written_whatever_is_in_the_others():
    array = unit_named("array_os_2x2_exact_e2m1_e4m3")
    every = rtlil_modules(array, "unit")
    # Both stand in the element, which is not wanted itself.
    wanted = {"unit_multiply", "unit_add"}
    assert rtlil_modules(array, "unit", wanted=wanted.__contains__) == {
        module: every[module] for module in wanted
    }
    assert every.keys() > wanted | {"unit", "unit_element"}
