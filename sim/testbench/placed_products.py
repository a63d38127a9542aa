"""Operands found by the place of what they give: a product's first bit, or a bit that is left."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model import (
    DotProduct,
    FloatFormat,
    Mac,
    Multiplier,
    WindowAccumulator,
    code_type,
)
from lmul_pe.model.accumulator.window import SLOT_BITS, label_bias
from lmul_pe.model.format.codec import Codes, Format
from lmul_pe.model.multiplier.product import Product
from lmul_pe.model.multiplier.rounding import leading_bit

_DRAWN = 1 << 14
"""Pairs of operands that are drawn."""


class Places:
    """Which of some things lies at a place; none of the methods gives another one.

    Parameters
    ----------
    places
        Where each of them lies.

    Members
    -------
    there
        Places at which there is one, the lowest first.
    """

    def __init__(self, places: NDArray[np.int64]):
        self._order = np.argsort(places, kind="stable")
        self.there, self._starts = np.unique(places[self._order], return_index=True)
        self._ends = np.append(self._starts[1:], len(places))

    def at(self, place: int, random: np.random.Generator) -> int | None:
        """One that lies at ``place``; None if there is none."""
        index = int(np.searchsorted(self.there, place))
        if index == len(self.there) or self.there[index] != place:
            return None
        return int(self._order[random.integers(self._starts[index], self._ends[index])])

    def below(self, places: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
        """One for each of ``places``, or for the next one below that has any."""
        index = np.maximum(np.searchsorted(self.there, places, side="right") - 1, 0)
        return self._order[random.integers(self._starts[index], self._ends[index])]


@dataclass(frozen=True)
class PlacedProducts:
    """Operands drawn among all codes, whose products are numbers.

    Parameters
    ----------
    a, b
        Codes of the operands.
    product
        The products.
    places
        Of the first bit of each product.
    """

    a: Codes
    b: Codes
    product: Product
    places: NDArray[np.int64]

    @classmethod
    def drawn(cls, unit: Mac | DotProduct, random: np.random.Generator) -> "PlacedProducts":
        """Some of ``unit``."""
        a, b = (
            random.integers(2**format.width, size=_DRAWN, dtype=code_type(format))
            for format in unit.operand_formats
        )
        found = unit.multiplier.product(a, b)
        usable = _is_number(found) & (found.significand != 0)
        a, b = a[usable], b[usable]
        product = unit.multiplier.product(a, b)
        return cls(a, b, product, product.exponent + leading_bit(product.significand))


@dataclass(frozen=True)
class PlacedBits:
    """Pairs of products whose difference is a power of two: ``more * b - less * b``.

    Parameters
    ----------
    more, less, b
        Codes of the operands, all positive.
    places
        Of the bit that is left.
    """

    more: Codes
    less: Codes
    b: Codes
    places: NDArray[np.int64]

    @classmethod
    def drawn(cls, unit: Mac | DotProduct, random: np.random.Generator) -> "PlacedBits":
        """Some of ``unit``: the mantissas of the first operands are 1 and 0, of the second 0."""
        less, b = (_powers(format, random) for format in unit.operand_formats)
        more = less | less.dtype.type(1)
        high, low = unit.multiplier.product(more, b), unit.multiplier.product(less, b)
        base = np.minimum(high.exponent, low.exponent)
        above, below = high.exponent - base, low.exponent - base
        near = _is_number(high) & _is_number(low) & (above <= 1) & (below <= 1)
        difference = np.where(
            near,
            (high.significand.astype(np.int64) << np.minimum(above, 1))
            - (low.significand.astype(np.int64) << np.minimum(below, 1)),
            0,
        )
        single = (difference > 0) & (difference & (difference - 1) == 0)
        place = base + leading_bit(np.maximum(difference, 1).astype(np.uint64))
        return cls(more[single], less[single], b[single], place[single])


def slot_of(multiplier: Multiplier, product: Product, above: int = 0) -> NDArray[np.int64]:
    """The slot of a window in which a product lies, or one that lies ``above`` places higher."""
    assert product.scale is not None
    above += int(multiplier.kind == "exact")
    return np.asarray((product.scale + (above + label_bias(multiplier))) // SLOT_BITS)


def window_end(
    accumulator: WindowAccumulator, multiplier: Multiplier, product: Product
) -> NDArray[np.int64]:
    """The last place that a window holds whose anchor is a product, for each of them."""
    lowest = accumulator.window(multiplier).lowest - label_bias(multiplier)
    return slot_of(multiplier, product) * SLOT_BITS + lowest


def _powers(format: Format, random: np.random.Generator) -> Codes:
    """Powers of two, and zeros or infinities among them."""
    assert isinstance(format, FloatFormat)
    fields = random.integers(2**format.exponent_bits, size=_DRAWN)
    return (fields << format.mantissa_bits).astype(code_type(format))


def _is_number(product: Product) -> NDArray[np.bool_]:
    return ~(product.zero | product.infinite | product.nan)
