"""cocotb benches of pipelined multipliers side by side; run inside the simulator."""

import time
from pathlib import Path

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import ClockCycles

from model import Multiplier
from model.vectors import check_pairs

from .axi_stream import Beat, Consumer, Driver, Monitor, Stream
from .configuration import Configuration
from .outcome import Outcome, append_outcomes
from .scoreboard import Scoreboard

STALLS = (
    (0.0, 0.0),
    (0.5, 0.0),
    (0.0, 0.5),
    (0.3, 0.3),
    (0.9, 0.0),
    (0.0, 0.9),
    (0.9, 0.9),
)
"""Probabilities of a stall at the input and at the output."""
RESETS = 4
PAIRS = 60_000
"""Pairs that the beats of a wide format are picked from, about half of them boundary codes."""


class Testbench:
    """One unit with all that surrounds it.

    Parameters
    ----------
    dut
        The harness.
    multiplier
        The unit's specification.
    count
        Beats that are sent.
    seed
        Of the beats and of the stalls.
    """

    def __init__(self, dut: HierarchyObject, multiplier: Multiplier, count: int, seed: int):
        self.multiplier = multiplier
        self.source = Stream(dut, f"{multiplier.name}_s_axis_ab")
        self.sink = Stream(dut, f"{multiplier.name}_m_axis_y")
        self.scoreboard = Scoreboard(multiplier)
        self._count = count
        self._seed = seed
        self._started = time.monotonic()
        self._pairs = check_pairs(multiplier, PAIRS, seed)
        self.accepted = Monitor(self.source, self.scoreboard.accept, self.scoreboard.fault)
        self.received = Monitor(self.sink, self.scoreboard.receive, self.scoreboard.fault)
        self.driver: Driver
        self.consumer: Consumer

    def beats(self, part: str) -> list[Beat]:
        """Beats of boundary and random operands; ``tlast`` on every fourth or so."""
        random = np.random.default_rng([self._seed, *part.encode()])
        a, b = self._pairs
        width = self.multiplier.format.width
        chosen = random.integers(0, len(a), size=self._count)
        lasts = random.random(self._count) < 0.25
        return [
            Beat(int(a[index]) | int(b[index]) << width, int(last))
            for index, last in zip(chosen, lasts, strict=True)
        ]

    def start(self, stalls: tuple[float, float], part: str) -> None:
        """Begin to send the beats of ``part``, stalled at input and output with ``stalls``."""
        seed = f"{self._seed} {self.multiplier.name} {part}"
        self.driver = Driver(self.source, self.beats(part), stall=stalls[0], seed=f"{seed} in")
        self.driver.start()
        self.consume(stalls[1], seed)

    def consume(self, stall: float, seed: str) -> None:
        """Begin to take results with a probability of ``stall`` of not doing so."""
        self.consumer = Consumer(self.sink, stall=stall, seed=f"{seed} out")
        self.consumer.start()

    def stop(self) -> None:
        self.driver.stop()
        self.consumer.stop()

    @property
    def idle(self) -> bool:
        return self.driver.done and not self.scoreboard.pending

    def outcome(self, what: str) -> Outcome:
        faults = self.scoreboard.faults
        first = faults[0] if faults else None
        seconds = time.monotonic() - self._started
        return Outcome(
            self.multiplier.name, what, self.scoreboard.compared, len(faults), seconds, first
        )


async def _reset(dut: HierarchyObject, cycles: int = 2) -> None:
    dut.rst.value = 1
    await ClockCycles(dut.clk, cycles)
    dut.rst.value = 0


async def _begin(dut: HierarchyObject) -> list[Testbench]:
    """Clock and reset; a test bench for each unit, whose monitors run from the reset on."""
    configuration = Configuration.read()
    benches = [
        Testbench(dut, multiplier, configuration.beats, configuration.seed)
        for multiplier in configuration.multipliers
        if multiplier.latency
    ]
    Clock(dut.clk, 10, "ns").start()
    for bench in benches:
        for signal in (bench.source.valid, bench.source.data, bench.source.last, bench.sink.ready):
            signal.value = 0
    await _reset(dut)
    for bench in benches:
        bench.accepted.start()
        bench.received.start()
    return benches


async def _drain(dut: HierarchyObject, benches: list[Testbench]) -> None:
    """Wait until all beats are through, or until far more time is over than they could need."""
    # A stall of 90 % makes ten cycles of each beat, on average.
    for _ in range(50 + 2 * Configuration.read().beats):
        if all(bench.idle for bench in benches):
            break
        await ClockCycles(dut.clk, 20)
    # Whatever comes after the last result is one too many.
    await ClockCycles(dut.clk, 8)


def _conclude(benches: list[Testbench], what: str) -> None:
    outcomes = [bench.outcome(what) for bench in benches]
    append_outcomes(Path(Configuration.read().outcomes), outcomes)
    failed = [f"{outcome.unit}: {outcome.first}" for outcome in outcomes if outcome.mismatches]
    assert not failed, "\n".join(failed)


@cocotb.test()
async def stalls(dut: HierarchyObject) -> None:
    """Every result is the model's with its ``tlast``, whatever the stalls on both sides."""
    benches = await _begin(dut)
    for pattern in STALLS:
        for bench in benches:
            bench.start(pattern, f"stalls {pattern}")
        await _drain(dut, benches)
        for bench in benches:
            bench.stop()
            if not bench.driver.done:
                bench.scoreboard.fault(f"took {bench.driver.sent} beats, then none, at {pattern}")
            bench.scoreboard.finish()
    _conclude(benches, f"{len(STALLS)} stall patterns")


@cocotb.test()
async def throughput(dut: HierarchyObject) -> None:
    """Without stalls a result comes every cycle, the first after ``latency`` cycles."""
    benches = await _begin(dut)
    for bench in benches:
        bench.start((0.0, 0.0), "throughput")
    await _drain(dut, benches)
    for bench in benches:
        bench.stop()
        bench.scoreboard.finish()
        inward, outward = bench.accepted.cycles, bench.received.cycles
        latency = bench.multiplier.latency
        if outward != [cycle + latency for cycle in inward] or (
            inward != list(range(inward[0], inward[0] + len(inward))) if inward else True
        ):
            taken = outward[-1] - inward[0] + 1 if inward and outward else None
            bench.scoreboard.fault(
                f"{len(inward)} beats took {taken} cycles without stalls, expected one each "
                f"and {latency} more"
            )
    _conclude(benches, "throughput")


@cocotb.test()
async def elasticity(dut: HierarchyObject) -> None:
    """A stopped pipeline offers its first result, closes its gaps until it is full, and waits."""
    benches = await _begin(dut)
    for bench in benches:
        bench.start((0.7, 1.0), "elasticity")
    await ClockCycles(dut.clk, 100)
    for bench in benches:
        held, latency = bench.scoreboard.pending, bench.multiplier.latency
        if held != latency:
            bench.scoreboard.fault(f"held {held} beats when stopped, expected {latency}")
        if str(bench.sink.valid.value) != "1":
            bench.scoreboard.fault("tvalid waits for tready")
        bench.consumer.stop()
        bench.consume(0.0, "elasticity")
    await _drain(dut, benches)
    for bench in benches:
        bench.stop()
        bench.scoreboard.finish()
    _conclude(benches, "elasticity")


@cocotb.test()
async def resets(dut: HierarchyObject) -> None:
    """Nothing from before a reset comes out after it, and the unit works on."""
    benches = await _begin(dut)
    for index in range(RESETS):
        # Full and stopped, half full, and flowing; the source keeps offering through the reset
        # or falls silent with it.
        stall = ((0.0, 1.0), (0.5, 0.5), (0.3, 0.0), (0.0, 0.3))[index]
        for bench in benches:
            bench.start(stall, f"before reset {index}")
        await ClockCycles(dut.clk, 23 + index)
        dut.rst.value = 1
        if index % 2:
            for bench in benches:
                bench.stop()
        await ClockCycles(dut.clk, 1 + index % 2)
        # The monitors have seen every transfer up to the edge at which the reset was first seen.
        for bench in benches:
            bench.scoreboard.restart()
            if not index % 2:
                bench.stop()
            bench.consume(0.0, "after reset")
        dut.rst.value = 0
        await ClockCycles(dut.clk, 12)
        for bench in benches:
            bench.consumer.stop()
            bench.scoreboard.finish()
            bench.start((0.2, 0.2), f"after reset {index}")
        await _drain(dut, benches)
        for bench in benches:
            bench.stop()
            bench.scoreboard.finish()
    _conclude(benches, f"{RESETS} resets")
