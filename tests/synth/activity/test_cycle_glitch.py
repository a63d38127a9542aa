"""Glitches between registers: by hand, and against an event-driven simulation of every cycle."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from lmul_pe.model import unit_named
from lmul_pe.synth.activity.cycle_glitch import CYCLES, CycleGlitches, launch_ps, source_nets
from lmul_pe.synth.activity.sequential import simulate
from lmul_pe.synth.cells.technology import TechnologyError
from lmul_pe.synth.mapping.blocks import TOP
from lmul_pe.synth.netlists.linking import link
from lmul_pe.synth.netlists.netlist import Instance, Netlist
from lmul_pe.synth.workload.stream_stimulus import LANES, StreamStimulus
from tests.synth.activity.event_driven import simulated
from tests.synth.gate_netlists import block_netlists


def two_registers(loads):
    """Two flip-flops, the second with inverters as loads beside the XOR of both."""
    return Netlist(
        "two",
        {"clk": (2,), "a": (3,), "b": (4,)},
        {"y": (7,)},
        (
            Instance("x", "XOR2_X1", {"A": 5, "B": 6}, {"Z": 7}),
            *(Instance(f"i{n}", "INV_X1", {"A": 6}, {"ZN": 8 + n}) for n in range(loads)),
        ),
        (
            Instance("r", "DFF_X1", {"D": 3, "CK": 2}, {"Q": 5}),
            Instance("s", "DFF_X1", {"D": 4, "CK": 2}, {"Q": 6}),
        ),
    )


def alternating(cycle, _):
    """Both registers of every run change in every cycle, together."""
    bits = np.full((1, 1), 0b111 * (cycle & 1), dtype=np.uint64)
    return {"clk": 0 * bits, "a": bits, "b": bits}


@pytest.mark.parametrize(("loads", "pulses"), [(0, 0), (8, 0), (16, 2), (30, 2)])
def test_registers_change_at_their_clock_to_output_delay(loads, pulses, nangate45):
    netlist = two_registers(loads)
    run = simulate(netlist, nangate45, alternating, 3, 6, keep=source_nets(netlist))
    flip_flop, gate = (nangate45.cells[name] for name in ("DFF_X1", "XOR2_X1"))
    edges = flip_flop.outputs["Q"].edges["CK"]
    loaded = gate.inputs["B"] + loads * nangate45.cells["INV_X1"].inputs["A"]
    times = launch_ps(netlist, nangate45)
    # An input port is as if a DFF_X1, the smallest plain flip-flop, drove it.
    loads = {5: gate.inputs["A"], 6: loaded, 3: flip_flop.inputs["D"]}
    for net, load in loads.items():
        assert times[net] == pytest.approx([line[0] + line[1] * load for line in edges])
    # The pulse is as long as the second register is late; the XOR takes 28 to 42 ps to pass it.
    late = [after - before for before, after in zip(times[5], times[6], strict=True)]
    narrow = min(line[0] for line in gate.outputs["Z"].edges["A"])
    assert (min(late) > narrow) == bool(pulses)
    glitches = CycleGlitches(run.kept, 3, netlist, nangate45)
    counted = range(2, 6)
    found = glitches.sample(counted, 0, 3)
    assert found.pairs.tolist() == [CYCLES] * 3
    assert found.counts[7].tolist() == [CYCLES * pulses] * 3
    assert found.settled[7].tolist() == [0, 0, 0]
    assert found.counts[5].tolist() == found.counts[6].tolist() == [CYCLES] * 3


def test_a_run_has_its_own_transitions(nangate45):
    """Of 20 runs only run 17 changes, in cycle 2."""
    netlist = two_registers(0)

    def one_alone(cycle, _):
        bits = np.full((1, 1), (cycle >= 1) << 17, dtype=np.uint64)
        return {"clk": 0 * bits, "a": bits, "b": bits}

    run = simulate(netlist, nangate45, one_alone, 20, 4, keep=source_nets(netlist))
    glitches = CycleGlitches(run.kept, 20, netlist, nangate45)
    every = np.arange(20)
    found = glitches.transitions(every, np.tile([1, 2, 3], (20, 1)))
    for net in (3, 4, 5, 6):
        assert found.counts[net].tolist() == found.settled[net].tolist() == (every == 17).tolist()
    found = glitches.transitions(np.array([17, 17, 17]), np.array([[1], [2], [3]]))
    assert found.counts[3].tolist() == [1, 0, 0]
    assert found.counts[5].tolist() == [0, 1, 0]
    assert found.pairs.tolist() == [1, 1, 1]


class Asked(CycleGlitches):
    """What is asked for, instead of its transitions."""

    def transitions(self, lanes, cycles):
        return lanes.tolist(), cycles.tolist()


@pytest.fixture
def asked(nangate45):
    netlist = two_registers(0)
    run = simulate(netlist, nangate45, alternating, 20, 2, keep=source_nets(netlist))
    return Asked(run.kept, 20, netlist, nangate45)


@pytest.mark.parametrize(("cycles", "apart"), [(40, 5), (47, 5), (8, 1)])
def test_a_sample_is_spread_evenly_over_what_counts(asked, cycles, apart):
    counted = range(10, 10 + cycles)
    lanes, found = asked.sample(counted, 0, 20)
    assert sorted(lanes) == list(range(20))
    for row in found:
        assert len(row) == len(set(row)) == 8
        assert set(row) <= set(counted)
        ordered = sorted((cycle - row[0]) % cycles for cycle in row)
        gaps = [after - before for before, after in pairwise([*ordered, cycles])]
        assert sorted(gaps)[:7] == [apart] * 7
    # Runs begin at different ones, and come in the same order in parts.
    if apart > 1:
        assert len({row[0] for row in found}) > 2
    (some, rows), (others, more) = (asked.sample(counted, *ends) for ends in ((0, 7), (7, 20)))
    assert (some + others, rows + more) == (lanes, found)


def test_where_few_cycles_count_each_is_taken_equally_often(asked):
    _, found = asked.sample(range(2, 6), 0, 20)
    assert {tuple(sorted(row)) for row in found} == {(2, 2, 3, 3, 4, 4, 5, 5)}


@pytest.mark.parametrize(
    ("counted", "blocks"),
    [
        (range(10, 26), [[*range(10, 18)], [*range(18, 26)]]),
        (range(10, 29), [[*range(10, 18)], [*range(18, 26)]]),
        (range(3, 8), [[3, 4, 5, 6, 7, 3, 4, 5]]),
    ],
)
def test_of_one_run_every_cycle_is_taken_in_its_turn(asked, counted, blocks):
    assert asked.only_run(counted) == ([0] * len(blocks), blocks)


def test_a_library_without_flip_flop_is_refused(nangate45):
    cells = {name: cell for name, cell in nangate45.cells.items() if not cell.flip_flop}
    library = replace(nangate45, cells=cells)
    netlist = Netlist(
        "n", {"a": (2,)}, {"y": (3,)}, (Instance("i", "INV_X1", {"A": 2}, {"ZN": 3}),)
    )
    with pytest.raises(TechnologyError, match="no plain flip-flop"):
        launch_ps(netlist, library)


@pytest.fixture(scope="module")
def unit(synthesis, nangate45):
    """A multiply-accumulate, simulated with every net kept."""
    mac = unit_named("mac_exact_e2m1_e4m3")
    netlists = block_netlists(mac, synthesis, nangate45)
    netlist = link(netlists, TOP, mac.name, nangate45.flip_flops).netlist
    stimulus = StreamStimulus(mac, "normal", 3)
    driven = {
        net for each in (*netlist.instances, *netlist.registers) for net in each.outputs.values()
    }
    cycles = stimulus.counted.start + 40
    run = simulate(
        netlist,
        nangate45,
        stimulus.inputs,
        LANES,
        cycles,
        range(cycles - 40, cycles),
        {*source_nets(netlist), *driven},
    )
    return SimpleNamespace(netlist=netlist, run=run, cycles=range(cycles - 40, cycles))


def test_everything_settles_where_the_functional_simulation_does(unit, nangate45):
    run = unit.run
    glitches = CycleGlitches(run.kept, run.lanes, unit.netlist, nangate45)
    cycles = np.array(unit.cycles[:8])
    found = glitches.transitions(np.arange(run.lanes), np.tile(cycles, (run.lanes, 1)))
    settled = [found.settled[net].sum() for net in run.nets]
    np.testing.assert_array_equal(settled, run.per_cycle[:, :8].sum(axis=1))
    # One sample is a run in a fifth of its cycles; together they are every run.
    every = glitches.sample(unit.cycles, 0, LANES)
    assert every.pairs.sum() == LANES * CYCLES
    share = 1 / 5
    total = unit.run.per_cycle.sum() * share
    assert sum(settled.sum() for settled in every.settled.values()) == pytest.approx(
        total, rel=0.05
    )


def test_transitions_are_those_of_an_event_driven_simulation(unit, nangate45):
    netlist, kept = unit.netlist, unit.run.kept
    times = launch_ps(netlist, nangate45)
    cycles, lanes = list(unit.cycles)[:8], 12
    found = CycleGlitches(kept, LANES, netlist, nangate45).transitions(
        np.arange(lanes), np.tile(cycles, (lanes, 1))
    )
    totals = dict.fromkeys(found.counts, 0)
    for cycle in cycles:
        for lane in range(lanes):
            old, new = (
                {net: int(kept[net][at, 0]) >> lane & 1 for net in source_nets(netlist)}
                for at in (cycle - 1, cycle)
            )
            counts, values = simulated(netlist, nangate45, old, new, times)
            for net in totals:
                totals[net] += counts[net]
                assert values[net] == int(kept[net][cycle, 0]) >> lane & 1
    everywhere = sum(totals.values())
    functional = sum(int(settled.sum()) for settled in found.settled.values())
    assert everywhere > 1.3 * functional
    # Net by net, and all together.
    apart = sum(abs(int(counts.sum()) - totals[net]) for net, counts in found.counts.items())
    assert apart < 0.15 * everywhere
    all_found = sum(int(counts.sum()) for counts in found.counts.values())
    assert all_found == pytest.approx(everywhere, rel=0.05)
