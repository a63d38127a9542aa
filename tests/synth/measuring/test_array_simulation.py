"""Arrays block by block, against the whole array as one netlist."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lmul_pe.model import SystolicArray, unit_named
from lmul_pe.synth.activity.packing import bits_of, every, pack, unpack
from lmul_pe.synth.activity.sequential import simulate
from lmul_pe.synth.design.units import unit_design
from lmul_pe.synth.mapping.blocks import TOP, block_source, block_texts, different
from lmul_pe.synth.mapping.jobs import Job
from lmul_pe.synth.mapping.recipes import Recipe
from lmul_pe.synth.measuring.array_simulation import run_array
from lmul_pe.synth.measuring.cost import PARTS, cost
from lmul_pe.synth.measuring.unit import UnitMeasurement
from lmul_pe.synth.netlists.linking import link, total_cells
from lmul_pe.synth.netlists.netlist import Instance
from lmul_pe.synth.workload.array_stimulus import ArrayStimulus, Handshakes
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import MismatchError, Settings
from tests.sweep import some
from tests.synth.gate_netlists import block_netlists

ARRAYS = ["array_ws_2x2_exact_e2m1_fixed_partial", "array_os_2x2_lmul_e2m1_e4m3"]
MORE = ["array_os_2x3_exact_e2m1_fixed", "array_ws_3x2_exact_e2m1_e4m3_latency2"]
MORE += ["array_ws_2x2_lmul_e2m1_e4m3_fold", "array_os_2x1_lmul_e2m1_e4m3_latency2"]
MORE += ["array_ws_2x2_lmul_e2m1_aligned_to_e4m3_partial", "array_os_1x2_int8_int32"]
MORE += ["array_os_2x2_lmul_e4m3_fp32", "array_os_2x2_exact_e4m3_fp32"]
SMALL = some([*ARRAYS, *MORE], 1, 2)


@pytest.fixture
def mapped(synthesis, nangate45):
    """A function from an array to one netlist of each of its modules."""

    def netlists(array):
        found = block_netlists(array, synthesis, nangate45)
        return found

    return netlists


def whole(array, netlists, technology, seed):
    """The array as one netlist, fed by the streams that its blocks see one by one."""
    netlist = link(netlists, TOP, array.name, technology.flip_flops).netlist
    stimulus = ArrayStimulus(array, "normal", seed)
    handshakes = Handshakes(stimulus)
    ones = every(stimulus.copies)
    widths = {"a": array.multiplier.format.width, "b": array.multiplier.format_b.width}
    widths |= {"w": widths["b"], "p": array.accumulator.result.width}

    def packed(codes, width):
        return np.concatenate([pack(bits_of(line, width)) for line in codes])

    def inputs(cycle, before):
        nothing = 0 * ones[np.newaxis]
        readies = {name: before.get(f"s_axis_{name}_tready", nothing) for name in widths}
        given = handshakes.inputs(
            cycle, {f"{name}_ready": bits[:, :1] & np.uint64(1) for name, bits in readies.items()}
        )
        beat, weights = handshakes.beats[cycle], handshakes.weight_beats[cycle]
        data = {"a": stimulus.a(beat), "b": stimulus.b(beat), "w": stimulus.b(weights)}
        data["p"] = stimulus.begin(beat)
        ports = {name: ones * (bits & np.uint64(1)) for name, bits in given.items()}
        bits = {"clk": nothing, "rst": ports["rst"], "m_axis_c_tready": ones[np.newaxis]}
        for name, codes in data.items():
            bits[f"s_axis_{name}_tdata"] = packed(codes, widths[name])
            bits[f"s_axis_{name}_tvalid"] = ports[f"{name}_valid"]
            bits[f"s_axis_{name}_tlast"] = ports[f"{name}_last"]
        return bits

    run = simulate(netlist, technology, inputs, stimulus.copies, stimulus.cycles, stimulus.counted)
    return SimpleNamespace(netlist=netlist, run=run, cost=cost(run, netlist, technology, 0.25))


@pytest.mark.parametrize("name", SMALL)
def test_blocks_cost_what_the_whole_costs(name, mapped, nangate45):
    array = unit_named(name)
    netlists = mapped(array)
    expected = whole(array, netlists, nangate45, 5)
    found = run_array(
        ArrayStimulus(array, "normal", 5), netlists, Conditions(nangate45, Settings(wire_ff=0.25))
    )
    assert expected.netlist.cell_counts == total_cells(netlists, TOP)
    for part in PARTS:
        one, other = found.cost.parts[part], expected.cost.parts[part]
        assert one.area_um2 == pytest.approx(other.area_um2)
        # States are counted at other moments, some thousand of them.
        assert one.leakage_nw == pytest.approx(other.leakage_nw, rel=0.005)
        assert one.clock_fj == pytest.approx(other.clock_fj)
        # Chains at the edges are sampled over all lines, of which the whole has some longer.
        assert one.functional_fj == pytest.approx(other.functional_fj, rel=0.03)
    total = found.cost.total.functional_fj
    assert total == pytest.approx(expected.cost.total.functional_fj, rel=0.01)
    assert found.products > 0


def test_the_whole_array_gives_the_models_results(mapped, nangate45):
    """The stimulus of the comparison is a right one."""
    array = unit_named("array_os_2x2_lmul_e2m1_e4m3")
    run = whole(array, mapped(array), nangate45, 5).run
    stimulus = ArrayStimulus(array, "normal", 5)
    beats = []
    for cycle in range(1, stimulus.cycles):
        if unpack(run.outputs["m_axis_c_tvalid"][cycle], stimulus.copies)[0, 0]:
            bits = unpack(run.outputs["m_axis_c_tdata"][cycle], stimulus.copies)
            beats.append(bits.reshape(array.cols, 8, stimulus.copies))
    for found, expected in zip(beats, stimulus.expected, strict=False):
        np.testing.assert_array_equal(found.transpose(1, 0, 2), bits_of(expected, 8))
    assert len(beats) > 3 * array.rows


@pytest.mark.parametrize("name", SMALL)
def test_a_gate_that_is_another_is_found(name, mapped, nangate45):
    array = unit_named(name)
    netlists = mapped(array)
    netlists[f"{TOP}_add"] = mutated(netlists[f"{TOP}_add"])
    with pytest.raises(MismatchError, match=f"netlist {name} "):
        run_array(ArrayStimulus(array, "normal", 5), netlists, Conditions(nangate45, Settings()))


def mutated(netlist):
    """The netlist with the inverse of what drives bit 0 of its first output."""
    free = 1 + max(net for each in netlist.instances for net in each.outputs.values())
    nets = netlist.outputs["following"]
    inverter = Instance("mutant", "INV_X1", {"A": nets[0]}, {"ZN": free})
    return replace(
        netlist,
        outputs={**netlist.outputs, "following": (free, *nets[1:])},
        instances=(*netlist.instances, inverter),
    )


@pytest.mark.long
def test_an_element_costs_the_same_in_every_size(mapped, nangate45):
    small = SystolicArray(*parts("lmul", "e2m1"), 4, 4)
    large = SystolicArray(*parts("lmul", "e2m1"), 16, 16)
    costs = []
    for array in (small, large):
        run = run_array(
            ArrayStimulus(array, "normal", 5), mapped(array), Conditions(nangate45, Settings())
        )
        costs.append(run.cost.total.functional_fj / (array.rows * array.cols))
    # What is at the edges is shared by more elements; chains there are longer.
    assert costs[0] == pytest.approx(costs[1], rel=0.25)


def parts(kind, format):
    array = unit_named(f"array_os_1x1_{kind}_{format}_e4m3")
    return array.multiplier, array.accumulator


@pytest.mark.slow
def test_every_recording_is_replayed_without_a_difference(synthesis, nangate45):
    array = unit_named("array_os_2x2_exact_e2m1_e4m3")
    unit = UnitMeasurement(unit_design(array), Conditions(nangate45, Settings(seed=4)))
    texts = block_texts(array, ("gates", "cells"), lambda module, structure: True)
    for module in texts:
        unit.netlists[module] = {
            Recipe(structure, script): netlist
            for structure in different(texts, module, ("gates", "cells"))
            for script, netlist in Job(block_source(texts, module, structure, ("flow", "area")))
            .netlists(synthesis, nangate45)
            .items()
        }
    free = unit.measured_free()
    energies = [
        figures.cost.total.with_glitches_fj for figures in (free.least_energy, free.least_area)
    ]
    assert energies[0] <= energies[1]
    assert free.least_energy.area_um2 >= free.least_area.area_um2
