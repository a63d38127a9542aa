"""Sums that leave few bits: what a carry, a sticky bit or a rounding does is decided by one."""

from itertools import combinations, product

import numpy as np

from lmul_pe.model import (
    DotProduct,
    FixedAccumulator,
    FloatFormat,
    Mac,
    Multiplier,
    WindowAccumulator,
)
from lmul_pe.model.accumulator.window import SLOT_BITS
from lmul_pe.sim.coverage.sums import adds_one_by_one

from .placed_products import PlacedProducts, window_end
from .placed_terms import Pairs, Sums, Term, Terms, coin, first_place, largest_term

PAIRS = 300
"""Pairs of places at most."""
BEATS = 256
"""In all sums of :func:`deep_ties` that begin with equally many of the largest product."""
_BITS = ((1, False, False), (1, False, True), (0, True, True), (1, True, True))
"""A bit so far below the last place that is kept, whether its sign is another than the sum's, and
whether that of a bit deeper below is: a tie and a bit beyond it or before, or what leaves ones."""
ALIGNMENTS = 600
"""Sums of :func:`alignments`."""
HIGH_SUMS, _DOUBLED, _BEHIND = 60, 7, 6
"""Sums of :func:`high_sums`, how often the one product they begin with is doubled at most, and how
many bits follow."""
_BORROWED = 3
"""Binary places below the last one of a sum, up to which a bit that is borrowed moves it."""
_BESIDE = 4
"""Products of a tie and of the bit beside it."""


def bit_pairs(unit: Mac | DotProduct, random: np.random.Generator) -> list[Pairs]:
    """Sums whose register has two bits set, or all but two of those above the last place at which
    there are single bits: at every pair of places that it holds, or at :data:`PAIRS` of them.  None
    where the result is an integer."""
    result = unit.accumulator.result
    if not isinstance(result, FloatFormat):
        return []
    terms = Terms(unit, result, PlacedProducts.drawn(unit, random), random)
    sums = Sums(unit, random)
    found = []
    for low, high in _some(unit, list(combinations(terms.single_places, 2)), random):
        both = terms.single(high, False) + terms.single(low, False)
        # The complement of x is -x - 1, in the last place.
        last = terms.single(_last_place(unit, both, terms.single_places[0]), True)
        both_not = [*(terms.signed(term, True) for term in both), *last]
        found += [sums.of(both), sums.of(both_not)]
    return found


def _last_place(unit: Mac | DotProduct, terms: list[Term], lowest: int) -> int:
    """The last place of a register that holds ``terms``; ``lowest`` where that is always so."""
    accumulator, multiplier = unit.accumulator, unit.multiplier
    if not isinstance(accumulator, WindowAccumulator):
        return lowest
    assert isinstance(multiplier, Multiplier)
    products = multiplier.product(*np.array(terms).T)
    return int(window_end(accumulator, multiplier, products).max())


def deep_ties(unit: Mac | DotProduct, random: np.random.Generator) -> list[Pairs]:
    """Sums on a tie of the rounding but for one bit, or with ones below the last bit that is kept,
    but for one: at every pair of places of the first bit and of that one, or at :data:`PAIRS`.

    First bits above those of products are of ever more of the largest product, where all are added
    exactly, as often as :data:`BEATS` allow.  None where the result is an integer.
    """
    result = unit.accumulator.result
    if not isinstance(result, FloatFormat):
        return []
    terms = Terms(unit, result, PlacedProducts.drawn(unit, random), random)
    sums = Sums(unit, random)

    def below(first: int) -> list[tuple[int, int]]:
        last = terms.last_place(first)
        return [(place, first) for place in terms.single_places if place < last - 1]

    def added(base: list[Term], deep: int, first: int) -> Pairs:
        minus = coin(random)
        upper, upper_minus, deep_minus = _BITS[int(random.integers(len(_BITS)))]
        beside = terms.single(terms.last_place(first) - upper, minus ^ upper_minus)
        beside += terms.single(deep, minus ^ deep_minus)
        return sums.of([terms.signed(term, minus) for term in base] + beside)

    every = [
        pair
        for first in sorted({*terms.single_places, *terms.product_places})
        for pair in below(first)
    ]
    found = [
        added(terms.single(first, False) or terms.product(first, False), deep, first)
        for deep, first in _some(unit, every, random)
    ]
    for first, base in _tall(unit).items():
        beats = -(-len(base) // unit.products_per_cycle)
        pairs = _some(unit, len(_BITS) * below(first), random)
        found += [added(base, deep, first) for deep, first in pairs[: BEATS // beats]]
    return found


def _tall(unit: Mac | DotProduct) -> dict[int, list[Term]]:
    """The largest product, once and ever more often, by the first place of the sum."""
    accumulator, multiplier = unit.accumulator, unit.multiplier
    if not isinstance(accumulator, FixedAccumulator):
        return {}
    assert isinstance(multiplier, Multiplier)
    term = largest_term(unit)
    most = min(BEATS * unit.products_per_cycle, (accumulator.terms or 1) - _BESIDE)
    counts = [1 << power for power in range(max(most, 0).bit_length())]
    counts += [most] if counts else []
    return {first_place(multiplier, term, count): [term] * count for count in counts}


def alignments(unit: Mac | DotProduct, random: np.random.Generator) -> list[Pairs]:
    """Sums of some bits and of a product that shifts them out, one behind the other in any order.

    The product lies so far above a bit that its rounding is a tie, or nearly one, which a lower bit
    breaks; or anywhere; or cancels one, and leaves its own last bits.
    """
    result = unit.accumulator.result
    assert isinstance(result, FloatFormat)
    terms = Terms(unit, result, PlacedProducts.drawn(unit, random), random)
    sums = Sums(unit, random)
    singles, products = terms.single_places, terms.product_places
    anywhere = list(product(singles[1:], products))
    # Half a place, or where a bit is borrowed from the sum.
    tied = [
        (place, above)
        for place, above in anywhere
        if 1 <= above - place - result.mantissa_bits <= _BORROWED
    ]
    equal = [(place, above) for place, above in anywhere if place == above]
    found = []
    for number in range(ALIGNMENTS if anywhere else 0):
        chosen = (equal, anywhere, tied, tied, tied)[number % 5] or anywhere
        place, above = chosen[int(random.integers(len(chosen)))]
        minus = coin(random)
        bits = terms.single(place, minus)
        last = terms.product(above, not minus if chosen is equal else coin(random))
        if chosen is not equal:
            bits += _beside(terms, place, result.mantissa_bits, random)
        orders = ([bits, last], [last, bits], [bits + last])
        found.append(sums.of(*orders[int(random.integers(3))]))
    return found


def _beside(terms: Terms, place: int, reach: int, random: np.random.Generator) -> list[Term]:
    """A bit or two below a place, and in half of the cases one above it, within ``reach``."""
    lowest = max(terms.single_places[0], place - reach)
    bits = []
    for _ in range(int(random.integers(1, 2, endpoint=True))):
        bits += terms.single(int(random.integers(lowest, place)), coin(random))
    if coin(random):
        bits += terms.single(place + int(random.integers(1, reach, endpoint=True)), coin(random))
    return bits


def high_sums(unit: Mac | DotProduct, random: np.random.Generator) -> list[Pairs]:
    """Sums that begin with some of the largest product, above all others, which shifts out some of
    the bits that follow."""
    result = unit.accumulator.result
    assert isinstance(result, FloatFormat)
    terms = Terms(unit, result, PlacedProducts.drawn(unit, random), random)
    sums = Sums(unit, random)
    first = largest_term(unit)
    found = []
    for _ in range(HIGH_SUMS if terms.single_places else 0):
        count = 1 << int(random.integers(_DOUBLED, endpoint=True))
        bits = []
        for _ in range(int(random.integers(1, _BEHIND, endpoint=True))):
            bits += terms.single(int(random.choice(terms.single_places)), coin(random))
        found.append(sums.of([first] * count, bits))
    return found


def few_bits(unit: Mac | DotProduct, random: np.random.Generator) -> list[Pairs]:
    """Those that a unit can tell apart: of one that rounds at every product, what it shifts out."""
    if adds_one_by_one(unit):
        return [*alignments(unit, random), *high_sums(unit, random)]
    return [*bit_pairs(unit, random), *deep_ties(unit, random)]


def _some(
    unit: Mac | DotProduct, pairs: list[tuple[int, int]], random: np.random.Generator
) -> list[tuple[int, int]]:
    """Pairs of a lower and a higher place that a register holds at once, or :data:`PAIRS` of them,
    in any order."""
    accumulator, multiplier = unit.accumulator, unit.multiplier
    assert isinstance(multiplier, Multiplier)
    if isinstance(accumulator, FixedAccumulator):
        register = accumulator.register(multiplier)
        pairs = [pair for pair in pairs if register.lsb <= pair[0] and pair[1] < register.msb]
    if isinstance(accumulator, WindowAccumulator):
        width = SLOT_BITS * accumulator.window(multiplier).slots
        pairs = [(low, high) for low, high in pairs if high - low < width]
    return [pairs[index] for index in random.permutation(len(pairs))[:PAIRS]]
