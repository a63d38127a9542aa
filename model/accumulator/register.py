"""Two's-complement registers that add, wrap and tell it: the heart of three accumulators."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lmul_pe.model.format.codec import Codes
from lmul_pe.model.format.floating import FloatFormat
from lmul_pe.model.multiplier.operands import Bits, Flags, Integers
from lmul_pe.model.multiplier.product import Product
from lmul_pe.model.multiplier.result import rounded_sum

from .limbs import Layout
from .sums import Multiplies, ProductSums


class Term(NamedTuple):
    """``(-1)^negative * significand * 2^shift``, cut to an integer toward zero."""

    negative: Flags
    significand: Bits
    shift: Integers

    @property
    def cut(self) -> Flags:
        """Where the integer is not the number itself."""
        places = np.clip(-self.shift, 0, 63).astype(np.uint64)
        return (self.significand >> places) << places != self.significand


class Register:
    """Registers of ``width`` bits, one for each of ``count`` sums.

    Members
    -------
    limbs
        What they hold.
    overflowed
        Whether one was ever given more than it holds: a sum outside its range, or a term of
        ``2^width`` or more.
    """

    def __init__(self, width: int, count: int):
        self._width = width
        self.layout = Layout(width)
        self.limbs = self.layout.zeros(count)
        self.overflowed = np.zeros(count, dtype=np.bool_)

    def add(self, terms: Sequence[Term]) -> None:
        """Add ``terms`` exactly, then wrap."""
        for negative, significand, shift in terms:
            above = np.clip(self._width - shift, 0, 63).astype(np.uint64)
            self.overflowed |= significand >> above != 0
            for total, part in zip(
                self.limbs, self.layout.magnitude(significand, shift), strict=True
            ):
                total += np.where(negative, -part, part)
        self.layout.carry(self.limbs)
        half = 1 << (self.layout.top_bits - 1)
        raised = self.limbs[-1] + half
        self.overflowed |= raised >> self.layout.top_bits != 0
        self.limbs[-1] = (raised & (2 * half - 1)) - half

    def move_down(self, places: Integers) -> Flags:
        """Divide by ``2^places``, toward minus infinity; where that lost a bit."""
        lost = np.zeros(self.overflowed.shape, dtype=np.bool_)
        for distance in np.unique(places[places > 0]).tolist():
            moved = np.flatnonzero(places == distance)
            limbs = [limb[moved] for limb in self.limbs]
            floored, lost[moved] = self.layout.divided(limbs, distance)
            for limb, part in zip(self.limbs, floored, strict=True):
                limb[moved] = part
        return lost


class RegisterSums(ProductSums):
    """Sums of floating-point products in registers, and flags for what is no number.

    Parameters
    ----------
    format
        Of the finished sums.
    """

    def __init__(self, multiplier: Multiplies, format: FloatFormat, register: Register):
        count = len(register.overflowed)
        super().__init__(multiplier, count)
        self._format = format
        self._register = register
        self._plus = self._minus = self._nan = np.zeros(count, dtype=np.bool_)

    @property
    @abstractmethod
    def _lsb(self) -> int | Integers:
        """Weight of the registers' last bits, as a power of two."""

    def _terms(self, products: Sequence[Product]) -> list[Term]:
        """What is added for the products; those that are no numbers set flags and add nothing."""
        terms = []
        for product in products:
            number = ~(product.zero | product.infinite | product.nan)
            significand = np.where(number, product.significand, np.uint64(0))
            terms.append(Term(product.negative, significand, product.exponent - self._lsb))
            self._plus = self._plus | (product.infinite & ~product.negative)
            self._minus = self._minus | (product.infinite & product.negative)
            self._nan = self._nan | product.nan
        return terms

    def result(self) -> Codes:
        negative, significand, top = self._register.layout.normalised(self._register.limbs)
        infinite = self._plus | self._minus
        return rounded_sum(
            self._format,
            np.where(infinite, self._minus, negative),
            top + self._lsb,
            significand,
            (top < 0) & ~infinite,
            infinite,
            self._nan | (self._plus & self._minus),
        )

    @property
    def overflowed(self) -> Flags:
        return self._register.overflowed
