"""Running sums: what every accumulator makes of products, many streams at once."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias, TypeVar

import numpy as np

from lmul_pe.model.format.codec import Codes
from lmul_pe.model.format.floating import CATALOG
from lmul_pe.model.multiplier.operands import Flags
from lmul_pe.model.multiplier.product import Product
from lmul_pe.model.parameter import FormatName

REGISTER = FormatName(
    option="acc",
    named=False,
    help="Accumulator: a float format (fp32 by default), fixed, aligned or window; of int8 an "
    "integer format, int32 by default.",
)
"""The format of a register whose name it begins."""

RESULT = FormatName(
    option="result",
    word="to",
    default=CATALOG["fp32"],
    help="Format of the sums of a fixed, aligned or window accumulator; fp32 by default.",
)
"""The format of the sums of an accumulator that has a name of its own."""

Pair: TypeAlias = tuple[Codes, Codes]
"""Codes of ``a`` and of ``b``, one of each for every stream."""


_Number = TypeVar("_Number")


def balanced_sum(terms: Sequence[_Number], add: Callable[[_Number, _Number], _Number]) -> _Number:
    """One or more ``terms`` added level by level: neighbours in pairs, an odd one passing up."""
    level = list(terms)
    while len(level) > 1:
        sums = [add(*level[index : index + 2]) for index in range(0, len(level) - 1, 2)]
        level = sums + level[len(level) - len(level) % 2 :]
    return level[0]


def tree_levels(terms: int) -> int:
    """Additions that a term goes through in :func:`balanced_sum`."""
    return (terms - 1).bit_length()


class Multiplies(Protocol):
    """What makes products of codes."""

    def product(self, a: Codes, b: Codes) -> Product:
        """Products, element by element."""


class Sums(Protocol):
    """The sums of many streams, one step after the other."""

    def add_pairs(self, pairs: Sequence[Pair]) -> None:
        """One cycle: the products of ``pairs`` are added."""

    def add_outer(self, pairs: Sequence[Pair]) -> None:
        """One cycle for the sums of a matrix, row by row.

        The first of each pair is a column of codes, the second a row of them.
        """

    def result(self) -> Codes:
        """The finished sums."""

    @property
    def overflowed(self) -> Flags:
        """Which sums left the range of a register on the way."""

    @property
    def inexact(self) -> Flags:
        """Which sums lost a bit below an anchored window."""


class ProductSums(ABC):
    """Sums to which products are added as such."""

    def __init__(self, multiplier: Multiplies, count: int):
        self._multiplier = multiplier
        self._count = count

    def add_pairs(self, pairs: Sequence[Pair]) -> None:
        self.add([self._multiplier.product(a, b) for a, b in pairs])

    def add_outer(self, pairs: Sequence[Pair]) -> None:
        self.add_pairs([(np.repeat(a, len(b)), np.tile(b, len(a))) for a, b in pairs])

    @abstractmethod
    def add(self, products: Sequence[Product]) -> None:
        """One cycle: ``products`` are added."""

    @abstractmethod
    def result(self) -> Codes: ...

    @property
    def overflowed(self) -> Flags:
        return np.zeros(self._count, dtype=np.bool_)

    @property
    def inexact(self) -> Flags:
        return np.zeros(self._count, dtype=np.bool_)
