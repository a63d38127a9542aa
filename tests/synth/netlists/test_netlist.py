import pytest

from lmul_pe.synth.netlists.netlist import (
    ONE,
    ZERO,
    Instance,
    Netlist,
    NetlistError,
    Placed,
    read_netlist,
)

DIRECTIONS = {"A": "input", "B": "input", "C": "input", "Y": "output", "Z": "output"}


def cell(kind, **connections):
    return {
        "type": kind,
        "port_directions": {pin: DIRECTIONS[pin] for pin in connections},
        "connections": {
            pin: net if isinstance(net, list) else [net] for pin, net in connections.items()
        },
    }


def document(cells, inputs=(("a", [2, 3]),), outputs=(("y", [9]),)):
    ports = {name: {"direction": "input", "bits": bits} for name, bits in inputs}
    ports |= {name: {"direction": "output", "bits": bits} for name, bits in outputs}
    return {"modules": {"top": {"ports": ports, "cells": cells}}}


def test_cells_come_after_those_that_drive_them():
    cells = {
        "last": cell("INV", A=5, Y=9),
        "middle": cell("NAND", A=4, B=2, Y=5),
        "first": cell("INV", A=3, Y=4),
    }
    netlist = read_netlist(document(cells), "top")
    assert [instance.name for instance in netlist.instances] == ["first", "middle", "last"]
    assert netlist.inputs == {"a": (2, 3)}
    assert netlist.outputs == {"y": (9,)}
    middle = netlist.instances[1]
    assert (middle.cell, middle.inputs, middle.outputs) == ("NAND", {"A": 4, "B": 2}, {"Y": 5})


def test_sinks_counts_and_depth():
    cells = {
        "i": cell("INV", A=2, Y=4),
        "j": cell("INV", A=4, Y=5),
        "n": cell("NAND", A=5, B=4, Y=9),
        # Longer than the others, but it leads nowhere.
        "d1": cell("INV", A=9, Y=20),
        "d2": cell("INV", A=20, Y=21),
    }
    netlist = read_netlist(document(cells), "top")
    assert netlist.cell_counts == {"INV": 4, "NAND": 1}
    assert list(netlist.cell_counts) == ["INV", "NAND"]
    assert netlist.depth == 3
    found = {(instance.name, pin) for instance, pin in netlist.sinks[4]}
    assert found == {("j", "A"), ("n", "B")}
    assert 3 not in netlist.sinks


def test_wires_have_no_depth():
    assert read_netlist(document({}, outputs=[("y", [2, "0"])]), "top").depth == 0


def test_nothing_has_no_depth():
    assert read_netlist(document({}, outputs=[]), "top").depth == 0


def test_ports_and_cells_drive_nets_and_constants_are_none_of_them():
    netlist = Netlist(
        "n",
        {"a": (2, ONE)},
        {"y": (9, ZERO)},
        (Instance("i", "INV", {"A": 2}, {"Y": 9}), Instance("t", "TIE", {}, {"Y": ZERO})),
        (Instance("r", "DFF", {"D": 9}, {"Q": 5}),),
    )
    assert netlist.driven == (2, 9, 5)


def test_a_block_drives_the_nets_on_its_outputs():
    block = cell("other", A=[2, 3], Y=[7, 8])
    netlist = read_netlist(document({"b": block, "i": cell("INV", A=8, Y=9)}), "top", (), ["other"])
    assert netlist.blocks == (Placed("b", "other", {"A": (2, 3)}, {"Y": (7, 8)}),)
    assert [each.name for each in netlist.instances] == ["i"]


def test_constants_are_nets_of_their_own():
    cells = {"n": cell("NAND", A="1", B="0", Y=9)}
    netlist = read_netlist(document(cells, outputs=[("y", [9, "1", "0"])]), "top")
    assert netlist.instances[0].inputs == {"A": 1, "B": 0}
    assert netlist.outputs["y"] == (9, 1, 0)
    assert (ZERO, ONE) == (0, 1)


def test_a_cell_of_constants_alone_counts_as_a_level():
    cells = {"n": cell("TIE", Y=9)}
    assert read_netlist(document(cells), "top").depth == 1


def test_pins_that_are_left_open_are_left_out():
    cells = {"n": cell("ADDER", A=2, Y=9, Z=[])}
    assert read_netlist(document(cells), "top").instances[0].outputs == {"Y": 9}


def test_a_pin_that_nothing_drives_is_named():
    cells = {"n": cell("NAND", A=2, B=7, Y=9)}
    with pytest.raises(NetlistError, match="netlist top: pin B of n is not driven"):
        read_netlist(document(cells), "top")


def test_an_x_on_a_pin_is_not_a_drive():
    cells = {"n": cell("NAND", A=2, B="x", Y=9)}
    with pytest.raises(NetlistError, match="pin B of n is not driven"):
        read_netlist(document(cells), "top")


def test_a_loop_is_named():
    cells = {"n": cell("NAND", A=2, B=5, Y=9), "i": cell("INV", A=9, Y=5)}
    with pytest.raises(NetlistError, match=r"netlist top has a combinational loop through [ni]"):
        read_netlist(document(cells), "top")


def test_a_missing_module_is_named():
    with pytest.raises(NetlistError, match="netlist has no module other"):
        read_netlist(document({}), "other")
