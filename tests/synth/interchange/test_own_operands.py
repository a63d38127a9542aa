"""Activity on our own operands, counted by hand."""

from dataclasses import replace

import numpy as np
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.synth.activity.energy import leakage_power_nw
from lmul_pe.synth.interchange.own_operands import (
    multiplier_activity,
    operand_activity,
    unit_activity,
)
from lmul_pe.synth.interchange.verilog_reader import NamedNetlist
from lmul_pe.synth.netlists.netlist import Netlist
from lmul_pe.synth.workload.settings import MismatchError
from lmul_pe.synth.workload.stream_stimulus import LANES
from tests.synth.gate_netlists import GateNetlists

A = np.array([0, 1, 1, 0, 1], dtype=np.uint64)


def test_transitions_and_time_at_one(chain, tiny):
    # y = a NAND (NOT a) is 1, but for a pulse of the inverter's 14 ps whenever a rises; the NAND
    # takes 20 ps from A, which swallows it.
    found = operand_activity(chain, tiny, {"a": A}, 50.0)
    assert found.duration_ps == 200
    assert found.toggles == {2: 3, 3: 3, 4: 0}
    # The first value is there before the time begins.
    assert found.high_ps == {2: 150, 3: 50, 4: 200}


def test_glitches_count_or_not(chain, tiny):
    # A wire of 10 fF makes the inverter's delay 24 ps and its pulses pass the NAND's 20.
    with_glitches = operand_activity(chain, tiny, {"a": A}, 50.0, 20.0)
    without = operand_activity(chain, tiny, {"a": A}, 50.0, 20.0, glitches=False)
    assert without.toggles == {2: 3, 3: 3, 4: 0}
    assert with_glitches.toggles == {2: 3, 3: 3, 4: 4}
    assert with_glitches.high_ps == without.high_ps


def test_cells_leak_by_the_states_that_they_are_in(chain, tiny):
    cells = {
        "INV": replace(tiny.cells["INV"], leakage_states=(1.0, 3.0)),
        "NAND": replace(tiny.cells["NAND"], leakage_states=(1.0, 10.0, 100.0, 1000.0)),
    }
    known = replace(tiny, cells=tiny.cells | cells)
    # a is 1 in three of five; the NAND's inputs are a and its inverse, never alike.
    expected = (2 * 1 + 3 * 3) / 5 + (3 * 10 + 2 * 100) / 5
    assert operand_activity(chain, known, {"a": A}, 50.0).leakage_nw == pytest.approx(expected)
    without = operand_activity(chain, tiny, {"a": A}, 50.0)
    assert without.leakage_nw == leakage_power_nw(chain, tiny)


@pytest.fixture(scope="module")
def gates(tmp_path_factory, synthesis):
    return GateNetlists(tmp_path_factory.mktemp("gates"), synthesis)


def test_names_say_what_operands_are(gates, nangate45):
    _, lmul = gates.multiplier("lmul_e2m1", nangate45)
    _, adder = gates.multiplier("adder_e2m1", nangate45)
    found = multiplier_activity(lmul.netlist, nangate45, "normal", 101, 1, 500.0)
    bare = multiplier_activity(adder.netlist, nangate45, "normal", 101, 1, 500.0)
    assert found.duration_ps == bare.duration_ps == 100 * 500
    for port in "ab":
        # Both see the same operands; the adder does not see their signs.
        toggles = [found.toggles[net] for net in lmul.netlist.inputs[port]]
        assert toggles[:3] == [bare.toggles[net] for net in adder.netlist.inputs[port]]
        assert len(toggles) == 4
        assert min(toggles) > 0


def test_units_are_fed_as_for_their_report(gates, nangate45):
    _, named = gates.unit("mac_lmul_e2m1_e4m3", nangate45)
    found = unit_activity(named.netlist, nangate45, "normal", 1, 1000.0)
    (clock,) = named.netlist.inputs["clk"]
    cycles = 192 * LANES
    assert (found.duration_ps, found.toggles[clock]) == (cycles * 1000.0, 2 * cycles)
    assert found.high_ps[clock] == found.duration_ps / 2
    # Outputs always have room, and nothing is reset any more.
    high = {
        port: found.high_ps[named.netlist.inputs[port][0]] for port in ("m_axis_c_tready", "rst")
    }
    assert high == {"m_axis_c_tready": found.duration_ps, "rst": 0}
    assert set(found.toggles) == set(named.netlist.driven)


def renamed(named: NamedNetlist, name: str) -> Netlist:
    netlist = named.netlist
    return Netlist(name, netlist.inputs, netlist.outputs, netlist.instances, netlist.registers)


def test_other_netlists_are_refused(gates, nangate45):
    _, lmul = gates.multiplier("lmul_e2m1", nangate45)
    _, mac = gates.unit("mac_lmul_e2m1_e4m3", nangate45)

    def multiply(name):
        multiplier_activity(renamed(lmul, name), nangate45, "normal", 10, 1, 500.0)

    with pytest.raises(SpecificationError, match="'top' is not the name of a multiplier"):
        multiply("top")
    with pytest.raises(SpecificationError, match="no input port a of 8 bits"):
        multiply("lmul_e4m3")
    with pytest.raises(SpecificationError, match="'top' is not the name of a multiply-accumulate"):
        unit_activity(renamed(mac, "top"), nangate45, "normal", 1, 500.0)
    with pytest.raises(SpecificationError, match=r"input ports (a, b|b, a)"):
        unit_activity(renamed(lmul, "mac_lmul_e2m1_e4m3"), nangate45, "normal", 1, 500.0)
    with pytest.raises(MismatchError, match="differs from the model"):
        unit_activity(renamed(mac, "mac_exact_e2m1_e4m3"), nangate45, "normal", 1, 500.0)
