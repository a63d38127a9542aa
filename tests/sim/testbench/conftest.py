import cocotb
import pytest

from lmul_pe.sim.testbench import axi_stream


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
