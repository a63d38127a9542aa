"""Netlists read back from Verilog, with names; and files that are none."""

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.interchange.verilog_reader import read_verilog

FLAT = """
module flat(input [4:3] a, input clk, output y);
  wire \\odd.name[7] ;
  wire [1:0] pair;
  INV_X1 i(.A(a[3]), .ZN(\\odd.name[7] ));
  NAND2_X1 n(.A1(\\odd.name[7] ), .A2(a[4]), .ZN(pair[1]));
  DFF_X1 r(.D(pair[1]), .CK(clk), .Q(y));
endmodule
"""
DEEP = """
module leaf(input x, output z);
  INV_X1 i(.A(x), .ZN(z));
endmodule
module deep(input a, output y);
  wire middle;
  leaf one(.x(a), .z(middle));
  leaf two(.x(middle), .z(y));
endmodule
"""


def named(tmp_path, technology, text, **arguments):
    (tmp_path / "file.v").write_text(text)
    return read_verilog(tmp_path / "file.v", technology, **arguments)


def test_names_of_nets_and_pins(tmp_path, nangate45):
    found = named(tmp_path, nangate45, FLAT)
    netlist, names = found.netlist, found.names
    assert (netlist.name, netlist.cell_counts) == (
        "flat",
        {"DFF_X1": 1, "INV_X1": 1, "NAND2_X1": 1},
    )
    assert (names["a[3]"], names["a[4]"]) == netlist.inputs["a"]
    assert names["odd.name[7]"] == found.pins["i.ZN"] == found.pins["n.A1"]
    assert names["pair[1]"] == found.pins["r.D"]
    assert found.pins["r.Q"] == names["y"] == netlist.outputs["y"][0]
    assert found.labels[names["pair[1]"]] == "pair[1]"
    assert set(netlist.driven) == set(found.pins.values())


def test_instances_are_flattened_and_keep_their_path(tmp_path, nangate45):
    found = named(tmp_path, nangate45, DEEP)
    assert found.netlist.name == "deep"
    assert found.names["one.z"] == found.names["middle"] == found.names["two.x"]
    assert found.pins["two.i.ZN"] == found.names["y"]
    assert named(tmp_path, nangate45, DEEP, top="leaf").netlist.name == "leaf"


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        ("no Verilog", {}, "line 1: syntax error"),
        ("module m(input a, output y); assign y = ~a; endmodule", {}, r"it has a \$not"),
        ("module m(input a); FOO f(.A(a)); endmodule", {}, "FOO"),
        ("module m(output y); wire w; INV_X1 i(.A(w), .ZN(y)); endmodule", {}, "is not driven"),
        (DEEP, {"top": "nowhere"}, "nowhere"),
        (DEEP, {"top": "a b"}, "'a b' is no name of a module"),
    ],
)
def test_other_files_are_refused(tmp_path, nangate45, text, arguments, message):
    with pytest.raises(SpecificationError, match=message) as error:
        named(tmp_path, nangate45, text, **arguments)
    assert "\n" not in str(error.value)
    with pytest.raises(FileNotFoundError):
        read_verilog(tmp_path / "nowhere.v", nangate45)
