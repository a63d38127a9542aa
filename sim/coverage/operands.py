"""Classes of operands, into which every code of a format falls."""

from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model import FloatFormat
from lmul_pe.model.format.codec import Codes, Format

from .tally import tally

CLASSES = ("zero", "subnormal", "least normal", "normal", "largest", "infinity", "NaN")
"""Of floating-point codes, by magnitude; the fourth are all normal numbers but two."""
INTEGERS = ("zero", "inner", "largest", "lowest")
"""Of integer codes: the third is the largest magnitude that both signs have."""
SIGNS = ("+", "-")
_PAIR = "operands: {}{} x {}{}"

Indices = NDArray[np.int64]


def class_names(format: Format) -> tuple[str, ...]:
    """What :func:`classes` counts."""
    return CLASSES if isinstance(format, FloatFormat) else INTEGERS


def classes(codes: Codes, format: Format) -> Indices:
    """Index of the class of each code."""
    if not isinstance(format, FloatFormat):
        values = format.values(codes)
        most = 2 ** (format.width - 1) - 1
        return np.select([values == 0, np.abs(values) < most, values >= -most], [0, 1, 2], 3)
    magnitude = codes.astype(np.uint64) & np.uint64(2**format.magnitude_bits - 1)
    found = np.searchsorted(_starts(format), magnitude, side="right")
    # The sixth begins behind the largest number, and has no more than infinity in it.
    if not format.has_infinity:
        found = np.where(found >= CLASSES.index("infinity"), CLASSES.index("NaN"), found)
    if format.specials == "fnuz":
        found = np.where(codes == format.nan, CLASSES.index("NaN"), found)
    return found


def signs(codes: Codes, format: Format) -> Indices:
    """1 where the sign bit is set, else 0."""
    return (codes.astype(np.uint64) >> np.uint64(format.width - 1)).astype(np.int64)


def class_ends(format: FloatFormat) -> dict[int, tuple[int, int]]:
    """The least and the greatest code of each class that has any, of positive ones if there are."""
    starts = [0, *map(int, _starts(format))]
    last = 2**format.magnitude_bits - 1
    stops = [start - 1 for start in starts[1:]] + [last]
    ends = {
        index: (start, stop)
        for index, (start, stop) in enumerate(zip(starts, stops, strict=True))
        if start <= min(stop, last)
    }
    if format.specials == "fn":
        ends[CLASSES.index("NaN")] = ends.pop(CLASSES.index("infinity"))
    if format.specials == "fnuz":
        ends[CLASSES.index("NaN")] = format.nan, format.nan
    return ends


def class_signs(format: FloatFormat, index: int) -> tuple[int, ...]:
    """Which signs the codes of a class have: 0, 1, or both."""
    if format.specials == "fnuz" and CLASSES[index] in ("zero", "NaN"):
        return (int(CLASSES[index] == "NaN"),)
    return 0, 1


def _starts(format: FloatFormat) -> NDArray[Any]:
    """The least magnitude of every class but the first."""
    least, largest = format.least_normal, format.largest
    starts = [1, least, least + 1, largest, largest + 1]
    return np.array([*starts, *([largest + 2] if format.has_infinity else [])], dtype=np.uint64)


def crossed(formats: Sequence[Format], a: Codes, b: Codes) -> Counter[str]:
    """How often each class of ``a``, with its sign, has met each class of ``b``."""
    indices = [
        index
        for codes, format in zip((a, b), formats, strict=True)
        for index in (signs(codes, format), classes(codes, format))
    ]
    words = [each for format in formats for each in (SIGNS, class_names(format))]
    return tally(_PAIR, words, np.ones(a.shape, dtype=np.bool_), *indices)


def signed_pairs(formats: Sequence[Format]) -> set[str]:
    """Every pair of classes with signs that there is."""
    sides = [_signed_classes(format) for format in formats]
    return {_PAIR.format(*first, *second) for first, second in product(*sides)}


def _signed_classes(format: Format) -> list[tuple[str, str]]:
    if not isinstance(format, FloatFormat):
        inner = [(sign, name) for name in INTEGERS[1:3] for sign in SIGNS]
        return [("+", "zero"), *inner, ("-", "lowest")]
    return [
        (SIGNS[sign], CLASSES[index])
        for index in class_ends(format)
        for sign in class_signs(format, index)
    ]
