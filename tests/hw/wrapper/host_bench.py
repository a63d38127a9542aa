"""A unit behind AXI4-Lite, driven by cocotbext-axi; runs inside the simulator."""

import itertools
import os
import random
import zlib

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, ReadOnly, RisingEdge
from cocotbext.axi import (
    AxiLiteBus,
    AxiLiteMaster,
    AxiResp,
    AxiStreamBus,
    AxiStreamSink,
    AxiStreamSource,
)

from lmul_pe.model import Multiplier, SystolicArray, unit_named

CONTROL, STATUS, INTERRUPT, DEPTH, TILES, CYCLES, UNIT = range(0, 28, 4)
START, ABORT = 1, 2
BUSY, DONE = 1, 2
OKAY, SLVERR = AxiResp.OKAY, AxiResp.SLVERR

NAME = os.environ["UNIT"]
SPECIFICATION = unit_named(NAME)


def word(values, bits):
    return sum((int(value) % 2**bits) << bits * index for index, value in enumerate(values))


def int8(shape):
    return RANDOM.integers(-128, 128, size=shape)


RANDOM = np.random.default_rng(5)


def run_data(depth, tiles):
    """The words of every stream in a run, results last; int8 products by NumPy."""
    unit = SPECIFICATION
    if isinstance(unit, Multiplier):
        a, b = (RANDOM.integers(0, 256, size=depth * tiles, dtype=np.uint8) for _ in range(2))
        y = unit.compute(a, b)
        return {"s_axis_ab": [word(pair, 8) for pair in zip(a, b, strict=True)]}, [*map(int, y)]
    if not isinstance(unit, SystolicArray):
        n = unit.products_per_cycle
        a, b = int8((tiles, depth, n)), int8((tiles, depth, n))
        words = [
            word([*left, *right], 8)
            for each in zip(a, b, strict=True)
            for left, right in zip(*each, strict=True)
        ]
        return {"s_axis_ab": words}, [word([s], 32) for s in (a * b).sum(axis=(1, 2))]
    if unit.dataflow == "os":
        a, b = int8((tiles, unit.rows, depth)), int8((tiles, depth, unit.cols))
        streams = {"s_axis_a": a.transpose(0, 2, 1), "s_axis_b": b}
    else:
        b, a = int8((tiles, unit.rows, unit.cols)), int8((tiles, depth, unit.rows))
        streams = {"s_axis_w": b, "s_axis_a": a}
    words = {
        name: [word(beat, 8) for tile in beats for beat in tile] for name, beats in streams.items()
    }
    return words, [word(row, 32) for tile in a @ b for row in tile]


class Bench:
    """The unit, a manager of its registers, and the ends of its streams."""

    def __init__(self, dut):
        self.dut = dut
        self.bus = AxiLiteMaster(AxiLiteBus.from_prefix(dut, "s_axil"), dut.clk, dut.rst)
        names, _ = run_data(1, 1)
        out = "m_axis_y" if isinstance(SPECIFICATION, Multiplier) else "m_axis_c"
        self.sources = {
            name: AxiStreamSource(
                AxiStreamBus.from_prefix(dut, name), dut.clk, dut.rst, byte_lanes=1
            )
            for name in names
        }
        self.sink = AxiStreamSink(
            AxiStreamBus.from_prefix(dut, out), dut.clk, dut.rst, byte_lanes=1
        )
        self.valid, self.ready, self.last = (
            getattr(dut, f"{out}_{signal}") for signal in ("tvalid", "tready", "tlast")
        )

    @classmethod
    async def begin(cls, dut):
        cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start())
        dut.rst.value = 1
        bench = cls(dut)
        await ClockCycles(dut.clk, 3)
        dut.rst.value = 0
        await ClockCycles(dut.clk, 2)
        return bench

    async def write(self, address, value, size=4):
        return (await self.bus.write(address, value.to_bytes(size, "little"))).resp

    async def read(self, address):
        answer = await self.bus.read(address, 4)
        assert answer.resp == OKAY
        return int.from_bytes(answer.data, "little")

    async def start(self, depth, tiles):
        assert await self.write(DEPTH, depth) == OKAY
        assert await self.write(TILES, tiles) == OKAY
        assert await self.write(CONTROL, START) == OKAY

    async def results(self):
        """Of a run: one frame, as ``tlast`` comes with its end alone."""
        return list((await self.sink.recv()).tdata)

    def send(self, streams):
        for name, words in streams.items():
            self.sources[name].send_nowait(words)

    def stall(self, seed):
        """Random gaps in every stream and every channel of the bus."""
        write, read = self.bus.write_if, self.bus.read_if
        channels = [write.aw_channel, write.w_channel, write.b_channel]
        channels += [read.ar_channel, read.r_channel, self.sink, *self.sources.values()]
        for index, channel in enumerate(channels):
            random_one = random.Random(f"{seed} {index}")
            channel.set_pause_generator(iter(lambda r=random_one: r.random() < 0.6, None))

    async def busy_cycles(self):
        """From the answer to a start to the last result, both counted."""
        while True:
            await ReadOnly()
            if self.dut.s_axil_bvalid.value == 1:
                break
            await RisingEdge(self.dut.clk)
        for count in itertools.count(1):
            if self.valid.value == self.ready.value == self.last.value == 1:
                return count
            await RisingEdge(self.dut.clk)
            await ReadOnly()


@cocotb.test(timeout_time=200, timeout_unit="us")
async def registers_keep_what_is_written(dut):
    bench = await Bench.begin(dut)
    assert await bench.read(UNIT) == zlib.crc32(NAME.encode())
    assert [await bench.read(each) for each in (STATUS, INTERRUPT, DEPTH, TILES, CYCLES)] == [
        *(0, 0),
        *(1, 1),
        0,
    ]
    assert await bench.write(DEPTH, 0x1234) == OKAY
    assert await bench.write(TILES, 0xFFFF) == OKAY
    # Bytes alone: strobes.
    assert await bench.write(DEPTH + 1, 0x56, size=1) == OKAY
    assert await bench.write(TILES, 0x78, size=1) == OKAY
    assert await bench.write(INTERRUPT, 0xFFFFFFFF) == OKAY
    assert [await bench.read(each) for each in (INTERRUPT, DEPTH, TILES)] == [1, 0x5634, 0xFF78]
    # A byte of CONTROL without the bits that begin anything.
    assert await bench.write(CONTROL + 1, START, size=1) == OKAY
    assert await bench.read(STATUS) == 0


@cocotb.test(timeout_time=200, timeout_unit="us")
async def bad_accesses_are_refused_and_change_nothing(dut):
    bench = await Bench.begin(dut)
    assert await bench.write(DEPTH, 3) == await bench.write(TILES, 2) == OKAY
    for address in (CYCLES, UNIT, UNIT + 4, 0x40, 0xFC):
        assert await bench.write(address, 1) == SLVERR
    for address in (UNIT + 4, 0x40, 0xFC):
        assert (await bench.bus.read(address, 4)).resp == SLVERR
    for address in (DEPTH, TILES):
        assert await bench.write(address, 1 << 16) == SLVERR
        assert await bench.write(address + 3, 1, size=1) == SLVERR
    assert await bench.write(CONTROL, START | ABORT) == SLVERR
    for address, value in ((DEPTH, 3), (TILES, 2)):
        assert await bench.write(address, 0) == OKAY
        assert await bench.write(CONTROL, START) == SLVERR
        assert await bench.write(address, value) == OKAY
    assert [await bench.read(each) for each in (STATUS, DEPTH, TILES, CYCLES)] == [0, 3, 2, 0]
    # During a run.
    assert await bench.write(CONTROL, START) == OKAY
    for address, value in ((CONTROL, START), (DEPTH, 1), (TILES, 1)):
        assert await bench.write(address, value) == SLVERR
    streams, results = run_data(3, 2)
    bench.send(streams)
    assert await bench.results() == results
    assert [await bench.read(each) & 3 for each in (STATUS, DEPTH, TILES)] == [DONE, 3, 2]


@cocotb.test(timeout_time=500, timeout_unit="us")
async def runs_follow_each_other_and_cycles_are_counted(dut):
    bench = await Bench.begin(dut)
    sizes = [(4, 3), (1, 1), (1, 5), (7, 2)]
    data = [run_data(*size) for size in sizes]
    # All operands wait from the beginning: a run takes no more than its own.
    for streams, _ in data:
        bench.send(streams)
    for (depth, tiles), (_, results) in zip(sizes, data, strict=True):
        assert await bench.write(DEPTH, depth) == await bench.write(TILES, tiles) == OKAY
        counted = cocotb.start_soon(bench.busy_cycles())
        assert await bench.write(CONTROL, START) == OKAY
        assert await bench.write(INTERRUPT, 1) == OKAY
        assert await bench.results() == results
        await RisingEdge(dut.clk)
        assert dut.irq.value == 1
        assert await bench.read(STATUS) == DONE
        cycles = await bench.read(CYCLES)
        assert cycles == await counted
        if not isinstance(SPECIFICATION, SystolicArray):
            assert cycles == depth * tiles + SPECIFICATION.latency
        # A start clears it as well as a write does.
        if depth > 1:
            assert await bench.write(STATUS, DONE) == OKAY
            assert await bench.read(STATUS) == 0
        assert await bench.write(INTERRUPT, 0) == OKAY
        assert dut.irq.value == 0


@cocotb.test(timeout_time=2, timeout_unit="ms")
async def stalls_change_no_result(dut):
    bench = await Bench.begin(dut)
    bench.stall("all")
    for depth, tiles in ((3, 4), (1, 3), (5, 2)):
        streams, results = run_data(depth, tiles)
        bench.send(streams)
        await bench.start(depth, tiles)
        assert await bench.results() == results
        while await bench.read(STATUS) & BUSY:
            pass


@cocotb.test(timeout_time=500, timeout_unit="us")
async def a_run_waits_for_its_streams_and_can_be_aborted(dut):
    bench = await Bench.begin(dut)
    # Results that nobody takes.
    bench.sink.pause = True
    streams, results = run_data(2, 6)
    bench.send(streams)
    await bench.start(2, 6)
    await ClockCycles(dut.clk, 100)
    assert await bench.read(STATUS) == BUSY
    assert bench.sink.empty()
    bench.sink.pause = False
    assert await bench.results() == results
    assert await bench.read(STATUS) == DONE
    # Operands of which there are too few: what was taken of them is forgotten.
    streams, _ = run_data(3, 1)
    bench.send(
        {name: words if name == "s_axis_w" else words[:-1] for name, words in streams.items()}
    )
    await bench.start(3, 1)
    await ClockCycles(dut.clk, 100)
    assert await bench.read(STATUS) & 3 == BUSY
    cycles = await bench.read(CYCLES)
    assert cycles >= 100
    assert await bench.write(CONTROL, ABORT) == OKAY
    assert await bench.read(STATUS) == 0
    stopped = await bench.read(CYCLES)
    await ClockCycles(dut.clk, 10)
    assert await bench.read(CYCLES) == stopped
    # A multiplier has given its first products by then.
    bench.sink.clear()
    streams, results = run_data(4, 2)
    bench.send(streams)
    await bench.start(4, 2)
    found = await bench.results()
    assert found[-len(results) :] == results
