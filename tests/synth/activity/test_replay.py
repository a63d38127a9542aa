"""A block by itself costs what it costs in its unit, and does what it does there."""

from dataclasses import replace

import numpy as np
import pytest

from lmul_pe.model import unit_named
from lmul_pe.synth.activity.packing import pack
from lmul_pe.synth.activity.replay import PortRecording, port_nets, recordings
from lmul_pe.synth.activity.sequential import simulate
from lmul_pe.synth.cells.technology import FlipFlop
from lmul_pe.synth.mapping.blocks import TOP
from lmul_pe.synth.measuring.cost import cost
from lmul_pe.synth.netlists.linking import link
from lmul_pe.synth.workload.stream_stimulus import LANES, StreamStimulus
from tests.synth.gate_netlists import block_netlists


@pytest.fixture(scope="module")
def recorded(synthesis, nangate45):
    """The netlists of a unit, its cost, and what happened at the ports of its blocks."""
    unit = unit_named("dot2_exact_e2m1_e4m3")
    netlists = block_netlists(unit, synthesis, nangate45)
    linked = link(netlists, TOP, unit.name, nangate45.flip_flops)
    stimulus = StreamStimulus(unit, "normal", 3)
    run = simulate(
        linked.netlist,
        nangate45,
        stimulus.inputs,
        LANES,
        stimulus.cycles,
        stimulus.counted,
        port_nets(linked),
    )
    whole = cost(run, linked.netlist, nangate45, 0.25)
    return netlists, whole, recordings(linked, run, stimulus.counted)


def test_blocks_together_cost_what_the_unit_costs(recorded, nangate45):
    netlists, whole, found = recorded
    assert len(found["unit_multiply"]) == 2
    total = sum(
        recording.energy(netlists[module], nangate45, 0.25)
        for module, each in found.items()
        for recording in each
    )
    assert total == pytest.approx(whole.total.functional_fj)


def test_glitches_come_on_top(recorded, nangate45):
    netlists, _, found = recorded
    recording = found["unit_multiply"][0]
    functional, few, many = (
        recording.energy(netlists["unit_multiply"], nangate45, 0.0, samples)
        for samples in (0, 24, 192)
    )
    assert functional < few
    assert few == pytest.approx(many, rel=0.1)
    # What reaches a block's inputs is left out, so that registers and their gates have few.
    top = [found[TOP][0].energy(netlists[TOP], nangate45, 0.0, samples) for samples in (0, 24)]
    assert top[0] < top[1] < 1.1 * top[0]


LANES_BY_HAND = 65
"""Runs in two words."""


def port(*cycles):
    """A port of one bit, what it is in each run of each cycle."""
    return pack(np.array([np.broadcast_to(each, LANES_BY_HAND) for each in cycles], bool))[:, None]


def test_a_block_without_registers_costs_what_changes_in_the_cycles_that_count(chain, tiny):
    """y = a NAND (NOT a) is 1.  A toggle of a costs 10 fJ in its net, 8.5 behind the inverter."""
    last = np.arange(LANES_BY_HAND) == 64
    few = np.arange(LANES_BY_HAND) < 5
    # In cycles 2 and 3 the last run changes, then five; what was before does not count.
    a, ones = port(1, 0, last, last | few, 0), port(1, 1, 1, 1, 1)
    recording = PortRecording({"a": a, "y": ones}, LANES_BY_HAND, range(2, 4))
    assert recording.energy(chain, tiny, 0.0) == pytest.approx(6 * 18.5 / (2 * LANES_BY_HAND))
    # Half a fF for each of three pins that are driven.
    assert recording.energy(chain, tiny, 0.5) == pytest.approx(6 * 21.5 / (2 * LANES_BY_HAND))
    for cycle in (1, 2, 3):
        other = [1, 1, 1, 1, 1]
        other[cycle] = ~last
        changed = replace(recording, ports={"a": a, "y": port(*other)})
        assert changed.energy(chain, tiny, 0.0) is None


def test_glitches_of_a_block_count_by_their_net(chain, tiny):
    """Whenever a rises a pulse passes the NAND, as wires of 20 fF delay the inverter."""
    figures = {"clock_energy_fj": 1.0, "setup_ps": 1.0}
    output = replace(tiny.cells["INV"].outputs["Y"], function="IQ", delay={"CK": (1.0, 1.0)})
    flip_flop = replace(
        tiny.cells["INV"],
        name="FF",
        inputs={"D": 1.0, "CK": 1.0},
        outputs={"Q": output},
        flip_flop=FlipFlop(clock="CK", next_state="D", state=("IQ", "IQN"), **figures),
    )
    technology = replace(tiny, cells=tiny.cells | {"FF": flip_flop})
    cycles = range(10)
    a, ones = port(*(cycle % 2 for cycle in cycles)), port(*(1 for _ in cycles))
    recording = PortRecording({"a": a, "y": ones}, LANES_BY_HAND, cycles[2:])
    # C V^2 / 2 of 45 and 24 fF, and of the inverter 0.5; twice 0.25 of the NAND where a rises.
    functional = 2 * 45 + 2 * 24 + 0.5
    assert recording.energy(chain, technology, 20.0) == pytest.approx(functional)
    for samples in (1, 3, 1000):
        found = recording.energy(chain, technology, 20.0, samples)
        assert found == pytest.approx(functional + 0.25)


@pytest.mark.parametrize("module", ["unit_multiply", "unit_add", TOP])
def test_a_netlist_that_does_something_else_is_found(module, recorded, nangate45):
    netlists, _, found = recorded
    netlist = netlists[module]
    first, *others = netlist.instances
    other = {"INV_X1": "BUF_X1"}.get(first.cell)
    swapped = {
        each.name: replace(
            each, inputs=dict(zip(each.inputs, reversed(each.inputs.values()), strict=True))
        )
        for each in netlist.instances
        if each.cell.startswith(("AOI21", "OAI21", "MUX2"))
    }
    assert swapped or other
    changed = replace(
        netlist,
        instances=tuple(swapped.get(each.name, each) for each in (first, *others)),
    )
    assert found[module][0].energy(changed, nangate45, 0.0) is None
