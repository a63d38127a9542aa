"""The registers around a design that is placed."""

import re

import pytest

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.model import unit_named
from lmul_pe.synth.fpga.harness import between_registers
from lmul_pe.synth.fpga.parts import PARTS
from lmul_pe.synth.fpga.tools import Tools


def test_every_port_has_its_registers():
    text = between_registers(exported_verilog(unit_named("lmul_e2m1"), ""), "lmul_e2m1")
    assert "  always @(posedge clk) given <= {given, d};\n" in text
    assert "  lmul_e2m1 unit(.a(given[3:0]), .b(given[7:4]), .y(found_0[3:0]));\n" in text
    assert "  assign q = found_2[0];\n" in text


def test_parities_of_four_bits_follow_the_registers_of_a_design():
    module = """module small(clk, a, b, y, z);
  input clk;
  input [1:0] a;
  input b;
  output [4:0] y;
  output z;
endmodule
"""
    assert between_registers(module, "small").splitlines() == [
        "module harness(clk, d, q);",
        "  input clk, d;",
        "  output q;",
        "  reg [2:0] given;",
        "  wire [5:0] found_0;",
        "  always @(posedge clk) given <= {given, d};",
        "  small unit(.clk(clk), .a(given[1:0]), .b(given[2:2]), .y(found_0[4:0]), "
        ".z(found_0[5:5]));",
        "  reg [5:0] found_1;",
        *(f"  always @(posedge clk) found_1[{bit}] <= ^found_0[{bit}:{bit}];" for bit in range(6)),
        "  reg [1:0] found_2;",
        "  always @(posedge clk) found_2[0] <= ^found_1[3:0];",
        "  always @(posedge clk) found_2[1] <= ^found_1[5:4];",
        "  reg [0:0] found_3;",
        "  always @(posedge clk) found_3[0] <= ^found_2[1:0];",
        "  assign q = found_3[0];",
        "endmodule",
    ]


def test_one_bit_leaves_by_the_register_of_the_design():
    module = "module one(a, y);\n  input a;\n  output y;\nendmodule\n"
    assert between_registers(module, "one").splitlines()[3:] == [
        "  reg [0:0] given;",
        "  wire [0:0] found_0;",
        "  always @(posedge clk) given <= {given, d};",
        "  one unit(.a(given[0:0]), .y(found_0[0:0]));",
        "  reg [0:0] found_1;",
        "  always @(posedge clk) found_1[0] <= ^found_0[0:0];",
        "  assign q = found_1[0];",
        "endmodule",
    ]


@pytest.mark.parametrize("name", ["lmul_e2m1", "lmul_bf16", "mac_lmul_e2m1_e3m2"])
def test_every_bit_of_a_parity_is_set(name):
    text = between_registers(exported_verilog(unit_named(name), ""), name)
    declared = re.findall(r"^  reg \[(\d+):0\] (found_\d+);$", text, re.MULTILINE)
    assert len(declared) >= 2
    for last, register in declared:
        bits = re.findall(rf"\b{register}\[(\d+)\] <= ", text)
        assert [int(bit) for bit in bits] == list(range(int(last) + 1))


@pytest.mark.parametrize(
    ("name", "registers"),
    [
        # Operands, results, and a parity of four bits.
        ("lmul_e2m1", 8 + 4 + 1),
        # Sixteen bits of results have parities of four, and then one.
        pytest.param("lmul_bf16", 32 + 16 + 4 + 1, marks=pytest.mark.slow),
    ],
)
def test_nothing_of_it_is_optimised_away(name, registers, tmp_path):
    text = exported_verilog(unit_named(name), "")
    text += between_registers(text, name)
    tools = Tools(tmp_path)
    assert tools.use(text, "harness", PARTS["ice40-hx8k"], dsp=False).flip_flops == registers


def test_a_clocked_design_has_its_clock_and_no_register_before_it():
    name = "mac_lmul_e2m1_e3m2"
    text = between_registers(exported_verilog(unit_named(name), ""), name)
    assert f"  {name} unit(.clk(clk), " in text
    assert re.search(r"\.rst\(given\[\d+:\d+\]\)", text)
    # rst, eight bits of operands and three of handshakes come in; six and three leave.
    assert "  reg [11:0] given;\n" in text
    assert "  wire [8:0] found_0;\n" in text
