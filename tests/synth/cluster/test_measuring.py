"""Designs measured by workers are those that are measured here."""

import pytest

from lmul_pe.model import multiplier_named
from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.cluster.jobs import dask_cluster
from lmul_pe.synth.cluster.measuring import measured_on, version
from lmul_pe.synth.design.multipliers import multiplier_design
from lmul_pe.synth.format import main
from lmul_pe.synth.mapping.flow import Synthesis
from lmul_pe.synth.measuring.measure import measure
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import Settings


@pytest.mark.slow
def test_designs_by_workers_are_those_that_are_measured_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    conditions = Conditions.of(load_technology("nangate45"), Settings(pairs=1024))
    designs = [
        multiplier_design(multiplier_named(name), name)
        for name in ("lmul_e2m1_gradual", "exact_e2m1_gradual")
    ]
    with dask_cluster(None, 1, version) as client:
        there = measured_on(client.scheduler.address)(designs, conditions)
    here = measure(designs, conditions, Synthesis(tmp_path / "here"), lambda name, total: None)
    assert [each.design for each in there] == designs
    for one, other in zip(there, here, strict=True):
        assert one.least_energy.verilog == other.least_energy.verilog
        assert one.least_energy.cost == other.least_energy.cost
        assert one.least_area.verilog == other.least_area.verilog
        assert one.checked == other.checked


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "head"])
def test_a_cluster_that_does_not_answer_is_told_in_a_line(address, call, monkeypatch):
    monkeypatch.setattr("lmul_pe.synth.cluster.jobs.ANSWERS_S", 1)
    done = call(main, "--fmt", "e2m1", "--levels", "multiplier", "--cluster", address)
    assert done.returncode != 0
    assert "does not answer" in done.stderr
    assert done.stderr.count("\n") == 1
