"""Two's-complement registers that add, wrap and tell it: the heart of two accumulators."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from lmul_pe.model.multiplier.operands import Bits, Flags, Integers

from .limbs import Layout


class Term(NamedTuple):
    """``(-1)^negative * significand * 2^shift``, cut to an integer toward zero."""

    negative: Flags
    significand: Bits
    shift: Integers


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
