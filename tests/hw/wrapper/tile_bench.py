"""A tile of Tiny Tapeout at its pins; runs inside the simulator."""

import os
import random

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import ClockCycles, FallingEdge

from lmul_pe.model import Multiplier, unit_named

# Of uio.
IN_VALID, IN_LAST, OUT_READY = 1, 2, 4
IN_READY, OUT_VALID, OUT_LAST, FLAG = 16, 32, 64, 128

SPECIFICATION = unit_named(os.environ["UNIT"])
RANDOM = np.random.default_rng(4)


async def begin(dut):
    cocotb.start_soon(Clock(dut.clk, 20, unit="ns").start())
    dut.ena.value = 1
    dut.ui_in.value = dut.uio_in.value = 0
    dut.rst_n.value = 0
    await ClockCycles(dut.clk, 3)
    await FallingEdge(dut.clk)
    dut.rst_n.value = 1


async def exchange(dut, sent, count, rest):
    """``count`` bytes of results and their marks, for bytes and marks that are ``sent``.

    Pins change with the falling edge of the clock, as a microcontroller may do it.
    """
    random_one = random.Random(rest)
    found = []
    waiting = list(sent)
    while len(found) < count:
        await FallingEdge(dut.clk)
        handshakes = int(dut.uio_out.value)
        assert dut.uio_oe.value == 0xF0
        pins = 0
        if waiting and handshakes & IN_READY and random_one.random() >= rest:
            octet, last = waiting.pop(0)
            dut.ui_in.value = octet
            pins |= IN_VALID | IN_LAST * last
        if handshakes & OUT_VALID and random_one.random() >= rest:
            found.append((int(dut.uo_out.value), bool(handshakes & OUT_LAST)))
            pins |= OUT_READY
        dut.uio_in.value = pins
    await FallingEdge(dut.clk)
    dut.uio_in.value = 0
    assert not waiting
    return found


def operands_and_results(count):
    """Bytes with their marks, into the tile and out of it."""
    if isinstance(SPECIFICATION, Multiplier):
        a, b = (RANDOM.integers(0, 256, size=count, dtype=np.uint8) for _ in range(2))
        ends = RANDOM.integers(0, 2, size=count).astype(bool)
        sent = []
        for left, right, end in zip(a.tolist(), b.tolist(), ends.tolist(), strict=True):
            sent += [(left, 0), (right, int(end))]
        return sent, list(zip(SPECIFICATION.compute(a, b).tolist(), ends.tolist(), strict=True))
    sent, results = [], []
    for depth in RANDOM.integers(1, 6, size=count).tolist():
        a, b = RANDOM.integers(-128, 128, size=(2, depth))
        for k in range(depth):
            sent += [(int(a[k]) % 256, 0), (int(b[k]) % 256, int(k == depth - 1))]
        total = int(a @ b).to_bytes(4, "little", signed=True)
        results += [(octet, index == 3) for index, octet in enumerate(total)]
    return sent, results


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def results_are_those_of_the_operands(dut):
    await begin(dut)
    for rest in (0.0, 0.5, 0.9):
        sent, results = operands_and_results(40)
        assert await exchange(dut, sent, len(results), rest) == results
    assert int(dut.uio_out.value) & (OUT_VALID | FLAG) == 0


@cocotb.test(timeout_time=1, timeout_unit="ms")
async def a_reset_forgets_half_a_beat(dut):
    await begin(dut)
    dut.ui_in.value = 0x7F
    dut.uio_in.value = IN_VALID
    await FallingEdge(dut.clk)
    dut.uio_in.value = 0
    dut.rst_n.value = 0
    await FallingEdge(dut.clk)
    dut.rst_n.value = 1
    sent, results = operands_and_results(3)
    assert await exchange(dut, sent, len(results), 0.0) == results
