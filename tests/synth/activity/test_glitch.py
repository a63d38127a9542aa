"""Transitions with delays: by hand, and against an event-driven simulation of pair after pair."""

import numpy as np
import pytest

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.export.verilog import component_of, rtlil_text
from lmul_pe.model import multiplier_named
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.activity.glitch import BLOCK, Changes, Settling, together, transitions
from lmul_pe.synth.netlists.netlist import Instance, Netlist, NetlistError
from lmul_pe.synth.workload.streams import operands
from tests.sweep import some
from tests.synth.activity.event_driven import simulated


def inverters_and_nand(inverters):
    """y = a NAND (a through an odd number of inverters): always 1, but for a pulse."""
    chain = [
        Instance(f"i{index}", "INV", {"A": 2 if index == 0 else 9 + index}, {"Y": 10 + index})
        for index in range(inverters)
    ]
    nand = Instance("n", "NAND", {"A": 2, "B": 9 + inverters}, {"Y": 4})
    return Netlist("pulse", {"a": (2,)}, {"y": (4,)}, (*chain, nand))


def test_a_long_pulse_passes_and_a_short_one_is_swallowed(tiny):
    # An inverter takes 10 ps and 1 ps per fF: 12 ps before another one, 14 ps before pin B.  The
    # NAND falls 20 ps after A rises, unless B has fallen by then; behind three inverters B falls
    # after 38 ps, and the NAND rises again 30 ps later.
    codes = np.array([0, 1, 0, 1])
    short = transitions(inverters_and_nand(1), tiny, {"a": codes}).counts
    assert {net: counts.tolist() for net, counts in short.items()} == {2: [3], 10: [3], 4: [0]}
    long = transitions(inverters_and_nand(3), tiny, {"a": codes}).counts
    assert long[12].tolist() == [3]
    assert long[4].tolist() == [4]


def test_parts_add_up(tiny):
    codes = np.random.default_rng(1).integers(0, 2, size=300)
    whole = transitions(inverters_and_nand(3), tiny, {"a": codes})
    # The last operand of one part is the first one of the next.
    parts = together(
        [
            transitions(inverters_and_nand(3), tiny, {"a": codes[start : start + BLOCK + 1]})
            for start in range(0, 299, BLOCK)
        ]
    )
    assert whole.pairs.tolist() == parts.pairs.tolist() == [64, 64, 64, 64, 43]
    for net, counts in whole.counts.items():
        np.testing.assert_array_equal(parts.counts[net], counts)
        np.testing.assert_array_equal(parts.settled[net], whole.settled[net])
    (one,) = together([whole]).counts[2][np.newaxis]
    np.testing.assert_array_equal(one, whole.counts[2])
    changes = np.pad(codes[1:] != codes[:-1], (0, 5 * BLOCK - 299)).reshape(5, BLOCK)
    np.testing.assert_array_equal(whole.counts[2], changes.sum(axis=1))


@pytest.mark.parametrize(("late", "count"), [(0, 0), (15, 0), (25, 2), (500, 2)])
def test_sources_change_when_they_are_said_to(late, count, tiny):
    # A rises at 10 ps, B falls some time later: the NAND falls 20 ps behind A, unless B has fallen
    # by then, and rises 30 ps behind B.
    netlist = Netlist(
        "late",
        {"a": (2,), "b": (3,)},
        {"y": (4,)},
        (Instance("n", "NAND", {"A": 2, "B": 3}, {"Y": 4}),),
    )
    settling = Settling(
        netlist, tiny, start_ps={2: (10.0, 99.0), 3: (99.0, 10.0 + late)}, step_ps=1.0
    )
    found = settling.transitions(
        Changes(
            [2, 3],
            np.array([[0], [1]], dtype=np.uint8),
            np.array([[1], [0]], dtype=np.uint8),
            8,
            np.array([1]),
        )
    )
    assert {net: counts.tolist() for net, counts in found.counts.items()} == {
        2: [1],
        3: [1],
        4: [count],
    }
    assert found.settled[4].tolist() == [0]


@pytest.mark.parametrize(("late", "count"), [(0, 0), (1, 2)])
def test_a_cell_takes_a_step_at_least(late, count, tiny):
    """The delays of a NAND and of an AND are far below one: a pulse of one step passes both."""
    pins = {"A": 2, "B": 3}
    netlist = Netlist(
        "coarse",
        {"a": (2,), "b": (3,)},
        {"y": (4,), "z": (5,)},
        (Instance("n", "NAND", pins, {"Y": 4}), Instance("h", "HA", pins, {"C": 5})),
    )
    step = 1000.0
    times = {2: (0.0, 0.0), 3: (late * step, late * step)}
    bits = np.array([[0], [1]], dtype=np.uint8)
    found = Settling(netlist, tiny, start_ps=times, step_ps=step).transitions(
        Changes([2, 3], bits, 1 - bits, 8, np.array([1]))
    )
    assert (found.counts[4].tolist(), found.counts[5].tolist()) == ([count], [count])


def test_nothing_settles_behind_a_clock_gate(nangate45):
    netlist = Netlist(
        "gated",
        {"clk": (2,), "e": (3,)},
        {"y": (5,)},
        (
            Instance("g", "CLKGATE_X1", {"CK": 2, "E": 3}, {"GCK": 4}),
            Instance("x", "XOR2_X1", {"A": 4, "B": 3}, {"Z": 5}),
        ),
    )
    codes = {"clk": np.array([0, 1, 0, 1]), "e": np.array([1, 1, 0, 1])}
    found = transitions(netlist, nangate45.with_clock_gates, codes).counts
    assert {net: counts.tolist() for net, counts in found.items()} == {
        2: [3],
        3: [2],
        4: [0],
        5: [2],
    }


def test_registers_are_refused(chain, tiny):
    netlist = Netlist("r", chain.inputs, chain.outputs, chain.instances, chain.instances[:1])
    with pytest.raises(NetlistError, match="has registers"):
        transitions(netlist, tiny, {"a": np.array([0, 1])})


@pytest.fixture(scope="module")
def netlists(nangate45, synthesis):

    def mapped(name, adders):
        architecture = Architecture(array="and", full_adders=adders, adders=adders)
        text = rtlil_text(component_of(multiplier_named(name), architecture), name)
        return synthesis.map(text, name, ("area",), nangate45)["area"].netlist

    return mapped


@pytest.mark.parametrize("adders", ["cells", "gates"])
@pytest.mark.parametrize(
    "name", some(["lmul_e4m3", "exact_e4m3", "lmul_bf16", "exact_e5m2_gradual"], 1)
)
def test_transitions_are_those_of_an_event_driven_simulation(name, adders, netlists, nangate45):
    netlist = netlists(name, adders)
    multiplier = multiplier_named(name)
    a, b = operands("normal", multiplier.format, multiplier.format_b, 151, 3)
    found = transitions(netlist, nangate45, {"a": a, "b": b})
    settled = evaluate(netlist, cell_functions(nangate45), {"a": a, "b": b})
    totals = {}
    inputs = [
        (net, codes, bit)
        for codes, port in ((a, "a"), (b, "b"))
        for bit, net in enumerate(netlist.inputs[port])
    ]
    for index in range(150):
        old, new = (
            {net: int(codes[at]) >> bit & 1 for net, codes, bit in inputs}
            for at in (index, index + 1)
        )
        counts, values = simulated(netlist, nangate45, old, new)
        for net, number in counts.items():
            totals[net] = totals.get(net, 0) + number
        for net, words in settled.values.items():
            assert values[net] == int(words[(index + 1) // 64]) >> (index + 1) % 64 & 1
    functional = {net: int(settled.toggles(net).sum()) for net in found.counts}
    for net, counts in found.counts.items():
        assert found.settled[net].sum() == functional[net]
        # What settles where it was has changed an even number of times.
        assert (counts.sum() - functional[net]) % 2 == 0
        assert counts.sum() >= functional[net]
    all_found = sum(int(counts.sum()) for counts in found.counts.values())
    all_functional = sum(functional.values())
    assert all_found > 1.02 * all_functional
    assert all_found == pytest.approx(sum(totals.values()), rel=0.1)


def test_finer_steps_change_little(netlists, nangate45):
    netlist = netlists("exact_e4m3", "cells")
    multiplier = multiplier_named("exact_e4m3")
    a, b = operands("normal", multiplier.format, multiplier.format_b, 2000, 3)
    totals = [
        sum(
            int(counts.sum())
            for counts in transitions(
                netlist, nangate45, {"a": a, "b": b}, step_ps=step
            ).counts.values()
        )
        for step in (0.25, 2.0)
    ]
    assert totals[1] == pytest.approx(totals[0], rel=0.03)
