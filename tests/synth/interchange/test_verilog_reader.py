"""Netlists read back from Verilog, with names; and files that are none."""

import gzip

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.interchange.verilog_reader import read_verilog
from lmul_pe.synth.netlists.netlist import ONE, ZERO

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
    # Of ports, where they do not count from 0.
    assert found.indices == {"a": range(3, 5)}


def test_instances_are_flattened_and_keep_their_path(tmp_path, nangate45):
    found = named(tmp_path, nangate45, DEEP)
    assert found.netlist.name == "deep"
    assert found.names["one.z"] == found.names["middle"] == found.names["two.x"]
    assert found.pins["two.i.ZN"] == found.names["y"]
    assert named(tmp_path, nangate45, DEEP, top="leaf").netlist.name == "leaf"


def test_bits_of_ports_are_called_as_they_are_declared(tmp_path, nangate45):
    text = """module m(input [0:2] up, input [8:7] offset, input [1:1] single, output [2:0] y);
      AND2_X1 i(.A1(up[0]), .A2(offset[8]), .ZN(y[2]));
      AND2_X1 j(.A1(up[1]), .A2(offset[7]), .ZN(y[1]));
      AND2_X1 k(.A1(up[2]), .A2(single[1]), .ZN(y[0]));
    endmodule"""
    found = named(tmp_path, nangate45, text)
    assert found.bits("up") == ["up[2]", "up[1]", "up[0]"]
    assert found.bits("offset") == ["offset[7]", "offset[8]"]
    assert (found.bits("single"), found.bits("y")) == (["single"], ["y[0]", "y[1]", "y[2]"])
    for pin, net in {"i.A1": "up[0]", "j.A1": "up[1]", "j.A2": "offset[7]"}.items():
        assert found.pins[pin] == found.names[net]
    for port in ("up", "offset", "y"):
        assert [found.names[bit] for bit in found.bits(port)] == list(found.ports[port])


GATES = """
  NAND2_X1 u1 (.A1(a), .A2(b), .ZN(n1));
  INV_X1 u2 (.A(n1), .ZN(y));
"""


def layout(ports="", more="", gates=GATES):
    return f"""module top(a, b, y{", VDD, VSS" if ports else ""});
      input a, b; output y; {ports} wire n1;
      {gates} {more} endmodule"""


def test_cells_without_logic_are_counted_apart(tmp_path, nangate45):
    more = (
        "FILLCELL_X1 f1 (); FILLCELL_X1 f2 (.VDD(VDD)); ANTENNA_X1 d (.A(n1)); TAP t (.VSS(VSS));"
    )
    found = named(tmp_path, nangate45, layout(more=more))
    assert found.netlist.cell_counts == {"INV_X1": 1, "NAND2_X1": 1}
    assert found.passive == {"FILLCELL_X1": 2, "ANTENNA_X1": 1, "TAP": 1}


def test_cells_that_tie_a_net_make_it_constant(tmp_path, nangate45):
    more = """wire k, l, z; LOGIC1_X1 t1 (.Z(k)); LOGIC0_X1 t0 (.Z(l));
      AND3_X1 u3 (.A1(k), .A2(a), .A3(l), .ZN(z));"""
    found = named(tmp_path, nangate45, layout(more=more))
    (cell,) = (each for each in found.netlist.instances if each.name == "u3")
    assert (cell.inputs["A1"], cell.inputs["A3"]) == (ONE, ZERO)
    assert found.passive == {"LOGIC1_X1": 1, "LOGIC0_X1": 1}
    assert not found.names.keys() & {"k", "l"}


@pytest.mark.parametrize("direction", ["inout", "input"])
def test_supply_pins_and_ports_are_left_out(tmp_path, nangate45, direction):
    gates = GATES.replace("));", "), .VDD(VDD), .VSS(VSS));")
    more = "wire z; AND2_X1 u3 (.A1(VDD), .A2(VSS), .ZN(z));"
    found = named(tmp_path, nangate45, layout(f"{direction} VDD, VSS;", more, gates))
    assert list(found.ports) == ["a", "b", "y"]
    (cell,) = (each for each in found.netlist.instances if each.name == "u3")
    assert cell.inputs == {"A1": ONE, "A2": ZERO}


def test_a_port_that_is_tied_to_a_supply_is_constant(tmp_path, nangate45):
    text = """module m(input a, output y, output k, input VDD);
      INV_X1 i(.A(a), .ZN(y)); assign k = VDD;
    endmodule"""
    found = named(tmp_path, nangate45, text)
    assert list(found.ports) == ["a", "y", "k"]
    assert found.ports["k"] == (ONE,)


def test_a_supply_may_be_declared_as_a_net(tmp_path, nangate45):
    gates = GATES.replace("));", "), .VPWR(VPWR));")
    for declared in ("supply1 VPWR;", "wire VPWR;"):
        found = named(tmp_path, nangate45, layout(more=declared, gates=gates))
        assert found.netlist.cell_counts == {"INV_X1": 1, "NAND2_X1": 1}


def test_a_compressed_file_is_read_as_another(tmp_path, nangate45):
    (tmp_path / "file.v.gz").write_bytes(gzip.compress(FLAT.encode()))
    assert read_verilog(tmp_path / "file.v.gz", nangate45) == named(tmp_path, nangate45, FLAT)


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        ("", {}, "is no netlist of cells of nangate45: it has no cell"),
        ("// nothing", {}, "has no cell"),
        ("module m(input a, output y); assign y = a; endmodule", {}, "has no cell"),
        ("module m(); endmodule", {}, "has no cell"),
        ("module m(input a); FILLCELL_X1 f(); endmodule", {}, "has no cell"),
        ("\0\1\2", {}, "is a binary file: expected structural Verilog"),
        ("module m(a, y); INV_X1 i(.A(a), .ZN(y)); endmodule", {}, "details for module port"),
        (
            "module m(inout a, output y); INV_X1 i(.A(a), .ZN(y)); endmodule",
            {},
            "port a is inout: expected input or output",
        ),
        (
            "module m(input a, output y); INV_X1 i(.A(a), .Y(y)); endmodule",
            {},
            "pin Y of i is none of a INV_X1: expected A, ZN, by name",
        ),
        (
            "module m(input a, output y); INV_X1 i(a, y); endmodule",
            {},
            r"pin \$1 of i is none of a INV_X1",
        ),
        (
            "module m(input a, output y); NAND2_X1 i(.A1(a), .ZN(y)); endmodule",
            {},
            "pin A2 of i, a NAND2_X1, is not connected",
        ),
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
