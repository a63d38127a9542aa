"""What depends on wires and slew: directions that physics gives, figures of other modules."""

import numpy as np
import pytest

from lmul_pe.synth.activity.energy import dynamic_energy, glitch_energy
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.activity.glitch import transitions
from lmul_pe.synth.cells.library import slew_variants
from lmul_pe.synth.measuring.sensitivity import sensitivity
from lmul_pe.synth.netlists.timing import critical_path
from tests.synth.gate_netlists import GateNetlists


@pytest.fixture(scope="module")
def rows(tmp_path_factory, synthesis):
    nangate45, *others = slew_variants("nangate45")
    _, named = GateNetlists(tmp_path_factory.mktemp("gates"), synthesis).multiplier(
        "lmul_e2m1", nangate45
    )
    netlist = named.netlist
    codes = np.random.default_rng(1).integers(0, 16, (2, 200), dtype=np.uint64)
    given = {"a": codes[0], "b": codes[1]}
    return netlist, given, sensitivity(netlist, (nangate45, *others), given)


def test_one_thing_varies_at_a_time(rows):
    points = [(row.wire_ff, row.input_slew_ps) for row in rows[2]]
    assert points == [(0, 20), (0.5, 20), (2, 20), (0, 10), (0, 40)]
    assert {row.design for row in rows[2]} == {"lmul_e2m1"}


def test_figures_are_those_of_the_report(rows):
    netlist, given, found = rows
    technology = slew_variants("nangate45")[2]
    waveforms = evaluate(netlist, cell_functions(technology), given)
    row = found[4]
    assert row.functional_fj == dynamic_energy(waveforms, technology).total_fj
    assert (
        row.glitch_fj
        == glitch_energy(transitions(netlist, technology, given), netlist, technology).total_fj
    )
    assert row.delay_ps == critical_path(netlist, technology).delay_ps


def test_wires_cost_energy_and_slow_edges_cost_time(rows):
    none, dense, long, fast, slow = rows[2]
    for figure in ("functional_fj", "delay_ps"):
        assert getattr(none, figure) < getattr(dense, figure) < getattr(long, figure)
    assert fast.delay_ps < none.delay_ps < slow.delay_ps
    assert none.glitch_fj >= none.functional_fj
