"""Frames from bytes and to bytes, without a line."""

import zlib

import pytest
from amaranth.sim import Simulator

from lmul_pe.hw.board.frames import FrameReceiver, FrameTransmitter
from tests.sweep import some

SILENCE = 20


def framed(number, code, payload):
    head = len(payload).to_bytes(2, "little") + bytes([number, code])
    return head + payload + zlib.crc32(head + payload).to_bytes(4, "little")


def received(octets, *, gap=2, faults=()):
    """What is told of the frames in ``octets``, ``gap`` cycles between bytes: answer, number,
    kind and payload, and the cycle."""
    receiver = FrameReceiver(SILENCE)
    found = []

    async def bench(context):
        context.set(receiver.listen, 1)
        for cycle in range(len(octets) * gap + 3 * SILENCE):
            index, rest = divmod(cycle, gap)
            here = rest == 0 and index < len(octets)
            context.set(receiver.valid, here)
            context.set(receiver.data, octets[index] if here else 0xEE)
            context.set(receiver.fault, here and index in faults)
            await context.tick()
            if not context.get(receiver.arrived):
                continue
            ports = (receiver.answer, receiver.number, receiver.kind)
            told = [context.get(port) for port in ports]
            payload = []
            if told[0] == 0:
                context.set(receiver.listen, 0)
                context.set(receiver.valid, 0)
                for address in range(context.get(receiver.length)):
                    context.set(receiver.address, address)
                    await context.tick()
                    payload.append(context.get(receiver.octet))
                context.set(receiver.listen, 1)
                await context.tick()
            found.append((*told, bytes(payload), cycle))

    run(receiver, bench)
    return found


def run(component, bench):
    simulator = Simulator(component)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()


@pytest.mark.parametrize("payload", some([bytes(range(40)), b"", b"\x00", bytes(512)], 2))
@pytest.mark.parametrize("gap", [2, SILENCE - 1])
def test_a_frame_is_told_as_soon_as_it_is_whole(payload, gap):
    octets = framed(77, 2, payload)
    ((*told, cycle),) = received(octets, gap=gap)
    assert told == [0, 77, 2, payload]
    assert 0 < cycle - gap * (len(octets) - 1) < 5


@pytest.mark.parametrize(
    ("octets", "faults", "answer"),
    [
        (framed(1, 2, b"abc")[:-1] + b"!", (), 1),
        (framed(1, 2, b"abc"), (0,), 1),
        (framed(1, 2, b"abc"), (3,), 1),
        (framed(1, 2, b"abc"), (10,), 1),
        (framed(1, 2, bytes(513)), (), 2),
        (framed(1, 2, b"abc")[:-1], (), 3),
        (b"\x00", (), 3),
    ],
)
def test_a_bad_frame_is_told_once_after_the_line_is_silent(octets, faults, answer):
    ((told, *_, cycle),) = received(octets, faults=faults)
    assert told == answer
    assert SILENCE <= cycle - 2 * (len(octets) - 1) < SILENCE + 5


@pytest.mark.parametrize("payload", some([bytes(range(40)), b"", b"\x00", bytes(512)], 2))
@pytest.mark.parametrize("wait", [0, 3])
def test_a_frame_is_sent_with_its_length_and_check(payload, wait):
    transmitter = FrameTransmitter()
    octets = []

    async def bench(context):
        for port, value in (("number", 200), ("answer", 6), ("length", len(payload))):
            context.set(getattr(transmitter, port), value)
        context.set(transmitter.start, 1)
        await context.tick()
        context.set(transmitter.start, 0)
        context.set(transmitter.length, 3)
        cycle = 0
        while context.get(transmitter.busy):
            address = context.get(transmitter.address)
            ready = cycle % (wait + 1) == wait
            context.set(transmitter.o.ready, ready)
            if ready and context.get(transmitter.o.valid):
                octets.append(context.get(transmitter.o.payload))
            await context.tick()
            context.set(transmitter.octet, payload[address] if address < len(payload) else 0)
            cycle += 1

    run(transmitter, bench)
    assert bytes(octets) == framed(200, 6, payload)
