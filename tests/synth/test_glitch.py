"""Transitions with delays: by hand, and against an event-driven simulation of pair after pair."""

import heapq
from itertools import count

import numpy as np
import pytest

from hw.architecture import Architecture
from hw.export import component_of, rtlil_text
from model import multiplier_named
from synth.activity import cell_functions, evaluate
from synth.boolean import parse_function
from synth.flow import Synthesis
from synth.glitch import transitions
from synth.netlist import Instance, Netlist, NetlistError
from synth.timing import net_loads
from synth.workloads import operands


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


def test_chunks_add_up(tiny):
    codes = np.random.default_rng(1).integers(0, 2, size=300)
    whole = transitions(inverters_and_nand(3), tiny, {"a": codes})
    parts = transitions(inverters_and_nand(3), tiny, {"a": codes}, chunk=64)
    assert whole.pairs.tolist() == [299]
    assert parts.pairs.tolist() == [64, 64, 64, 64, 43]
    for net, counts in whole.counts.items():
        assert parts.counts[net].sum() == counts[0]
    assert whole.counts[2][0] == (codes[1:] != codes[:-1]).sum()


def test_registers_are_refused(chain, tiny):
    netlist = Netlist("r", chain.inputs, chain.outputs, chain.instances, chain.instances[:1])
    with pytest.raises(NetlistError, match="has registers"):
        transitions(netlist, tiny, {"a": np.array([0, 1])})


def simulated(netlist, technology, old, new):
    """Transitions of each net when ``new`` follows ``old``, event by event; and the final values.

    Delays as they are, not rounded; an output that is scheduled takes a new value only if its
    inputs still imply it, and what was scheduled before is dropped (inertial delay).
    """
    loads = net_loads(netlist, technology)
    functions = cell_functions(technology)
    cells = []
    sinks = {}
    for instance in netlist.instances:
        for pin, net in instance.outputs.items():
            expression = parse_function(functions[instance.cell][pin])
            arcs = technology.cells[instance.cell].outputs[pin].delay
            load = loads.get(net, 0.0)
            delays = {
                instance.inputs[name]: arcs[name][0] + arcs[name][1] * load
                for name in expression.inputs
            }
            nets = [instance.inputs[name] for name in expression.inputs]
            cells.append((net, expression.compiled(), nets, delays))
            for source in set(nets):
                sinks.setdefault(source, []).append(len(cells) - 1)

    def implied(cell):
        _, function, nets, _ = cells[cell]
        return function(*(values[net] for net in nets)) & 1

    values = {0: 0, 1: 1}
    for port, nets in netlist.inputs.items():
        values.update((net, int(old[port]) >> bit & 1) for bit, net in enumerate(nets))
    for cell, (net, *_) in enumerate(cells):
        values[net] = implied(cell)
    totals = dict.fromkeys(values, 0)
    order, queue = count(), []
    pending = {}

    def change(net, value, time):
        values[net] = value
        totals[net] += 1
        for cell in sinks.get(net, ()):
            target, _, _, delays = cells[cell]
            following = implied(cell)
            pending.pop(target, None)
            if following != values[target]:
                ticket = next(order)
                pending[target] = ticket
                heapq.heappush(queue, (time + delays[net], ticket, target, following))

    for port, nets in netlist.inputs.items():
        for bit, net in enumerate(nets):
            if values[net] != int(new[port]) >> bit & 1:
                change(net, int(new[port]) >> bit & 1, 0.0)
    while queue:
        time, ticket, net, value = heapq.heappop(queue)
        if pending.get(net) == ticket:
            del pending[net]
            change(net, value, time)
    return totals, values


@pytest.fixture(scope="module")
def netlists(nangate45, tmp_path_factory):
    synthesis = Synthesis(tmp_path_factory.mktemp("cache"))

    def mapped(name, adders):
        architecture = Architecture(array="and", full_adders=adders, adders=adders)
        text = rtlil_text(component_of(multiplier_named(name), architecture), name)
        return synthesis.map(text, name, ("area",), nangate45)["area"].netlist

    return mapped


@pytest.mark.parametrize("adders", ["cells", "gates"])
@pytest.mark.parametrize("name", ["exact_e4m3", "lmul_e4m3", "lmul_bf16", "exact_e5m2_gradual"])
def test_transitions_are_those_of_an_event_driven_simulation(name, adders, netlists, nangate45):
    netlist = netlists(name, adders)
    multiplier = multiplier_named(name)
    a, b = operands("normal", multiplier.format, multiplier.format_b, 151, 3)
    found = transitions(netlist, nangate45, {"a": a, "b": b})
    settled = evaluate(netlist, cell_functions(nangate45), {"a": a, "b": b})
    totals = {}
    for index in range(150):
        old, new = ({"a": a[at], "b": b[at]} for at in (index, index + 1))
        counts, values = simulated(netlist, nangate45, old, new)
        for net, number in counts.items():
            totals[net] = totals.get(net, 0) + number
        for net, words in settled.values.items():
            assert values[net] == int(words[(index + 1) // 64]) >> (index + 1) % 64 & 1
    functional = {net: int(settled.toggles(net).sum()) for net in found.counts}
    for net, counts in found.counts.items():
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
