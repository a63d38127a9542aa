"""Netlists of blocks joined by hand-made examples, wires and constants through blocks included."""

import pytest

from lmul_pe.synth.netlists.linking import link, opened, total_cells
from lmul_pe.synth.netlists.netlist import ONE, ZERO, Instance, Netlist, NetlistError, Placed


def inverter(name, source, target):
    return Instance(name, "INV", {"A": source}, {"Y": target})


def inner():
    """y0 = NOT a; y1 = b, a wire; y2 = 1; y3 = y0 once more."""
    return Netlist(
        "unit_in",
        {"a": (2,), "b": (3,)},
        {"y": (4, 3, ONE, 4)},
        (inverter("i", 2, 4),),
    )


def outer():
    """Two of them in a row."""
    blocks = (
        Placed("first", "unit_in", {"a": (2,), "b": (3,)}, {"y": (10, 11, 12, 13)}),
        Placed("second", "unit_in", {"a": (10,), "b": (11,)}, {"y": (20, 21, 22, 23)}),
    )
    return Netlist("unit", {"p": (2,), "q": (3,)}, {"r": (20, 21, 22, 23, 13)}, (), blocks=blocks)


@pytest.fixture
def linked():
    return link({"unit": outer(), "unit_in": inner()}, "unit", "whole", ())


def test_cells_keep_where_they_came_from(linked):
    netlist = linked.netlist
    assert netlist.name == "whole"
    assert netlist.blocks == ()
    assert [(each.name, each.block) for each in netlist.instances] == [
        ("first.i", "unit_in"),
        ("second.i", "unit_in"),
    ]


def test_wires_and_constants_pass_through(linked):
    netlist = linked.netlist
    first, second = netlist.instances
    assert first.inputs["A"] == netlist.inputs["p"][0]
    assert second.inputs["A"] == first.outputs["Y"]
    inverted, wire, constant, again, earlier = netlist.outputs["r"]
    assert inverted == again == second.outputs["Y"]
    assert wire == netlist.inputs["q"][0]
    assert constant == ONE
    assert earlier == first.outputs["Y"]
    assert len({ZERO, ONE, *netlist.inputs["p"], *netlist.inputs["q"]}) == 4


def test_places_are_the_ports_on_the_nets_of_the_whole(linked):
    first, second = linked.places["unit_in"]
    assert first["y"][0] == second["a"][0]
    assert second["b"] == linked.netlist.inputs["q"]
    assert linked.places["unit"][0]["second.y"] == second["y"]


def test_an_opened_netlist_has_the_ports_of_its_blocks(linked):
    alone = opened(outer())
    assert alone.blocks == ()
    assert alone.inputs["first.y"] == (10, 11, 12, 13)
    assert alone.outputs["second.a"] == (10,)


def test_cells_are_counted_with_those_of_blocks():
    assert total_cells({"unit": outer(), "unit_in": inner()}, "unit") == {"INV": 2}


def test_a_port_that_nothing_drives_is_named():
    bare = Netlist("unit", {}, {}, (), blocks=(Placed("x", "unit_in", {"a": (ZERO,)}, {}),))
    with pytest.raises(NetlistError, match="unit_in: nothing is on its port b"):
        link({"unit": bare, "unit_in": inner()}, "unit", "whole", ())


def test_a_loop_through_blocks_is_found():
    blocks = (
        Placed("first", "unit_in", {"a": (20,), "b": (ZERO,)}, {"y": (10, 11, 12, 13)}),
        Placed("second", "unit_in", {"a": (10,), "b": (ZERO,)}, {"y": (20, 21, 22, 23)}),
    )
    loop = Netlist("unit", {}, {"r": (20,)}, (), blocks=blocks)
    with pytest.raises(NetlistError, match="whole has a combinational loop"):
        link({"unit": loop, "unit_in": inner()}, "unit", "whole", ())
