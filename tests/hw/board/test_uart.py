"""Bytes on a serial line, at several rates and with clocks that are a little off."""

import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator

from lmul_pe.hw.board.uart import UartReceiver, UartTransmitter

BYTES = [0x00, 0xFF, 0x55, 0xA3, 0x01, 0x80]


def received(divisor, levels):
    """Bytes and faults from the line's level in every cycle."""
    receiver = UartReceiver(divisor)
    found = []

    async def bench(context):
        for level in [*levels, *[1] * 4]:
            context.set(receiver.rx, level)
            await context.tick()
            if context.get(receiver.valid):
                found.append((context.get(receiver.data), context.get(receiver.fault)))

    run(receiver, bench)
    return found


def run(component, bench):
    simulator = Simulator(component)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


def levels_of(octets, cycles, stop=1):
    """The line's level in every cycle for bits of ``cycles``, which may be a fraction."""
    bits = [1]
    for byte in octets:
        bits += [0, *(byte >> index & 1 for index in range(8)), stop, *([] if stop else [1])]
    return [bits[int(cycle / cycles)] for cycle in range(int(len(bits) * cycles))]


@pytest.mark.parametrize("divisor", [4, 7, 25])
@pytest.mark.parametrize("off", [0.98, 1, 1.02])
def test_bytes_arrive_with_clocks_two_percent_apart(divisor, off):
    assert received(divisor, levels_of(BYTES, divisor * off)) == [(byte, 0) for byte in BYTES]


def test_a_low_stop_bit_is_a_fault():
    assert received(8, levels_of([0x12], 8, stop=0))[0] == (0x12, 1)


def test_a_low_level_of_less_than_half_a_bit_is_no_byte():
    assert received(16, [1, *[0] * 7, *[1] * 200]) == []


@pytest.mark.parametrize("divisor", [4, 9])
def test_what_is_sent_has_start_and_stop_bits_and_is_received(divisor):
    m = Module()
    m.submodules.transmitter = transmitter = UartTransmitter(divisor)
    levels = []

    async def bench(context):
        waiting = list(BYTES)
        for _ in range((len(BYTES) + 1) * 11 * divisor):
            context.set(transmitter.i.valid, bool(waiting))
            context.set(transmitter.i.payload, waiting[0] if waiting else 0)
            levels.append(context.get(transmitter.tx))
            taken = waiting and context.get(transmitter.i.ready)
            await context.tick()
            if taken:
                waiting.pop(0)

    run(m, bench)
    first = levels.index(0)
    one = [levels[first + divisor * bit + divisor // 2] for bit in range(10)]
    assert one == [0, *[0] * 8, 1]
    assert received(divisor, levels) == [(byte, 0) for byte in BYTES]
