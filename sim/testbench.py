"""One unit with streams, and all that a bench puts around it; runs inside the simulator."""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import ClockCycles

from model import Mac, Multiplier
from model.codec import Codes
from model.vectors import check_pairs

from .axi_stream import Beat, Consumer, Driver, Monitor, Stream
from .configuration import Configuration
from .harness import Harness
from .outcome import Outcome, append_outcomes
from .scoreboard import Scoreboard
from .specification import Specification, operand_formats, result_name
from .sums import mixed_sums, short_sums

PAIRS = 60_000
"""Pairs that the beats of a wide format are picked from, about half of them boundary codes."""
_DRAIN_CYCLES = 20
_STILL_CYCLES = 400
"""A stall of 90 % lasts that long once in 10^18 times."""


class Testbench:
    """One unit with all that surrounds it.

    Parameters
    ----------
    dut
        The harness.
    specification
        The unit's.
    count
        Beats that are sent.
    seed
        Of the beats and of the stalls.
    """

    def __init__(self, dut: HierarchyObject, specification: Specification, count: int, seed: int):
        self.specification = specification
        self.source = Stream(dut, f"{specification.name}_s_axis_ab")
        self.sink = Stream(dut, f"{specification.name}_m_axis_{result_name(specification)}")
        self.scoreboard = Scoreboard(specification)
        self._count = count
        self._seed = seed
        self._started = time.monotonic()
        if isinstance(specification, Multiplier):
            self._pairs = check_pairs(specification, PAIRS, seed)
        self.accepted = Monitor(self.source, self.scoreboard.accept, self.scoreboard.fault)
        self.received = Monitor(self.sink, self.scoreboard.receive, self.scoreboard.fault)
        self.driver: Driver
        self.consumer: Consumer

    @property
    def capacity(self) -> int:
        """Results that are inside or due when the output is stopped for good.

        Every stage of a pipeline holds one.  A multiply-accumulate unit holds a sum that waits, and
        the last product of the next one.
        """
        specification = self.specification
        return 2 if isinstance(specification, Mac) else specification.latency

    @property
    def latency(self) -> int:
        """Cycles from the last beat that a result needs to the result."""
        specification = self.specification
        return 2 if isinstance(specification, Mac) else specification.latency

    def random(self, part: str) -> np.random.Generator:
        """What everything random of ``part`` is drawn from."""
        return np.random.default_rng([self._seed, *part.encode()])

    def beats(self, part: str, *, short: bool = False) -> list[Beat]:
        """Beats of boundary and random operands: of ``short`` sums, or of sums of every length.

        Those of a multiplier have ``tlast`` on every fourth or so.
        """
        random = self.random(part)
        specification = self.specification
        if isinstance(specification, Mac):
            sums = short_sums if short else mixed_sums
            return self.sum_beats(sums(specification, self._count, random))
        chosen = random.integers(0, len(self._pairs[0]), size=self._count)
        lasts = random.random(self._count) < 0.25
        a, b = (side[chosen] for side in self._pairs)
        return self._packed(a, b, lasts)

    def sum_beats(self, sums: Sequence[tuple[Codes, Codes]]) -> list[Beat]:
        """The beats of ``sums``, ``tlast`` at the end of each."""
        beats = []
        for a, b in sums:
            beats += self._packed(a, b, np.arange(len(a)) == len(a) - 1)
        return beats

    def _packed(self, a: Codes, b: Codes, lasts: np.ndarray) -> list[Beat]:
        width = operand_formats(self.specification)[0].width
        return [
            Beat(x | y << width, int(last))
            for x, y, last in zip(a.tolist(), b.tolist(), lasts.tolist(), strict=True)
        ]

    def start(
        self, stalls: tuple[float, float], part: str, beats: Sequence[Beat] | None = None
    ) -> None:
        """Begin to send ``beats``, by default mixed ones, with ``stalls`` at input and output."""
        beats = self.beats(part) if beats is None else beats
        seed = f"{self._seed} {self.specification.name} {part}"
        self.driver = Driver(self.source, beats, stall=stalls[0], seed=f"{seed} in")
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
        return not self.driver.left and not self.scoreboard.pending

    def finish(self, part: str) -> None:
        """Stop, and compare all; every beat must have gone through."""
        self.stop()
        if self.driver.left:
            self.scoreboard.fault(f"took {self.driver.sent} beats, then none, {part}")
        self.scoreboard.finish()

    def outcome(self, what: str) -> Outcome:
        faults = self.scoreboard.faults
        first = faults[0] if faults else None
        seconds = time.monotonic() - self._started
        return Outcome(
            self.specification.name, what, self.scoreboard.compared, len(faults), seconds, first
        )


async def reset(dut: HierarchyObject, cycles: int = 2) -> None:
    """Hold the reset for some cycles."""
    dut.rst.value = 1
    await ClockCycles(dut.clk, cycles)
    dut.rst.value = 0


async def begin(dut: HierarchyObject, *, only_macs: bool = False) -> list[Testbench]:
    """Clock and reset; a test bench for each unit, whose monitors run from the reset on."""
    configuration = Configuration.read()
    harness = Harness(configuration.specifications)
    every = [
        Testbench(dut, specification, configuration.beats, configuration.seed)
        for specification in harness.streaming
    ]
    Clock(dut.clk, 10, "ns").start()
    for bench in every:
        for signal in (bench.source.valid, bench.source.data, bench.source.last, bench.sink.ready):
            signal.value = 0
    await reset(dut)
    benches = [bench for bench in every if not only_macs or bench.specification in harness.macs]
    for bench in benches:
        bench.accepted.start()
        bench.received.start()
    return benches


async def drain(dut: HierarchyObject, benches: list[Testbench]) -> None:
    """Wait until all beats are through, or until nothing has moved for far too long."""
    before: list[tuple[int, int]] = []
    still = 0
    while still < _STILL_CYCLES and not all(bench.idle for bench in benches):
        await ClockCycles(dut.clk, _DRAIN_CYCLES)
        now = [(bench.driver.left, bench.scoreboard.pending) for bench in benches]
        still = still + _DRAIN_CYCLES if now == before else 0
        before = now
    # Whatever comes after the last result is one too many.
    await ClockCycles(dut.clk, 8)


def conclude(benches: list[Testbench], what: str) -> None:
    """Leave the verdicts for the caller of the simulator, and fail if there is a fault."""
    outcomes = [bench.outcome(what) for bench in benches]
    append_outcomes(Path(Configuration.read().outcomes), outcomes)
    failed = [f"{outcome.unit}: {outcome.first}" for outcome in outcomes if outcome.mismatches]
    assert not failed, "\n".join(failed)
