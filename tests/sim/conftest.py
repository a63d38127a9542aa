import shutil
from dataclasses import replace

import pytest

from lmul_pe.sim.run.simulators import icarus, verilator


@pytest.fixture(scope="session")
def verilator_simulator():
    return verilator()


@pytest.fixture(scope="session")
def icarus_simulator():
    if shutil.which("iverilog") is None:
        pytest.skip("iverilog is not installed")
    return icarus()


@pytest.fixture(scope="session")
def one_run(verilator_simulator):
    """A single run, for what differs only in size from units of which two runs are compared.

    Compiled: large designs run longer than they take to build.
    """
    return replace(verilator_simulator, seeds=verilator_simulator.seeds[:1])


@pytest.fixture(scope="session")
def quick_simulator():
    """Icarus builds in no time; Verilator is always there."""
    return icarus() if shutil.which("iverilog") else verilator()
