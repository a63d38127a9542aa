import asyncio
from types import SimpleNamespace

import pytest

from lmul_pe.sim.bench import streams, tiles, windows
from lmul_pe.sim.testbench import moments, testbench
from lmul_pe.sim.testbench.configuration import VARIABLE, Configuration
from lmul_pe.sim.testbench.outcome import read_outcomes
from tests.sim.testbench.plain import Dut


@pytest.fixture
def benched(cycles, monkeypatch, tmp_path):
    """A function that puts a test of a bench around a design in plain Python: its verdict."""

    def run(test, unit, make, *, beats=60):
        configuration = Configuration([unit.name], 0, beats, 1, False, str(tmp_path / "outcomes"))
        configuration.write(tmp_path / "bench.json")
        monkeypatch.setenv(VARIABLE, str(tmp_path / "bench.json"))
        dut = Dut(unit)
        make(dut, unit)

        async def pass_cycles(clk, count):
            cycles(dut, count)

        for module in (testbench, moments, streams, tiles, windows):
            monkeypatch.setattr(module, "ClockCycles", pass_cycles)
        clock = SimpleNamespace(start=lambda: None)
        monkeypatch.setattr(testbench, "Clock", lambda *_: clock)
        failed = False
        try:
            asyncio.run(test.func(dut))
        except AssertionError:
            failed = True
        (outcome,) = read_outcomes(tmp_path / "outcomes")
        assert failed == bool(outcome.mismatches)
        return outcome

    return run
