"""Energies computed by hand on the technology `tiny`: 2 V, so 2 fJ per fF and toggle."""

import numpy as np
import pytest

from lmul_pe.synth.activity.energy import (
    Activity,
    area_um2,
    confidence_interval,
    dynamic_energy,
    glitch_energy,
    larger_sample,
    leakage_power_nw,
    recorded_energy,
    toggle_energies,
)
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.activity.glitch import Transitions
from lmul_pe.synth.netlists.netlist import Instance, Netlist


def waveforms(netlist, technology, codes):
    return evaluate(netlist, cell_functions(technology), {"a": np.array(codes)})


def inverters(count):
    """A chain of inverters from a to y."""
    instances = tuple(
        Instance(f"i{index}", "INV", {"A": 2 + index}, {"Y": 3 + index}) for index in range(count)
    )
    return Netlist("inverters", {"a": (2,)}, {"y": (2 + count,)}, instances)


def test_one_inverter(tiny):
    # Four operations after the first operand, three toggles of input and output alike.
    energy = dynamic_energy(waveforms(inverters(1), tiny, [0, 1, 1, 0, 1]), tiny)
    # The input port drives 2 fF; the output port carries no load.
    assert energy.switching_fj == 3 * (2.0 * 2.0**2 / 2) / 4
    assert energy.internal_fj == 3 * 0.5 / 4
    assert energy.total_fj == energy.switching_fj + energy.internal_fj


def test_two_inverters_with_wires(tiny):
    energy = dynamic_energy(waveforms(inverters(2), tiny, [0, 1, 0]), tiny, wire_ff=0.5)
    # Two nets of 2.5 fF and two cells, toggling at every operation.
    assert energy.switching_fj == 2 * 2.5 * 2
    assert energy.internal_fj == 2 * 0.5


def test_what_does_not_toggle_costs_nothing(tiny):
    energy = dynamic_energy(waveforms(inverters(2), tiny, [1] * 300), tiny)
    assert (energy.switching_fj, energy.internal_fj, energy.uncertainty_fj) == (0, 0, 0)


def test_each_net_counts_by_its_own_toggles(chain, tiny):
    # y = NAND(a, NOT a) is always 1: only nets 2 (5 fF) and 3 (4 fF) toggle, and the inverter.
    energy = dynamic_energy(waveforms(chain, tiny, [0, 1, 0, 1, 0]), tiny)
    assert energy.switching_fj == (5 + 4) * 2
    assert energy.internal_fj == 0.5


def test_cells_of_two_outputs_count_both(tiny):
    netlist = Netlist(
        "half",
        {"a": (2, 3)},
        {"y": (4, 5)},
        (Instance("h", "HA", {"A": 2, "B": 3}, {"S": 4, "C": 5}),),
    )
    # 00, 01, 11, 00: inputs toggle 1, 1, 2; the sum 1, 1, 0; the carry 0, 1, 1.
    energy = dynamic_energy(waveforms(netlist, tiny, [0, 1, 3, 0]), tiny)
    assert energy.switching_fj == pytest.approx(4 * 1.0 * 2 / 3)
    assert energy.internal_fj == pytest.approx((2 * 1.5 + 2 * 1.0) / 3)


def test_the_interval_is_that_of_the_means_of_64_operations(tiny):
    random = np.random.default_rng(5)
    codes = np.concatenate(
        [random.random(64) < share for share in (0.1, 0.5, 0.9, 0.5, 0.3)]
    ).astype(int)
    energy = dynamic_energy(waveforms(inverters(1), tiny, codes), tiny)
    per_toggle = 2.0 * 2 + 0.5
    changes = np.concatenate([[0], codes[1:] != codes[:-1]]) * per_toggle
    # Four whole blocks of operations after the first operand; the fifth lacks one.
    means = changes.reshape(5, 64).mean(axis=1)[:4]
    assert energy.total_fj == pytest.approx(changes.sum() / 319)
    assert energy.uncertainty_fj == pytest.approx(1.96 * np.std(means, ddof=1) / 2)


def test_too_few_operations_say_nothing_about_the_interval(tiny):
    energy = dynamic_energy(waveforms(inverters(1), tiny, [0, 1] * 40), tiny)
    assert energy.uncertainty_fj == float("inf")


def test_the_interval_covers_the_truth_about_as_often_as_it_says(tiny):
    netlist = inverters(1)
    truth = (2.0 * 2 + 0.5) / 2
    random = np.random.default_rng(11)
    covered = 0
    for _ in range(200):
        energy = dynamic_energy(waveforms(netlist, tiny, random.integers(0, 2, 2048)), tiny)
        covered += abs(energy.total_fj - truth) <= energy.uncertainty_fj
    assert 175 <= covered <= 198


def test_what_differs_within_a_period_is_no_error():
    samples = np.array([1.0, 5.0, 9.0] * 4)
    assert confidence_interval(samples, 3) == 0
    assert confidence_interval(samples) > 1
    noise = np.array([0.1, -0.1, 0.0] + [0.0] * 9)
    expected = 1.96 * np.sqrt(((0.1 * 3 / 4) ** 2 + 3 * (0.1 / 4) ** 2) * 2 / (12 - 3) / 12)
    assert confidence_interval(samples + noise, 3) == pytest.approx(expected)
    assert confidence_interval(samples[:5], 3) == float("inf")


def test_two_samples_are_the_fewest_with_an_interval():
    # 1 and 3 lie 1 beside their mean: a variance of 2 for each, of 1 for the mean.
    assert confidence_interval(np.array([1.0, 3.0])) == pytest.approx(1.96)
    assert confidence_interval(np.array([1.0])) == float("inf")
    # Twice three samples: the last pair differs by 2, and three means are estimated.
    twice = np.array([1.0, 5.0, 9.0, 1.0, 5.0, 11.0])
    assert confidence_interval(twice, 3) == pytest.approx(1.96 * np.sqrt(2 / 3 / 6))


def test_glitches_count_by_the_load_and_the_cell_of_their_net(chain, tiny):
    # A toggle of net 2 costs 10 fJ, one of net 3 8 and 0.5 in the inverter, of net 4 0.25.
    counts = {2: [4, 6, 8, 100], 3: [2, 2, 2, 2], 4: [4, 0, 4, 40]}
    found = glitch_energy(
        Transitions(
            np.array([64, 64, 64, 10]), {net: np.array(n) for net, n in counts.items()}, {}
        ),
        chain,
        tiny,
    )
    assert found.switching_fj == pytest.approx((118 * 10 + 8 * 8) / 202)
    assert found.internal_fj == pytest.approx((8 * 0.5 + 48 * 0.25) / 202)
    # The last block, which is not full, is no sample.
    means = np.array([40 + 17 + 1, 60 + 17, 80 + 17 + 1]) / 64
    assert found.uncertainty_fj == pytest.approx(1.96 * np.std(means, ddof=1) / np.sqrt(3))


def test_one_block_of_glitches_says_nothing_about_the_interval(chain, tiny):
    counts = {net: np.array([1]) for net in (2, 3, 4)}
    found = glitch_energy(Transitions(np.array([10]), counts, {}), chain, tiny)
    assert found.total_fj == pytest.approx((10 + 8 + 0.5 + 0.25) / 10)
    assert found.uncertainty_fj == float("inf")


def test_a_toggle_costs_the_load_of_its_net_and_the_cell_that_drives_it(chain, tiny):
    assert toggle_energies(chain, tiny) == {2: 10.0, 3: 8.0 + 0.5, 4: 0.25}


def test_area_and_leakage_add_up(chain, tiny):
    assert area_um2(chain, tiny) == 1.0 + 2.0
    assert leakage_power_nw(chain, tiny) == 3.0 + 5.0
    assert area_um2(inverters(7), tiny) == 7.0


def test_a_sample_grows_with_the_square_of_its_interval():
    assert larger_sample(10, 2.0, 1.0, 1000) == 44
    assert larger_sample(10, 1.01, 1.0, 1000) == 12
    assert larger_sample(10, 20.0, 1.0, 1000) == 1000
    assert larger_sample(10, 2.0, -1.0, 1000) == 1000
    assert larger_sample(10, 2.0, 0.0, 1000) == 1000
    # One more at least.
    assert larger_sample(10, 0.5, 1.0, 1000) == 11


def test_energy_of_a_recording(chain, tiny):
    # 2 V: 2 fJ per fF and toggle. Net 2 drives 5 fF, net 3 drives 4 fF, net 4 nothing.
    found = recorded_energy(chain, tiny, Activity(1e6, {2: 3, 3: 2, 4: 10}, {}))
    assert found.switching_fj == 2 * (3 * 5 + 2 * 4)
    assert found.internal_fj == 0.5 * 2 + 0.25 * 10
    assert (found.clock_fj, found.cycles) == (0, None)
    # 8 nW for a microsecond.
    assert found.leakage_fj == pytest.approx(8)
    assert found.total_fj == pytest.approx(46 + 3.5 + 8)


def test_wires_load_every_driven_pin(chain, tiny):
    found = recorded_energy(chain, tiny, Activity(1.0, {2: 1}, {}), wire_ff=0.5)
    assert found.switching_fj == 2 * (5 + 2 * 0.5)


def test_the_clock_counts_by_its_edges(nangate45):
    netlist = Netlist(
        "held",
        {"d": (2,), "clk": (3,)},
        {"q": (4,)},
        (),
        (Instance("r", "DFF_X1", {"D": 2, "CK": 3}, {"Q": 4}),),
    )
    cell = nangate45.cells["DFF_X1"]
    found = recorded_energy(netlist, nangate45, Activity(1.0, {2: 4, 3: 20, 4: 4}, {}))
    assert found.cycles == 10
    square = nangate45.voltage**2
    assert found.clock_fj == pytest.approx(
        20 * (cell.flip_flop.clock_energy_fj + cell.inputs["CK"] * square / 2)
    )
    assert found.switching_fj == pytest.approx(4 * cell.inputs["D"] * square / 2)
    assert found.internal_fj == pytest.approx(4 * cell.outputs["Q"].energy_fj)
    assert found.total_fj == pytest.approx(
        found.switching_fj + found.internal_fj + found.clock_fj + found.leakage_fj
    )
    assert toggle_energies(netlist, nangate45) == pytest.approx(
        {2: cell.inputs["D"] * square / 2, 4: cell.outputs["Q"].energy_fj}
    )


def test_a_clock_gate_counts_by_what_passes(nangate45):
    """Of 20 edges of the clock 6 pass."""
    netlist = Netlist(
        "gated",
        {"d": (2,), "clk": (3,), "e": (5,)},
        {"q": (4,)},
        (Instance("g", "CLKGATE_X1", {"CK": 3, "E": 5}, {"GCK": 6}),),
        (Instance("r", "DFF_X1", {"D": 2, "CK": 6}, {"Q": 4}),),
    )
    activity = Activity(1.0, {2: 4, 3: 20, 4: 4, 5: 2, 6: 6}, {})
    found = recorded_energy(netlist, nangate45.with_layout, activity)
    half = 1.1**2 / 2
    assert found.cycles == 10
    assert found.clock_fj == pytest.approx(
        20 * 1.8379 * half + 14 * 2.452 + 6 * (3.8644 + 3.6155 + 0.9497 * half)
    )
    assert found.switching_fj == pytest.approx((4 * 1.1403 + 2 * 0.9152) * half)
