"""What happens in sums of products: which operands meet, and what an addition does to a sum."""

from collections import Counter
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model import (
    DotProduct,
    FloatAccumulator,
    FloatFormat,
    Mac,
    Multiplier,
    SystolicArray,
    decode,
)
from lmul_pe.model.format.codec import Codes, code_type
from lmul_pe.model.multiplier.rounding import leading_bit
from lmul_pe.model.unit.names import Specification

from .operands import crossed, signed_pairs
from .tally import tally

_ADDITION = "additions: {} gives {}"
_SENSES = ("like signs", "unlike signs")
_NEAR = 14
_WORDS = ("a place more", "as many places", "zero")
"""What becomes of the exponent of the larger of both; places that are lost follow by number."""


def sum_bins(unit: Mac | DotProduct, a: Codes, b: Codes) -> Counter[str]:
    """How often each situation arises in sums of one length, ``sums x products``."""
    found = crossed(unit.operand_formats, a.ravel(), b.ravel())
    return found + _additions(unit, a, b) if adds_one_by_one(unit) else found


def possible_in_sums(unit: Mac | DotProduct) -> set[str]:
    """The situations that can arise, and that a regression therefore has to meet.

    Powers of two, each half of the one before, lack the last of them to the next higher power: so
    many places a sum can lose as products have such powers, or as it has bits.
    """
    found = signed_pairs(unit.operand_formats)
    if not adds_one_by_one(unit):
        return found
    lost = [f"{places} places less" for places in range(1, len(powers_of_two(unit)))]
    found |= {_ADDITION.format(_SENSES[0], each) for each in _WORDS[:2]}
    return found | {_ADDITION.format(_SENSES[1], each) for each in (*_WORDS[1:], *lost)}


def powers_of_two(unit: Mac | DotProduct) -> list[tuple[int, int]]:
    """Operands whose products are powers of two, the least first, each twice the one before.

    As many as a sum has bits and one more, if products of numbers near one have so many.
    """
    multiplier, format = unit.multiplier, unit.accumulator.result
    assert isinstance(multiplier, Multiplier)
    assert isinstance(format, FloatFormat)
    first, second = multiplier.operand_formats
    # The constant of L-Mul completes a mantissa, which has to be the wider one.
    complete = (_completing(multiplier.mantissa_bits), [0])
    ends = complete if first.mantissa_bits > second.mantissa_bits else complete[::-1]
    left, right = (
        [field << each.mantissa_bits | end for field in _fields(each) for end in own]
        for each, own in zip((first, second), ends, strict=True)
    )
    a, b = np.meshgrid(
        np.array(left, dtype=code_type(first)), np.array(right, dtype=code_type(second))
    )
    product = multiplier.product(a.ravel(), b.ravel())
    place = leading_bit(product.significand)
    exponent = product.exponent + place
    power = (product.significand == np.uint64(1) << place.astype(np.uint64)) & ~product.zero
    power &= (exponent <= format.greatest_exponent) & (exponent >= format.least_exponent)
    pairs = {
        int(exponent[index]): (int(a.ravel()[index]), int(b.ravel()[index]))
        for index in np.flatnonzero(power)
    }
    found: list[tuple[int, int]] = []
    for at in range(min(pairs, default=0), max(pairs, default=-1) + 1):
        found = [*found, pairs[at]] if at in pairs else []
        if len(found) == format.mantissa_bits + 2:
            break
    return found


def _completing(mantissa_bits: int) -> list[int]:
    """Mantissas that lack nothing, or a constant, to the next power of two."""
    unit = 2**mantissa_bits
    step = max(unit >> 5, 1)
    return [0, *range(unit - step, unit // 2 - 1, -step)]


def _fields(format: FloatFormat) -> range:
    """Exponent fields near one."""
    bias = format.bias or 0
    return range(max(1, bias - _NEAR), min(2**format.exponent_bits - 2, bias + _NEAR) + 1)


def adds_one_by_one(unit: Specification) -> TypeGuard[Mac]:
    """Whether every product meets the whole sum, in a format which float64 has."""
    if isinstance(unit, Multiplier | SystolicArray) or unit.products_per_cycle > 1:
        return False
    accumulator = unit.accumulator
    floats = isinstance(accumulator, FloatAccumulator) and accumulator.latency == 1
    return floats and isinstance(unit.multiplier, Multiplier)


def _additions(unit: Mac, a: Codes, b: Codes) -> Counter[str]:
    assert isinstance(unit.multiplier, Multiplier)
    sums = unit.accumulator.start(unit.multiplier, len(a), None)
    before = np.zeros(len(a))
    steps = []
    for left, right in zip(a.T, b.T, strict=True):
        product = unit.multiplier.product(left, right)
        value = np.ldexp(product.significand.astype(np.float64), product.exponent)
        value[product.zero | product.infinite | product.nan] = np.nan
        value[product.negative] *= -1
        sums.add_pairs([(left, right)])
        after = decode(sums.result(), unit.accumulator.result)
        steps.append((before, value, after))
        before = after
    old, new, total = (np.concatenate(each) for each in zip(*steps, strict=True))
    real = np.isfinite(old + new + total) & (old != 0)
    kind = _kind(old[real], new[real], total[real])
    words = [*_WORDS, *(f"{places} places less" for places in range(1, int(kind.max(initial=0))))]
    unlike = (np.signbit(old) ^ np.signbit(new))[real].astype(np.int64)
    return tally(_ADDITION, [_SENSES, words], np.full(kind.shape, True), unlike, kind)


def _kind(
    old: NDArray[np.float64], new: NDArray[np.float64], total: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Index in :data:`_WORDS`, and in the numbers of places behind them."""
    lost = np.frexp(np.maximum(np.abs(old), np.abs(new)))[1] - np.frexp(total)[1].astype(np.int64)
    return np.select([total == 0, lost < 0, lost == 0], [2, 0, 1], lost + 2)
