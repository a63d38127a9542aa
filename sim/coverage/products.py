"""What happens to products: whether they leave the range, carry, and how they are rounded.

Each situation has a name that begins with its group, as ``range: normal x largest overflows, -``.
"""

from collections import Counter
from itertools import product

import numpy as np

from lmul_pe.model import FloatFormat, Multiplier
from lmul_pe.model.format.codec import Codes, code_type
from lmul_pe.model.multiplier.offset import mantissa_sum
from lmul_pe.model.multiplier.operands import Bits, Flags, split, unpack
from lmul_pe.model.multiplier.policies import UNGUARDED
from lmul_pe.model.multiplier.product import rounded_product
from lmul_pe.model.multiplier.rounding import leading_bit
from lmul_pe.model.multiplier.specification import every_pair
from lmul_pe.model.multiplier.vectors import is_exhaustive

from .operands import (
    CLASSES,
    SIGNS,
    Indices,
    class_ends,
    class_signs,
    classes,
    crossed,
    signed_pairs,
    signs,
)
from .tally import tally

RANGES = ("underflows", "is subnormal", "is normal", "overflows")
WRAPS = ("wraps below", "stays in range", "wraps above")
"""Of multipliers without guards, whose exponents are kept modulo a power of two."""
CARRIES = ("no carry", "a carry of one", "a carry of two")
"""What the mantissas add to the sum of both exponents."""
ROUNDINGS = ("nothing", "below half", "half, to even below", "half, to even above", "above half")
"""What is rounded off."""
_ROUNDING = "rounding: {} where it {}"
ROUNDED_UP = "rounding: carries into the exponent"
_NONE = -1


def product_bins(multiplier: Multiplier, a: Codes, b: Codes) -> Counter[str]:
    """How often each situation arises for operands ``a`` and ``b``, flat arrays of one length."""
    formats = multiplier.operand_formats
    found = crossed(formats, a, b)
    first, second = (classes(codes, each) for codes, each in zip((a, b), formats, strict=True))
    sign = signs(a, formats[0]) ^ signs(b, formats[1])
    place, carry = _place(multiplier, a, b), _carry(multiplier, a, b)
    number = place != _NONE
    ranges = _ranges(multiplier)
    found += tally(
        "range: {} x {} {}, {}",
        [CLASSES, CLASSES, ranges, SIGNS],
        number,
        first,
        second,
        place,
        sign,
    )
    found += tally("carry: {} x {}, {}", [CLASSES, CLASSES, CARRIES], number, first, second, carry)
    found += tally("carry: {} where it {}", [CARRIES, ranges], number, carry, place)
    if multiplier.rounding is not None:
        rest, rounded_up = _rounding(multiplier, a, b)
        inside = number & (place != RANGES.index("overflows"))
        found += tally(_ROUNDING, [ROUNDINGS, RANGES], inside, rest, place)
        found[ROUNDED_UP] += int((inside & rounded_up).sum())
    return +found


def possible_products(multiplier: Multiplier) -> set[str]:
    """The situations that can arise, and that a regression therefore has to meet.

    Of narrow operands all are tried.  For wide ones a rule serves.  A product grows with both
    operands, and from one code to the next by a factor of two at most: between what happens to the
    least and to the greatest pair of two classes, everything happens, and nothing else does.  The
    same holds for carries and mantissas.  How a carry or a rounding meets the range is known of
    operands and results of one format whose mantissa has 3 bits or more, and whose normal numbers
    have products below all subnormal ones: each happens with each.  Of others it is counted, but
    not asked for.
    """
    if is_exhaustive(multiplier):
        a, b = (codes.ravel() for codes in every_pair(multiplier))
        return set(product_bins(multiplier, a, b))
    formats = multiplier.operand_formats
    found = signed_pairs(formats)
    ranges = _ranges(multiplier)
    places: set[int] = set()
    carries: set[int] = set()
    for (first, left), (second, right) in product(*(_extremes(each).items() for each in formats)):
        pairs = np.array([*product(left, right)], dtype=np.uint64)
        a, b = (pairs[:, i].astype(code_type(formats[i])) for i in (0, 1))
        place, carry = _place(multiplier, a, b), _carry(multiplier, a, b)
        if (place == _NONE).any():
            continue
        name = f"{CLASSES[first]} x {CLASSES[second]}"
        own = set(range(int(place.min()), int(place.max()) + 1))
        if multiplier.subnormals == "flush":
            own -= {RANGES.index("is subnormal")}
        negative = {
            i ^ j for i in class_signs(formats[0], first) for j in class_signs(formats[1], second)
        }
        found |= {f"range: {name} {ranges[each]}, {SIGNS[i]}" for each in own for i in negative}
        more = set(range(int(carry.min()), int(carry.max()) + 1))
        found |= {f"carry: {name}, {CARRIES[each]}" for each in more}
        places |= own
        carries |= more
    format = multiplier.format
    known = format.mantissa_bits >= 3 and (format.bias or 0) > format.mantissa_bits + 2
    if not known or set(multiplier.formats) != {format}:
        return found
    found |= {f"carry: {CARRIES[i]} where it {ranges[j]}" for i in carries for j in places}
    return found | _possible_roundings(multiplier, {ranges[each] for each in places})


def _ranges(multiplier: Multiplier) -> tuple[str, ...]:
    return WRAPS if multiplier.guard in UNGUARDED else RANGES


def _extremes(format: FloatFormat) -> dict[int, list[int]]:
    """Positive codes of each class, among them those of least and greatest number and mantissa."""
    unit = 2**format.mantissa_bits
    others = (unit // 2, 2 * unit - 1, 2 * unit)
    return {
        index: [start, stop, *(code for code in others if start <= code <= stop)]
        for index, (start, stop) in class_ends(format).items()
    }


def _numbers(multiplier: Multiplier, a: Codes, b: Codes) -> Flags:
    """Where both operands are finite and not taken for zeros."""
    flush = multiplier.subnormals == "flush"
    pair = zip((a, b), multiplier.operand_formats, strict=True)
    first, second = (unpack(codes, format, flush) for codes, format in pair)
    special = first.zero | second.zero | first.infinite | second.infinite | first.nan | second.nan
    return ~special


def _place(multiplier: Multiplier, a: Codes, b: Codes) -> Indices:
    """Index in :data:`RANGES` or :data:`WRAPS`; _NONE where the classes alone decide."""
    if multiplier.guard in UNGUARDED:
        format = multiplier.format
        one, two = (split(codes, format)[1] for codes in (a, b))
        exponent = one + two + _carry(multiplier, a, b) + multiplier.bias_correction
        place = 1 + (exponent >= 2**format.exponent_bits) - (exponent < 0).astype(np.int64)
        return np.where((multiplier.guard == "zero") & ((one == 0) | (two == 0)), _NONE, place)
    result = classes(multiplier.compute(a, b), multiplier.format_y)
    place = np.where(result == CLASSES.index("zero"), 0, RANGES.index("is normal"))
    place[result == CLASSES.index("subnormal")] = RANGES.index("is subnormal")
    place[_overflows(multiplier, a, b)] = RANGES.index("overflows")
    return np.where(_numbers(multiplier, a, b), place, _NONE)


def _overflows(multiplier: Multiplier, a: Codes, b: Codes) -> Flags:
    """Where a product, rounded as if any exponent would do, is above the largest number."""
    format = multiplier.format_y
    found = multiplier.product(a, b)
    if multiplier.rounding == "rne":
        found = rounded_product(found, format.mantissa_bits + 1)
    lead = leading_bit(found.significand)
    exponent = found.exponent + lead
    # The significand to as many bits as the format's, a fraction of which cannot matter.
    most = format.largest % 2**format.mantissa_bits + 2**format.mantissa_bits
    shift = lead - format.mantissa_bits
    down = found.significand >> np.clip(shift, 0, 63).astype(np.uint64)
    kept = down << np.clip(-shift, 0, 63).astype(np.uint64)
    top = format.greatest_exponent
    return (exponent > top) | ((exponent == top) & (kept > np.uint64(most)))


def _carry(multiplier: Multiplier, a: Codes, b: Codes) -> Indices:
    """What the mantissas add to the sum of the exponents."""
    pair = tuple(zip((a, b), multiplier.operand_formats, strict=True))
    if multiplier.guard in UNGUARDED:
        x, y = (split(codes, format)[2] for codes, format in pair)
        return _raised(multiplier, x, y)
    flush = multiplier.subnormals == "flush"
    found = multiplier.product(a, b)
    exponent = found.exponent + leading_bit(found.significand)
    for codes, format in pair:
        exponent = exponent - unpack(codes, format, flush).exponent + (format.bias or 0)
    return exponent


def _raised(multiplier: Multiplier, x: Bits, y: Bits) -> Indices:
    assert multiplier.offset is not None
    assert multiplier.carry is not None
    raised, _ = mantissa_sum(x, y, multiplier.offset, multiplier.mantissa_bits, multiplier.carry)
    return raised.astype(np.int64)


def _rounding(multiplier: Multiplier, a: Codes, b: Codes) -> tuple[Indices, Flags]:
    """Index in :data:`ROUNDINGS`, and where the rounded significand is the next power of two."""
    format = multiplier.format_y
    found = multiplier.product(a, b)
    lowest = found.exponent + leading_bit(found.significand) - format.mantissa_bits
    if multiplier.subnormals == "gradual":
        lowest = np.maximum(lowest, format.least_exponent)
    drop = np.clip(lowest - found.exponent, 0, 63).astype(np.uint64)
    one = np.uint64(1)
    kept = found.significand >> drop
    rest = found.significand - (kept << drop)
    half = (one << drop) >> one
    odd = (kept & one).astype(np.int64)
    index = np.select([rest == 0, rest < half, rest == half], [0, 1, 2 + odd], 4)
    up = (index > 2) & (multiplier.rounding == "rne")
    return index, ((kept + up) >> np.uint64(format.mantissa_bits + 1)) != 0


def _possible_roundings(multiplier: Multiplier, places: set[str]) -> set[str]:
    if multiplier.rounding is None:
        return set()
    exact = multiplier.kind == "exact"
    places &= set(RANGES[:3])
    # Exact products have at least as many bits below a result's as it has itself, others none.
    found = {_rounding_name(rest, place) for place in places for rest in range(5 if exact else 1)}
    if multiplier.subnormals == "gradual":
        # Below the normal numbers any number of bits is dropped.
        found |= {_rounding_name(rest, "is subnormal") for rest in range(5)}
        found -= {_rounding_name(rest, "underflows") for rest in range(5)}
        lost = (1, 2) if multiplier.rounding == "rne" else (1, 2, 4)
        found |= {_rounding_name(rest, "underflows") for rest in lost}
        # From there up to the least normal number, where all ones are followed by a half.
        if multiplier.rounding == "rne":
            found.add(_rounding_name(3, "is normal"))
    # All ones but the last, times the number next to one, is next below a power of two.
    if exact and multiplier.rounding == "rne":
        found.add(ROUNDED_UP)
    return found


def _rounding_name(rest: int, place: str) -> str:
    return _ROUNDING.format(ROUNDINGS[rest], place)
