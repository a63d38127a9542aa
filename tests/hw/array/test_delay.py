"""Delays: what comes out is what went in some enabled cycles before."""

import random

import pytest
from amaranth.hdl import Module, ResetInserter, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.array.delay import Delay, chain, delayed
from lmul_pe.sim.diagram.inline import InlineBlocks
from tests.hw.clocked import simulate


class Delayed(wiring.Component):
    """``q`` is ``d`` behind some delays; ``taps`` are those of a chain of single bits."""

    def __init__(self, width, cycles):
        self.cycles = cycles
        super().__init__({"enable": In(1), "d": In(width), "q": Out(width), "taps": Out(cycles)})

    def elaborate(self, platform):
        m = Module()
        value = delayed(
            m, InlineBlocks("t"), "delay", self.d, self.cycles, name="d", enable=self.enable
        )
        bits = chain(m, self.d[0], self.cycles, self.enable, name="tap")
        m.d.comb += self.q.eq(value)
        m.d.comb += [self.taps[index].eq(bit) for index, bit in enumerate(bits)]
        return m


@pytest.mark.parametrize("cleared", [0, 1, 3, 6])
def test_a_delay_moves_in_enabled_cycles_only(cleared):
    dut = Delay(6, cleared)
    seen, expected = [], []

    async def bench(context):
        choose = random.Random(cleared)
        held = 0
        for _ in range(200):
            enable, word = choose.random() < 0.6, choose.getrandbits(6)
            context.set(dut.enable, enable)
            context.set(dut.d, word)
            # The output does not see the input before the edge.
            seen.append(context.get(dut.q))
            expected.append(held)
            await context.tick()
            held = word if enable else held

    simulate(dut, bench)
    assert seen == expected


@pytest.mark.parametrize("cleared", [0, 2, 6])
def test_a_reset_clears_the_lowest_bits_only(cleared):
    """Data need none, which is what makes a reset cheap."""
    dut, reset = Delay(6, cleared), Signal()
    seen = []

    async def bench(context):
        for enable, rst in ((1, 0), (0, 1)):
            context.set(dut.enable, enable)
            context.set(dut.d, 0b111111)
            context.set(reset, rst)
            await context.tick()
            seen.append(context.get(dut.q))

    simulate(ResetInserter(reset)(dut), bench)
    assert seen == [0b111111, 0b111111 & ~(2**cleared - 1)]


def test_no_cycles_are_no_delay():
    value = Signal(4)
    assert delayed(None, InlineBlocks("t"), "delay", value, 0, name="d", enable=Signal()) is value


@pytest.mark.parametrize("cycles", [1, 3])
def test_delays_add_up(cycles):
    dut = Delayed(4, cycles)
    seen, expected = [], []

    async def bench(context):
        choose = random.Random(cycles)
        words = [0] * (cycles + 1)
        for _ in range(150):
            enable, words[-1] = choose.random() < 0.7, choose.getrandbits(4)
            context.set(dut.enable, enable)
            context.set(dut.d, words[-1])
            taps = [word & 1 for word in words[:-1]]
            seen.append((context.get(dut.q), context.get(dut.taps)))
            # Tap n is bit 0 behind n + 1 cycles: the youngest word stands last.
            expected.append((words[0], sum(bit << n for n, bit in enumerate(reversed(taps)))))
            await context.tick()
            if enable:
                words = [*words[1:], 0]

    simulate(dut, bench)
    assert seen == expected
