"""Energies computed by hand on the technology `tiny`, and on a flip-flop of Nangate 45."""

import pytest

from lmul_pe.synth.activity.recorded_energy import drawn
from lmul_pe.synth.interchange.recording import Activity
from lmul_pe.synth.netlists.netlist import Instance, Netlist


def test_energy_of_a_recording(chain, tiny):
    # 2 V: 2 fJ per fF and toggle. Net 2 drives 5 fF, net 3 drives 4 fF, net 4 nothing.
    found = drawn(chain, tiny, Activity(1e6, {2: 3, 3: 2, 4: 10}, {}))
    assert found.switching_fj == 2 * (3 * 5 + 2 * 4)
    assert found.internal_fj == 0.5 * 2 + 0.25 * 10
    assert (found.clock_fj, found.cycles) == (0, None)
    # 8 nW for a microsecond.
    assert found.leakage_fj == pytest.approx(8)
    assert found.total_fj == pytest.approx(46 + 3.5 + 8)


def test_wires_load_every_driven_pin(chain, tiny):
    found = drawn(chain, tiny, Activity(1.0, {2: 1}, {}), wire_ff=0.5)
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
    found = drawn(netlist, nangate45, Activity(1.0, {2: 4, 3: 20, 4: 4}, {}))
    assert found.cycles == 10
    square = nangate45.voltage**2
    assert found.clock_fj == pytest.approx(
        20 * (cell.flip_flop.clock_energy_fj + cell.inputs["CK"] * square / 2)
    )
    assert found.switching_fj == pytest.approx(4 * cell.inputs["D"] * square / 2)
    assert found.internal_fj == pytest.approx(4 * cell.outputs["Q"].energy_fj)
