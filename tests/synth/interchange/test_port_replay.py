"""Recordings of ports written by hand, replayed on netlists of a few cells."""

import re
from dataclasses import replace

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.interchange import port_replay
from lmul_pe.synth.interchange.port_replay import Clock, clock_of, replayed
from lmul_pe.synth.interchange.verilog_reader import NamedNetlist
from lmul_pe.synth.netlists.clock_tree import clock_tree
from lmul_pe.synth.netlists.netlist import ONE, ZERO, Instance, Netlist

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


def test_a_scope_may_have_no_name(tmp_path, chain, tiny):
    bare = CHAIN.replace("$scope module tb $end\n", "").replace("$upscope $end\n", "")
    found = replayed(NamedNetlist(chain, {}), tiny, vcd(tmp_path, bare), "")
    assert (found.operations, found.agreeing) == (4, 4)


def test_two_operands_are_enough_if_their_times_differ(tmp_path, chain, tiny):
    two = CHAIN.partition("#200")[0]
    found = replayed(NamedNetlist(chain, {}), tiny, vcd(tmp_path, two + "#400\n"), "tb")
    assert (found.operations, found.activity.duration_ps) == (2, 300)
    # The second one is there when all ends.
    with pytest.raises(SpecificationError) as error:
        replayed(NamedNetlist(chain, {}), tiny, vcd(tmp_path, two), "tb")
    assert str(error.value) == (
        "the inputs of chain are recorded 2 times, all at 100 ps: expected times that differ"
    )


def test_bits_of_a_port_are_one_operand(tmp_path, tiny):
    netlist = Netlist(
        "wide",
        {"a": (2, 3, 4)},
        {"y": (5, 4)},
        (Instance("i", "INV", {"A": 3}, {"Y": 5}),),
    )
    text = CHAIN.replace("wire 1 a a", "wire 3 a a [2:0]").replace("wire 1 y y", "wire 2 y y [1:0]")
    for before, after in (("0a", "b010 a"), ("1a", "b100 a"), ("0y", "b00 y"), ("1y", "b00 y")):
        text = text.replace(before, after)
    # 2, 4, 2, 4: y is its last bit and what its middle one is not.
    text = text.replace("#100\n", "#100\nb11 y\n").replace("#200\n", "#200\nb00 y\n")
    text = text.replace("#250\nb00 y\n", "").replace("#300\n", "#300\nb11 y\n")
    found = replayed(NamedNetlist(netlist, {}), tiny, vcd(tmp_path, text), "tb")
    assert (found.operations, found.agreeing) == (4, 4)
    assert found.activity.toggles == {2: 0, 3: 3, 4: 3, 5: 3}


def test_ports_without_registers_have_as_many_bits_as_a_code(tmp_path, nangate45):
    def wide(bits, registers=()):
        netlist = Netlist(
            "wide",
            {"a": tuple(range(10, 10 + bits)), "clk": (2,)},
            {"y": (5,)},
            () if registers else (Instance("i", "INV_X1", {"A": 10}, {"ZN": 5}),),
            registers,
        )
        text = CHAIN.replace(
            "wire 1 a a", f"wire {bits} a a [{bits - 1}:0] $end\n$var wire 1 c clk"
        )
        for value in (0, 1):
            text = text.replace(f"{value}a", f"b{value} a\n{value}c")
        return replayed(NamedNetlist(netlist, {}), nangate45, vcd(tmp_path, text), "tb").operations

    assert wide(64) == 4
    with pytest.raises(SpecificationError) as error:
        wide(65)
    assert str(error.value) == ("port a of wide has 65 bits: expected 64 at most without registers")
    register = Instance("r", "DFF_X1", {"D": 10, "CK": 2}, {"Q": 5})
    assert wide(65, (register,)) == 2


TOGGLER = Netlist(
    "toggler",
    {"clk": (2,), "enable": (3,)},
    {"q": (4,)},
    (Instance("flip", "XOR2_X1", {"A": 4, "B": 3}, {"Z": 5}),),
    (Instance("hold", "DFF_X1", {"D": 5, "CK": 2}, {"Q": 4}),),
)


def toggling(cycles, enabled=3):
    """A clock of 10 ps with ``enable`` set from an edge on, and a right ``q``."""
    lines = ["$timescale 1ps $end", "$scope module t $end"]
    lines += [f"$var wire 1 {name[0]} {name} $end" for name in ("clk", "enable", "q")]
    lines += ["$upscope $end", "$enddefinitions $end", "#0", "0c", "0e", "xq"]
    state = 0
    for cycle in range(cycles):
        lines += [f"#{10 * cycle + 5}", "1c"]
        if cycle > enabled:
            state ^= 1
        lines.append(f"{state}q")
        if cycle == enabled:
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
    # Of these nine cycles it is 1 in the last six.
    assert found.activity.high_ps[3] == 6 * 10


@pytest.mark.parametrize("glitches", [False, True])
def test_the_first_cycle_counts_and_cycles_may_be_taken_in_parts(
    tmp_path, monkeypatch, nangate45, glitches
):
    path = vcd(tmp_path, toggling(10, 0))
    whole = replayed(NamedNetlist(TOGGLER, {}), nangate45, path, "t", glitches=glitches)
    # Set at the first edge, it is seen at the second: eight more toggles follow.
    assert (whole.activity.toggles[3], whole.activity.toggles[4]) == (1, 8)
    monkeypatch.setattr(port_replay, "_CHUNK", 2)
    parts = replayed(NamedNetlist(TOGGLER, {}), nangate45, path, "t", glitches=glitches)
    assert parts == whole


def test_outputs_may_be_constant(tmp_path, nangate45):
    netlist = replace(TOGGLER, outputs={**TOGGLER.outputs, "high": (ONE,), "low": (ZERO,)})
    for high, low, agreeing in ((1, 0, 10), (0, 0, 0), (1, 1, 0)):
        text = toggling(10).replace(
            "$upscope", "$var wire 1 h high $end\n$var wire 1 l low $end\n$upscope"
        )
        text = text.replace("xq", f"xq\n{high}h\n{low}l")
        found = replayed(NamedNetlist(netlist, {}), nangate45, vcd(tmp_path, text), "t")
        assert (found.operations, found.agreeing) == (10, agreeing)


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
