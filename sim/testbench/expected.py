"""What a unit took, and what it therefore has to give: the model applied to streams."""

from collections import Counter, deque
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from lmul_pe.model import Multiplier, SystolicArray, WindowAccumulator
from lmul_pe.model.format.codec import Codes
from lmul_pe.model.unit.names import Specification
from lmul_pe.model.unit.ports import ports_of
from lmul_pe.sim.coverage.sums import sum_bins

from .axi_stream import Beat

_SHOWN_PAIRS = 4


class ExpectedBeat(NamedTuple):
    """What a beat of results must be; ``data`` is None where it may be anything."""

    data: int | None
    last: int
    overflowed: bool
    inexact: bool = False


class ExpectedResults(Protocol):
    """What one unit has to give, from one reset to the next.

    Members
    -------
    due
        Beats of results that are complete in what was taken.
    begun
        Beats taken that no result is due for yet.
    protocol_error
        Whether the streams have broken the rules that they keep among themselves.
    hits
        How often each situation arose in the results so far.
    """

    protocol_error: bool
    hits: Counter[str]

    @property
    def due(self) -> int: ...

    @property
    def begun(self) -> int: ...

    def accept(self, stream: str, beat: Beat) -> None:
        """The unit took ``beat`` from the stream whose ports begin with ``stream``."""

    def results(self, count: int) -> list[ExpectedBeat]:
        """What the first ``count`` beats of results must be."""

    def describe(self, index: int) -> str:
        """What the result ``index`` is of, in words."""


def expected_results(specification: Specification) -> ExpectedResults:
    """The expected results of a unit that has not taken anything yet."""
    if isinstance(specification, SystolicArray):
        kind = OsResults if specification.dataflow == "os" else WsResults
        return kind(specification)
    return SumResults(specification)


class SumResults:
    """Of a multiplier, which owes a result for every beat, or of a unit with one for every sum."""

    protocol_error = False

    def __init__(self, specification: Specification):
        self._specification = specification
        self._port, _ = ports_of(specification)
        self._groups: list[list[Beat]] = []
        self._begun: list[Beat] = []
        self.hits: Counter[str] = Counter()

    @property
    def due(self) -> int:
        return len(self._groups)

    @property
    def begun(self) -> int:
        return len(self._begun)

    def accept(self, stream: str, beat: Beat) -> None:
        self._begun.append(beat)
        if isinstance(self._specification, Multiplier) or beat.last:
            self._groups.append(self._begun)
            self._begun = []

    def results(self, count: int) -> list[ExpectedBeat]:
        unit, groups = self._specification, self._groups[:count]
        operands = [self._operands(group) for group in groups]
        results: dict[int, ExpectedBeat] = {}
        # The model is fastest on many groups at once, and those of one length make an array.
        for indices in _alike([len(a) for a, _ in operands]):
            a, b = (np.stack([operands[index][side] for index in indices]) for side in (0, 1))
            overflowed = inexact = np.zeros(len(indices), dtype=np.bool_)
            if isinstance(unit, Multiplier):
                codes = unit.compute(a[:, 0], b[:, 0])
            else:
                assert not isinstance(unit, SystolicArray)
                codes = unit.dot(a, b)
                self.hits += sum_bins(unit, a, b)
                if unit.accumulator.overflows:
                    overflowed = unit.overflowed(a, b)
                if isinstance(unit.accumulator, WindowAccumulator):
                    inexact = unit.inexact(a, b)
            for index, code, over, cut in zip(indices, codes, overflowed, inexact, strict=True):
                last = groups[index][-1].last
                results[index] = ExpectedBeat(int(code), last, bool(over), bool(cut))
        return [results[index] for index in range(count)]

    def describe(self, index: int) -> str:
        a, b = self._operands(self._groups[index])
        pairs = [f"a={x:#x} b={y:#x}" for x, y in zip(a.tolist(), b.tolist(), strict=True)]
        if len(pairs) > _SHOWN_PAIRS:
            pairs[_SHOWN_PAIRS:] = [f"... ({len(pairs)} pairs)"]
        return ", ".join(pairs)

    def _operands(self, group: Sequence[Beat]) -> tuple[Codes, Codes]:
        a, b = self._port.unpack([beat.data for beat in group])
        return a.ravel(), b.ravel()


class OsResults:
    """Of an output-stationary array: ``rows`` beats for the pairs of beats up to a ``last``."""

    def __init__(self, array: SystolicArray):
        self._array = array
        self._a, self._b, self._c = ports_of(array)
        self._waiting: dict[str, deque[Beat]] = {self._a.name: deque(), self._b.name: deque()}
        self._tiles: list[tuple[list[int], list[int]]] = []
        self._begun: tuple[list[int], list[int]] = [], []
        self.protocol_error = False
        self.hits: Counter[str] = Counter()

    @property
    def due(self) -> int:
        return len(self._tiles) * self._array.rows

    @property
    def begun(self) -> int:
        return len(self._begun[0]) + sum(map(len, self._waiting.values()))

    def accept(self, stream: str, beat: Beat) -> None:
        self._waiting[stream].append(beat)
        if not all(self._waiting.values()):
            return
        a, b = (waiting.popleft() for waiting in self._waiting.values())
        for words, each in zip(self._begun, (a, b), strict=True):
            words.append(each.data)
        self.protocol_error |= a.last != b.last
        if a.last:
            self._tiles.append(self._begun)
            self._begun = [], []

    def results(self, count: int) -> list[ExpectedBeat]:
        array, rows = self._array, self._array.rows
        element = array.element
        tiles = self._tiles[: -(-count // rows)]
        results: dict[int, list[ExpectedBeat]] = {}
        for indices in _alike([len(a) for a, _ in tiles]):
            a = np.stack([array.vectors(self._a.unpack(tiles[index][0])[0]) for index in indices])
            b = np.stack([array.vectors(self._b.unpack(tiles[index][1])[0]) for index in indices])
            a, b = a[:, :, None], b[:, None]
            codes = element.dot(a, b)
            overflowed = np.zeros(codes.shape, dtype=np.bool_)
            if array.accumulator.overflows:
                overflowed = element.overflowed(a, b)
            for index, tile, over in zip(indices, codes, overflowed.any(axis=2), strict=True):
                results[index] = [
                    ExpectedBeat(word, int(row == rows - 1), bool(over[row]))
                    for row, word in enumerate(self._c.pack(tile))
                ]
        return [due for index in range(len(tiles)) for due in results[index]][:count]

    def describe(self, index: int) -> str:
        tile, row = divmod(index, self._array.rows)
        depth = len(self._tiles[tile][0]) * self._array.lanes
        return f"row {row} of a tile of K = {depth}, number {tile}"


class WsResults:
    """Of a weight-stationary array: a beat for each of ``s_axis_a``."""

    def __init__(self, array: SystolicArray):
        self._array = array
        ports = {port.stream: port for port in ports_of(array)}
        self._w, self._a, self._c = (ports[stream] for stream in ("w", "a", "c"))
        self._p = ports.get("p")
        self._waiting: dict[str, deque[Beat]] = {self._a.name: deque()}
        if self._p is not None:
            self._waiting[self._p.name] = deque()
        self._sets: list[list[int]] = []
        self._loading: list[int] = []
        # For each result: number of the weights, beat of a, beat of p.
        self._uses: list[tuple[int, Beat, Beat | None]] = []
        self._set = 0
        self.protocol_error = False
        self.hits: Counter[str] = Counter()

    @property
    def due(self) -> int:
        return len(self._uses)

    @property
    def begun(self) -> int:
        return len(self._loading) + sum(map(len, self._waiting.values()))

    def accept(self, stream: str, beat: Beat) -> None:
        if stream == self._w.name:
            self._loading.append(beat.data)
            # The error is in the beat that should have been the last one, or was it too early.
            if beat.last != (len(self._loading) == self._array.rows):
                self.protocol_error = True
            if beat.last:
                self._sets.append(self._loading)
                self._loading = []
            return
        self._waiting[stream].append(beat)
        if not all(self._waiting.values()):
            return
        a, *others = (waiting.popleft() for waiting in self._waiting.values())
        p = others[0] if others else None
        self._uses.append((self._set, a, p))
        self.protocol_error |= p is not None and a.last != p.last
        self._set += a.last

    def results(self, count: int) -> list[ExpectedBeat]:
        array, results = self._array, []
        uses = self._uses[:count]
        for number in dict.fromkeys(use[0] for use in uses):
            own = [use for use in uses if use[0] == number]
            weights = self._sets[number] if number < len(self._sets) else []
            lasts = [a.last for _, a, _ in own]
            if len(weights) != array.rows:
                # What an incomplete set, or none, multiplies by is not specified.
                results += [ExpectedBeat(None, last, False) for last in lasts]
                continue
            (a,) = self._a.unpack([a.data for _, a, _ in own])
            (w,) = self._w.unpack(weights)
            start = None
            if self._p is not None:
                (start,) = self._p.unpack([p.data for _, _, p in own if p is not None])
            codes = array.gemm(a, w, start)
            overflowed = np.zeros(codes.shape, dtype=np.bool_)
            if array.accumulator.overflows:
                overflowed = array.overflowed(a, w, start)
            results += [
                ExpectedBeat(word, last, bool(over))
                for word, last, over in zip(
                    self._c.pack(codes), lasts, overflowed.any(axis=1), strict=True
                )
            ]
        return results

    def describe(self, index: int) -> str:
        number = self._uses[index][0]
        first = next(place for place, use in enumerate(self._uses) if use[0] == number)
        return f"beat {index - first} of weights number {number}"


def _alike(keys: Sequence[int]) -> list[list[int]]:
    """Indices of equal keys."""
    groups: dict[int, list[int]] = {}
    for index, key in enumerate(keys):
        groups.setdefault(key, []).append(index)
    return list(groups.values())
