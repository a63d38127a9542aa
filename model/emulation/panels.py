"""Matrix products by tiles: operands in panels, each tile by the fastest loop that is exact there.

A panel is a band of rows of ``a``, or of columns of ``b``, as high or wide as a tile, stored in the
order in which the innermost loop reads it.  The range of its numbers says whether a product with
another panel can leave the normal numbers of fp32; where it can, and where there are infinities and
NaN, the tile goes to :mod:`.wide`.
"""

import zlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.compiler import compiled, inlined

from . import tile, wide
from .tile import (
    NO_NUMBER,
    ONE_PLANE,
    TWO_PLANES,
    Shape,
    add_equation,
    add_fused,
    add_halved,
    add_masked,
    add_plain,
    add_rounded,
    add_zeros_left,
    add_zeros_right,
)
from .wide import equation_sums, exact_sums, integer_sums

INTEGER, EQUATION, HALVED, FUSED, ROUNDED = range(5)
"""Forms of a product: L-Mul with integer carry; by Equation 1 of up to 22 mantissa bits, and of 23;
exact products of up to 24 bits, which enter the sum as they are; and longer ones, rounded first."""

_BIAS = 127 << 23
_UNIT = 1 << 23
_MANTISSA = _UNIT - 1
_INFINITY = 0xFF << 23
_MAGNITUDE = (1 << 31) - 1

_ONE_ROWS, _ONE_COLUMNS = ONE_PLANE.rows, ONE_PLANE.columns
_TWO_ROWS, _TWO_COLUMNS = TWO_PLANES.rows, TWO_PLANES.columns

Ints = NDArray[np.int32]
Floats = NDArray[np.float32]


class Panels(NamedTuple):
    """The panels of one matrix.

    Parameters
    ----------
    data
        ``panels x K x planes x width`` numbers, one after the other.
    least, greatest
        Of each panel, the bits of the least and of the greatest magnitude that is not zero; those
        of an infinity or NaN are the greatest.
    zeros
        Whether each panel has any.
    """

    data: Ints
    least: Ints
    greatest: Ints
    zeros: NDArray[np.bool_]


def shape_of(form: int) -> Shape:
    """The tile of a form."""
    return TWO_PLANES if form in (EQUATION, HALVED) else ONE_PLANE


def panels_of(form: int, values: Floats, right: bool, offset: int) -> Panels:
    """The panels of a matrix, of which the last is filled up with its last line.

    Parameters
    ----------
    values
        ``M x K`` numbers of ``a``, or ``K x N`` of ``b``.
    right
        Whether it is ``b``, from whose numbers the bias is subtracted.
    offset
        L-Mul's constant, in units of 2^-23.
    """
    depth, lines = values.shape if right else values.shape[::-1]
    shape = shape_of(form)
    width = shape.columns if right else shape.rows
    count = -(-lines // width)
    planes = 2 if shape is TWO_PLANES else 1
    panels = Panels(
        np.empty(count * depth * planes * width, dtype=np.int32),
        np.full(count, _MAGNITUDE, dtype=np.int32),
        np.zeros(count, dtype=np.int32),
        np.zeros(count, dtype=np.bool_),
    )
    bits = values.view(np.int32)
    _find_ranges(bits, width, right, *panels[1:])
    if form == EQUATION:
        constant = np.float32(offset / _UNIT)
        _fill_floats(bits, width, right, constant, panels.data, count)
    elif form == HALVED:
        shift = 0 if right else offset
        lower = _BIAS if right else 0
        plan = (_MANTISSA, shift, -1, False, True, lower)
        _fill_ints(bits, width, right, *plan, panels.data, count)
    else:
        integer = form == INTEGER
        shift = offset - _BIAS if right and integer else 0
        zero = NO_NUMBER if right else 0
        plan = (-1, shift, zero, not integer, False, 0)
        _fill_ints(bits, width, right, *plan, panels.data, count)
    return panels


@compiled
def _find_ranges(bits, width, right, least, greatest, zeros):  # type: ignore[no-untyped-def]
    """The ranges of magnitudes, in loops of their own, which become vector instructions.

    Less one and unsigned, the magnitude of a zero is beyond all others.
    """
    rows, columns = bits.shape
    lines = columns if right else rows
    smallest = np.full(lines, np.uint32(0xFFFFFFFF))
    largest = np.zeros(lines, dtype=np.int32)
    zero = np.zeros(lines, dtype=np.int32)
    for row in range(rows):
        for column in range(columns):
            line = column if right else row
            magnitude = bits[row, column] & np.int32(_MAGNITUDE)
            smallest[line] = min(smallest[line], np.uint32(magnitude - np.int32(1)))
            largest[line] = max(largest[line], magnitude)
            zero[line] |= np.int32(magnitude == 0)
    for line in range(lines):
        panel = line // width
        if smallest[line] < np.uint32(_MAGNITUDE):
            least[panel] = min(least[panel], np.int32(smallest[line]) + np.int32(1))
        greatest[panel] = max(greatest[panel], largest[line])
        zeros[panel] |= zero[line] != 0


@compiled
def _fill_ints(bits, width, right, mask, shift, blank, plain, two, lower, data, count):  # type: ignore[no-untyped-def]
    """Some bits and a number added to them, in place of zeros ``blank``, unless ``plain``; where
    ``two``, a second plane has sign and exponent less ``lower``."""
    depth, lines = bits.shape if right else bits.shape[::-1]
    pitch = 2 * width if two else width
    mask, shift, blank, lower = np.int32(mask), np.int32(shift), np.int32(blank), np.int32(lower)
    high = np.int32(~_MANTISSA)
    for panel in range(count):
        first = panel * width
        start = first * depth * (2 if two else 1)
        whole = min(width, lines - first)
        if right:
            for k in range(depth):
                source = bits[k, first : first + whole]
                target = data[start + k * pitch : start + (k + 1) * pitch]
                for line in range(whole):
                    number = source[line]
                    zero = (number & np.int32(_MAGNITUDE)) == 0 and not plain
                    target[line] = blank if zero else (number & mask) + shift
                if two:
                    for line in range(whole):
                        target[width + line] = (source[line] & high) - lower
        else:
            for line in range(whole):
                for k in range(depth):
                    number = bits[first + line, k]
                    zero = (number & np.int32(_MAGNITUDE)) == 0 and not plain
                    at = start + k * pitch + line
                    data[at] = blank if zero else (number & mask) + shift
                    if two:
                        data[at + width] = (number & high) - lower
        _fill_up(data, start, depth * (2 if two else 1), whole, width)


@compiled
def _fill_floats(bits, width, right, constant, data, count):  # type: ignore[no-untyped-def]
    """Of ``a``: the number and the constant times its power of two, and that power.  Of ``b``: the
    power, and the rest of the number."""
    depth, lines = bits.shape if right else bits.shape[::-1]
    floats = data.view(np.float32)
    pitch = 2 * width
    high = np.int32(~_MANTISSA)
    for panel in range(count):
        first = panel * width
        start = first * depth * 2
        whole = min(width, lines - first)
        if right:
            for k in range(depth):
                source = bits[k, first : first + whole]
                target = floats[start + k * pitch : start + (k + 1) * pitch]
                for line in range(whole):
                    number = source[line]
                    power = np.int32(number & high).view(np.float32)
                    target[line] = power
                    target[width + line] = np.int32(number).view(np.float32) - power
        else:
            for line in range(whole):
                for k in range(depth):
                    number = bits[first + line, k]
                    power = np.int32(number & high).view(np.float32)
                    at = start + k * pitch + line
                    floats[at] = np.int32(number).view(np.float32) + constant * power
                    floats[at + width] = power
        _fill_up(data, start, depth * 2, whole, width)


@inlined
def _fill_up(data, start, count, whole, width):  # type: ignore[no-untyped-def]
    """Repeat the last of ``whole`` lines until there are ``width``."""
    if whole < width:
        for row in range(count):
            at = start + row * width
            for line in range(whole, width):
                data[at + line] = data[at + whole - 1]


@compiled
def _is_exact(form, least_a, greatest_a, least_b, greatest_b, offset):  # type: ignore[no-untyped-def]
    """Whether all products of two panels are normal numbers of fp32 that the tile's loop makes."""
    if form == FUSED:
        return True
    if min(least_a, least_b) < _UNIT or max(greatest_a, greatest_b) >= _INFINITY:
        return False
    lowest = np.int64(least_a) + np.int64(least_b) - _BIAS
    highest = np.int64(greatest_a) + np.int64(greatest_b) - _BIAS
    if form == INTEGER:
        return lowest + offset >= _UNIT and highest + offset < _INFINITY
    # Equation 1 by floats makes numbers below the product and above the operand on the way.
    room = 24 * _UNIT if form == EQUATION else _UNIT
    if form == EQUATION and (least_b < room or greatest_a >= _INFINITY - 2 * _UNIT):
        return False
    return lowest >= room + _UNIT and highest < _INFINITY - 2 * _UNIT


# Not kept alone: of what it calls in another file, the version of `add_tiles` tells.
@inlined
def _add_wide(form, offset, kept, a, b, sums):  # type: ignore[no-untyped-def]
    shifted = np.int64(offset) << 29
    if form == INTEGER:
        integer_sums(a, b, shifted, sums)
    elif form in (FUSED, ROUNDED):
        exact_sums(a, b, sums)
    else:
        mask = (np.int64(kept) & _MANTISSA) << 29
        equation_sums(a, b, shifted, mask, sums)


def _adding(version: int) -> Any:
    """The function that adds tiles.

    Parameters
    ----------
    version
        What Numba tells machine code by that it has kept, beside this file.
    """

    @compiled
    def add_tiles(form, offset, kept, a, b, panels_a, panels_b, top, bottom, sums):  # type: ignore[no-untyped-def]
        """Add the products of two matrices to ``sums``, for some of the panels of ``a``.

        Parameters
        ----------
        form
            Of the products.
        offset
            L-Mul's constant, in units of 2^-23.
        kept
            Mask of the mantissa bits of fp32 that an L-Mul product by Equation 1 has.
        a, b
            ``M x K`` and ``K x N`` float32 numbers of the formats, flushed already.
        panels_a, panels_b
            Their panels.
        top, bottom
            The first panel of ``a``, and the one behind the last.
        sums
            Float32 sums, padded to whole tiles.
        """
        assert version
        data_a, least_a, greatest_a, zeros_a = panels_a
        data_b, least_b, greatest_b, zeros_b = panels_b
        depth = a.shape[1]
        two = form in (EQUATION, HALVED)
        height = _TWO_ROWS if two else _ONE_ROWS
        width = _TWO_COLUMNS if two else _ONE_COLUMNS
        planes = 2 if two else 1
        flat, pitch = sums.reshape(-1), sums.shape[1]
        for right in range(len(least_b)):
            at_b = right * depth * planes * width
            for left in range(top, bottom):
                at_a = left * depth * planes * height
                at = left * height * pitch + right * width
                exact = _is_exact(
                    form, least_a[left], greatest_a[left], least_b[right], greatest_b[right], offset
                )
                if not exact:
                    rows = slice(left * height, min((left + 1) * height, a.shape[0]))
                    columns = slice(right * width, min((right + 1) * width, b.shape[1]))
                    _add_wide(form, offset, kept, a[rows], b[:, columns], sums[rows, columns])
                elif form == INTEGER and not (zeros_a[left] or zeros_b[right]):
                    add_plain(data_a, data_b, flat, at_a, at_b, at, pitch, depth, kept)
                elif form == INTEGER and not zeros_b[right]:
                    add_zeros_left(data_a, data_b, flat, at_a, at_b, at, pitch, depth, kept)
                elif form == INTEGER and not zeros_a[left]:
                    add_zeros_right(data_a, data_b, flat, at_a, at_b, at, pitch, depth, kept)
                elif form == INTEGER:
                    add_masked(data_a, data_b, flat, at_a, at_b, at, pitch, depth, kept)
                elif form == EQUATION:
                    add_equation(data_a, data_b, flat, at_a, at_b, at, pitch, depth, kept)
                elif form == HALVED:
                    add_halved(data_a, data_b, flat, at_a, at_b, at, pitch, depth, kept)
                elif form == FUSED:
                    add_fused(data_a, data_b, flat, at_a, at_b, at, pitch, depth, kept)
                else:
                    add_rounded(data_a, data_b, flat, at_a, at_b, at, pitch, depth, kept)

    return add_tiles


_SOURCES = (str(tile.__file__), str(wide.__file__))
add_tiles = _adding(zlib.crc32(b"".join(Path(each).read_bytes() for each in _SOURCES)))
