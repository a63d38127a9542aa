"""Tiles on which a systolic array is checked: operands that make its cases happen."""

from collections.abc import Callable, Sequence

import numpy as np

from lmul_pe.model import SystolicArray
from lmul_pe.model.format.codec import Codes, Format

from .array_bench import Tile
from .operand_codes import edges, largest, negated, ordinary, specials, tiny

DEPTHS = (1, 2, 3, 64)
"""Beats of tiles that every array is given, beside random shorter ones."""
LONG = 1000

Shape = tuple[int, int]
Fill = Callable[[Format, Shape, np.random.Generator], Codes]


def _numbers(format: Format, shape: Shape, random: np.random.Generator) -> Codes:
    return ordinary(format, shape[0] * shape[1], random).reshape(shape)


def _edges(format: Format, shape: Shape, random: np.random.Generator) -> Codes:
    return random.choice(edges(format), shape)


def _tiny(format: Format, shape: Shape, random: np.random.Generator) -> Codes:
    return random.choice(np.concatenate([tiny(format), ordinary(format, 2, random)]), shape)


def _largest(format: Format, shape: Shape, random: np.random.Generator) -> Codes:
    """The largest number, here and there with the other sign."""
    codes = largest(format, shape[0] * shape[1]).reshape(shape)
    return np.where(random.random(shape) < 0.1, negated(codes, format), codes)


def _special(format: Format, shape: Shape, random: np.random.Generator) -> Codes:
    """Numbers, among which a few are NaN or infinite."""
    codes = _numbers(format, shape, random)
    planted = specials(format)
    if planted:
        for _ in range(1 + codes.size // 64):
            place = random.integers(shape[0]), random.integers(shape[1])
            codes[place] = random.choice(planted)
    return codes


_CASES: tuple[Fill, ...] = (_numbers, _edges, _tiny, _largest, _special)


def tile(array: SystolicArray, beats: int, fill: Fill, random: np.random.Generator) -> Tile:
    """One tile: of inner dimension ``beats`` (``os``), or weights used by ``beats`` (``ws``)."""
    first, second = array.operand_formats
    streams: dict[str, Codes] = {}
    if array.dataflow == "ws":
        streams["w"] = fill(second, (array.rows, array.cols), random)
    streams["a"] = fill(first, (beats, array.rows * array.lanes), random)
    if array.dataflow == "os":
        streams["b"] = fill(second, (beats, array.cols * array.lanes), random)
    if array.partial:
        streams["p"] = fill(array.accumulator.result, (beats, array.cols), random)
    return streams


def mixed_tiles(array: SystolicArray, count: int, random: np.random.Generator) -> list[Tile]:
    """Tiles of every case and of different depths, of ``count`` beats together or a few more."""
    tiles: list[Tile] = []
    total = 0
    cases: list[int] = []
    while total < count:
        cases = cases or random.permutation(len(_CASES)).tolist()
        # As many as rows are what the results of an output-stationary array need to leave.
        near = max(1, array.rows + int(random.integers(-1, 2)))
        longer = int(random.integers(4, DEPTHS[-1], endpoint=True))
        beats = int(random.choice([*DEPTHS[:-1], near, longer], p=(0.3, 0.2, 0.2, 0.2, 0.1)))
        tiles.append(tile(array, beats, _CASES[cases.pop()], random))
        total += beats
    return tiles


def plain_tiles(
    array: SystolicArray, depths: Sequence[int], random: np.random.Generator
) -> list[Tile]:
    """Tiles of numbers, of these depths."""
    return [tile(array, beats, _numbers, random) for beats in depths]


def operands(
    array: SystolicArray, shape: tuple[int, int, int], random: np.random.Generator
) -> tuple[Codes, Codes]:
    """Two matrices of numbers, for a product of ``shape`` M, K, N."""
    first, second = array.operand_formats
    m, k, n = shape
    return _numbers(first, (m, k), random), _numbers(second, (k, n), random)
