"""Units between two streams measured: right ones pass, wrong ones are found."""

from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from lmul_pe.model import mac_named, unit_named
from lmul_pe.synth.activity.packing import codes_of, pack, unpack
from lmul_pe.synth.activity.sequential import simulate
from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.mapping.blocks import TOP
from lmul_pe.synth.netlists.linking import link
from lmul_pe.synth.netlists.netlist import Instance
from lmul_pe.synth.workload.stream_stimulus import (
    COUNTED,
    LANES,
    RESET_CYCLES,
    WARM_UP,
    StreamStimulus,
)
from lmul_pe.synth.workload.streams import code_stream, operands
from tests.sweep import some
from tests.synth.gate_netlists import block_netlists

UNITS = ["mac_lmul_e2m1_e4m3", "mac_exact_e2m1_fixed", "dot3_exact_e2m1_aligned"]
UNITS += ["mac_lmul_e2m1_aligned", "mac_exact_e2m1_e4m3_latency2", "mac_int8_int32"]
UNITS += ["dot4_lmul_e2m1_e4m3", "dot2_int8_int32", "dot16_lmul_e2m1_gradual_fixed"]


def netlists_of(name, synthesis, technology):
    found = block_netlists(unit_named(name), synthesis, technology)
    return found


def mismatch(name, netlists, technology):
    """What is wrong with the netlists, taken for the unit called ``name``."""
    stimulus = StreamStimulus(unit_named(name), "normal", 3)
    netlist = link(netlists, TOP, name, technology.flip_flops).netlist
    run = simulate(netlist, technology, stimulus.inputs, LANES, stimulus.cycles, stimulus.counted)
    assert run.per_cycle.shape[1] == COUNTED
    return stimulus.mismatch(run)


@pytest.mark.parametrize("name", some(UNITS, 1))
def test_linked_netlists_do_what_the_model_says(name, synthesis, nangate45):
    assert mismatch(name, netlists_of(name, synthesis, nangate45), nangate45) is None


@pytest.mark.parametrize("technology", some(["asap7", "sky130hd"], 1))
def test_flip_flops_of_either_polarity(synthesis, technology):
    """ASAP7's only have an inverted output, so that they hold the complement."""
    library = load_technology(technology)
    netlists = netlists_of("mac_lmul_e2m1_e4m3", synthesis, library)
    assert mismatch("mac_lmul_e2m1_e4m3", netlists, library) is None


@pytest.mark.parametrize("wrong", some(["mac_exact_e2m1_e4m3", "mac_lmul_e2m1_offset0_e4m3"], 1))
def test_another_unit_than_the_model_is_found(wrong, synthesis, nangate45):
    netlists = netlists_of(wrong, synthesis, nangate45)
    text = mismatch("mac_lmul_e2m1_e4m3", netlists, nangate45)
    assert text.startswith("sum 0 of stream ")


def test_an_overflow_that_is_none_is_found(synthesis, nangate45):
    netlists = netlists_of("mac_int8_int32", synthesis, nangate45)
    top = netlists[TOP]
    (net,) = top.outputs["overflow"]
    free = 1 + max(
        net for each in (*top.instances, *top.registers) for net in each.outputs.values()
    )
    inverter = Instance("mutant", "INV_X1", {"A": net}, {"ZN": free + 1000})
    netlists[TOP] = replace(
        top,
        outputs={**top.outputs, "overflow": (free + 1000,)},
        instances=(*top.instances, inverter),
    )
    text = mismatch("mac_int8_int32", netlists, nangate45)
    assert text == "flag overflow of stream 0 is wrong"


@pytest.mark.parametrize(
    ("name", "workload", "length"),
    [
        ("mac_exact_e2m1_e4m3", "normal", 64),
        ("dot4_lmul_e2m1_e4m3", "normal", 16),
        ("dot16_lmul_e2m1_fixed", "normal", 4),
        ("dot16_lmul_e2m1_fixed", "long_sums", 32),
    ],
)
def test_sums_are_as_long_as_they_say(name, workload, length):
    unit = unit_named(name)
    stimulus = StreamStimulus(unit, workload, 1)
    assert StreamStimulus.has_whole_sums(unit, workload)
    ends = [
        cycle
        for cycle in range(stimulus.cycles)
        if stimulus.inputs(cycle, {})["s_axis_ab_tlast"].any()
    ]
    assert ends[:2] == [WARM_UP // 2, WARM_UP]
    assert {after - end for end, after in pairwise(ends[1:])} == {length}
    assert ends[-1] == WARM_UP + COUNTED
    assert stimulus.products == (WARM_UP + COUNTED) * LANES * unit.products_per_cycle


def test_a_sum_has_a_beat_at_least():
    # 33 of 64 products are one beat, and the rest of another.
    stimulus = StreamStimulus(unit_named("dot33_exact_e2m1_fixed"), "uniform", 1)
    ends = [
        cycle
        for cycle in range(stimulus.cycles)
        if stimulus.inputs(cycle, {})["s_axis_ab_tlast"].any()
    ]
    assert ends == [WARM_UP // 2, *range(WARM_UP, WARM_UP + COUNTED + 1)]


def test_what_is_not_data_says_when_it_is_valid():
    stimulus = StreamStimulus(unit_named("mac_exact_e2m1_e4m3"), "normal", 1)
    given = [stimulus.inputs(cycle, {}) for cycle in range(3)]
    bits = {
        name: [set(unpack(ports[name], LANES).ravel()) for ports in given]
        for name in ("clk", "rst", "s_axis_ab_tvalid", "m_axis_c_tready")
    }
    no, yes = {False}, {True}
    assert bits == {
        "clk": [no, no, no],
        "rst": [yes, no, no],
        "s_axis_ab_tvalid": [no, yes, yes],
        "m_axis_c_tready": [yes, yes, yes],
    }


@pytest.fixture
def summed():
    """A stimulus of int8, and a run that gives the right sums a cycle behind their last pair."""
    unit, beats = unit_named("mac_int8_int32"), WARM_UP + COUNTED
    stimulus = StreamStimulus(unit, "normal", 3)
    int8 = unit.multiplier.format
    a, b = (
        codes.astype(np.int8).reshape(LANES, beats).astype(np.int64)
        for codes in operands("normal", int8, int8, LANES * beats, 3)
    )
    ends = [0, WARM_UP // 2, *range(WARM_UP, beats + 1, 64)]
    valid = np.zeros((stimulus.cycles, 1, LANES), dtype=bool)
    data = np.zeros((stimulus.cycles, 32, LANES), dtype=bool)
    for start, end in pairwise(ends):
        sums = (a * b)[:, start:end].sum(axis=1)
        valid[end + 1] = True
        data[end + 1] = sums >> np.arange(32)[:, np.newaxis] & 1
    found = {"m_axis_c_tvalid": valid, "m_axis_c_tdata": data, "overflow": np.zeros_like(valid)}

    def mismatch():
        return stimulus.mismatch(
            SimpleNamespace(outputs={name: pack(bits) for name, bits in found.items()})
        )

    return mismatch, found


def test_right_sums_are_found_right(summed):
    mismatch, found = summed
    assert mismatch() is None
    # The flag says at the end whether any sum was too large.
    found["overflow"][-2] = True
    assert mismatch() is None
    del found["overflow"]
    assert mismatch() is None


def test_the_first_wrong_sum_is_named(summed):
    mismatch, found = summed
    second = found["m_axis_c_tdata"][WARM_UP + 1]
    number = sum(int(bit) << place for place, bit in enumerate(second[:, 7]))
    second[0, [7, 9]] ^= True
    assert mismatch() == f"sum 1 of stream 7: netlist {number ^ 1:#x}, model {number:#x}"


def test_sums_that_are_missing_or_not_of_all_streams_are_told(summed):
    mismatch, found = summed
    found["m_axis_c_tvalid"][WARM_UP + 1] = False
    assert mismatch() == "4 sums instead of 5"
    found["m_axis_c_tvalid"][WARM_UP + 1, 0, 3] = True
    assert mismatch() == f"in cycle {WARM_UP + 1} some streams have a sum and others none"


def test_the_first_stream_with_a_wrong_flag_is_named(summed):
    mismatch, found = summed
    found["overflow"][-1, 0, [5, 8]] = True
    assert mismatch() == "flag overflow of stream 5 is wrong"


def test_sums_that_would_count_in_part_are_told():
    # 128 beats and 171 do not divide the 192 that count; 64 do.
    names = ["dot4_int8_int32", "dot3_int8_int32", "dot8_int8_int32"]
    units = map(unit_named, names)
    assert [StreamStimulus.has_whole_sums(unit, "long_sums") for unit in units] == [
        *(False, False, True)
    ]


def test_long_sums_are_of_the_same_operands():
    unit = unit_named("dot16_lmul_e2m1_fixed")
    long, short = (StreamStimulus(unit, workload, 1) for workload in ("long_sums", "normal"))
    data = "s_axis_ab_tdata"
    np.testing.assert_array_equal(long.inputs(9, {})[data], short.inputs(9, {})[data])


def test_operands_repeat_with_their_seed():
    mac = mac_named("mac_exact_e2m1_e4m3")
    one, same, other = (
        StreamStimulus(mac, "normal", seed).inputs(5, {})["s_axis_ab_tdata"] for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_every_multiplier_takes_a_part_of_the_stream_in_its_order(tmp_path):
    unit = unit_named("dot2_exact_e2m1_e4m3")
    beats = WARM_UP + COUNTED
    count = 2 * LANES * beats
    codes = np.random.default_rng(1).integers(0, 16, size=(count, 2))
    np.save(tmp_path / "codes.npy", codes)
    stimulus = StreamStimulus(unit, code_stream(tmp_path / "codes.npy"), 1)
    for beat in (0, 77):
        bits = stimulus.inputs(RESET_CYCLES + beat, {})["s_axis_ab_tdata"]
        words = codes_of(unpack(bits, LANES).reshape(4, 4, LANES).transpose(1, 0, 2))
        parts = codes.reshape(2, LANES, beats, 2)[:, :, beat]
        np.testing.assert_array_equal(words, [*parts[..., 0], *parts[..., 1]])


def test_held_weights_stay_with_their_multiplier():
    stimulus = StreamStimulus(unit_named("mac_exact_e4m3_e4m3"), "stationary", 1)
    beats = [stimulus.inputs(RESET_CYCLES + beat, {})["s_axis_ab_tdata"] for beat in range(200)]
    weights = [bits[8:].tobytes() for bits in beats]
    # Streams begin in different places of the 64 cycles, two of them.
    assert len(set(weights)) == 7
    assert len({bits[:8].tobytes() for bits in beats}) == 200
