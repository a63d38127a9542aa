"""Matrix products of any shape cut into tiles for a systolic array, and put together again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.format.codec import Codes, check_codes, code_type

from .array import SystolicArray


@dataclass(frozen=True)
class Tile:
    """What an array is given for one tile, and where its results belong.

    Parameters
    ----------
    index
        Its place in the order of the schedule.
    streams
        Codes by stream, beats x elements: ``a`` and ``b`` of ``os``, ``w`` and ``a`` of ``ws``.
        What lies outside the matrices is +0.
    rows, columns
        The part of the product that its results are, or are added to.
    inner
        The part of the inner dimension that it adds up.
    """

    index: int
    streams: Mapping[str, Codes]
    rows: slice
    columns: slice
    inner: slice


class Schedule:
    """The tiles of one matrix product in their order, and the product as results arrive.

    ``os``: a tile is a block of the product; row block by row block.  ``ws``: a tile is a block of
    weights, that is of ``b``; row block by row block, so that a column of blocks comes back to the
    sums that it left ``ceil(N / cols)`` tiles ago.

    Parameters
    ----------
    array
        Its specification.
    a, b, start
        As of :meth:`SystolicArray.gemm <model.array.SystolicArray.gemm>`.

    Raises
    ------
    SpecificationError
        As of :meth:`SystolicArray.gemm <model.array.SystolicArray.gemm>`.
    """

    def __init__(
        self, array: SystolicArray, a: ArrayLike, b: ArrayLike, start: ArrayLike | None = None
    ):
        self._array = array
        self._a, self._b, begin = array.check_matrices(a, b, start)
        (height, depth), width = self._a.shape, self._b.shape[1]
        lefts = range(0, width, array.cols)
        self._blocks = len(lefts)
        if array.dataflow == "os":
            tops = range(0, height, array.rows)
            self._places = [(top, 0, left) for top in tops for left in lefts]
            beats = -(-depth // array.lanes)
            self._size = array.rows, beats * array.lanes, array.cols
        else:
            inners = range(0, depth, array.rows)
            self._places = [(0, inner, left) for inner in inners for left in lefts]
            self._size = height, array.rows, array.cols
        self._taken = 0
        # Rows and columns of padding included: the sums of these may be partial, too.
        shape = [max(place[axis] for place in self._places) + self._size[axis] for axis in (0, 2)]
        self._sums = np.zeros(shape, dtype=code_type(array.accumulator.result))
        if begin is not None:
            self._sums[:height, :width] = begin

    def __len__(self) -> int:
        """Number of tiles."""
        return len(self._places)

    def __getitem__(self, index: int) -> Tile:
        index = range(len(self))[index]
        rows, inner, columns = self._parts(index)
        a = _padded(self._a[rows, inner], self._size[0], self._size[1])
        b = _padded(self._b[inner, columns], self._size[1], self._size[2])
        streams = {"w": b, "a": a}
        if self._array.dataflow == "os":
            streams = {"a": self._array.beats(a), "b": self._array.beats(b.T)}
        height, width = self._a.shape[0], self._b.shape[1]
        return Tile(
            index,
            streams,
            slice(rows.start, min(rows.stop, height)),
            slice(columns.start, min(columns.stop, width)),
            slice(inner.start, min(inner.stop, self._a.shape[1])),
        )

    def __iter__(self) -> Iterator[Tile]:
        return (self[index] for index in range(len(self)))

    @property
    def result_beats(self) -> int:
        """Beats of results of every tile."""
        return self._size[0]

    def partial(self, index: int, beat: int) -> Codes | None:
        """What a beat of results of a tile begins with, ``cols`` codes: a beat of ``p``.

        +0, or what the product begins from, for the first tile of a block of columns; then the
        results of the one before.  None if these have not been taken yet.

        Raises
        ------
        SpecificationError
            An array whose sums begin with +0.
        """
        if not self._array.partial:
            raise SpecificationError(
                f"{self._array.name} takes no partial sums: expected partial=True"
            )
        before = index - self._blocks
        if before >= 0 and self._taken <= before * self.result_beats + beat:
            return None
        rows, _, columns = self._parts(index)
        return self._sums[rows.start + beat, columns].copy()

    def take(self, beat: ArrayLike) -> None:
        """The next beat of results, ``cols`` codes; they come in the order of the tiles.

        Raises
        ------
        SpecificationError
            Another number of codes, or a beat too many.
        """
        codes = check_codes(beat, self._array.accumulator.result, "results")
        if codes.shape != (self._array.cols,):
            raise SpecificationError(
                f"results of shape {codes.shape} are no beat: expected {self._array.cols} codes"
            )
        if self.complete:
            raise SpecificationError(
                f"a beat of results too many: expected {self._taken} for {len(self)} tiles"
            )
        tile, row = divmod(self._taken, self.result_beats)
        rows, _, columns = self._parts(tile)
        self._sums[rows.start + row, columns] = codes
        self._taken += 1

    @property
    def complete(self) -> bool:
        """Whether every beat of results has been taken."""
        return self._taken == len(self) * self.result_beats

    def product(self) -> Codes:
        """The ``M x N`` codes of the product.

        Raises
        ------
        SpecificationError
            Results that have not been taken.
        """
        if not self.complete:
            raise SpecificationError(
                f"the product is not complete: {self._taken} beats of results, expected "
                f"{len(self) * self.result_beats}"
            )
        return self._sums[: self._a.shape[0], : self._b.shape[1]].copy()

    def _parts(self, index: int) -> list[slice]:
        """Rows, inner dimension and columns of a tile, padding included."""
        return [
            slice(start, start + size)
            for start, size in zip(self._places[index], self._size, strict=True)
        ]


def _padded(block: Codes, rows: int, columns: int) -> Codes:
    return np.pad(block, ((0, rows - block.shape[0]), (0, columns - block.shape[1])))
