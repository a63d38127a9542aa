import shutil
from dataclasses import replace

import cocotb
import pytest

from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.sim.run.simulators import icarus, verilator
from lmul_pe.sim.testbench import axi_stream


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


class _Edge:
    """What is awaited between two cycles."""

    def __init__(self, signal):
        self.signal = signal

    def __await__(self):
        yield self


@pytest.fixture
def cycles(monkeypatch):
    """A function that lets a number of clock cycles pass in a plain ``Dut``.

    The coroutines that benches start run as in a simulator, behind each rising edge.
    """
    running = []

    def start_soon(coroutine):
        coroutine.send(None)
        running.append(coroutine)

    monkeypatch.setattr(axi_stream, "RisingEdge", _Edge)
    monkeypatch.setattr(cocotb, "start_soon", start_soon)

    def passed(dut, count):
        for _ in range(count):
            dut.settle()
            for design in dut.designs:
                design.edge()
            for coroutine in running:
                coroutine.send(None)

    yield passed
    for coroutine in running:
        coroutine.close()
