"""What parts cost: who pays for a net, and how costs add up."""

import numpy as np
import pytest

from lmul_pe.synth.activity.cycle_glitch import CycleGlitches, source_nets
from lmul_pe.synth.activity.energy import ACCURACY
from lmul_pe.synth.activity.glitch import Transitions
from lmul_pe.synth.activity.sequential import simulate
from lmul_pe.synth.measuring import cost as module
from lmul_pe.synth.measuring.cost import (
    PARTS,
    Cost,
    Part,
    bare_cost,
    cost,
    cost_with_glitches,
    part_of,
)
from lmul_pe.synth.netlists.netlist import Instance, Netlist


def two_blocks():
    """An inverter of the multiplier drives a NAND of the adder and an output port."""
    return Netlist(
        "two",
        {"a": (2,), "b": (3,)},
        {"y": (5,), "p": (4,)},
        (
            Instance("i", "INV", {"A": 2}, {"Y": 4}, "unit_multiply"),
            Instance("n", "NAND", {"A": 4, "B": 3}, {"Y": 5}, "unit_add"),
        ),
    )


def toggling(cycle, _):
    return {"a": [cycle & 1], "b": [1]}


def test_a_net_costs_the_part_whose_pins_it_loads(tiny):
    netlist = two_blocks()
    found = cost(simulate(netlist, tiny, toggling, 1, 5), netlist, tiny, wire_ff=0.5)
    # 2 V: 2 fJ per fF and toggle; every net but b toggles in every cycle.
    multiplier, adder = found.parts["multiplier"], found.parts["adder"]
    assert (multiplier.switching_fj, multiplier.internal_fj) == (2.5 * 2, 0.5)
    assert (adder.switching_fj, adder.internal_fj) == (3.5 * 2, 0.25)
    assert (multiplier.area_um2, adder.area_um2) == (1.0, 2.0)
    assert (multiplier.leakage_nw, adder.leakage_nw) == (3.0, 5.0)
    assert found.parts["registers"] == found.parts["control"] == Part()
    assert found.total.functional_fj == 5.5 + 7.25
    assert found.uncertainty_fj == found.glitch_uncertainty_fj == 0
    assert found.total.with_glitches_fj == found.total.functional_fj


def test_glitches_of_a_sample_come_on_top(tiny):
    netlist = two_blocks()
    run = simulate(netlist, tiny, toggling, 1, 5)
    none, some = np.array([1, 1]), np.array([3, 1])
    counts = {2: none, 3: 0 * none, 4: some, 5: none}
    glitches = Transitions(np.array([1, 1]), counts, {**counts, 4: none})
    found = cost(run, netlist, tiny, wire_ff=0.5, glitches=glitches)
    # Net 4 changes twice more in one of two cycles: half a femtojoule inside the inverter, and
    # 3.5 fF in the NAND.
    multiplier, adder = found.parts["multiplier"], found.parts["adder"]
    assert (multiplier.glitches_fj, adder.glitches_fj) == (0.5, 3.5 * 2)
    assert adder.with_glitches_fj == adder.functional_fj + 7
    # The two cycles differ by 15 fJ.
    assert found.glitch_uncertainty_fj == pytest.approx(1.96 * 15 / 2**0.5 / 2**0.5)


def test_runs_are_what_is_independent(tiny):
    """Eight runs toggle in every cycle, eight in none."""
    netlist = two_blocks()
    run = simulate(
        netlist, tiny, lambda cycle, _: {"a": [0xFF * (cycle & 1)], "b": [0xFFFF]}, 16, 9
    )
    assert run.per_group.tolist() == [[64, 0], [0, 0], [64, 0], [64, 0]]
    found = cost(run, netlist, tiny, wire_ff=0.5)
    assert found.total.functional_fj == 12.75 / 2
    assert found.uncertainty_fj == pytest.approx(1.96 * 12.75 / 2**0.5 / 2**0.5)
    # Of one chain, all runs are one sample; then cycles, which are all alike, have to do.
    assert cost(run, netlist, tiny, wire_ff=0.5, chain=16).uncertainty_fj == 0


@pytest.mark.parametrize(
    ("toggling", "chain", "interval"),
    [
        # Of eight groups of eight runs four are busy, ...
        (0xFFFFFFFF, 1, 0.5 / 7**0.5),
        (0xFFFFFFFF, 2, 0.5 / 7**0.5),
        (0xFFFFFFFF, 8, 0.5 / 7**0.5),
        # ... two chains of four, and one of two: what is left over does not count.
        (0xFFFFFFFF, 16, 0.5 / 3**0.5),
        (0xFFFFFF, 24, 0.5),
        # A half of every chain.
        (0x00FF00FF00FF00FF, 16, 0.0),
    ],
)
def test_chains_of_runs_are_what_is_independent(tiny, toggling, chain, interval):
    netlist, ones = two_blocks(), np.array([2**64 - 1], np.uint64)
    busy = np.array([toggling], np.uint64)
    run = simulate(netlist, tiny, lambda cycle, _: {"a": busy * (cycle & 1), "b": ones}, 64, 9)
    found = cost(run, netlist, tiny, wire_ff=0.5, chain=chain)
    assert found.uncertainty_fj == pytest.approx(1.96 * 12.75 * interval)


def test_errors_of_runs_and_of_glitches_have_the_sample_in_common(tiny):
    netlist = two_blocks()
    run = simulate(
        netlist, tiny, lambda cycle, _: {"a": [0xFF * (cycle & 1)], "b": [0xFFFF]}, 16, 9
    )
    none, some = np.array([1, 1]), np.array([3, 1])
    counts = {2: none, 3: 0 * none, 4: some, 5: none}
    glitches = Transitions(np.array([1, 1]), counts, {**counts, 4: none})
    found = cost(run, netlist, tiny, wire_ff=0.5, glitches=glitches)
    runs, sample = 1.96 * 12.75 / 2, 1.96 * 15 / 2
    both = runs**2 + sample**2 + 2 * (2 / 16) ** 0.5 * runs * sample
    assert found.glitch_uncertainty_fj == pytest.approx(both**0.5)


LATE = Netlist(
    "late",
    {"a": (2,), "b": (3,)},
    {"y": (6,)},
    (
        Instance("i", "INV_X1", {"A": 2}, {"ZN": 4}),
        Instance("j", "INV_X1", {"A": 4}, {"ZN": 7}),
        Instance("k", "INV_X1", {"A": 7}, {"ZN": 8}),
        Instance("l", "INV_X1", {"A": 8}, {"ZN": 9}),
        Instance("x", "XOR2_X1", {"A": 9, "B": 3}, {"Z": 6}),
    ),
)
"""Two bits into an XOR, one of them late: a glitch where both change."""


def test_of_a_single_run_every_cycle_counts(nangate45):
    def inputs(cycle, _):
        return {"a": [int(cycle >= 50)], "b": [int(cycle >= 50)]}

    run = simulate(LATE, nangate45, inputs, 1, 129, keep=source_nets(LATE))
    found = cost_with_glitches(run, LATE, nangate45, range(1, 129))
    output = nangate45.cells["XOR2_X1"].outputs["Z"]
    assert found.total.glitches_fj == pytest.approx(2 * output.energy_fj / 128)


def late_run(bits, technology):
    """The late netlist with bits of both inputs, ``cycles x 2 x words``, in 256 runs."""

    def inputs(cycle, _):
        return {"a": bits[cycle][:1], "b": bits[cycle][1:]}

    return simulate(LATE, technology, inputs, 256, len(bits), keep=source_nets(LATE))


@pytest.mark.parametrize(
    ("busy", "most", "samples"),
    [
        # What never changes is known at once.
        (0, 8192, [(0, 64)]),
        (1, 8192, [(0, 64), (64, 256)]),
        (1, 1024, [(0, 64), (64, 128)]),
    ],
)
def test_a_sample_begins_small_and_has_an_end(nangate45, monkeypatch, busy, most, samples):
    asked = []

    class Asked(CycleGlitches):
        def sample(self, counted, first, last):
            asked.append((first, last))
            return super().sample(counted, first, last)

    monkeypatch.setattr(module, "CycleGlitches", Asked)
    monkeypatch.setattr(module, "MOST_PAIRS", most)
    # More than any sample has.
    monkeypatch.setattr(module, "ACCURACY", 0.0)
    random = np.random.default_rng(7)
    bits = busy * random.integers(0, 2**64, (33, 2, 4), dtype=np.uint64)
    run = late_run(bits, nangate45)
    cost_with_glitches(run, LATE, nangate45, range(1, 33))
    assert asked == samples


def test_a_sample_grows_until_it_is_good_enough(nangate45):
    """Random bits: a glitch at every other change of both."""
    netlist = LATE
    random = np.random.default_rng(7)
    bits = random.integers(0, 2**64 - 1, (129, 2, 4), dtype=np.uint64, endpoint=True)
    counted = range(1, 129)
    run = late_run(bits, nangate45)
    found = cost_with_glitches(run, netlist, nangate45, counted, period=1)
    total = found.total
    assert (
        0 < found.uncertainty_fj < found.glitch_uncertainty_fj < ACCURACY * total.with_glitches_fj
    )
    # Both change in a quarter of the cycles; the XOR then changes twice instead of never.
    output = nangate45.cells["XOR2_X1"].outputs["Z"]
    assert total.glitches_fj == pytest.approx(2 * output.energy_fj / 4, rel=0.1)
    again = cost_with_glitches(run, netlist, nangate45, counted, period=1, seed=1)
    assert abs(again.total.glitches_fj - total.glitches_fj) < 1.5 * found.glitch_uncertainty_fj


def test_costs_add_up_and_multiply():
    one = Cost({name: Part(1, 2, 3, 4, 5, 6) for name in PARTS}, 3.0, 5.0)
    other = Cost(dict.fromkeys(PARTS, Part(area_um2=1, glitches_fj=2)), 4.0, 6.0)
    assert Part(1, 2, 3, 4, 5, 6) * 3 == Part(3, 6, 9, 12, 15, 18)
    both = one + other * 2
    assert both.parts["adder"] == Part(3, 2, 3, 4, 5, 10)
    assert both.uncertainty_fj == pytest.approx((9 + 64) ** 0.5)
    assert both.glitch_uncertainty_fj == pytest.approx(13)
    assert both.total.functional_fj == 4 * 7
    assert both.total.with_glitches_fj == 4 * 17


def test_an_operation_has_its_share_of_the_energy_and_the_whole_area():
    whole = Cost(dict.fromkeys(PARTS, Part(1, 2, 3, 4, 5, 6)), 8.0, 16.0)
    one = whole.per_operation(4)
    assert one.parts["control"] == Part(1, 2, 0.75, 1, 1.25, 1.5)
    assert (one.uncertainty_fj, one.glitch_uncertainty_fj) == (2, 4)
    assert (one.total.area_um2, one.total.leakage_nw) == (4, 8)


def test_cells_that_never_toggle_cost_area_and_leakage(tiny):
    found = bare_cost(two_blocks(), tiny)
    assert (found.total.area_um2, found.total.leakage_nw) == (3.0, 8.0)
    assert found.total.functional_fj == 0


@pytest.mark.parametrize(
    ("module", "part"),
    [
        ("unit_multiply", "multiplier"),
        ("unit_fold", "multiplier"),
        ("unit_add_product_product", "adder"),
        ("unit_begin", "adder"),
        ("unit_finish", "adder"),
        ("unit_element", "control"),
        ("unit_delay_c", "control"),
        ("unit", "control"),
    ],
)
def test_gates_belong_to_the_part_of_their_module(module, part, nangate45):
    cells = nangate45.with_layout.cells
    assert part_of(Instance("x", "INV_X1", {}, {}, module), cells["INV_X1"]) == part
    for cell in ("DFF_X1", "CLKGATE_X1"):
        assert part_of(Instance("x", cell, {}, {}, module), cells[cell]) == "registers"


def test_a_gated_clock_costs_by_its_edges(nangate45):
    """A register that is enabled in one cycle of four, its gate, and one that always takes."""
    technology = nangate45.with_clock_gates
    netlist = Netlist(
        "gated",
        {"clk": (2,), "e": (3,)},
        {"q": (5,), "r": (6,)},
        (Instance("g", "CLKGATE_X1", {"CK": 2, "E": 3}, {"GCK": 4}),),
        (
            Instance("q", "DFF_X1", {"D": 5, "CK": 4}, {"Q": 5}),
            Instance("r", "DFF_X1", {"D": 6, "CK": 2}, {"Q": 6}),
        ),
    )
    run = simulate(
        netlist, technology, lambda cycle, _: {"clk": [0], "e": [int(cycle % 4 == 0)]}, 1, 9
    )
    found = cost(run, netlist, technology, wire_ff=0.5).parts["registers"]
    # 1.1 V. Clock pins take 0.9497 fF of a flip-flop and 1.8379 fF of the gate, and 0.5 fF of wire.
    register = 3.6155 + (0.9497 + 0.5) * 1.21 / 2
    gate = 2 * (1.8379 + 0.5) * 1.21 / 2 + 1.5 * 2.452 + 0.5 * 3.8644
    assert found.clock_fj == pytest.approx(2 * register + 0.5 * register + gate)
    # The enable's pin, 0.9152 fF, changes every other cycle; no output does.
    assert found.switching_fj == pytest.approx(0.5 * (0.9152 + 0.5) * 1.21 / 2)
    assert found.internal_fj == 0
    assert found.area_um2 == pytest.approx(2 * 4.522 + 3.458)


def test_nothing_settles_behind_a_clock_gate(nangate45):
    """An enable of random bits has no glitches to pass on to the clock."""
    technology = nangate45.with_clock_gates
    netlist = Netlist(
        "gated",
        {"clk": (2,), "e": (3,)},
        {"q": (5,)},
        (Instance("g", "CLKGATE_X1", {"CK": 2, "E": 3}, {"GCK": 4}),),
        (Instance("q", "DFF_X1", {"D": 3, "CK": 4}, {"Q": 5}),),
    )
    bits = np.random.default_rng(5).integers(0, 2, (33, 8), dtype=np.uint64)
    run = simulate(
        netlist,
        technology,
        lambda cycle, _: {"clk": bits[cycle][:1] * 0, "e": bits[cycle][:1] * 0xFF},
        8,
        33,
        keep=source_nets(netlist),
    )
    found = cost_with_glitches(run, netlist, technology, range(1, 33))
    assert found.total.glitches_fj == 0
    assert found.total.functional_fj > 0
