"""Netlists with registers, cycle by cycle, against hand-made expectations."""

import numpy as np
import pytest

from lmul_pe.synth.activity.packing import bits_of, codes_of, pack, unpack
from lmul_pe.synth.activity.program import Neighbour
from lmul_pe.synth.activity.sequential import _sampled, evaluated, simulate
from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.measuring.cost import cost
from lmul_pe.synth.netlists.netlist import Instance, Netlist, NetlistError, read_netlist
from lmul_pe.synth.netlists.timing import critical_path

CLOCK, ENABLE, HELD, NEXT = 2, 3, 4, 5
LANES = 128
HALF = LANES // 2


def words(bits, lanes):
    """Ports of one bit, an integer with a bit for each run, as the simulation takes them."""
    return {
        name: np.array([[bit >> at & 2**64 - 1 for at in range(0, lanes, 64)]], dtype=np.uint64)
        for name, bit in bits.items()
    }


def runs(history, lane):
    """The values of one run, cycle by cycle."""
    return [int(cycle[..., lane // 64].item()) >> lane % 64 & 1 for cycle in history]


def toggler():
    """A flip-flop that changes in every cycle in which ``enable`` is set."""

    def cell(kind, inputs, outputs):
        return {
            "type": kind,
            "port_directions": dict.fromkeys(inputs, "input") | dict.fromkeys(outputs, "output"),
            "connections": {pin: [net] for pin, net in (inputs | outputs).items()},
        }

    return {
        "modules": {
            "toggler": {
                "ports": {
                    "clk": {"direction": "input", "bits": [CLOCK]},
                    "enable": {"direction": "input", "bits": [ENABLE]},
                    "q": {"direction": "output", "bits": [HELD]},
                },
                "cells": {
                    "flip": cell("XOR2_X1", {"A": HELD, "B": ENABLE}, {"Z": NEXT}),
                    "hold": cell("DFF_X1", {"D": NEXT, "CK": CLOCK}, {"Q": HELD}),
                },
            }
        }
    }


@pytest.fixture
def technology():
    return load_technology("nangate45")


@pytest.fixture
def netlist():
    return read_netlist(toggler(), "toggler", ["DFF_X1"])


def stimulus(cycle, _):
    """The first half of the runs is enabled in every cycle, the second in every third one."""
    low = (1 << HALF) - 1
    return words({"clk": 0, "enable": low | (low << HALF if cycle % 3 == 0 else 0)}, LANES)


def test_a_loop_through_a_register_is_none(netlist):
    assert [instance.name for instance in netlist.registers] == ["hold"]
    assert netlist.cell_counts == {"DFF_X1": 1, "XOR2_X1": 1}
    with pytest.raises(NetlistError, match="combinational loop"):
        read_netlist(toggler(), "toggler")


def test_state_moves_with_the_clock(netlist, technology):
    run = simulate(netlist, technology, stimulus, LANES, 7, keep=[NEXT])
    first, second = (runs(run.outputs["q"], lane) for lane in (0, HALF))
    assert first == [0, 1, 0, 1, 0, 1, 0]
    assert second == [0, 1, 1, 1, 0, 0, 0]
    assert runs(run.kept[NEXT], 0) == [1, 0, 1, 0, 1, 0, 1]


def test_only_the_cycles_that_count_are_counted(netlist, technology):
    every = simulate(netlist, technology, stimulus, LANES, 7)
    some = simulate(netlist, technology, stimulus, LANES, 7, counted=range(2, 5))
    assert every.per_cycle.shape == (len(every.nets), 6)
    np.testing.assert_array_equal(some.per_cycle, every.per_cycle[:, 1:4])
    np.testing.assert_array_equal(some.per_group.sum(axis=1), some.per_cycle.sum(axis=1))
    # Eight runs to a group; the first half change in each of three cycles, the others in one.
    assert some.per_group[some.nets.index(HELD)].tolist() == [24] * 8 + [8] * 8
    assert some.toggles[HELD] == 3 * HALF + HALF


@pytest.mark.parametrize(("lanes", "groups"), [(1, [3]), (8, [24]), (9, [24, 3])])
def test_the_last_group_has_the_runs_that_are_left(netlist, technology, lanes, groups):
    def enabled(cycle, _):
        return words({"clk": 0, "enable": (1 << lanes) - 1}, lanes)

    run = simulate(netlist, technology, enabled, lanes, 4)
    assert run.per_group[run.nets.index(HELD)].tolist() == groups


def test_nets_that_were_asked_for_are_kept(netlist, technology):
    kept = simulate(netlist, technology, stimulus, LANES, 2, keep=[NEXT, ENABLE]).kept
    assert NEXT in kept
    assert HELD not in kept
    assert kept.of([ENABLE, NEXT]).shape == (2, 2, LANES // 64)
    np.testing.assert_array_equal(kept.of([ENABLE])[:, 0], kept[ENABLE])


def test_a_netlist_without_registers_is_evaluated_at_once(chain, tiny):
    """y = a NAND (NOT a) is 1 whatever a is, behind the last case as well."""
    a = np.array([[0b0110, 0, 2**64 - 1]], dtype=np.uint64)
    program, values = evaluated(chain, tiny, {"a": a})
    nets = program.rows_of([2, 3, 4])
    np.testing.assert_array_equal(values[nets], [a[0], ~a[0], [2**64 - 1] * 3])
    nothing = Netlist("nothing", {}, {}, ())
    assert evaluated(nothing, tiny, {})[1].shape == (2, 0)


def test_the_stimulus_sees_the_outputs_of_the_cycle_before(netlist, technology):
    seen = []

    def watching(cycle, before):
        seen.append(before["q"].tolist() if before else None)
        return words({"clk": 0, "enable": 1}, 1)

    simulate(netlist, technology, watching, 1, 4)
    assert seen == [None, [[0]], [[1]], [[0]]]


def test_runs_drive_their_neighbours(netlist, technology):
    """Run i is enabled by run i - 1: every run counts at half the pace of the one before."""
    neighbour = Neighbour("q", "enable", distance=1, edge=1)

    def first_only(cycle, _):
        return words({"clk": 0, "enable": 1}, 3)

    run = simulate(netlist, technology, first_only, 3, 9, neighbours=[neighbour])
    values = run.outputs["q"][:, 0, 0].tolist()
    # A carry takes part of the counter: run 1 toggles where run 0 is set, run 2 where run 1 is.
    states = [0, 0, 0]
    for value in values:
        assert [value >> lane & 1 for lane in range(3)] == states
        states = [states[0] ^ 1, states[1] ^ states[0], states[2] ^ states[1]]


def test_a_neighbour_may_stand_on_the_other_side(netlist, technology):
    neighbour = Neighbour("q", "enable", distance=-2, edge=0b1100)

    def last_only(cycle, _):
        return words({"clk": 0, "enable": 0b0100}, 4)

    run = simulate(netlist, technology, last_only, 4, 4, neighbours=[neighbour])
    assert run.outputs["q"][:, 0, 0].tolist() == [0, 0b0100, 0b0001, 0b0101]


@pytest.mark.parametrize("distance", [1, 63, 64, 65, 130, -1, -64, -70])
def test_neighbours_may_be_many_words_away(distance, netlist, technology):
    """Run i takes what run i - distance has; at the edge it takes the stimulus."""
    lanes = 200
    edge = sum(1 << lane for lane in range(lanes) if not 0 <= lane - distance < lanes)
    neighbour = Neighbour("q", "enable", distance, edge)

    def every_third(cycle, _):
        return words({"clk": 0, "enable": sum(1 << lane for lane in range(0, lanes, 3))}, lanes)

    run = simulate(netlist, technology, every_third, lanes, 6, neighbours=[neighbour])
    states = [0] * lanes
    for cycle in range(6):
        assert [runs(run.outputs["q"], lane)[cycle] for lane in range(lanes)] == states
        states = [
            state ^ (lane % 3 == 0 if edge >> lane & 1 else states[lane - distance])
            for lane, state in enumerate(states)
        ]


def test_energy_is_that_of_the_toggles_and_the_clock(netlist, technology):
    cycles = 7
    run = simulate(netlist, technology, stimulus, LANES, cycles)
    found = cost(run, netlist, technology, wire_ff=0.5)
    flip_flop, gate = technology.cells["DFF_X1"], technology.cells["XOR2_X1"]
    held = np.array([[0, 1, 0, 1, 0, 1, 0], [0, 1, 1, 1, 0, 0, 0]])
    enabled = np.array([[1] * 7, [1, 0, 0, 1, 0, 0, 1]])
    toggles = {
        name: np.abs(np.diff(values)).sum() / 2 / (cycles - 1)
        for name, values in (("held", held), ("enable", enabled), ("next", held ^ enabled))
    }
    half = technology.voltage**2 / 2
    gates, registers = found.parts["control"], found.parts["registers"]
    assert gates.switching_fj == pytest.approx(
        half
        * (
            toggles["held"] * (gate.inputs["A"] + 0.5)
            + toggles["enable"] * (gate.inputs["B"] + 0.5)
        )
    )
    assert registers.switching_fj == pytest.approx(
        half * toggles["next"] * (flip_flop.inputs["D"] + 0.5)
    )
    assert registers.internal_fj == pytest.approx(
        toggles["held"] * flip_flop.outputs["Q"].energy_fj
    )
    assert gates.internal_fj == pytest.approx(toggles["next"] * gate.outputs["Z"].energy_fj)
    assert found.total.clock_fj == registers.clock_fj
    assert registers.clock_fj == pytest.approx(
        2 * flip_flop.flip_flop.clock_energy_fj + 2 * half * (flip_flop.inputs["CK"] + 0.5)
    )
    assert found.total.area_um2 == pytest.approx(flip_flop.area_um2 + gate.area_um2)


def test_the_critical_path_goes_from_register_to_register(netlist, technology):
    flip_flop, gate = technology.cells["DFF_X1"], technology.cells["XOR2_X1"]

    def slower_edge(output, pin, load):
        return max(intrinsic + slope * load for intrinsic, slope in output.edges[pin])

    # Either edge of an input can make either edge of an XOR.
    expected = (
        slower_edge(flip_flop.outputs["Q"], "CK", gate.inputs["A"])
        + slower_edge(gate.outputs["Z"], "A", flip_flop.inputs["D"])
        + flip_flop.flip_flop.setup_ps
    )
    path = critical_path(netlist, technology)
    assert path.delay_ps == pytest.approx(expected)
    assert [step.cell for step in path.steps] == ["DFF_X1", "XOR2_X1"]


def test_asynchronous_registers_are_refused(technology):
    document = toggler()
    document["modules"]["toggler"]["cells"]["hold"]["type"] = "DFFR_X1"
    netlist = read_netlist(document, "toggler", ["DFFR_X1"])
    with pytest.raises(NetlistError, match="asynchronous"):
        simulate(netlist, technology, stimulus, LANES, 2)


@pytest.mark.parametrize("name", ["nangate45", "sky130hd", "asap7"])
def test_every_cell_does_what_its_function_says(name):
    """One netlist of all combinational cells, each on every case of its inputs."""
    from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
    from lmul_pe.synth.netlists.netlist import Instance, Netlist

    technology = load_technology(name)
    width = max(len(cell.inputs) for cell in technology.cells.values())
    nets = tuple(range(2, 2 + width))
    instances, outputs, following = [], {}, 100
    for cell in technology.cells.values():
        if cell.flip_flop:
            continue
        pins = dict(zip(cell.outputs, range(following, 200_000), strict=False))
        following += len(pins)
        instances.append(
            Instance(cell.name, cell.name, dict(zip(cell.inputs, nets, strict=False)), pins)
        )
        outputs[cell.name] = tuple(pins.values())
    netlist = Netlist("cells", {"a": nets}, outputs, tuple(instances))
    cases = np.arange(2**width)
    expected = evaluate(netlist, cell_functions(technology), {"a": cases})
    packed = pack(bits_of(cases, width))
    run = simulate(netlist, technology, lambda cycle, _: {"a": packed}, 2**width, 1)
    for output in outputs:
        found = codes_of(unpack(run.outputs[output][0], 2**width))
        np.testing.assert_array_equal(found, expected.output(output), output)


@pytest.mark.parametrize("buffered", [False, True])
def test_a_clock_gate_holds_its_registers(technology, buffered):
    """Behind the gate a flip-flop inverts itself in cycles with an enable; beside it, always."""
    gated = technology.with_clock_gates.with_layout
    gate = Instance("g", "CLKGATE_X1", {"CK": 2, "E": 3}, {"GCK": 4})
    cells = [
        gate,
        Instance("b", "CLKBUF_X1", {"A": 4}, {"Z": 5}),
        Instance("i", "INV_X1", {"A": 6}, {"ZN": 7}),
        Instance("j", "INV_X1", {"A": 8}, {"ZN": 9}),
    ]
    registers = (
        Instance("q", "DFF_X1", {"D": 7, "CK": 5 if buffered else 4}, {"Q": 6}),
        Instance("r", "DFF_X1", {"D": 9, "CK": 2}, {"Q": 8}),
    )
    netlist = Netlist(
        "gated", {"clk": (2,), "e": (3,)}, {"q": (6,), "r": (8,)}, tuple(cells), registers
    )
    enables = [1, 0, 0, 1, 1, 0]
    run = simulate(netlist, gated, lambda cycle, _: words({"clk": 0, "e": enables[cycle]}, 1), 1, 6)
    assert runs(run.outputs["q"], 0) == [0, 1, 1, 1, 0, 1]
    assert runs(run.outputs["r"], 0) == [0, 1, 0, 1, 0, 1]
    # Of the five cycles that count, the clock comes in two.
    assert run.toggles[4] == 2 * 2
    if buffered:
        assert run.toggles[5] == 2 * 2


def test_gates_in_a_row_all_have_to_be_open(technology):
    gated = technology.with_clock_gates
    netlist = Netlist(
        "row",
        {"clk": (2,), "e": (3,), "f": (4,)},
        {"q": (7,)},
        (
            Instance("g", "CLKGATE_X1", {"CK": 2, "E": 3}, {"GCK": 5}),
            Instance("h", "CLKGATE_X1", {"CK": 5, "E": 4}, {"GCK": 6}),
            Instance("i", "INV_X1", {"A": 7}, {"ZN": 8}),
        ),
        (Instance("q", "DFF_X1", {"D": 8, "CK": 6}, {"Q": 7}),),
    )
    # Four runs: neither, the outer, the inner, both enabled.
    run = simulate(
        netlist, gated, lambda cycle, _: words({"clk": 0, "e": 0b1010, "f": 0b1100}, 4), 4, 3
    )
    assert [runs(run.outputs["q"], lane) for lane in range(4)] == [[0] * 3] * 3 + [[0, 1, 0]]
    assert (run.toggles[5], run.toggles[6]) == (2 * 2 * 2, 2 * 2)


@pytest.mark.parametrize(
    ("cycles", "lanes", "count"),
    [(5000, 1, 2048), (5000, 64, 32), (100, 64, 32), (3, 64, 2), (100, 1024, 4)],
)
def test_cycles_of_which_states_are_counted_are_spread_evenly(cycles, lanes, count):
    found = _sampled(range(100, 100 + cycles), lanes)
    assert [*found.values()] == list(range(count))
    places = np.array(sorted(found))
    assert places.min() >= 100
    assert places.max() < 100 + cycles
    # Fractions of the golden ratio leave gaps below 2.2 times the mean (Steinhaus' three gaps),
    # a cycle more where they are rounded down.
    gaps = np.diff([99, *places, 100 + cycles])
    assert gaps.max() <= 2.2 * cycles / count + 1
