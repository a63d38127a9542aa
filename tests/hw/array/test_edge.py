"""The edge of an array: sums that end a cycle after each other leave in one beat."""

import random
import struct

import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import PORTABLE
from lmul_pe.hw.array.edge import results
from lmul_pe.hw.unit.datapath import Datapath
from lmul_pe.model import mac_named
from lmul_pe.sim.diagram.inline import InlineBlocks
from tests.hw.clocked import simulate
from tests.sweep import some

COLUMNS = 3


class Edge(wiring.Component):
    """``beat`` of the sums of all columns."""

    def __init__(self, mac, finish_latency):
        self.path, self.latency = Datapath(mac, PORTABLE), finish_latency
        sums = {f"sum_{column}": In(self.path.sum.state_bits) for column in range(COLUMNS)}
        super().__init__(
            {"enable": In(1), **sums, "beat": Out(COLUMNS * self.path.sum.result_bits)}
        )

    def elaborate(self, platform):
        m = Module()
        sums = [getattr(self, f"sum_{column}") for column in range(COLUMNS)]
        beat = results(
            m,
            self.path,
            InlineBlocks("t"),
            sums,
            enable=self.enable,
            finish_latency=self.latency,
        )
        m.d.comb += self.beat.eq(beat)
        return m


def beats_of(mac, finish_latency, state):
    """The beats behind sums of ``state(index, column)``, each column a cycle after the one before.

    Beat ``index`` is listed where all of its sums are in.
    """
    dut = Edge(mac, finish_latency)
    seen = []

    async def bench(context):
        choose = random.Random(7)
        cycle = 0
        while cycle < 40:
            enable = choose.random() < 0.6
            context.set(dut.enable, enable)
            for column in range(COLUMNS):
                # What stands at a column in a cycle without enable must not matter.
                index = cycle - column if enable else 99
                context.set(getattr(dut, f"sum_{column}"), state(index, column))
            if enable:
                seen.append(context.get(dut.beat))
                cycle += 1
            await context.tick()

    simulate(dut, bench)
    return seen


def test_sums_that_are_results_are_only_delayed():
    def state(index, column):
        return (index * COLUMNS + column) % 256

    seen = beats_of(mac_named("mac_int4_int8"), 0, state)
    for index in range(30):
        expected = sum(state(index, column) << 8 * column for column in range(COLUMNS))
        assert seen[index + COLUMNS - 1] == expected


@pytest.mark.parametrize("lsb", some([2, 0], 1))
def test_sums_of_a_register_are_read_out_a_cycle_later(lsb):
    """Units of the last bit: whole numbers that fp32 holds exactly."""
    mac = mac_named(f"mac_exact_e4m3_fixed_msb9_lsb{f'm{lsb}' if lsb else 0}")
    width = mac.accumulator.register(mac.multiplier).width
    mask = (1 << width) - 1

    def value(index, column):
        return (index * 5 + column) * (-1 if index % 2 else 1)

    # Bits above the register are flags, none of which is set.
    seen = beats_of(mac, 1, lambda index, column: value(index, column) & mask)
    for index in range(30):
        codes = [seen[index + COLUMNS] >> 32 * column & 0xFFFFFFFF for column in range(COLUMNS)]
        floats = [float(value(index, column)) / 2**lsb for column in range(COLUMNS)]
        assert list(struct.unpack(f"<{COLUMNS}f", struct.pack(f"<{COLUMNS}I", *codes))) == floats
