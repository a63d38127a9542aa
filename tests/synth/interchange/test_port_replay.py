"""Recordings of ports written by hand, replayed on netlists of a few cells."""

import re
from dataclasses import replace

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.interchange.port_replay import Clock, clock_of, replayed
from lmul_pe.synth.interchange.verilog_reader import NamedNetlist
from lmul_pe.synth.netlists.clock_tree import clock_tree
from lmul_pe.synth.netlists.netlist import Instance, Netlist

CHAIN = """$timescale 1ps $end
$scope module tb $end
$var wire 1 a a $end
$var wire 1 y y $end
$upscope $end
$enddefinitions $end
#0
0a
1y
#100
1a
#200
0a
0y
#250
1y
#300
1a
#400
"""


def vcd(tmp_path, text):
    path = tmp_path / "ports.vcd"
    path.write_text(text)
    return path


def test_operands_are_those_between_changes(tmp_path, chain, tiny):
    # y is always 1; it is recorded so, but for a pulse, and before the last change.
    found = replayed(NamedNetlist(chain, {}), tiny, vcd(tmp_path, CHAIN), "tb", glitches=False)
    assert (found.operations, found.agreeing) == (4, 4)
    assert found.activity.duration_ps == 300
    assert found.activity.toggles == {2: 3, 3: 3, 4: 0}
    wrong = CHAIN.replace("#250\n1y\n", "")
    found = replayed(NamedNetlist(chain, {}), tiny, vcd(tmp_path, wrong), "tb", glitches=False)
    assert (found.operations, found.agreeing) == (4, 2)
    unknown = wrong.replace("0y", "xy")
    found = replayed(NamedNetlist(chain, {}), tiny, vcd(tmp_path, unknown), "tb", glitches=False)
    assert (found.operations, found.agreeing) == (4, 4)


TOGGLER = Netlist(
    "toggler",
    {"clk": (2,), "enable": (3,)},
    {"q": (4,)},
    (Instance("flip", "XOR2_X1", {"A": 4, "B": 3}, {"Z": 5}),),
    (Instance("hold", "DFF_X1", {"D": 5, "CK": 2}, {"Q": 4}),),
)


def toggling(cycles):
    """A clock of 10 ps with ``enable`` set from the third edge on, and a right ``q``."""
    lines = ["$timescale 1ps $end", "$scope module t $end"]
    lines += [f"$var wire 1 {name[0]} {name} $end" for name in ("clk", "enable", "q")]
    lines += ["$upscope $end", "$enddefinitions $end", "#0", "0c", "0e", "xq"]
    state = 0
    for cycle in range(cycles):
        lines += [f"#{10 * cycle + 5}", "1c"]
        if cycle > 3:
            state ^= 1
        lines.append(f"{state}q")
        if cycle == 3:
            lines.append("1e")
        lines += [f"#{10 * cycle + 10}", "0c"]
    return "\n".join([*lines, ""])


@pytest.mark.parametrize("glitches", [False, True])
def test_cycles_are_those_between_edges(tmp_path, nangate45, glitches):
    found = replayed(
        NamedNetlist(TOGGLER, {}), nangate45, vcd(tmp_path, toggling(10)), "t", glitches=glitches
    )
    # Ten edges are nine cycles; from the fifth edge on the register toggles at each.
    assert (found.operations, found.agreeing) == (10, 10)
    assert found.activity.duration_ps == 90
    assert found.activity.toggles[2] == 18
    assert found.activity.toggles[3] == 1
    assert found.activity.toggles[4] == 5


def test_one_clock_is_needed(tmp_path, nangate45, chain, tiny):
    assert clock_of(TOGGLER, nangate45) == Clock("clk", True, clock_tree(TOGGLER, nangate45))
    assert clock_of(chain, tiny) is None
    two = Netlist(
        "two",
        {"c": (2,), "d": (3,)},
        {"q": (4,), "r": (5,)},
        (),
        (
            Instance("r", "DFF_X1", {"D": 4, "CK": 2}, {"Q": 4}),
            Instance("s", "DFF_X1", {"D": 5, "CK": 3}, {"Q": 5}),
        ),
    )
    with pytest.raises(SpecificationError, match="two have 2 clocks"):
        clock_of(two, nangate45)
    with pytest.raises(SpecificationError, match="recorded 1 times"):
        replayed(
            NamedNetlist(chain, {}),
            tiny,
            vcd(tmp_path, CHAIN.partition("#100")[0] + "#400\n"),
            "tb",
        )


def test_a_clock_may_come_through_a_tree_or_fall(tmp_path, nangate45):
    technology = nangate45.with_layout
    direct = replayed(NamedNetlist(TOGGLER, {}), technology, vcd(tmp_path, toggling(10)), "t")
    (register,) = TOGGLER.registers
    for cell, pin, edges in (("CLKBUF_X1", "Z", True), ("INV_X1", "ZN", False)):
        tree = Instance("tree", cell, {"A": 2}, {pin: 9})
        netlist = replace(
            TOGGLER,
            instances=(tree, *TOGGLER.instances),
            registers=(replace(register, inputs={**register.inputs, "CK": 9}),),
        )
        found = clock_of(netlist, technology)
        assert (found.port, found.rises, found.tree.nets) == ("clk", edges, {2, 9})
        text = toggling(10)
        if not edges:
            text = re.sub(r"^([01])c$", lambda value: f"{1 - int(value[1])}c", text, flags=re.M)
        found = replayed(NamedNetlist(netlist, {}), technology, vcd(tmp_path, text), "t")
        assert (found.operations, found.agreeing) == (direct.operations, direct.agreeing)
        assert found.activity.toggles == {**direct.activity.toggles, 9: direct.activity.toggles[2]}


@pytest.mark.parametrize("glitches", [False, True])
def test_a_gated_clock_comes_where_it_is_enabled(tmp_path, nangate45, glitches):
    """The same behaviour: an inverter, and the enable at a gate instead of an XOR."""
    technology = nangate45.with_layout
    (register,) = TOGGLER.registers
    netlist = replace(
        TOGGLER,
        instances=(
            Instance("flip", "INV_X1", {"A": 4}, {"ZN": 5}),
            Instance("gate", "CLKGATE_X1", {"CK": 2, "E": 3}, {"GCK": 9}),
        ),
        registers=(replace(register, inputs={"D": 5, "CK": 9}),),
    )
    found = replayed(
        NamedNetlist(netlist, {}),
        technology,
        vcd(tmp_path, toggling(10)),
        "t",
        glitches=glitches,
    )
    assert (found.operations, found.agreeing) == (10, 10)
    assert (found.activity.toggles[2], found.activity.toggles[4]) == (18, 5)
    # The enable is set from the fifth sample on: six of nine cycles end with an edge that passes,
    # a pulse of half a cycle.
    assert found.activity.toggles[9] == 2 * 6
    assert found.activity.high_ps[9] == 6 * 10 / 2


def test_flip_flops_of_both_edges_are_refused(tmp_path, nangate45):
    (register,) = TOGGLER.registers
    inverter = Instance("tree", "INV_X1", {"A": 2}, {"ZN": 9})
    other = Instance("other", "DFF_X1", {"D": 5, "CK": 9}, {"Q": 10})
    both = replace(TOGGLER, instances=(inverter, *TOGGLER.instances), registers=(register, other))
    with pytest.raises(SpecificationError, match="of toggler take both edges of clk: expected one"):
        clock_of(both, nangate45)
