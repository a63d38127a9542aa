"""Sums in fp32 of products that are fp32 numbers: additions as the processor has them."""

import operator
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.format.codec import Codes
from lmul_pe.model.format.floating import CATALOG
from lmul_pe.model.multiplier.operands import Flags
from lmul_pe.model.multiplier.specification import Multiplier, every_product, pair_index

from .sums import Pair, balanced_sum


@lru_cache(maxsize=16)
def float32_products(multiplier: Multiplier) -> NDArray[np.float32] | None:
    """Every product at its :func:`~.multiplier.pair_index`.

    None where operands have more than 16 bits together, or a product is no fp32 number.
    """
    if not multiplier.is_narrow:
        return None
    product = every_product(multiplier)
    value = np.ldexp(product.significand.astype(np.float64), product.exponent)
    value = np.where(product.zero, 0.0, value)
    value = np.where(product.infinite, np.inf, value)
    value = np.where(product.negative, -value, value)
    with np.errstate(over="ignore"):
        table = np.where(product.nan, np.nan, value).astype(np.float32)
    exact = (table == value) | product.nan
    return table if exact.all() else None


class Float32Sums:
    """Sums of products from a table; the first partial sum begins from the given codes."""

    def __init__(
        self,
        table: NDArray[np.float32],
        width_b: int,
        latency: int,
        count: int,
        codes: Codes | None,
    ):
        self._products = table
        self._width_b = width_b
        self._partial = np.zeros((latency, count), dtype=np.float32)
        if codes is not None:
            self._partial[0] = codes.view(np.float32)
        self._turn = 0

    def add_pairs(self, pairs: Sequence[Pair]) -> None:
        self._add([self._products[pair_index(a, b, self._width_b)] for a, b in pairs])

    def add_outer(self, pairs: Sequence[Pair]) -> None:
        self._add([self._outer(a, b).ravel() for a, b in pairs])

    def _outer(self, a: Codes, b: Codes) -> NDArray[np.float32]:
        """The products of every code of ``a`` with every one of ``b``."""
        # Whole rows are copied several times faster than their elements are looked up.
        table = self._products.reshape(-1, 1 << self._width_b)
        if len(a) <= len(table):
            return table[a].take(b, axis=1)
        return table.take(b, axis=1)[a]

    def _add(self, terms: Sequence[NDArray[np.float32]]) -> None:
        with np.errstate(all="ignore"):
            self._partial[self._turn] += balanced_sum(terms, operator.add)
        self._turn = (self._turn + 1) % len(self._partial)

    def result(self) -> Codes:
        with np.errstate(all="ignore"):
            total = balanced_sum(list(self._partial), operator.add)
        nan = np.uint32(CATALOG["fp32"].nan)
        return np.where(np.isnan(total), nan, total.view(np.uint32))

    @property
    def overflowed(self) -> Flags:
        return np.zeros(self._partial.shape[1], dtype=np.bool_)

    @property
    def inexact(self) -> Flags:
        return np.zeros(self._partial.shape[1], dtype=np.bool_)
