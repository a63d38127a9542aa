"""The element of several products at once, by itself: what it adds, keeps and passes on."""

import random

import numpy as np
import pytest

from lmul_pe.hw.arithmetic.architecture import PORTABLE
from lmul_pe.hw.array.dot_element import DotElement
from lmul_pe.hw.unit.exact_dot import ExactPath
from lmul_pe.hw.unit.loop import beat_layout
from lmul_pe.model import DotProduct, FixedAccumulator, Multiplier, dot_named
from tests.hw.clocked import simulate

DEPTHS = [1, 3, 1, 2, 6]


def run(name, tiles, seed=1):
    """Send ``tiles``, each two arrays of beats x lanes, with bubbles and with pauses.

    Gives the finished sum of every enabled cycle, and those cycles in which a tile ended.
    """
    dut = DotElement(ExactPath(dot_named(name), PORTABLE))
    layout = beat_layout(1)
    beats = [
        (*(sum(int(code) << bits * lane for lane, code in enumerate(line)) for line in lines), last)
        for a, b, bits in tiles
        for lines, last in (
            ((a[index], b[index]), (index == 0, index == len(a) - 1)) for index in range(len(a))
        )
    ]
    sums, ends = [], []

    async def bench(context):
        choose = random.Random(seed)
        left = list(beats)
        while len(sums) < 3 * len(beats) + 20:
            enable, valid = choose.random() < 0.7, bool(left) and choose.random() < 0.7
            a, b = choose.getrandbits(len(dut.a_in)), choose.getrandbits(len(dut.b_in))
            fresh = last = choose.random() < 0.5
            if valid:
                a, b, (fresh, last) = left[0]
            beat = layout.const({"valid": int(valid), "last": int(last), "fresh": int(fresh)})
            context.set(dut.enable, enable)
            context.set(dut.beat_in, beat.as_value().value)
            context.set(dut.a_in, a)
            context.set(dut.b_in, b)
            if enable:
                sums.append(context.get(dut.sum_out))
                if valid:
                    left.pop(0)
                    if last:
                        ends.append(len(sums) - 1)
            await context.tick()

    simulate(dut, bench)
    return sums, ends


def signed(codes, bits):
    return codes - (codes >> bits - 1 << bits)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_finished_sum_stands_two_cycles_behind_its_last_beat_until_the_next(seed):
    choose = np.random.default_rng(seed)
    tiles = [(*choose.integers(0, 16, size=(2, depth, 3)), 4) for depth in DEPTHS]
    sums, ends = run("dot3_int4_int12", tiles, seed)
    assert len(ends) == len(tiles)
    for (a, b, bits), end, following in zip(tiles, ends, [*ends[1:], len(sums)], strict=True):
        expected = int((signed(a, bits) * signed(b, bits)).sum()) % 2**12
        assert set(sums[end + 2 : following + 2]) == {expected}


def test_flags_last_as_long_as_a_sum():
    """A NaN in one beat, in the sum that has it alone, whatever follows."""
    unit = DotProduct(Multiplier("exact", "e4m3"), FixedAccumulator(), 2)
    one, nan = 0x38, 0x7F
    tiles = [
        (np.array(codes), np.full((len(codes), 2), one), 8)
        for codes in ([[one, one]], [[one, nan], [one, one]], [[one, one], [one, one]])
    ]
    sums, ends = run(unit.name, tiles)
    width = unit.register.width
    assert [sums[end + 2] >> width for end in ends] == [0, 1, 0]
    # Both in units of the register's last bit.
    unit_bits = -unit.register.lsb
    assert sums[ends[0] + 2] == 2 << unit_bits
    assert sums[ends[2] + 2] == 4 << unit_bits
