"""Running sums: what every accumulator makes of products, many streams at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from lmul_pe.model.format.codec import Codes
from lmul_pe.model.multiplier.operands import Flags
from lmul_pe.model.multiplier.product import Product

if TYPE_CHECKING:
    from lmul_pe.model.multiplier.specification import Multiplier

    from .integer import IntegerMultiplier

    AnyMultiplier: TypeAlias = Multiplier | IntegerMultiplier

Pair: TypeAlias = tuple[Codes, Codes]
"""Codes of ``a`` and of ``b``, one of each for every stream."""


class Sums(Protocol):
    """The sums of many streams, one step after the other."""

    def add_pairs(self, pairs: Sequence[Pair]) -> None:
        """One cycle: the products of ``pairs`` are added."""

    def result(self) -> Codes:
        """The finished sums."""

    @property
    def overflowed(self) -> Flags:
        """Which sums left the range of a register on the way."""


class ProductSums(ABC):
    """Sums to which products are added as such."""

    def __init__(self, multiplier: AnyMultiplier, count: int):
        self._multiplier = multiplier
        self._count = count

    def add_pairs(self, pairs: Sequence[Pair]) -> None:
        self.add([self._multiplier.product(a, b) for a, b in pairs])

    @abstractmethod
    def add(self, products: Sequence[Product]) -> None:
        """One cycle: ``products`` are added."""

    @abstractmethod
    def result(self) -> Codes: ...

    @property
    def overflowed(self) -> Flags:
        return np.zeros(self._count, dtype=np.bool_)
