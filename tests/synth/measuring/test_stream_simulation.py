"""A unit between streams is compared with its model before anything is said of its energy."""

from dataclasses import replace

import pytest

from lmul_pe.model import unit_named
from lmul_pe.synth.activity.energy import area_um2
from lmul_pe.synth.mapping.blocks import TOP
from lmul_pe.synth.measuring.stream_simulation import run_stream
from lmul_pe.synth.netlists.timing import critical_path
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import MismatchError, Settings
from lmul_pe.synth.workload.stream_stimulus import StreamStimulus
from tests.synth.gate_netlists import GateNetlists

NAME = "mac_lmul_e2m1_e4m3"


@pytest.fixture(scope="module")
def linked(tmp_path_factory, nangate45, synthesis):
    return GateNetlists(tmp_path_factory.mktemp("gates"), synthesis).linked(NAME, nangate45)


def test_what_a_run_says_is_what_its_netlist_is(linked, nangate45):
    conditions = Conditions(nangate45, Settings(seed=3, wire_ff=0.25))
    stimulus = StreamStimulus(unit_named(NAME), "normal", 3)
    run = run_stream(stimulus, linked, conditions)
    assert run.products == stimulus.products
    assert run.path == critical_path(linked.netlist, nangate45, 0.25)
    assert run.cost.total.area_um2 == pytest.approx(area_um2(linked.netlist, nangate45))
    assert run.cost.total.glitches_fj > 0
    # Every block once, and the unit around them.
    assert {module: len(found) for module, found in run.recordings.items()} == dict.fromkeys(
        (TOP, f"{TOP}_multiply", f"{TOP}_add"), 1
    )


def test_a_wrong_sum_is_found(linked, nangate45):
    netlist = linked.netlist
    first, second, *others = netlist.outputs["m_axis_c_tdata"]
    swapped = {**netlist.outputs, "m_axis_c_tdata": (second, first, *others)}
    wrong = replace(linked, netlist=replace(netlist, outputs=swapped))
    stimulus = StreamStimulus(unit_named(NAME), "normal", 3)
    with pytest.raises(MismatchError, match=f"netlist {NAME} differs from the model: sum 0 of"):
        run_stream(stimulus, wrong, Conditions(nangate45, Settings()))
