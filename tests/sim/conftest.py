import shutil
from dataclasses import replace

import pytest

from lmul_pe.hw.export.yosys import run_yosys
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


@pytest.fixture
def warned(tmp_path):
    """What Yosys warns of in a text: ports that are cut or padded, and bits that are not there."""

    def of(text, top):
        (tmp_path / "text.v").write_text(text)
        log = run_yosys(["read_verilog text.v", f"hierarchy -check -top {top}", "proc"], tmp_path)
        return [line for line in log.splitlines() if "Warning: " in line]

    return of
