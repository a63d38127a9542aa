"""Limbs against Python's integers."""

import numpy as np
import pytest

from lmul_pe.model.accumulator.limbs import Layout
from lmul_pe.model.multiplier.result import LEADING

WIDTHS = [2, 9, 31, 32, 33, 54, 55, 56, 63, 64, 65, 96, 97, 128, 159, 160]


def joined(layout, limbs):
    """What limbs stand for, as Python integers."""
    parts = [limb.tolist() for limb in limbs]
    return [
        sum(part << index * layout.limb for index, part in enumerate(each))
        for each in zip(*parts, strict=True)
    ]


def some(bits, count, random):
    """Integers of up to `bits` bits: any, few ones, and long runs."""
    values = [0, 1, 2**bits - 1, 2 ** (bits - 1)]
    while len(values) < count:
        value = int.from_bytes(random.bytes(-(-bits // 8)), "little")
        value >>= int(random.integers(bits))
        values += [value % 2**bits, 2 ** int(random.integers(bits)), 2**bits - 1 - value % 2**bits]
    return values[:count]


@pytest.mark.parametrize("bits", WIDTHS)
def test_limbs_cover_the_bits(bits):
    layout = Layout(bits)
    assert layout.limb * (layout.count - 1) + layout.top_bits == bits
    assert 0 < layout.top_bits <= layout.limb
    assert joined(layout, layout.zeros(3)) == [0, 0, 0]


@pytest.mark.parametrize("bits", WIDTHS)
def test_magnitudes_are_shifted_and_cut(bits):
    random = np.random.default_rng(bits)
    significands = some(61, 400, random)
    shifts = random.integers(-70, bits + 5, size=400)
    layout = Layout(bits)
    limbs = layout.magnitude(np.array(significands, dtype=np.uint64), shifts)
    found = joined(layout, limbs)
    for value, significand, shift in zip(found, significands, shifts.tolist(), strict=True):
        whole = significand << shift if shift >= 0 else significand >> -shift
        assert value == whole % 2 ** (layout.limb * layout.count)


@pytest.mark.parametrize("bits", [2, 55, 56, 64, 160])
def test_integers_of_the_processor(bits):
    values = [0, 1, -1, 2**62, -(2**62), 2**63 - 1, -(2**63)]
    values = [
        value for value in values if bits >= 64 or -(2 ** (bits - 1)) <= value < 2 ** (bits - 1)
    ]
    layout = Layout(bits)
    assert joined(layout, layout.of(np.array(values, dtype=np.int64))) == values


@pytest.mark.parametrize("bits", WIDTHS)
def test_sums_of_many_are_carried(bits):
    random = np.random.default_rng(bits)
    layout = Layout(bits)
    total, expected = layout.zeros(50), [0] * 50
    for _ in range(65):
        significands = some(min(bits, 61), 50, random)
        random.shuffle(significands)
        shifts = random.integers(0, max(bits - 61, 0), size=50, endpoint=True)
        signs = random.choice([-1, 1], size=50) if random.random() < 0.7 else np.ones(50, dtype=int)
        parts = layout.magnitude(np.array(significands, dtype=np.uint64), shifts)
        for limb, part in zip(total, parts, strict=True):
            limb += part * signs
        for index in range(50):
            expected[index] += int(signs[index]) * (significands[index] << int(shifts[index]))
    layout.carry(total)
    assert joined(layout, total) == expected
    for limb in total[:-1]:
        assert (limb >= 0).all()
        assert (limb < 2**layout.limb).all()

    negative, significand, top = layout.normalised(total)
    for index, value in enumerate(expected):
        assert negative[index] == (value < 0)
        assert top[index] == abs(value).bit_length() - 1
        drop = abs(value).bit_length() - 1 - LEADING
        kept = abs(value) >> drop if drop > 0 else abs(value) << -drop
        sticky = drop > 0 and kept << drop != abs(value)
        assert significand[index] == (kept | sticky if value else 0)


def signed(bits, random):
    """Integers of two's complement: both ends, and any."""
    ends = [0, 1, -1, 2 ** (bits - 1) - 1, -(2 ** (bits - 1))]
    return ends + [each - 2 ** (bits - 1) for each in some(bits, 60, random)]


@pytest.mark.parametrize("bits", WIDTHS)
def test_what_moves_down_is_floored_and_tells_what_is_lost(bits):
    layout = Layout(bits)
    values = signed(bits, np.random.default_rng(bits))
    lower, top = layout.limb * (layout.count - 1), layout.count - 1
    for places in {0, 1, 5, layout.limb - 1, layout.limb, lower + 1, bits - 1, bits, 2 * bits + 3}:
        limbs = [
            np.array([each >> index * layout.limb & (2**layout.limb - 1) for each in values])
            for index in range(top)
        ]
        limbs.append(np.array([each >> lower for each in values]))
        floored, lost = layout.divided(limbs, places)
        assert len(floored) == layout.count
        assert joined(layout, floored) == [each >> places for each in values]
        assert lost.tolist() == [each % 2**places != 0 for each in values]
