"""What a systolic array is fed while its energy is measured, and what must come out.

Everything is ready all the time, so that the array never waits.  Several arrays run side by side
on operands of their own.
"""

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model import IntegerFormat, SystolicArray, encode
from lmul_pe.synth.activity.packing import every
from lmul_pe.synth.activity.sequential import Bits

from .streams import Workload, operands

Codes = NDArray[Any]

LANES = 512
"""Elements that are simulated side by side, at least."""

RESET_CYCLES = 1
TILE_BEATS = 64
"""Beats of a tile: products of a sum in ``os``, uses of a weight in ``ws``.  With several lanes a
beat has as many products, and a tile so many beats less, or as many as the array has rows."""

COUNTED_TILES = 3


class ArrayStimulus:
    """Streams of operands for ``copies`` arrays, tile behind tile.

    Parameters
    ----------
    unit
        The array.
    workload, seed
        Of the operands.

    Members
    -------
    copies : int
        Arrays side by side.
    tile : int
        Beats of a tile.
    latency, finish : int
        Cycles of an addition, and from a sum to its result.
    cycles : int
        Clock cycles, the first in reset.
    counted : range
        Those whose toggles count: whole tiles, once all elements are busy.
    """

    def __init__(self, unit: SystolicArray, workload: Workload, seed: int):
        self.unit = unit
        rows, cols, lanes = unit.rows, unit.cols, unit.lanes
        self.copies = max(2, LANES // (rows * cols))
        self.latency, self.finish = unit.accumulator.latency, unit.finish_latency
        # Long enough that results leave, or the next weights arrive, without a pause.
        if unit.dataflow == "os":
            self.tile, first = max(TILE_BEATS // lanes, rows), rows
            self.ends = [first]
            start = RESET_CYCLES + 2 * rows + cols + 2 * self.latency + self.finish
        else:
            down = (rows - 1) * self.latency
            self.tile = max(TILE_BEATS, down + cols + rows)
            self.ends = [self.tile]
            start = RESET_CYCLES + 2 * rows + down + cols + self.finish + 4
        start = max(start, RESET_CYCLES + 8)
        counted = max(COUNTED_TILES, COUNTED_TILES * TILE_BEATS // self.tile)
        self.counted = range(start, start + counted * self.tile)
        self.cycles = self.counted.stop
        while self.ends[-1] < self.cycles:
            self.ends.append(self.ends[-1] + self.tile)
        beats = self.ends[-1]
        formats = unit.multiplier.format, unit.multiplier.format_b
        count = beats * max(rows, cols) * lanes * self.copies
        a, b = operands(workload, *formats, count, seed)
        if workload == "stationary" and unit.dataflow == "ws":
            # Its weights stay where they are, and come from a stream of different ones.
            _, b = operands("normal", *formats, count, seed)

        def lines(codes: Codes, number: int) -> Codes:
            """``beats x number x copies``: every line takes a part of its own, in its order."""
            own = codes[: beats * number * self.copies]
            return own.reshape(number, self.copies, beats).transpose(2, 0, 1)

        self._a, self._b = lines(a, rows * lanes), lines(b, cols * lanes)
        self._random = np.random.default_rng(seed + 1)

    def a(self, beat: int) -> Codes:
        """Elements of ``a`` by row, each of as many as there are lanes, ``x copies``."""
        return self._a[beat]

    def b(self, beat: int) -> Codes:
        """The same of ``b``, or weights, by column."""
        return self._b[beat]

    @cached_property
    def _begin(self) -> Codes:
        """Sums to begin with, of about the size of those that come out."""
        format = self.unit.accumulator.result
        values = self._random.standard_normal((len(self._a), self.unit.cols, self.copies))
        if isinstance(format, IntegerFormat):
            return format.codes(np.rint(values * 2 ** (2 * self.unit.multiplier.format.width - 4)))
        return encode(values * np.sqrt(self.unit.rows), format, saturate=True)

    def begin(self, beat: int) -> Codes:
        """``cols x copies`` sums that those of a beat begin with."""
        return self._begin[beat]

    def products(self, beats: int) -> int:
        """Those in the sums of the first ``beats`` beats of results."""
        unit = self.unit
        lengths = np.full(beats, unit.rows)
        if unit.dataflow == "os":
            tiles = np.diff([0, *self.ends])
            lengths = np.repeat(tiles * unit.lanes, unit.rows)[:beats]
        return int(lengths.sum()) * unit.cols * self.copies

    @cached_property
    def expected(self) -> list[Codes]:
        """Beats of results, ``cols x copies`` codes each, in the order in which they leave."""
        unit, rows, copies = self.unit, self.unit.rows, range(self.copies)
        found: list[Codes] = []
        for tile, (start, end) in enumerate(zip([0, *self.ends], self.ends, strict=False)):
            if unit.dataflow == "os":
                # Copies x rows x cols sums over k.
                a, b = (
                    np.stack([unit.vectors(codes[start:end, :, copy]) for copy in copies])
                    for codes in (self._a, self._b)
                )
                sums = unit.element.dot(a[:, :, np.newaxis, :], b[:, np.newaxis, :, :])
                found += list(sums.transpose(1, 2, 0))
                continue
            weights = self._b[tile * rows : (tile + 1) * rows]
            results = [
                unit.gemm(
                    self._a[start:end, :, copy],
                    weights[:, :, copy],
                    self._begin[start:end, :, copy] if unit.partial else None,
                )
                for copy in copies
            ]
            found += list(np.stack(results, axis=-1))
        return found


class Handshakes:
    """The streams' side of an array's control: always valid, always ready.

    Parameters
    ----------
    stimulus
        The streams.

    Members
    -------
    beats, weight_beats : list of int
        The beat that each stream shows, cycle by cycle.
    taken, loaded : list of bool
        Whether the array takes it.
    """

    def __init__(self, stimulus: ArrayStimulus):
        self._stimulus = stimulus
        self.beats: list[int] = []
        self.weight_beats: list[int] = []
        self._beat = self._weight_beat = 0
        self._lasts = {end - 1 for end in stimulus.ends}

    def inputs(self, cycle: int, before: Bits) -> Bits:
        """The control's input ports, in one run."""
        running = int(cycle >= RESET_CYCLES)
        if cycle > RESET_CYCLES:
            self._beat += int(before["a_ready"][0, 0])
            self._weight_beat += int(before["w_ready"][0, 0]) if "w_ready" in before else 0
        self.beats.append(self._beat)
        self.weight_beats.append(self._weight_beat)
        last = int(self._beat in self._lasts)
        weights = self._stimulus.unit.rows
        ports = {
            **dict.fromkeys(("a_valid", "b_valid", "w_valid", "p_valid"), running),
            **dict.fromkeys(("a_last", "b_last", "p_last"), last),
            "w_last": int(self._weight_beat % weights == weights - 1),
            "c_ready": 1,
            "clk": 0,
            "rst": 1 - running,
        }
        one = every(1)[np.newaxis]
        given = {name: one * np.uint64(value) for name, value in ports.items()}
        return given | {"overflow_in": np.zeros((weights, 1), dtype=np.uint64)}
