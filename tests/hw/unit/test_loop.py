"""The loop of an accumulator: partial sums that take turns, begin empty and end together."""

import random

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import PORTABLE
from lmul_pe.hw.unit.datapath import Datapath
from lmul_pe.hw.unit.loop import Turns, accumulator_loop, beat_layout
from lmul_pe.model import mac_named
from tests.hw.clocked import simulate

LENGTHS = [1, 2, 3, 1, 1, 4, 7, 2, 5, 1]


class Loop(wiring.Component):
    """Products of ``a`` and ``b`` into the loop in the very cycle in which they are taken."""

    def __init__(self, path):
        self.path = path
        super().__init__(
            {
                "enable": In(1),
                "valid": In(1),
                "last": In(1),
                "a": In(path.a_bits),
                "b": In(path.b_bits),
                "due": Out(1),
                "state": Out(path.sum.state_bits * path.accumulator.latency),
                "overflow": Out(1),
            }
        )

    def elaborate(self, platform):
        m = Module()
        path = self.path
        turns = Turns(m, path.accumulator.latency, taken=self.enable & self.valid, last=self.last)
        product = Signal(path.product_word.width)
        m.d.comb += product.eq(path.product_word.pack(path.product(m, self.a, self.b)))
        ended = accumulator_loop(
            m,
            path,
            None,
            enable=self.enable,
            beat=turns.beat(self.valid, self.last),
            products=[product],
        )
        m.d.comb += [
            self.due.eq(ended.due),
            self.state.eq(ended.state),
            self.overflow.eq(ended.overflow),
        ]
        return m


def run(name, sums, seed=1):
    """Sums with bubbles and pauses; of every moving cycle, what went in and what came out."""
    path = Datapath(mac_named(name), PORTABLE)
    dut = Loop(path)
    pairs = [
        (a, b, index == len(own[0]) - 1)
        for own in sums
        for index, (a, b) in enumerate(zip(*own.tolist(), strict=True))
    ]
    trace, still = [], []

    async def bench(context):
        choose = random.Random(seed)
        left = list(pairs)
        while left or len(trace) < 2 * len(pairs):
            enable, valid = choose.random() < 0.7, bool(left) and choose.random() < 0.7
            bits = len(dut.a)
            a, b, last = (
                left[0]
                if valid
                else (choose.getrandbits(bits), choose.getrandbits(bits), choose.getrandbits(1))
            )
            for port, value in (("enable", enable), ("valid", valid), ("last", last)):
                context.set(getattr(dut, port), value)
            context.set(dut.a, a)
            context.set(dut.b, b)
            seen = (
                bool(valid and last),
                valid,
                context.get(dut.due),
                context.get(dut.state),
                context.get(dut.overflow),
            )
            (trace if enable else still).append(seen)
            if enable and valid:
                left.pop(0)
            await context.tick()

    simulate(dut, bench)
    return trace, still


def sums_of(bits, seed):
    generator = np.random.default_rng(seed)
    return [generator.integers(0, 2**bits, size=(2, n), dtype=np.uint8) for n in LENGTHS]


@pytest.mark.parametrize("latency", [1, 2, 3, 4])
def test_partial_sums_stand_side_by_side_when_a_sum_ends(latency):
    end = f"_latency{latency}" if latency > 1 else ""
    sums = sums_of(4, latency)
    trace, _ = run(f"mac_lmul_e2m1_e4m3{end}", sums)
    alone = mac_named("mac_lmul_e2m1_e4m3")
    ends = [cycle for cycle, (last, *_) in enumerate(trace) if last]
    # The additions of the last products end that many cycles later.
    assert [cycle for cycle, each in enumerate(trace) if each[2]] == [
        cycle + latency - 1 for cycle in ends
    ]
    for cycle, (a, b) in zip(ends, sums, strict=True):
        partials = [
            int(alone.dot(a[slot::latency], b[slot::latency])) if len(a) > slot else 0
            for slot in range(latency)
        ]
        word = sum(code << 8 * slot for slot, code in enumerate(partials))
        assert trace[cycle + latency - 1][3] == word


def test_an_overflow_is_told_in_the_cycle_in_which_a_sum_leaves_its_range_and_no_other():
    """Sums of -8 * -8: 64, then 128, which is beyond eight bits, and from -128 on again."""
    sums = [np.full((2, length), 8, np.uint8) for length in (1, 2, 6, 3)]
    trace, still = run("mac_int4_int8", sums)
    total, expected = 0, []
    for last, valid, *_ in trace:
        beyond = valid and total + 64 > 127
        expected.append(int(beyond))
        if valid:
            total = 0 if last else total + 64 - 256 * beyond
    assert [each[4] for each in trace] == expected
    assert sum(expected) == 4
    # Nothing is added in a cycle without enable, in which it could leave anything.
    assert not any(each[4] for each in still)


@pytest.mark.parametrize("latency", [1, 2, 3, 4])
def test_a_beat_names_the_partial_sum_only_if_there_are_several(latency):
    layout = beat_layout(latency)
    names = [name for name, _ in layout]
    assert names == ["valid", "last", "fresh"] + ["slot"] * (latency > 1)
    assert layout.size == 3 + {1: 0, 2: 1, 3: 2, 4: 2}[latency]
