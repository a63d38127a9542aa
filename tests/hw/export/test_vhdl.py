"""The component declaration for VHDL."""

import shutil
import subprocess

import pytest

from lmul_pe.hw.export.verilog import exported_verilog
from lmul_pe.hw.export.vhdl import component_package
from lmul_pe.model import unit_named


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


@pytest.mark.skipif(shutil.which("ghdl") is None, reason="ghdl is not installed")
@pytest.mark.parametrize("name", ["lmul_e4m3", "mac_lmul_e4m3_fp32"])
def test_ghdl_accepts_it(name, tmp_path):
    (tmp_path / "package.vhd").write_text(package(name))
    subprocess.run(["ghdl", "-a", "package.vhd"], cwd=tmp_path, check=True)
