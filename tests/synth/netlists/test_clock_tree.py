"""Clock trees of a few cells, drawn by hand."""

import pytest

from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.netlists.clock_tree import ClockTree, clock_tree
from lmul_pe.synth.netlists.netlist import Instance, Netlist


@pytest.fixture(scope="module")
def nangate45():
    return load_technology("nangate45").with_layout


def netlist(cells, registers):
    return Netlist("clocked", {"clk": (2,), "d": (3,)}, {"q": (9,)}, tuple(cells), tuple(registers))


def register(clock, name="r", output=9):
    return Instance(name, "DFF_X1", {"D": 3, "CK": clock}, {"Q": output})


def buffer(source, net, cell="CLKBUF_X1", pin="Z"):
    return Instance(f"{cell}_{net}", cell, {"A": source}, {pin: net})


def test_without_flip_flops_there_is_none(nangate45):
    assert clock_tree(netlist([buffer(2, 9)], []), nangate45) == ClockTree(
        {}, frozenset(), frozenset()
    )


def test_a_clock_without_a_tree(nangate45):
    found = clock_tree(netlist([], [register(2)]), nangate45)
    assert found == ClockTree({2: frozenset({True})}, frozenset({2}), frozenset())


def test_buffers_lead_back_to_the_port(nangate45):
    cells = [buffer(2, 4), buffer(4, 5), buffer(4, 6), buffer(3, 7)]
    found = clock_tree(netlist(cells, [register(5), register(6, "s", 10)]), nangate45)
    assert found.edges == {2: frozenset({True})}
    assert found.nets == {2, 4, 5, 6}
    assert found.cells == {"CLKBUF_X1_4", "CLKBUF_X1_5", "CLKBUF_X1_6"}


def test_inverters_turn_the_edge_around(nangate45):
    cells = [buffer(2, 4, "INV_X1", "ZN"), buffer(4, 5, "INV_X1", "ZN")]
    for clock, edges in ((4, {False}), (5, {True})):
        found = clock_tree(netlist(cells, [register(clock)]), nangate45)
        assert found.edges == {2: edges}
    both = clock_tree(netlist(cells, [register(4), register(5, "s", 10)]), nangate45)
    assert both.edges == {2: {True, False}}


def test_a_gate_with_two_inputs_begins_a_clock(nangate45):
    gate = Instance("gate", "AND2_X1", {"A1": 2, "A2": 3}, {"ZN": 4})
    found = clock_tree(netlist([gate, buffer(4, 5)], [register(5)]), nangate45)
    assert (found.edges, found.nets) == ({4: frozenset({True})}, {4, 5})


def test_a_clock_gate_is_part_of_the_tree(nangate45):
    """clk -> gate -> buffer -> r, and clk -> s: one clock, whose nets 5 and 6 are gated."""
    gate = Instance("gate", "CLKGATE_X1", {"CK": 2, "E": 3}, {"GCK": 5})
    found = clock_tree(
        netlist([gate, buffer(5, 6)], [register(6), register(2, "s", 10)]), nangate45
    )
    assert found.edges == {2: frozenset({True})}
    assert found.nets == {2, 5, 6}
    assert found.cells == {"gate", "CLKBUF_X1_6"}
    assert found.gated == {5: gate, 6: gate}


def test_of_gates_in_a_row_the_nearest_counts(nangate45):
    outer = Instance("outer", "CLKGATE_X1", {"CK": 2, "E": 3}, {"GCK": 5})
    inner = Instance("inner", "CLKGATE_X1", {"CK": 5, "E": 4}, {"GCK": 6})
    found = clock_tree(netlist([outer, inner], [register(6)]), nangate45)
    assert found.gated == {5: outer, 6: inner}
    assert found.edges == {2: frozenset({True})}
