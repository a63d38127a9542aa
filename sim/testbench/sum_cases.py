"""Sums on which a multiply-accumulate unit is checked: operands that make its cases happen."""

from bisect import bisect_left
from collections.abc import Callable
from itertools import product

import numpy as np

from lmul_pe.model import (
    DotProduct,
    FloatFormat,
    Mac,
    SystolicArray,
    code_type,
    decode,
    encode,
)
from lmul_pe.model.format.codec import Codes, Format
from lmul_pe.model.multiplier.vectors import boundary_codes
from lmul_pe.sim.coverage.operands import classes, signs
from lmul_pe.sim.coverage.sums import adds_one_by_one, powers_of_two

from .few_bits import few_bits
from .operand_codes import edges, largest, negated, ordinary, specials, tiny
from .placed_products import PlacedProducts
from .read_out_cases import register_sums

Pairs = tuple[Codes, Codes]
Unit = Mac | DotProduct | SystolicArray

LENGTHS = (1, 2, 3, 64)
"""Lengths of which every unit is given sums, the last one beside random shorter ones."""
LONG = 1000
ASCENTS, STEPS, RISE = 100, 16, 6
"""Sums of :func:`ascents`, how many products they have at most, and how many binary places a
product lies above the one before at most."""
HIGH = 2.0**15
"""The largest of the products that take a sum up: none overflows, in any format."""


def _numbers(unit: Unit, length: int, random: np.random.Generator) -> Pairs:
    a, b = (ordinary(format, length, random) for format in unit.operand_formats)
    return a, b


def _boundaries(unit: Unit, length: int, random: np.random.Generator) -> Pairs:
    """Numbers next to the edges of their formats."""
    a, b = (random.choice(edges(format), length) for format in unit.operand_formats)
    return a, b


def _cancelling(unit: Unit, length: int, random: np.random.Generator) -> Pairs:
    """Every product and its opposite in random order, and an odd one."""
    half, odd = divmod(length, 2)
    a, b = _numbers(unit, half + odd, random)
    opposite = negated(b[:half], unit.operand_formats[1])
    a, b = np.concatenate([a, a[:half]]), np.concatenate([b, opposite])
    order = random.permutation(length)
    return a[order], b[order]


def _overflowing(unit: Unit, length: int, random: np.random.Generator) -> Pairs:
    """The largest products of one sign, and the last third of the other one."""
    first, second = unit.operand_formats
    a, b = largest(first, length), largest(second, length)
    if random.random() < 0.5:
        a = negated(a, first)
    b[length - length // 3 :] = negated(b[length - length // 3 :], second)
    return a, b


def _tiny(unit: Unit, length: int, random: np.random.Generator) -> Pairs:
    """Zeros of both signs and subnormal numbers, among numbers."""

    def side(format: Format) -> Codes:
        some = np.concatenate([tiny(format), ordinary(format, 2, random)])
        return random.choice(some, length)

    first, second = (side(format) for format in unit.operand_formats)
    return first, second


def _special(unit: Unit, length: int, random: np.random.Generator) -> Pairs:
    """Numbers, among which one or two operands are NaN or infinite."""
    a, b = _numbers(unit, length, random)
    for codes, format in zip((a, b), unit.operand_formats, strict=True):
        planted = specials(format)
        if planted:
            codes[random.integers(length)] = random.choice(planted)
    return a, b


_CASES: tuple[Callable[[Unit, int, np.random.Generator], Pairs], ...] = (
    _numbers,
    _cancelling,
    _boundaries,
    _tiny,
    _overflowing,
    _special,
)


def mixed_sums(unit: Mac | DotProduct, count: int, random: np.random.Generator) -> list[Pairs]:
    """Sums of every case and of different lengths, of ``count`` beats together or a few more."""
    sums: list[Pairs] = []
    total = 0
    cases: list[int] = []
    while total < count:
        cases = cases or random.permutation(len(_CASES)).tolist()
        # Short ones more often: they are what meets a stalled output.
        longer = int(random.integers(4, LENGTHS[-1], endpoint=True))
        length = int(random.choice([*LENGTHS[:-1], longer], p=(0.4, 0.3, 0.2, 0.1)))
        sums.append(_CASES[cases.pop()](unit, length * unit.products_per_cycle, random))
        total += length
    return sums


def short_sums(unit: Mac | DotProduct, count: int, random: np.random.Generator) -> list[Pairs]:
    """``count`` sums of up to three beats of numbers."""
    n = unit.products_per_cycle
    return [_numbers(unit, n * int(random.integers(1, 4)), random) for _ in range(count)]


def climbing(unit: Unit, length: int, random: np.random.Generator) -> Pairs:
    """Numbers, between which large products of one sign, and then of the other one, come.

    A sum of narrow products is never rounded, and never far from the next product, until it is
    thousands of times as large.  It comes back, since large parts that cancel leave what was lost.
    """
    first, second = unit.operand_formats
    a, b = _numbers(unit, length, random)
    large = random.random(length) < 0.5
    # What is left at the end is small again.
    large[length - length // 20 :] = False
    # As many of either sign.
    large[np.flatnonzero(large)[: large.sum() % 2]] = False
    count = int(large.sum())
    up = np.cumsum(large) <= count // 2
    a[large] = _large(first, HIGH, count)
    ones = _large(second, 1.0, count)
    b[large] = np.where(up[large], ones, negated(ones, second))
    return a, b


def remainders(unit: Unit, length: int, random: np.random.Generator) -> Pairs:
    """A number, a small one, and the opposite of the first, over and over.

    Their sum is what is left of a cancellation, at every depth: elsewhere products that cancel
    leave nothing, or what is as large as a product.
    """
    first, second = unit.operand_formats
    a, b = (_large(format, 1.0, length) for format in unit.operand_formats)
    count = len(a[1::3])
    a[1::3] = ordinary(first, count, random)
    if isinstance(first, FloatFormat):
        for place, most in ((0, HIGH), (1, 1.0)):
            # The narrowest formats have no normal number below one.
            end = max(int(_large(first, most, 1)[0]), first.least_normal + 1)
            drawn = random.integers(first.least_normal, end, len(a[place::3]))
            a[place::3] = drawn.astype(a.dtype)
    a[2::3] = a[::3][: len(a[2::3])]
    b[2::3] = negated(b[2::3], second)
    return a, b


def crossed(unit: Mac | DotProduct, random: np.random.Generator) -> list[Pairs]:
    """Sums of a beat, in which every class of operands meets every other one, signs included.

    The rest of the beat are numbers.
    """
    sums = []
    sides = [_of_every_class(format) for format in unit.operand_formats]
    for first, second in product(*sides):
        a, b = _numbers(unit, unit.products_per_cycle, random)
        place = random.integers(len(a))
        a[place], b[place] = first, second
        sums.append((a, b))
    return sums


def _of_every_class(format: Format) -> list[int]:
    """A code of every class and sign."""
    codes = boundary_codes(format) if isinstance(format, FloatFormat) else edges(format)
    kinds = 2 * classes(codes, format) + signs(codes, format)
    return [int(codes[place]) for place in np.unique(kinds, return_index=True)[1]]


def staircases(unit: Mac) -> list[Pairs]:
    """Sums of powers of two, each half of the one before, less the next higher one.

    What is left is the last of them, with the other sign: places are lost in every number.
    """
    steps = powers_of_two(unit)
    first, second = (
        np.array([step[side] for step in steps], dtype=code_type(format))
        for side, format in enumerate(unit.operand_formats)
    )
    sums = []
    for lost in range(1, len(steps)):
        a, b = first[-1 - lost :][::-1], second[-1 - lost :][::-1]
        b = np.concatenate([negated(b[:1], unit.operand_formats[1]), b[1:]])
        # The higher power last.
        sums.append((np.roll(a, -1), np.roll(b, -1)))
    return sums


def ascents(unit: Mac, random: np.random.Generator) -> list[Pairs]:
    """Sums of which every product lies some places above all that came before.

    A sum of all its places meets a larger product so: what is shifted out of it decides a tie.
    """
    drawn = PlacedProducts.drawn(unit, random)
    a, b, places = drawn.a, drawn.b, drawn.places
    result = unit.accumulator.result
    assert isinstance(result, FloatFormat)
    usable = (places >= result.least_exponent) & (places <= result.greatest_exponent)
    if not usable.any():
        return []
    lowest, highest = int(places[usable].min()), int(places[usable].max())
    # From so far down that the last steps find a sum of all its places.
    latest = max(highest - result.mantissa_bits - 2 * RISE, lowest)
    sums = []
    for _ in range(ASCENTS):
        at = int(random.integers(lowest, latest, endpoint=True))
        chosen: list[int] = []
        while at <= highest and len(chosen) < STEPS:
            there = np.flatnonzero(usable & (places == at))
            chosen += [int(random.choice(there))] if len(there) else []
            at += int(random.integers(1, RISE, endpoint=True))
        if chosen:
            sums.append((a[chosen], b[chosen]))
    return sums


def fillings(unit: Mac | DotProduct) -> list[Pairs]:
    """The largest products of either sign until a register is full, and a beat more.

    None where :data:`LONG` beats do not fill it.
    """
    if not unit.accumulator.overflows:
        return []
    n = unit.products_per_cycle
    first, second = unit.operand_formats
    a, b = largest(first, LONG * n), largest(second, LONG * n)

    def overflows(beats: int) -> bool:
        return bool(unit.overflowed(a[: beats * n], b[: beats * n]))

    if not overflows(LONG):
        return []
    over = bisect_left(range(LONG), True, lo=1, key=overflows)
    return [
        (side[: beats * n], b[: beats * n])
        for beats in (over - 1, over)
        for side in (a, negated(a, first))
        if beats
    ]


def _large(format: Format, most: float, count: int) -> Codes:
    """The largest number up to ``most``, or of all integers, ``count`` times."""
    codes = largest(format, count)
    if not isinstance(format, FloatFormat) or decode(codes, format)[0] <= most:
        return codes
    return encode(np.full(count, most), format)


def long_sums(unit: Mac | DotProduct, random: np.random.Generator) -> list[Pairs]:
    """Sums of :data:`LONG` and of every of :data:`LENGTHS`, the long ones between short ones.

    Behind them what seldom comes by itself: :func:`crossed`, :func:`staircases` and
    :func:`ascents`, or :func:`~.read_out_cases.register_sums`, :func:`~.few_bits.few_bits`, and
    :func:`fillings`.
    """
    n = unit.products_per_cycle
    lengths = (1, LENGTHS[-1], 2, LONG, 1, 1, *LENGTHS)
    return [
        *(_numbers(unit, length * n, random) for length in lengths),
        climbing(unit, LONG * n, random),
        _numbers(unit, n, random),
        *(remainders(unit, length * n, random) for length in (3, 300, 3, 2)),
        *crossed(unit, random),
        *([*staircases(unit), *ascents(unit, random)] if adds_one_by_one(unit) else []),
        *register_sums(unit, random),
        *few_bits(unit, random),
        *fillings(unit),
    ]
