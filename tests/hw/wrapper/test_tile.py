"""Tiles: every test of the bench, and the pins that Tiny Tapeout has."""

import re

import pytest

from lmul_pe.hw.wrapper.export import wrapped_verilog
from lmul_pe.model import unit_named


@pytest.mark.parametrize(
    "unit", ["mac_int8_int32", pytest.param("lmul_e4m3_latency1", marks=pytest.mark.long)]
)
def test_a_tile_computes_byte_by_byte(unit, failures):
    assert failures(unit, "tinytapeout", "tests.hw.wrapper.tile_bench") == (2, 0)


def test_a_tile_has_the_frame_of_tiny_tapeout():
    # Of the template ttsky-verilog, src/project.v.
    frame = {
        "ui_in": "input [7:0]",
        "uo_out": "output [7:0]",
        "uio_in": "input [7:0]",
        "uio_out": "output [7:0]",
        "uio_oe": "output [7:0]",
        "ena": "input",
        "clk": "input",
        "rst_n": "input",
    }
    module, text = wrapped_verilog(unit_named("mac_int8_int32"), "tinytapeout", "")
    assert module == "tt_um_mac_int8_int32"
    top = re.search(rf"^module {module}\(([^)]*)\);\n(.*?)^endmodule$", text, re.M | re.S)
    assert sorted(top[1].split(", ")) == sorted(frame)
    found = re.findall(r"^  ((?:input|output)(?: \[\d+:0\])?) (\w+);$", top[2], re.M)
    assert {name: kind for kind, name in found} == frame
