import importlib.util
import os

import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.sim.run import simulators


def test_verilator_is_found_with_its_version(verilator_simulator):
    parts = tuple(map(int, verilator_simulator.version.split(".")))
    assert parts >= simulators.OLDEST_VERILATOR
    assert len(verilator_simulator.seeds) == 2


def test_an_unknown_simulator_is_refused():
    with pytest.raises(SpecificationError, match=r"'verilog' is not one of verilator, icarus;"):
        simulators.simulator_named("verilog")


@pytest.mark.parametrize("name", simulators.SIMULATORS)
def test_a_simulator_that_is_not_installed_is_one_clear_error(name, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(importlib.util, "find_spec", lambda package: None)
    with pytest.raises(SpecificationError, match=f"simulator '{name}' is not installed: expected"):
        simulators.simulator_named(name)


def test_a_verilator_that_is_too_old_is_refused(monkeypatch, tmp_path):
    program = tmp_path / "verilator"
    program.write_text("#!/bin/sh\necho Verilator 5.006 2023-01-22\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda package: None)
    with pytest.raises(SpecificationError, match=r"is 5\.006: expected 5\.036 or newer"):
        simulators.simulator_named("verilator")


def test_the_environment_is_left_as_it_was(verilator_simulator, monkeypatch):
    monkeypatch.delenv("VERILATOR_ROOT", raising=False)
    before = dict(os.environ)
    with verilator_simulator.installed():
        assert os.environ["PATH"].endswith(before["PATH"])
    assert dict(os.environ) == before
