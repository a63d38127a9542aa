"""Both ends of an AXI-Stream in cocotb: what drives it, what takes from it, what watches it."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import cocotb
from cocotb.handle import HierarchyObject, ValueObjectBase
from cocotb.task import Task
from cocotb.triggers import RisingEdge


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


class Stream:
    """The ports of one AXI-Stream with the clock and the reset that rule them.

    Parameters
    ----------
    dut
        The top-level module, with ports ``clk`` and ``rst``.
    prefix
        What the names of the stream's ports begin with, as ``m_axis_y``.
    """

    def __init__(self, dut: HierarchyObject, prefix: str):
        self.clk = _port(dut, "clk")
        self.rst = _port(dut, "rst")
        self.data = _port(dut, f"{prefix}_tdata")
        self.valid = _port(dut, f"{prefix}_tvalid")
        self.ready = _port(dut, f"{prefix}_tready")
        self.last = _port(dut, f"{prefix}_tlast")

    @property
    def in_reset(self) -> bool:
        return str(self.rst.value) == "1"


class _Process:
    """A coroutine that is started and stopped."""

    def __init__(self, stream: Stream):
        self.stream = stream
        self._task: Task[None] | None = None

    def start(self) -> None:
        self._task = cocotb.start_soon(self._run())

    def stop(self) -> None:
        assert self._task is not None
        self._task.cancel()

    async def _run(self) -> None:
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

    def __init__(self, stream: Stream, beats: Sequence[Beat], *, stall: float, seed: str):
        super().__init__(stream)
        self._beats = list(beats)
        self._stall = stall
        self._random = random.Random(seed)
        self.sent = 0

    @property
    def left(self) -> int:
        """Beats that were not taken yet."""
        return len(self._beats) - self.sent

    def stop(self) -> None:
        super().stop()
        self.stream.valid.value = 0

    async def _run(self) -> None:
        stream, edge = self.stream, RisingEdge(self.stream.clk)
        for beat in self._beats:
            while self._random.random() < self._stall:
                stream.valid.value = 0
                # What is not valid must not matter.
                stream.data.value = self._random.getrandbits(len(stream.data))
                stream.last.value = self._random.getrandbits(1)
                await edge
            stream.data.value = beat.data
            stream.last.value = beat.last
            stream.valid.value = 1
            await edge
            while str(stream.ready.value) != "1" or stream.in_reset:
                await edge
            self.sent += 1
        stream.valid.value = 0


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

    def stop(self) -> None:
        super().stop()
        self.stream.ready.value = 0

    async def _run(self) -> None:
        while True:
            self.stream.ready.value = int(self._random.random() >= self._stall)
            await RisingEdge(self.stream.clk)


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
        The clock cycle of each transfer, counted from :meth:`start`.
    """

    def __init__(
        self, stream: Stream, on_beat: Callable[[Beat], None], on_fault: Callable[[str], None]
    ):
        super().__init__(stream)
        self._on_beat = on_beat
        self._on_fault = on_fault
        self.cycles: list[int] = []

    async def _run(self) -> None:
        stream, edge = self.stream, RisingEdge(self.stream.clk)
        waiting: tuple[str, str] | None = None
        cycle = 0
        while True:
            await edge
            cycle += 1
            if stream.in_reset:
                waiting = None
                continue
            valid, ready = str(stream.valid.value), str(stream.ready.value)
            for name, level in (("tvalid", valid), ("tready", ready)):
                if level not in "01":
                    self._on_fault(f"{name} is {level} in cycle {cycle}")
            if waiting and valid != "1":
                self._on_fault(f"tvalid fell before tready in cycle {cycle}")
                waiting = None
            if valid != "1":
                continue
            offer = str(stream.data.value), str(stream.last.value)
            if set("".join(offer)) - set("01"):
                self._on_fault(f"tdata, tlast are {', '.join(offer)} in cycle {cycle}")
                continue
            if waiting and offer != waiting:
                self._on_fault(f"the offer changed before tready in cycle {cycle}")
            waiting = offer
            if ready == "1":
                waiting = None
                self.cycles.append(cycle)
                self._on_beat(Beat(int(offer[0], 2), int(offer[1], 2)))
