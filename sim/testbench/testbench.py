"""One unit with streams, and all that a bench puts around it; runs inside the simulator."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from cocotb.clock import Clock
from cocotb.handle import HierarchyObject
from cocotb.triggers import ClockCycles

from lmul_pe.model import DotProduct, Mac, Multiplier, SystolicArray
from lmul_pe.model.unit.names import Specification
from lmul_pe.model.unit.ports import flags_of, ports_of
from lmul_pe.sim.coverage.handshakes import Handshakes
from lmul_pe.sim.coverage.streams import stream_bins
from lmul_pe.sim.coverage.tiles import tile_bins

from .axi_stream import Beat, Clockwork, Consumer, Driver, FlagMonitor, Monitor, Stream
from .configuration import Configuration
from .harness import Harness
from .outcome import Outcome, append_outcomes
from .scoreboard import Scoreboard

_DRAIN_CYCLES = 20
_STILL_CYCLES = 400
"""A stall of 90 % lasts that long once in 10^18 times."""

Beats = Mapping[str, Sequence[Beat]]
"""What is sent, by the stream."""
Stalls = Mapping[str, float] | tuple[float, float]
"""Probabilities of a stall by the stream, or one for all inputs and one for the output."""


class Testbench:
    """One unit with all that surrounds it.

    Parameters
    ----------
    dut
        The harness.
    clockwork
        Of the harness.
    specification
        The unit's.
    count
        Beats that are sent.
    seed
        Of the beats and of the stalls.

    Members
    -------
    ports
        The unit's streams, by name.
    sources, sink
        The same as handles: into the unit, by name, and out of it.
    accepted, received
        Monitors of these.
    """

    def __init__(
        self,
        dut: HierarchyObject,
        clockwork: Clockwork,
        specification: Specification,
        count: int,
        seed: int,
    ):
        self.specification = specification
        self.scoreboard = Scoreboard(specification)
        self.count = count
        self._seed = seed
        self._started = time.monotonic()
        self.ports = {port.name: port for port in ports_of(specification)}
        self._clockwork = clockwork
        self._streams = streams = {
            name: Stream(dut, clockwork, f"{specification.name}_{name}") for name in self.ports
        }
        self.sources = {name: streams[name] for name, port in self.ports.items() if port.is_input}
        (self.result_port,) = (port for port in self.ports.values() if not port.is_input)
        self.sink = streams[self.result_port.name]
        fault = self.scoreboard.fault
        self.accepted = {
            name: Monitor(source, partial(self.scoreboard.accept, stream=name), fault)
            for name, source in self.sources.items()
        }
        self.received = Monitor(self.sink, self.receive, fault)
        self._flags = {
            name: FlagMonitor(clockwork, specification.name, name, fault)
            for name in flags_of(specification)
        }
        self.drivers: dict[str, Driver] = {}
        self.consumer: Consumer

    def silence(self) -> None:
        """Nothing is offered, nothing is taken."""
        for source in self.sources.values():
            for signal in (source.valid, source.data, source.last):
                signal.value = 0
        self.sink.ready.value = 0

    def watch(self) -> None:
        """Begin to look at every stream and flag."""
        for watcher in (*self.accepted.values(), self.received, *self._flags.values()):
            watcher.start()

    def random(self, part: str) -> np.random.Generator:
        """What everything random of ``part`` is drawn from."""
        return np.random.default_rng([self._seed, *part.encode()])

    def start(self, beats: Beats, stalls: Stalls, part: str) -> None:
        """Begin to send ``beats`` and to take results."""
        for monitor in (*self.accepted.values(), self.received):
            monitor.cycles.clear()
        if isinstance(stalls, tuple):
            stalls = dict.fromkeys(self.sources, stalls[0]) | {self.result_port.name: stalls[1]}
        seed = f"{self._seed} {self.specification.name} {part}"
        for name, source in self.sources.items():
            driver = Driver(source, beats[name], stall=stalls[name], seed=f"{seed} {name}")
            self.drivers[name] = driver
            driver.start()
        self.consume(stalls[self.result_port.name], seed)

    def receive(self, beat: Beat) -> None:
        """The design gave ``beat``."""
        self.scoreboard.receive(beat)

    def consume(self, stall: float, seed: str) -> None:
        """Begin to take results with a probability of ``stall`` of not doing so."""
        self.consumer = Consumer(self.sink, stall=stall, seed=f"{seed} out")
        self.consumer.start()

    def stop(self) -> None:
        for driver in self.drivers.values():
            driver.stop()
        self.consumer.stop()

    @property
    def cycles(self) -> int:
        """From the first beat taken since :meth:`start` to the last result, both included."""
        taken = [monitor.cycles[0] for monitor in self.accepted.values() if monitor.cycles]
        given = self.received.cycles
        return given[-1] - min(taken) + 1 if taken and given else 0

    @property
    def left(self) -> int:
        """Beats that were not taken yet."""
        return sum(driver.left for driver in self.drivers.values())

    @property
    def idle(self) -> bool:
        return not self.left and not self.scoreboard.pending

    def finish(self, part: str) -> None:
        """Stop, and compare all; every beat must have gone through."""
        self.stop()
        for name, driver in self.drivers.items():
            if driver.left:
                which = "" if len(self.drivers) == 1 else f" of {name}"
                self.scoreboard.fault(f"took {driver.sent} beats{which}, then none, {part}")
        self.scoreboard.finish()
        self.check_flags(part)

    def check_flags(self, part: str) -> None:
        """Every flag must be what the streams have made it since the last reset."""
        for name, monitor in self._flags.items():
            expected = int(self.scoreboard.flags[name])
            if monitor.level != str(expected):
                self.scoreboard.fault(f"{name} is {monitor.level}, expected {expected}, {part}")

    def met(self) -> Counter[str]:
        """How often each situation arose."""
        levels = self._clockwork.levels()
        streams = {
            name: Handshakes(*levels[:, [each.valid_at, each.ready_at, each.last_at]].T)
            for name, each in self._streams.items()
        }
        rst = levels[:, self._clockwork.place("rst")]
        unit = self.specification
        if isinstance(unit, SystolicArray):
            return self.scoreboard.hits + tile_bins(unit, rst, streams)
        assert isinstance(unit, Multiplier | Mac | DotProduct)
        return self.scoreboard.hits + stream_bins(unit, rst, streams)

    def outcome(self, what: str, cycles: int | None = None) -> Outcome:
        faults = self.scoreboard.faults
        first = faults[0] if faults else None
        seconds = time.monotonic() - self._started
        return Outcome(
            self.specification.name,
            what,
            self.scoreboard.compared,
            len(faults),
            seconds,
            first,
            cycles,
        )


Bench = TypeVar("Bench", bound=Testbench)


async def reset(dut: HierarchyObject, cycles: int = 2) -> None:
    """Hold the reset for some cycles."""
    dut.rst.value = 1
    await ClockCycles(dut.clk, cycles)
    dut.rst.value = 0


async def begin(
    dut: HierarchyObject, choose: Callable[[Harness], Sequence[Specification]], kind: type[Bench]
) -> list[Bench]:
    """Clock and reset; a test bench for each unit, whose monitors run from the reset on.

    Parameters
    ----------
    choose
        Which units are benched; the others are kept silent.
    kind
        Class of the test benches.
    """
    configuration = Configuration.read()
    harness = Harness(configuration.specifications)
    clockwork = Clockwork(dut, harness.levels)
    chosen = choose(harness)
    benches = []
    for specification in harness.streaming:
        Testbench(dut, clockwork, specification, 0, 0).silence()
        if specification in chosen:
            benches.append(
                kind(dut, clockwork, specification, configuration.beats, configuration.seed)
            )
    Clock(dut.clk, 10, "ns").start()
    clockwork.start()
    await reset(dut)
    for bench in benches:
        bench.watch()
    return benches


async def drain(dut: HierarchyObject, benches: Sequence[Testbench]) -> None:
    """Wait until all beats are through, or until nothing has moved for far too long."""
    before: list[tuple[int, int]] = []
    still = 0
    while still < _STILL_CYCLES and not all(bench.idle for bench in benches):
        await ClockCycles(dut.clk, _DRAIN_CYCLES)
        now = [(bench.left, bench.scoreboard.pending) for bench in benches]
        still = still + _DRAIN_CYCLES if now == before else 0
        before = now
    # Whatever comes after the last result is one too many.
    await ClockCycles(dut.clk, 8)


def conclude(benches: Sequence[Testbench], what: str) -> None:
    """Leave the verdicts for the caller of the simulator, and fail if there is a fault."""
    outcomes = [replace(bench.outcome(what), hits=dict(bench.met())) for bench in benches]
    append_outcomes(Path(Configuration.read().outcomes), outcomes)
    failed = [f"{outcome.unit}: {outcome.first}" for outcome in outcomes if outcome.mismatches]
    assert not failed, "\n".join(failed)
