import shutil

import pytest

from sim.simulators import icarus, verilator


@pytest.fixture(scope="session")
def verilator_simulator():
    return verilator()


@pytest.fixture(scope="session")
def icarus_simulator():
    if shutil.which("iverilog") is None:
        pytest.skip("iverilog is not installed")
    return icarus()


@pytest.fixture(scope="session")
def quick_simulator():
    """Icarus builds in no time; Verilator is always there."""
    return icarus() if shutil.which("iverilog") else verilator()
