"""Both ends of an AXI-Stream in cocotb: what drives it, what takes from it, what watches it."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import cocotb
import numpy as np
from cocotb.handle import HierarchyObject, ValueObjectBase
from cocotb.triggers import RisingEdge
from numpy.typing import NDArray


@dataclass(frozen=True)
class Beat:
    """What one transfer carries."""

    data: int
    last: int


def _port(dut: HierarchyObject, name: str) -> ValueObjectBase[Any, Any]:
    """A port; the type of its handle, and of its value, depends on the simulator."""
    handle = getattr(dut, name)
    assert isinstance(handle, ValueObjectBase)
    return handle


class Process(Protocol):
    """Something that is done in every clock cycle."""

    def step(self, levels: str) -> None:
        """Called behind every rising edge with what the signals were before it."""


class Clockwork:
    """Runs processes, all behind one trigger: waking Python is what a cycle costs.

    Parameters
    ----------
    dut
        The top-level module, with ports ``clk`` and ``levels``.
    names
        Of the signals in ``levels``, the top bit first.

    Members
    -------
    cycle
        Rising edges so far.
    """

    def __init__(self, dut: HierarchyObject, names: Sequence[str]):
        self._clk = _port(dut, "clk")
        self._levels = _port(dut, "levels")
        self._places = {name: place for place, name in enumerate(names)}
        self._running: tuple[Process, ...] = ()
        self.cycle = 0
        self._history: list[str] = []

    def place(self, name: str) -> int:
        """Where the signal ``name`` stands in the levels that processes are given."""
        return self._places[name]

    def levels(self) -> NDArray[np.bool_]:
        """Which signals were 1 before each edge so far: a row for each, a column for a signal."""
        text = "".join(self._history).encode()
        return (np.frombuffer(text, dtype=np.uint8) == ord("1")).reshape(len(self._history), -1)

    def add(self, process: Process) -> None:
        self._running += (process,)

    def remove(self, process: Process) -> None:
        self._running = tuple(each for each in self._running if each is not process)

    def start(self) -> None:
        cocotb.start_soon(self._run())

    async def _run(self) -> None:
        edge = RisingEdge(self._clk)
        while True:
            await edge
            self.cycle += 1
            levels = str(self._levels.value)
            self._history.append(levels)
            for process in self._running:
                process.step(levels)


class Stream:
    """The ports of one AXI-Stream.

    Parameters
    ----------
    dut
        The top-level module.
    clockwork
        Of that module.
    prefix
        What the names of the stream's ports begin with, as ``lmul_e4m3_latency1_m_axis_y``.
    """

    def __init__(self, dut: HierarchyObject, clockwork: Clockwork, prefix: str):
        self.clockwork = clockwork
        self.prefix = prefix
        self.data = _port(dut, f"{prefix}_tdata")
        self.valid = _port(dut, f"{prefix}_tvalid")
        self.ready = _port(dut, f"{prefix}_tready")
        self.last = _port(dut, f"{prefix}_tlast")
        self.valid_at, self.ready_at, self.last_at = (
            clockwork.place(f"{prefix}_{signal}") for signal in ("tvalid", "tready", "tlast")
        )
        self.rst_at = clockwork.place("rst")


class _Process:
    """What starts and stops with the cycles of one stream."""

    def __init__(self, stream: Stream):
        self.stream = stream

    def start(self) -> None:
        self.stream.clockwork.add(self)

    def stop(self) -> None:
        self.stream.clockwork.remove(self)

    def step(self, levels: str) -> None:
        raise NotImplementedError


class Driver(_Process):
    """Offers beats at the slave port of a design, with gaps.

    Parameters
    ----------
    stream
        A stream into the design.
    beats
        What to send; ``sent`` counts how many were taken.
    stall
        Probability of a cycle without an offer before each beat, and again after each such cycle.
    seed
        Of the gaps.
    """

    def __init__(self, stream: Stream, beats: Iterable[Beat], *, stall: float, seed: str):
        super().__init__(stream)
        self._beats = list(beats)
        self._stall = stall
        self._random = random.Random(seed)
        self._width = len(stream.data)
        self._offering = False
        self._last = -1
        self.sent = 0

    @property
    def left(self) -> int:
        """Beats that were not taken yet."""
        return len(self._beats) - self.sent

    def extend(self, beats: Iterable[Beat]) -> None:
        """Send more beats behind those that are left."""
        self._beats += beats

    def start(self) -> None:
        super().start()
        self.stream.valid.value = 0
        self._offer()

    def stop(self) -> None:
        super().stop()
        self.stream.valid.value = 0

    def step(self, levels: str) -> None:
        stream = self.stream
        if self._offering:
            # An offer of this very cycle is not among the levels yet.
            taken = levels[stream.valid_at] == levels[stream.ready_at] == "1"
            if not taken or levels[stream.rst_at] != "0":
                return
            self.sent += 1
        self._offer()

    def _offer(self) -> None:
        stream, before = self.stream, self._offering
        self._offering = self.sent < len(self._beats) and self._random.random() >= self._stall
        if self._offering:
            beat = self._beats[self.sent]
            data, last = beat.data, beat.last
        elif self.sent < len(self._beats):
            # What is not valid must not matter.
            data, last = self._random.getrandbits(self._width), self._random.getrandbits(1)
        else:
            data, last = None, self._last
        if data is not None:
            stream.data.value = data
        if last != self._last:
            stream.last.value = self._last = last
        if self._offering != before:
            stream.valid.value = int(self._offering)


class Consumer(_Process):
    """Takes beats at the master port of a design, with pauses.

    Parameters
    ----------
    stream
        A stream out of the design.
    stall
        Probability of a cycle in which nothing is taken; 1 takes nothing at all.
    seed
        Of the pauses.
    """

    def __init__(self, stream: Stream, *, stall: float, seed: str):
        super().__init__(stream)
        self._stall = stall
        self._random = random.Random(seed)
        self._ready: bool | None = None

    def start(self) -> None:
        super().start()
        self.step("")

    def stop(self) -> None:
        super().stop()
        self.stream.ready.value = 0

    def step(self, levels: str) -> None:
        ready = self._random.random() >= self._stall
        if ready != self._ready:
            self.stream.ready.value = int(ready)
            self._ready = ready


class Monitor(_Process):
    """Watches one stream: reports each transfer, and each breach of the rules.

    From the end of reset, ``tvalid`` and ``tready`` are 0 or 1, and so are ``tdata`` and ``tlast``
    while ``tvalid`` is; an offer stays as it is until it is taken.

    Parameters
    ----------
    stream
        A stream on either side of the design.
    on_beat
        Called with each beat that is transferred.
    on_fault
        Called with the description of each breach.

    Members
    -------
    cycles
        The clock cycle of each transfer.
    """

    def __init__(
        self, stream: Stream, on_beat: Callable[[Beat], None], on_fault: Callable[[str], None]
    ):
        super().__init__(stream)
        self._on_beat = on_beat
        self._on_fault = on_fault
        self._waiting: tuple[str, str] | None = None
        self.cycles: list[int] = []

    def step(self, levels: str) -> None:
        stream = self.stream
        if levels[stream.rst_at] != "0":
            self._waiting = None
            return
        valid, ready = levels[stream.valid_at], levels[stream.ready_at]
        for name, level in (("tvalid", valid), ("tready", ready)):
            if level not in "01":
                self._fault(f"{name} is {level}")
        if self._waiting and valid != "1":
            self._fault("tvalid fell before tready")
            self._waiting = None
        if valid != "1":
            return
        offer = str(stream.data.value), levels[stream.last_at]
        if set("".join(offer)) - set("01"):
            self._fault(f"tdata, tlast are {', '.join(offer)}")
            return
        if self._waiting and offer != self._waiting:
            self._fault("the offer changed before tready")
        self._waiting = offer
        if ready == "1":
            self._waiting = None
            self.cycles.append(stream.clockwork.cycle)
            self._on_beat(Beat(*(int(bits, 2) for bits in offer)))

    def _fault(self, what: str) -> None:
        self._on_fault(f"{what} in cycle {self.stream.clockwork.cycle}")


class FlagMonitor:
    """Watches an output of one bit that stays set until a reset, and begins at 0 behind one.

    Parameters
    ----------
    clockwork
        Of the top-level module.
    prefix, name
        Of the unit, and of its output.
    on_fault
        Called with the description of each breach.

    Members
    -------
    level
        What it was last, outside a reset.
    """

    def __init__(
        self, clockwork: Clockwork, prefix: str, name: str, on_fault: Callable[[str], None]
    ):
        self._clockwork = clockwork
        self._place = clockwork.place(f"{prefix}_{name}")
        self._rst_at = clockwork.place("rst")
        self._name = name
        self._on_fault = on_fault
        self._fresh = True
        self.level = "0"

    def start(self) -> None:
        self._clockwork.add(self)

    def step(self, levels: str) -> None:
        if levels[self._rst_at] != "0":
            self._fresh, self.level = True, "0"
            return
        level = levels[self._place]
        if level != self.level:
            if level not in "01":
                self._fault(f"is {level}")
            elif self._fresh:
                self._fault("is set by a reset")
            elif level == "0":
                self._fault("fell without a reset")
        self._fresh, self.level = False, level

    def _fault(self, what: str) -> None:
        self._on_fault(f"{self._name} {what} in cycle {self._clockwork.cycle}")
