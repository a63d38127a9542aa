"""Integers of any width in NumPy: limbs in arrays of int64, the lowest first."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from lmul_pe.model.multiplier.operands import Bits, Flags, Integers
from lmul_pe.model.multiplier.result import LEADING
from lmul_pe.model.multiplier.rounding import leading_bit

_ONE_LIMB = 55
_SHORT_LIMB = 32

Limbs = list[Integers]


class Normalised(NamedTuple):
    """``(-1)^negative * significand * 2^(top - LEADING)``; ``top`` is -1 where it is zero.

    The significand's last bit is sticky: it is set if a bit below it is.
    """

    negative: Flags
    significand: Bits
    top: Integers


@dataclass(frozen=True)
class Layout:
    """How integers of ``bits`` bits are held.

    All limbs but the top one, which has the sign, are from 0 to ``2^limb - 1``.
    """

    bits: int

    @property
    def limb(self) -> int:
        """Bits of a limb."""
        return self.bits if self.bits <= _ONE_LIMB else _SHORT_LIMB

    @property
    def count(self) -> int:
        """Number of limbs."""
        return -(-self.bits // self.limb)

    @property
    def top_bits(self) -> int:
        """Bits of the top limb."""
        return self.bits - self.limb * (self.count - 1)

    def zeros(self, count: int) -> Limbs:
        """``count`` zeros."""
        return [np.zeros(count, dtype=np.int64) for _ in range(self.count)]

    def magnitude(self, significand: Bits, shift: Integers) -> Limbs:
        """``significand * 2^shift`` cut to an integer, without what lies above the top limb.

        A significand has up to 61 bits, or 64 where no shift is other than 0.
        """
        mask = np.uint64(2**self.limb - 1)
        limbs = []
        for index in range(self.count):
            place = shift - index * self.limb
            left = np.clip(place, 0, 63).astype(np.uint64)
            right = np.clip(-place, 0, 63).astype(np.uint64)
            limbs.append((((significand << left) >> right) & mask).view(np.int64))
        return limbs

    def of(self, values: Integers) -> Limbs:
        """Integers of int64."""
        mask = 2**self.limb - 1
        lower = [(values >> index * self.limb) & mask for index in range(self.count - 1)]
        return [*lower, values >> (self.count - 1) * self.limb]

    def carry(self, limbs: Limbs) -> None:
        """Bring sums of limbs back to what a limb holds; the top one takes what is left.

        int64 has room for the carries of 65 integers: a sum, and the products of a cycle.
        """
        for index in range(self.count - 1):
            limbs[index + 1] += limbs[index] >> self.limb
            limbs[index] &= 2**self.limb - 1

    def divided(self, limbs: Limbs, places: int) -> tuple[Limbs, Flags]:
        """Integers by ``2^places``, toward minus infinity; where that lost a bit."""
        whole, part = divmod(places, self.limb)
        lost = np.zeros(limbs[0].shape, dtype=np.bool_)
        for limb in limbs[:whole]:
            lost |= limb != 0
        # The top limb has the sign, which goes on above it.
        sign = limbs[-1] >> self.limb
        above = [*limbs, *[sign] * (whole + 1)][whole:]
        lost |= (above[0] & (2**part - 1)) != 0
        floored = [
            ((low >> part) | (high << (self.limb - part))) & (2**self.limb - 1)
            for low, high in pairwise(above)
        ]
        floored[self.count - 1] = above[self.count - 1] >> part
        return floored[: self.count], lost

    def normalised(self, limbs: Limbs) -> Normalised:
        """Sign, and magnitude by its leading 61 bits."""
        negative = limbs[-1] < 0
        parts = [np.where(negative, -limb, limb) for limb in limbs]
        self.carry(parts)
        magnitudes = [part.view(np.uint64) for part in parts]
        top = np.full(negative.shape, -1, dtype=np.int64)
        for index, magnitude in enumerate(magnitudes):
            leading = leading_bit(magnitude)
            top = np.where(leading >= 0, leading + index * self.limb, top)
        significand = np.zeros(negative.shape, dtype=np.uint64)
        lost = np.zeros(negative.shape, dtype=np.bool_)
        for index, magnitude in enumerate(magnitudes):
            place = index * self.limb + LEADING - top
            left = np.clip(place, 0, 63).astype(np.uint64)
            right = np.clip(-place, 0, 63).astype(np.uint64)
            kept = magnitude >> right
            lost |= (kept << right) != magnitude
            significand |= kept << left
        return Normalised(negative, significand | lost, top)
