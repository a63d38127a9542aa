"""Leakage state by state: by hand, and by the conditions of the full Liberty file.

Reached on Nangate 45: equal to five digits for multipliers. The means of a cell's states were 8 %
below to 2 % above that.
"""

import gzip
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lmul_pe.model import unit_named
from lmul_pe.synth.activity import leakage
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate, unpack_bits
from lmul_pe.synth.activity.leakage import Sample, leakages_nw, state_leakage_nw
from lmul_pe.synth.activity.packing import every, pack, unpack
from lmul_pe.synth.activity.sequential import simulate
from lmul_pe.synth.cells.boolean import parse_function
from lmul_pe.synth.cells.liberty.syntax import Parser
from lmul_pe.synth.cells.technology import FlipFlop
from lmul_pe.synth.design.multipliers import multiplier_design_named
from lmul_pe.synth.netlists.netlist import Instance, Netlist
from lmul_pe.synth.workload.stream_stimulus import LANES, StreamStimulus
from tests.synth.gate_netlists import GateNetlists

PAIRS = 1025


@pytest.fixture(scope="module")
def states():
    """Cell to its states, each a condition on pins and the power in nW."""
    root = Path(__file__).parents[3]
    folder = os.environ.get("LMUL_PE_LIBERTY") or root.parent / "shared" / "tech"
    path = Path(folder) / "nangate45_typ.lib.gz"
    if not path.exists():
        pytest.skip(f"{path.name} is only on machines of developers")
    (library,) = Parser(gzip.decompress(path.read_bytes()).decode()).libraries()
    assert library.text("leakage_power_unit") == "1nW"
    return {
        cell.name: [
            (each.text("when"), each.number("value")) for each in cell.inner("leakage_power")
        ]
        for cell in library.inner("cell")
    }


def leaking(cell, *states):
    return replace(cell, leakage_states=states)


def sample(**bits):
    """Net ``n2`` to the bits it has, one moment after the other."""
    moments = len(next(iter(bits.values())))
    values = {
        int(net[1:]): pack(np.array([bit == "1" for bit in each])) for net, each in bits.items()
    }
    return Sample(values, every(moments))


def test_pins_of_one_cell_are_counted_together(tiny, chain):
    cells = {
        "INV": leaking(tiny.cells["INV"], 1.0, 3.0),
        "NAND": leaking(tiny.cells["NAND"], 1.0, 10.0, 100.0, 1000.0),
    }
    # The NAND's inputs are never alike, A (net 2) being set in one of four moments.
    found = leakages_nw(
        chain, replace(tiny, cells=tiny.cells | cells), sample(n2="1000", n3="0111")
    )
    assert found.tolist() == [(3 * 1.0 + 3.0) / 4, (1 * 10.0 + 3 * 100.0) / 4]


def test_a_cell_without_states_leaks_its_mean(tiny, chain):
    assert leakages_nw(chain, tiny, sample(n2="10", n3="01")).tolist() == [3.0, 5.0]


def test_pins_at_constants_and_at_nothing_have_the_value_of_a_simulation(tiny):
    """A net that nothing drives is 0 there."""
    nand = leaking(tiny.cells["NAND"], 1.0, 10.0, 100.0, 1000.0)
    pins = {"one": (1, 2), "zero": (2, 0), "open": (2, 9)}
    gates = (Instance(name, "NAND", {"A": a, "B": b}, {}) for name, (a, b) in pins.items())
    netlist = Netlist("pins", {"a": (2,)}, {}, tuple(gates))
    found = leakages_nw(
        netlist, replace(tiny, cells=tiny.cells | {"NAND": nand}), sample(n2="1110")
    )
    assert found.tolist() == [(10 + 3 * 1000) / 4, (1 + 3 * 10) / 4, (1 + 3 * 10) / 4]


def test_clocks_are_low_in_the_second_half_of_a_moment(tiny):
    """Of a flip-flop the clock pin is one, and what other pins are does not matter to them."""
    inverter = leaking(tiny.cells["INV"], 1.0, 10.0)
    ones, mask = np.array([[1]], dtype=np.uint64), every(1)
    assert state_leakage_nw(inverter, {"A": ones}, None, mask).tolist() == [10.0]
    assert state_leakage_nw(inverter, {"A": ones}, None, mask, {"A"}).tolist() == [11 / 2]
    output = replace(tiny.cells["INV"].outputs["Y"], function="IQ", delay={"CK": (1.0, 1.0)})
    figures = {"clock_energy_fj": 1.0, "setup_ps": 1.0}
    flip_flop = replace(
        tiny.cells["INV"],
        leakage_states=tuple(float(2**state) for state in range(8)),
        inputs={"D": 1.0, "CK": 1.0},
        outputs={"Q": output},
        flip_flop=FlipFlop(clock="CK", next_state="D", state=("IQ", "IQN"), **figures),
    )
    # D, CK and the state are 1, then the clock falls: states 7 and 5.
    pins = {"D": ones, "CK": ones}
    for clocks in ((), {"CK"}):
        found = state_leakage_nw(flip_flop, pins, ones, mask, clocks)
        assert found.tolist() == [(2**7 + 2**5) / 2]


@pytest.mark.parametrize("most", [1, 4, 8, 12])
def test_how_many_instances_are_counted_at_once_does_not_matter(tiny, monkeypatch, most):
    monkeypatch.setattr(leakage, "_MOST_WORDS", most)
    inverter = leaking(tiny.cells["INV"], 1.0, 10.0)
    values = np.array([[0, 0], [1, 0], [3, 1], [7, 1], [0, 1]], dtype=np.uint64)
    # Of 65 moments.
    found = state_leakage_nw(inverter, {"A": values}, None, every(65))
    assert found.tolist() == pytest.approx([1 + 9 * ones / 65 for ones in (0, 1, 3, 4, 1)])


@pytest.mark.parametrize(("pin", "function"), [("Q", "IQ"), ("QN", "IQN")])
def test_a_clock_is_high_for_half_of_a_cycle(tiny, pin, function):
    output = replace(tiny.cells["INV"].outputs["Y"], function=function, delay={"CK": (1.0, 1.0)})
    flip_flop = replace(
        tiny.cells["INV"],
        name="DFF",
        inputs={"D": 1.0, "CK": 1.0},
        outputs={pin: output},
        flip_flop=FlipFlop(
            clock="CK",
            next_state="D",
            state=("IQ", "IQN"),
            clock_energy_fj=1.0,
            setup_ps=1.0,
        ),
        # Of D, CK and the state, from the lowest bit.
        leakage_states=(1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0),
    )
    netlist = Netlist(
        "one",
        {"clk": (2,), "d": (3,)},
        {"q": (4,)},
        (),
        (Instance("r", "DFF", {"D": 3, "CK": 2}, {pin: 4}),),
    )
    library = replace(tiny, cells=tiny.cells | {"DFF": flip_flop})
    held = "0011" if pin == "Q" else "1100"
    found = leakages_nw(netlist, library, sample(n2="0000", n3="0101", n4=held))
    assert found.tolist() == [255 / 8]
    found = leakages_nw(netlist, library, sample(n2="00", n3="11", n4=held[:2]))
    assert found.tolist() == [(8 + 2) / 2]


def test_a_cell_leaks_the_mean_of_its_states(states, nangate45):
    for name, cell in nangate45.cells.items():
        mean = np.mean([value for _, value in states[name]])
        assert cell.leakage_nw == pytest.approx(mean, rel=0.001), name


@pytest.mark.parametrize(
    "name",
    [
        "adder_e4m3",
        "lmul_e4m3",
        "exact_e4m3",
        *(pytest.param(name, marks=pytest.mark.long) for name in ("lmul_bf16", "exact_bf16")),
    ],
)
def test_a_multiplier_leaks_what_its_states_do(name, states, nangate45, tmp_path, synthesis):
    _, named = GateNetlists(tmp_path, synthesis).multiplier(name, nangate45)
    netlist = named.netlist
    a, b = multiplier_design_named(name).stream("normal", PAIRS, 1)
    waveforms = evaluate(netlist, cell_functions(nangate45), {"a": a, "b": b})
    # Constants are among the values.
    bits = {
        net: unpack_bits([words], PAIRS).ravel().astype(bool)
        for net, words in waveforms.values.items()
    }
    expected = sum(
        leakage_of(states[each.cell], {**each.inputs, **each.outputs}, bits)
        for each in netlist.instances
    )
    found = leakages_nw(netlist, nangate45, waveforms.sample).sum()
    # The table has five digits.
    assert found == pytest.approx(expected, rel=1e-4)


def leakage_of(states, pins, bits):
    """Mean over all moments of what a cell leaks, by the conditions that hold."""
    leakage, shares = 0.0, 0.0
    for when, value in states:
        condition = parse_function(when)
        met = condition.evaluate({pin: bits[pins[pin]] for pin in condition.inputs})
        shares += np.mean(met & 1)
        leakage += value * np.mean(met & 1)
    # One state at a time.
    assert shares == pytest.approx(1)
    return leakage


def test_a_unit_leaks_about_what_its_states_do_in_every_cycle(
    states, nangate45, tmp_path, synthesis
):
    """Reached: 0.3 %, by a few of the cycles alone."""
    name = "mac_lmul_e2m1_e4m3"
    netlist = GateNetlists(tmp_path, synthesis).linked(name, nangate45).netlist
    stimulus = StreamStimulus(unit_named(name), "normal", 3)
    lanes, counted = LANES, stimulus.counted
    nets = netlist.driven
    run = simulate(netlist, nangate45, stimulus.inputs, lanes, stimulus.cycles, counted, keep=nets)
    # Every cycle twice, its clock high and low.
    bits = {
        net: np.tile(unpack(run.kept[net][counted.start : counted.stop], lanes).ravel(), 2)
        for net in nets
    }
    moments = len(next(iter(bits.values())))
    bits |= {0: np.zeros(moments, bool), 1: np.ones(moments, bool)}
    bits[netlist.inputs["clk"][0]] = np.arange(moments) < moments / 2
    expected = 0.0
    for each in (*netlist.instances, *netlist.registers):
        pins = {**each.inputs, **each.outputs}
        known = dict(bits)
        for pin, other in (("Q", "QN"), ("QN", "Q")):
            if each in netlist.registers and pin not in pins:
                pins[pin] = pin
                known[pin] = ~bits[pins[other]]
        expected += leakage_of(states[each.cell], pins, known)
    found = leakages_nw(netlist, nangate45, run.sample)
    assert found.sum() == pytest.approx(expected, rel=0.01)
