"""Sums that meet what a register can hold when it is read out, and what it can lose before."""

import numpy as np

from lmul_pe.model import (
    DotProduct,
    FixedAccumulator,
    FloatFormat,
    Mac,
    Multiplier,
    WindowAccumulator,
)
from lmul_pe.sim.coverage.sums import adds_one_by_one

from .operand_codes import no_numbers
from .placed_products import PlacedProducts, Places, slot_of, window_end
from .placed_terms import Pairs, Sums, Term, Terms, coin, first_place, largest_term

REACHES, BEATS_OF_REACH, STRIDE = 400, 3, 40
"""Sums of :func:`reaches`, how many beats they have at most, and how many binary places lie between
the largest products of two beats at most."""
FALLS = (2, 12, 70)
"""Binary places within which the products of a beat lie, one of these for each beat."""
READ_OUTS, LIFT = 1000, 60
"""Sums of :func:`read_outs`, and how many binary places two products that cancel may lie above."""
_TIE = 6
"""Products of :meth:`Terms.tie` at most."""
_LENGTH = 32
"""Products up to which there are several of :func:`swells` of a length."""
_EDGE = 8
"""Binary places about an edge of the result's range in which a sum lies at it."""
LOSSES, SPECIAL = 500, 0.1
"""Sums of :func:`losses`, and in how many of them the larger operand is no number."""


def reaches(unit: Mac | DotProduct, random: np.random.Generator) -> list[Pairs]:
    """Sums of a few beats whose largest product lies anywhere, and the others some way below.

    What is read out then begins at any place of a register, and between products that lie far
    apart are long runs of equal bits, through which a carry goes.
    """
    drawn = PlacedProducts.drawn(unit, random)
    places = Places(drawn.places)
    # Lanes without a product take zeros, which stand last.
    a, b = (np.append(codes, codes.dtype.type(0)) for codes in (drawn.a, drawn.b))
    n = unit.products_per_cycle
    sums = []
    for _ in range(REACHES):
        at = int(random.choice(places.there))
        beats = []
        for _ in range(int(random.integers(1, BEATS_OF_REACH, endpoint=True))):
            beat = np.full(n, len(drawn.a))
            count = int(random.integers(1, n, endpoint=True))
            falls = random.integers(0, int(random.choice(FALLS)), size=count, endpoint=True)
            falls[0] = 0
            beat[:count] = places.below(at - falls, random)
            beats.append(random.permutation(beat))
            at += int(random.integers(-STRIDE, STRIDE, endpoint=True))
        chosen = np.concatenate(beats)
        sums.append((a[chosen], b[chosen]))
    return sums


def read_outs(unit: Mac | DotProduct, random: np.random.Generator) -> list[Pairs]:
    """Sums whose first bit lies anywhere below the largest product, of either sign, on a tie of the
    rounding, beside it by a bit anywhere below, or on no tie.

    As often as anywhere they lie about the least numbers of the result, where fewer bits are left,
    or about the largest.  None where the result is an integer, which nothing rounds.
    """
    result = unit.accumulator.result
    if not isinstance(result, FloatFormat):
        return []
    drawn = PlacedProducts.drawn(unit, random)
    sums, terms = Sums(unit, random), Terms(unit, result, drawn, random)
    lowest, highest = int(drawn.places.min()), int(drawn.places.max())
    found: list[Pairs] = []
    while len(found) < READ_OUTS:
        at = _first_place(lowest, highest, result, random)
        minus = coin(random)
        added = terms.product(at, minus) if coin(random) else terms.single(at, minus)
        if random.random() < 0.4:
            # They cancel, and leave the sum where it is in a register that has followed them.
            pair = terms.product(at + int(random.integers(1, LIFT)), False)
            added += [*pair, *(terms.signed(term, True) for term in pair)]
        if random.random() < 0.25:
            last = terms.last_place(at)
            added += terms.product(int(random.integers(last - 1, max(at, last))), coin(random))
        added += terms.tie(at)
        if added:
            found.append(sums.of(added))
    return found


def _first_place(
    lowest: int, highest: int, result: FloatFormat, random: np.random.Generator
) -> int:
    """Where the first bit of a sum may lie: anywhere, or at an edge of what the result holds.

    Parameters
    ----------
    lowest, highest
        Where products lie.
    """
    least, greatest = result.least_exponent, result.greatest_exponent
    regions = [
        (max(low, lowest), min(high, highest))
        for low, high in (
            (lowest, highest),
            # Where the result has a last place that products reach.
            (lowest + result.mantissa_bits, highest),
            # Where few bits are left, in many ways.
            *[(least, least + _EDGE)] * 3,
            (least - 2, least + result.mantissa_bits + _EDGE),
            (greatest - _EDGE, greatest + 2),
        )
    ]
    low, high = random.choice([region for region in regions if region[0] <= region[1]])
    return int(random.integers(low, high, endpoint=True))


def swells(unit: Mac | DotProduct, random: np.random.Generator) -> list[Pairs]:
    """Sums of ever more equal products, until the register has no room for more.

    Their first bits are at its highest places, which few products never reach.  The products are
    about one, or the largest where all are added exactly, about the least number of the result, and
    below that.  None of other accumulators.
    """
    accumulator, multiplier = unit.accumulator, unit.multiplier
    if not isinstance(accumulator, FixedAccumulator | WindowAccumulator):
        return []
    assert isinstance(multiplier, Multiplier)
    drawn = PlacedProducts.drawn(unit, random)
    least = accumulator.result.least_exponent
    usable = np.full(len(drawn.places), True)
    always = [largest_term(unit)]
    if isinstance(accumulator, WindowAccumulator):
        # A product at the top of its slot leaves the least room above it, wherever that is.
        usable = slot_of(multiplier, drawn.product) != slot_of(multiplier, drawn.product, above=1)
        always = []
    regions = (
        abs(drawn.places) < 2 * _EDGE,
        abs(drawn.places - least) < 2 * _EDGE,
        drawn.places < least - 2 * _EDGE,
    )
    chosen = [np.flatnonzero(usable & region) for region in regions]
    sums, terms = Sums(unit, random), Terms(unit, accumulator.result, drawn, random)
    most = max((accumulator.terms or 1) - _TIE, 1)
    found = []
    room = 1
    while room <= most:
        # Short ones cost little: as many of each length as make a long one.
        repeats = max(_LENGTH // room, 1)
        repeated = always * repeats
        for near in chosen:
            for index in random.choice(near, repeats) if len(near) else ():
                repeated.append(Term(int(drawn.a[index]), int(drawn.b[index])))
        for term in repeated:
            count = min(room + int(random.integers(room)), most)
            tie = terms.tie(first_place(multiplier, term, count))
            found.append(sums.of([term] * count, tie))
        room *= 2
    return found


def losses(unit: Mac | DotProduct, random: np.random.Generator) -> list[Pairs]:
    """Sums of two products of which one loses a single bit below the window, or none; some have a
    NaN or an infinity in place of the larger one.

    The flag stays set, so that each of them needs a reset before it.
    """
    accumulator, multiplier = unit.accumulator, unit.multiplier
    assert isinstance(accumulator, WindowAccumulator)
    assert isinstance(multiplier, Multiplier)
    drawn = PlacedProducts.drawn(unit, random)
    product = drawn.product
    last = window_end(accumulator, multiplier, product)
    significand = product.significand.astype(np.int64)
    significand_bits = int(significand.max()).bit_length()
    sums = Sums(unit, random)
    special = [no_numbers(format) for format in (multiplier.format, multiplier.format_b)]
    found: list[Pairs] = []
    while len(found) < LOSSES:
        anchor = int(random.integers(len(drawn.a)))
        cut = last[anchor] - product.exponent
        lost = significand & ((1 << np.clip(cut, 0, 62)) - 1)
        # Where what is cut has its only bit: of the lowest ones there are few.
        below = int(random.integers(1, significand_bits))
        wanted = np.where(cut >= below, 1 << np.clip(cut - below, 0, 62), -1)
        usable = np.flatnonzero(
            lost == wanted if random.random() < 0.95 else (cut > 0) & (lost == 0)
        )
        if not len(usable):
            continue
        small = int(random.choice(usable))
        high, low = (Term(int(drawn.a[index]), int(drawn.b[index])) for index in (anchor, small))
        if random.random() < SPECIAL and any(special):
            # What is no number is no largest product: nothing is lost below it.
            in_a = coin(random) if all(special) else bool(special[0])
            code = int(random.choice(special[0 if in_a else 1]))
            high = Term(code, high.b) if in_a else Term(high.a, code)
        # Side by side, before the window rises, or below it.
        orders = ([[high, low]], [[low], [high]], [[high], [low]])
        found.append(sums.of(*orders[int(random.choice(3, p=(0.7, 0.25, 0.05)))]))
    return found


def register_sums(unit: Mac | DotProduct, random: np.random.Generator) -> list[Pairs]:
    """All of these that need no reset; none of units whose sums are rounded at every product."""
    if adds_one_by_one(unit):
        return []
    return [*reaches(unit, random), *read_outs(unit, random), *swells(unit, random)]
