"""A block by itself costs what it costs in its unit, and does what it does there."""

from dataclasses import replace

import pytest

from lmul_pe.model import unit_named
from lmul_pe.synth.activity.replay import port_nets, recordings
from lmul_pe.synth.activity.sequential import simulate
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
