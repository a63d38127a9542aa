"""Sums made of terms by the place of what they add: a product's first bit, or a single bit."""

from typing import NamedTuple

import numpy as np

from lmul_pe.model import DotProduct, FloatFormat, Mac, Multiplier, code_type
from lmul_pe.model.format.codec import Codes

from .operand_codes import largest, negated
from .placed_products import PlacedBits, PlacedProducts, Places

Pairs = tuple[Codes, Codes]

DEPTHS = (4, 15, 60)
"""How many binary places a product that only breaks a tie may lie below the last bit of the result,
one of these at most."""


class Term(NamedTuple):
    """Two operands that are multiplied."""

    a: int
    b: int


def largest_term(unit: Mac | DotProduct) -> Term:
    """The largest operands of a unit."""
    return Term(*(int(largest(format, 1)[0]) for format in unit.operand_formats))


def first_place(multiplier: Multiplier, term: Term, count: int) -> int:
    """Where the first bit of ``count`` times the product of a term is."""
    product = multiplier.product(*np.array([term]).T)
    size = int(product.significand[0]) * count
    return int(product.exponent[0]) + size.bit_length() - 1


def coin(random: np.random.Generator) -> bool:
    return bool(random.random() < 0.5)


class Sums:
    """Sums of a unit, of terms in any order; a lane without one takes zeros."""

    def __init__(self, unit: Mac | DotProduct, random: np.random.Generator):
        self._lanes = unit.products_per_cycle
        self._types = [code_type(format) for format in unit.operand_formats]
        self._random = random

    def of(self, *beats: list[Term]) -> Pairs:
        """A sum, the terms of each of ``beats`` in as many cycles as they need."""
        a, b = [], []
        for terms in beats:
            size = -(-len(terms) // self._lanes) * self._lanes
            sides = np.zeros((2, size), dtype=np.uint64)
            for place, term in zip(self._random.permutation(size), terms, strict=False):
                sides[:, place] = term
            a.append(sides[0])
            b.append(sides[1])
        first, second = self._types
        return np.concatenate(a).astype(first), np.concatenate(b).astype(second)


class Terms:
    """Terms of a unit by the place of what they add; none where no operands give that.

    Parameters
    ----------
    result
        Of the unit.
    drawn
        Products of the unit.

    Members
    -------
    product_places, single_places
        Where products' first bits are, and where there are single bits, the lowest first.
    """

    def __init__(
        self,
        unit: Mac | DotProduct,
        result: FloatFormat,
        drawn: PlacedProducts,
        random: np.random.Generator,
    ):
        _, self._second = unit.operand_formats
        self._result, self._drawn, self._random = result, drawn, random
        self._bits = PlacedBits.drawn(unit, random)
        self._products, self._singles = Places(drawn.places), Places(self._bits.places)
        self.product_places: list[int] = self._products.there.tolist()
        self.single_places: list[int] = self._singles.there.tolist()

    def signed(self, term: Term, minus: bool) -> Term:
        """A term, or its opposite."""
        codes = np.array([term.b], dtype=code_type(self._second))
        return term._replace(b=int(negated(codes, self._second)[0])) if minus else term

    def product(self, place: int, minus: bool) -> list[Term]:
        """A product whose first bit is at a place."""
        found = self._products.at(place, self._random)
        if found is None:
            return []
        term = Term(int(self._drawn.a[found]), int(self._drawn.b[found]))
        return [self.signed(term, minus != bool(self._drawn.product.negative[found]))]

    def single(self, place: int, minus: bool) -> list[Term]:
        """A power of two, of two products."""
        found = self._singles.at(place, self._random)
        if found is None:
            return []
        b = int(self._bits.b[found])
        more, less = (Term(int(side[found]), b) for side in (self._bits.more, self._bits.less))
        return [self.signed(more, minus), self.signed(less, not minus)]

    def last_place(self, first: int) -> int:
        """The last place of a result that begins at ``first``."""
        return max(first - self._result.mantissa_bits, self._result.least_exponent)

    def tie(self, first: int) -> list[Term]:
        """What makes the rounding of a sum whose first bit is at ``first`` a tie, or nearly one, or
        leaves it as it is; its last bit may change."""
        last = self.last_place(first)
        kind = self._random.random()
        # A tie goes up from an odd number, and down from an even one.
        terms = self.single(last, coin(self._random)) if coin(self._random) else []
        if kind > 0.2:
            terms += self.single(last - 1, coin(self._random))
        if kind > 0.6:
            deeper = int(self._random.integers(1, self._random.choice(DEPTHS)))
            terms += self.single(last - 1 - deeper, coin(self._random))
        return terms
