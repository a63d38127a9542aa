"""Delays and loads computed by hand on the technology `tiny`."""

import pytest

from synth.netlist import Instance, Netlist
from synth.timing import critical_path, net_loads


def steps(path):
    return [(step.instance, step.cell, step.pin, step.time_ps) for step in path.steps]


def test_loads_are_the_driven_pins_and_their_wires(chain, tiny):
    # Net 2 drives the inverter (2 fF) and the NAND's A (3 fF); net 3 its B (4 fF); net 4 nothing.
    assert net_loads(chain, tiny) == {2: 5.0, 3: 4.0}
    assert net_loads(chain, tiny, wire_ff=0.5) == {2: 6.0, 3: 4.5}


def test_the_slowest_path_is_intrinsic_delays_and_loads(chain, tiny):
    path = critical_path(chain, tiny)
    # Inverter: 10 + 1 * 4 fF; NAND from B: 30, no load at an output port.
    assert path.delay_ps == 14 + 30
    assert steps(path) == [("i", "INV", "Y", 14.0), ("n", "NAND", "Y", 44.0)]


def test_wires_slow_it_down(chain, tiny):
    assert critical_path(chain, tiny, wire_ff=2.0).delay_ps == 10 + 1 * (4 + 2) + 30


def test_the_slower_of_two_inputs_decides(tiny):
    # Through A: three inverters (10 + 2, 10 + 2, 10 + 3) and 20; through B: 30 at once.
    netlist = Netlist(
        "race",
        {"a": (2,), "b": (3,)},
        {"y": (7,)},
        (
            Instance("i", "INV", {"A": 2}, {"Y": 4}),
            Instance("j", "INV", {"A": 4}, {"Y": 5}),
            Instance("k", "INV", {"A": 5}, {"Y": 6}),
            Instance("n", "NAND", {"A": 6, "B": 3}, {"Y": 7}),
        ),
    )
    path = critical_path(netlist, tiny)
    assert path.delay_ps == 12 + 12 + 13 + 20
    assert [step.instance for step in path.steps] == ["i", "j", "k", "n"]


def test_an_output_made_from_another_output_comes_after_it(tiny):
    # Carry: from B 45 + 10 per fF of the inverter's 2; sum: the carry and 50, nothing to drive.
    netlist = Netlist(
        "half",
        {"a": (2,), "b": (3,)},
        {"y": (4,), "z": (6,)},
        (
            Instance("h", "HA", {"A": 2, "B": 3}, {"S": 4, "C": 5}),
            Instance("i", "INV", {"A": 5}, {"Y": 6}),
        ),
    )
    path = critical_path(netlist, tiny)
    assert path.delay_ps == 65 + 50
    assert steps(path) == [("h", "HA", "C", 65.0), ("h", "HA", "S", 115.0)]


def test_wires_take_no_time(tiny):
    path = critical_path(Netlist("wire", {"a": (2,)}, {"y": (2,)}, ()), tiny)
    assert (path.delay_ps, path.steps) == (0.0, ())


def test_paths_that_end_nowhere_do_not_count(chain, tiny):
    longer = (*chain.instances, Instance("d", "NAND", {"A": 4, "B": 4}, {"Y": 9}))
    netlist = Netlist("dead", chain.inputs, chain.outputs, longer)
    # Only their load does: 3 + 4 fF at 3 ps.
    assert critical_path(netlist, tiny).delay_ps == pytest.approx(14 + 30 + 3 * 7)
