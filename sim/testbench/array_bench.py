"""The test bench of a systolic array: tiles and matrix products, whatever its dataflow."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from cocotb.handle import HierarchyObject

from lmul_pe.model import Schedule, SystolicArray
from lmul_pe.model.format.codec import Codes
from lmul_pe.model.unit.names import Specification

from .axi_stream import Beat, Clockwork
from .testbench import Beats, Stalls, Testbench

Tile = Mapping[str, Codes]
"""Codes by stream, beats x elements, as in a :class:`~.schedule.Tile`; ``p`` where needed."""


class ArrayBench(Testbench):
    """A systolic array, and what is sent to it.

    Members
    -------
    array
        The specification.
    """

    def __init__(
        self,
        dut: HierarchyObject,
        clockwork: Clockwork,
        specification: Specification,
        count: int,
        seed: int,
    ):
        super().__init__(dut, clockwork, specification, count, seed)
        assert isinstance(specification, SystolicArray)
        self.array = specification
        self._schedule: Schedule | None = None
        self._fed = 0

    def beats_of(self, tiles: Iterable[Tile]) -> dict[str, list[Beat]]:
        """Every stream's beats of ``tiles``, ``tlast`` at the end of each tile."""
        beats: dict[str, list[Beat]] = {name: [] for name in self.sources}
        inputs = {port.stream: port for port in self.ports.values() if port.is_input}
        for tile in tiles:
            for stream, codes in tile.items():
                port = inputs[stream]
                *words, last = port.pack(codes)
                beats[port.name] += [*(Beat(word, 0) for word in words), Beat(last, 1)]
        return beats

    def begin_tiles(self, tiles: Sequence[Tile], stalls: Stalls, part: str) -> None:
        """Begin to send ``tiles``."""
        self.begin_beats(self.beats_of(tiles), stalls, part)

    def begin_beats(self, beats: Beats, stalls: Stalls, part: str) -> None:
        """Begin to send ``beats`` that are no matrix product."""
        self._schedule = None
        self.start(beats, stalls, part)

    def begin_product(self, a: Codes, b: Codes, stalls: Stalls, part: str) -> None:
        """Begin to send the tiles of a matrix product, partial sums as they come back."""
        self._schedule, self._fed = Schedule(self.array, a, b), 0
        beats = self.beats_of(tile.streams for tile in self._schedule)
        self.start(beats, stalls, part)
        self._feed()

    def product(self, a: Codes, b: Codes) -> Codes | None:
        """The product that was begun, held against the model; None if it is not complete."""
        assert self._schedule is not None
        if not self._schedule.complete:
            return None
        got, expected = self._schedule.product(), self.array.gemm(a, b)
        wrong = np.argwhere(got != expected)
        if len(wrong):
            row, column = wrong[0].tolist()
            self.scoreboard.fault(
                f"product, row {row}, column {column}: expected "
                f"{int(expected[row, column]):#x}, got {int(got[row, column]):#x}"
            )
        return got

    def receive(self, beat: Beat) -> None:
        super().receive(beat)
        if self._schedule is not None and not self._schedule.complete:
            (codes,) = self.result_port.unpack([beat.data])
            self._schedule.take(codes[0])
            self._feed()

    def _feed(self) -> None:
        """Send the partial sums that have come back."""
        if not self.array.partial:
            return
        schedule = self._schedule
        assert schedule is not None
        total = len(schedule) * schedule.result_beats
        while self._fed < total:
            tile, beat = divmod(self._fed, schedule.result_beats)
            codes = schedule.partial(tile, beat)
            if codes is None:
                break
            (word,) = self.ports["s_axis_p"].pack(codes[None])
            last = int(beat == schedule.result_beats - 1)
            self.drivers["s_axis_p"].extend([Beat(word, last)])
            self._fed += 1
