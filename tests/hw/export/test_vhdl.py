"""The component declaration for VHDL."""

import shutil
import subprocess

import numpy as np
import pytest

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.hw.export.vhdl import component_package
from lmul_pe.hw.wrapper.export import wrapped_verilog
from lmul_pe.model import multiplier_named, unit_named
from tests.sweep import some

BUSES = {None: "lmul_e4m3", "axi4lite": "dot4_lmul_e4m3_fixed", "tinytapeout": "lmul_e4m3_latency1"}
needs_ghdl = pytest.mark.skipif(shutil.which("ghdl") is None, reason="ghdl is not installed")


def package(name):
    return component_package(exported_verilog(unit_named(name), ""), name)


def test_a_component_has_the_ports_of_the_module_in_their_order():
    text = package("lmul_e4m3")
    assert text.endswith(
        "package lmul_e4m3_component is\n"
        "  component lmul_e4m3\n"
        "    port (\n"
        "      a : in  std_logic_vector(7 downto 0);\n"
        "      b : in  std_logic_vector(7 downto 0);\n"
        "      y : out std_logic_vector(7 downto 0)\n"
        "    );\n"
        "  end component;\n"
        "end package lmul_e4m3_component;\n"
    )


def test_of_several_modules_it_is_the_top_one():
    text = package("array_os_1x2_lmul_e2m1_e3m2")
    assert text.count("  component ") == 1
    assert "      clk : in  std_logic;\n      rst : in  std_logic;\n" in text
    assert "      s_axis_a_tdata : in  std_logic_vector(3 downto 0);\n" in text
    assert "      s_axis_b_tdata : in  std_logic_vector(7 downto 0);\n" in text


def user_of(text, name):
    """A VHDL design ``outer`` that hands every port of the component through."""
    ports = text.split("    port (\n")[1].split("\n    );")[0]
    names = [line.split(":")[0].strip() for line in ports.splitlines()]
    return (
        "library ieee;\nuse ieee.std_logic_1164.all;\n"
        f"use work.{name}_component.all;\n"
        f"entity outer is\n  port (\n{ports}\n  );\nend entity outer;\n"
        f"architecture structure of outer is\nbegin\n  core : {name}\n"
        f"    port map ({', '.join(f'{each} => {each}' for each in names)});\n"
        "end architecture structure;\n"
    )


def run(folder, *words):
    """What a tool prints."""
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_ghdl
@pytest.mark.parametrize("standard", some(["93", "08"], 1))
@pytest.mark.parametrize("bus", BUSES)
def test_a_vhdl_compiler_takes_it_and_a_design_that_uses_it(bus, standard, tmp_path):
    specification = unit_named(BUSES[bus])
    module, verilog = BUSES[bus], exported_verilog(specification, "")
    if bus:
        module, verilog = wrapped_verilog(specification, bus, "")
    text = component_package(verilog, module)
    (tmp_path / "component.vhd").write_text(text)
    (tmp_path / "outer.vhd").write_text(user_of(text, module))
    files = ["component.vhd", "outer.vhd"]
    run(tmp_path, "ghdl", "-a", f"--std={standard}", *files)
    run(tmp_path, "ghdl", "-e", f"--std={standard}", "outer")


@needs_ghdl
@pytest.mark.skipif(shutil.which("iverilog") is None, reason="Icarus is not installed")
def test_a_vhdl_design_multiplies_by_the_verilog(tmp_path):
    """Of the VHDL as Verilog, by GHDL, with the exported file in the place of the component."""
    name, count = "lmul_e4m3", 256
    multiplier = multiplier_named(name)
    verilog = exported_verilog(multiplier, "")
    text = component_package(verilog, name)
    (tmp_path / "component.vhd").write_text(text)
    (tmp_path / "outer.vhd").write_text(user_of(text, name))
    run(tmp_path, "ghdl", "-a", "--std=08", "component.vhd", "outer.vhd")
    outer = run(tmp_path, "ghdl", "--synth", "--std=08", "--out=verilog", "outer")
    # GHDL writes an empty module for what it does not know.
    hollow, _, structure = outer.partition("endmodule\n")
    assert f"module {name}" in hollow
    a, b = np.random.default_rng(15).integers(0, 256, size=(2, count), dtype=np.uint8)
    steps = "\n".join(
        f'    a = {x}; b = {y}; #1 $display("%0d", y);' for x, y in zip(a, b, strict=True)
    )
    (tmp_path / "bench.v").write_text(
        f"{structure}\n{verilog}\nmodule bench;\n  reg [7:0] a, b;\n  wire [7:0] y;\n"
        f"  outer dut (.a(a), .b(b), .y(y));\n  initial begin\n{steps}\n  end\nendmodule\n"
    )
    run(tmp_path, "iverilog", "-g2005", "-s", "bench", "-o", "bench", "bench.v")
    given = [int(line) for line in run(tmp_path, "vvp", "bench").splitlines()]
    assert given == multiplier.compute(a, b).tolist()
