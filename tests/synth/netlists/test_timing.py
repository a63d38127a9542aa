"""Delays and loads computed by hand on the technology `tiny`."""

from dataclasses import replace

import pytest

from lmul_pe.synth.netlists.netlist import Instance, Netlist
from lmul_pe.synth.netlists.timing import Arrival, critical_path, net_loads, path_groups


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


def test_a_step_rises_unless_it_is_said_to_fall():
    assert Arrival("i", "INV", "Y", 14.0).rises
    assert not Arrival("i", "INV", "Y", 14.0, False).rises


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


# ---- Rise and fall ----


@pytest.fixture
def skewed(tiny):
    """`tiny` with an inverter that rises in 10 and falls in 30, and a NAND from A in 5 and 50."""
    inverter, nand = tiny.cells["INV"], tiny.cells["NAND"]
    flat = {"A": ((10.0, 0.0), (30.0, 0.0))}
    slow = {"A": ((5.0, 0.0), (50.0, 0.0))}
    cells = {
        **tiny.cells,
        "INV": replace(inverter, outputs={"Y": replace(inverter.outputs["Y"], edges=flat)}),
        "NAND": replace(nand, outputs={"Y": replace(nand.outputs["Y"], edges=slow)}),
    }
    return replace(tiny, cells=cells)


def inverters(count):
    instances = tuple(
        Instance(f"i{place}", "INV", {"A": 2 + place}, {"Y": 3 + place}) for place in range(count)
    )
    return Netlist("row", {"a": (2,)}, {"y": (2 + count,)}, instances)


def test_inverters_rise_and_fall_in_turn(skewed):
    # Of the edges at the end the later one counts: one of three inverters falls, or two do.
    path = critical_path(inverters(3), skewed)
    assert path.delay_ps == 30 + 10 + 30
    assert [step.rises for step in path.steps] == [False, True, False]
    assert critical_path(inverters(4), skewed).delay_ps == 2 * (10 + 30)


def test_an_xor_takes_the_slower_edge_every_time(skewed):
    half = skewed.cells["HA"]
    edges = dict.fromkeys("AB", ((5.0, 0.0), (7.0, 0.0)))
    sums = replace(half.outputs["S"], delay=dict.fromkeys("AB", (6.0, 0.0)), edges=edges)
    adder = replace(half, outputs={"S": sums, "C": half.outputs["C"]})
    technology = replace(skewed, cells={**skewed.cells, "HA": adder})
    chain = tuple(
        Instance(f"h{place}", "HA", {"A": 2 + place, "B": 90 + place}, {"S": 3 + place})
        for place in range(3)
    )
    inputs = {"a": (2,), "b": (90, 91, 92)}
    assert critical_path(Netlist("odd", inputs, {"y": (5,)}, chain), technology).delay_ps == 21


def test_pins_without_edges_share_one_delay(skewed):
    # The NAND's B knows only its mean; from A it falls in 50.
    netlist = Netlist(
        "nand",
        {"b": (3,), "a": (2,)},
        {"y": (4,)},
        (Instance("n", "NAND", {"A": 2, "B": 3}, {"Y": 4}),),
    )
    path = critical_path(netlist, skewed)
    assert (path.delay_ps, path.steps[0].rises) == (50, False)
    assert critical_path(replace(netlist, inputs={"b": (3,)}), skewed).delay_ps == 30


# ---- Paths between ports and registers ----


def registered():
    """An input through an inverter to a register, that through one to another, and out by one."""
    return Netlist(
        "between",
        {"a": (2,), "clk": (3,)},
        {"y": (8,), "z": (9,)},
        (
            Instance("i", "INV_X1", {"A": 2}, {"ZN": 4}),
            Instance("j", "INV_X1", {"A": 5}, {"ZN": 6}),
            Instance("k", "INV_X1", {"A": 7}, {"ZN": 8}),
            Instance("l", "NAND2_X1", {"A1": 2, "A2": 2}, {"ZN": 9}),
        ),
        (
            Instance("r", "DFF_X1", {"D": 4, "CK": 3}, {"Q": 5}),
            Instance("s", "DFF_X1", {"D": 6, "CK": 3}, {"Q": 7}),
        ),
    )


def test_each_kind_of_path(nangate45):
    groups = path_groups(registered(), nangate45)
    assert {
        name: [step.instance for step in path.steps] for name, path in groups.named.items()
    } == {
        "input to output": ["l"],
        "input to register": ["i"],
        "register to register": ["r", "j"],
        "register to output": ["s", "k"],
    }
    flip_flop, inverter = nangate45.cells["DFF_X1"], nangate45.cells["INV_X1"]

    def settled(output, pin, load):
        return [intrinsic + slope * load for intrinsic, slope in output.edges[pin]]

    to_q = settled(flip_flop.outputs["Q"], "CK", inverter.inputs["A"])
    loaded = settled(inverter.outputs["ZN"], "A", flip_flop.inputs["D"])
    free = settled(inverter.outputs["ZN"], "A", 0.0)
    setup = flip_flop.flip_flop.setup_ps
    assert groups.input_to_register.delay_ps == pytest.approx(max(loaded) + setup)
    # The inverter rises when the register falls.
    assert groups.register_to_register.delay_ps == pytest.approx(
        max(to_q[1] + loaded[0], to_q[0] + loaded[1]) + setup
    )
    assert groups.register_to_output.delay_ps == pytest.approx(
        max(to_q[1] + free[0], to_q[0] + free[1])
    )
    assert groups.slowest == groups.register_to_register
    assert critical_path(registered(), nangate45) == groups.slowest


def test_where_nothing_leads_there_is_no_path(nangate45):
    netlist = Netlist(
        "through",
        {"a": (2,), "clk": (3,)},
        {"y": (6,)},
        (Instance("i", "INV_X1", {"A": 5}, {"ZN": 6}),),
        (Instance("r", "DFF_X1", {"D": 2, "CK": 3}, {"Q": 5}),),
    )
    groups = path_groups(netlist, nangate45)
    assert list(groups.named) == ["input to register", "register to output"]
    # A port is a register's own data: its setup time is all.
    setup = nangate45.cells["DFF_X1"].flip_flop.setup_ps
    assert groups.input_to_register.delay_ps == pytest.approx(setup)
    assert groups.input_to_register.steps == ()


def test_a_netlist_without_registers_has_one_kind(chain, tiny):
    groups = path_groups(chain, tiny)
    assert list(groups.named) == ["input to output"]
    assert path_groups(Netlist("nothing", {}, {}, ()), tiny).slowest.delay_ps == 0


def test_an_enable_has_the_cycle_less_the_setup_of_its_gate(nangate45):
    """From a flip-flop through an inverter to the enable; the gate itself delays no clock."""
    netlist = Netlist(
        "gated",
        {"clk": (2,), "d": (3,)},
        {},
        (
            Instance("i", "INV_X1", {"A": 4}, {"ZN": 5}),
            Instance("g", "CLKGATE_X1", {"CK": 2, "E": 5}, {"GCK": 6}),
        ),
        (
            Instance("r", "DFF_X1", {"D": 3, "CK": 2}, {"Q": 4}),
            Instance("s", "DFF_X1", {"D": 3, "CK": 6}, {"Q": 7}),
        ),
    )
    technology = nangate45.with_clock_gates
    path = path_groups(netlist, technology).register_to_register
    register, inverter = technology.cells["DFF_X1"], technology.cells["INV_X1"]
    rise = (
        register.edge_delays_ps("CK", "Q", 1.7002)[0]
        + inverter.edge_delays_ps("A", "ZN", 0.9152)[1]
    )
    fall = (
        register.edge_delays_ps("CK", "Q", 1.7002)[1]
        + inverter.edge_delays_ps("A", "ZN", 0.9152)[0]
    )
    assert path.delay_ps == pytest.approx(max(rise, fall) + 52.1974)
    assert [step.instance for step in path.steps] == ["r", "i"]
