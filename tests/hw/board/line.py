"""A board in Amaranth's simulator, and its serial line, bit by bit."""

import os
import select
import subprocess
import tty
from dataclasses import dataclass, field

from amaranth.sim import Simulator

from lmul_pe.hw.arithmetic.architecture import PORTABLE
from lmul_pe.hw.array.os_array import OsArray
from lmul_pe.hw.board.protocol import Payloads, frame_bytes, frame_of
from lmul_pe.hw.board.top import Top
from lmul_pe.model import array_named
from lmul_pe.sim.diagram.inline import InlineBlocks

DIVISOR = 4
SILENCE_BITS = 40


def top_of(name):
    array = array_named(name)
    component = OsArray(array, PORTABLE, InlineBlocks(array.name))
    return Top(Payloads(array), component, divisor=DIVISOR, silence_bits=SILENCE_BITS)


async def send(context, rx, byte, stop=1):
    """One byte, whose stop bit may be wrong."""
    for bit in (0, *(byte >> index & 1 for index in range(8)), stop):
        context.set(rx, bit)
        await context.tick().repeat(DIVISOR)
    context.set(rx, 1)


def listener(tx, received):
    """A bench that takes bytes from the line for ever."""

    async def bench(context):
        while True:
            await context.negedge(tx)
            await context.tick().repeat(DIVISOR + DIVISOR // 2)
            byte = 0
            for index in range(8):
                byte |= context.get(tx) << index
                await context.tick().repeat(DIVISOR)
            assert context.get(tx) == 1, "a stop bit is high"
            received.append(byte)

    return bench


def converse(name, questions, *, limit=400):
    """What a board answers to ``questions``, one after the other; None for nothing in ``limit``
    bits' time.

    A question is bytes, or pairs of a byte and its stop bit.
    """
    top = top_of(name)
    received, answers = bytearray(), []

    async def bench(context):
        for question in questions:
            received.clear()
            for each in question:
                byte, stop = (each, 1) if isinstance(each, int) else each
                await send(context, top.rx, byte, stop)
            for _ in range(limit):
                if len(received) >= frame_bytes(received):
                    break
                # Longer while an answer is under way.
                await context.tick().repeat(DIVISOR * (10 if received else 1))
            answers.append(frame_of(bytes(received)))

    _run(top, bench, received)
    return answers


@dataclass
class Faults:
    """What happens to bytes under way, by their number from 0 on.

    A function takes the byte and gives what arrives in its place, as pairs of a byte and its stop
    bit.
    """

    to_board: dict = field(default_factory=dict)
    to_host: dict = field(default_factory=dict)
    happened: list = field(default_factory=list)

    def pass_on(self, direction, number, byte):
        faults = getattr(self, direction)
        if number not in faults:
            return [(byte, 1)]
        self.happened.append((direction, number))
        return faults[number](byte)


def flipped(byte):
    return [(byte ^ 0x10, 1)]


def lost(byte):
    return []


def doubled(byte):
    return [(byte, 1)] * 2


def broken(byte):
    """As after noise in its stop bit."""
    return [(byte, 0)]


def host_on(name, command, faults, *, limit=2_000_000):
    """Run ``command``, a function of the port's path, against a board; how the program ended."""
    top = top_of(name)
    received = bytearray()
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    path = os.ttyname(theirs)
    host = subprocess.Popen(
        command(path), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    # The other end stays open here, so that the port is there before and after the program.

    async def bench(context):
        down = up = 0
        for _ in range(limit):
            if host.poll() is not None:
                return
            if select.select([ours], [], [], 0)[0]:
                for byte in os.read(ours, 4096):
                    for each, stop in faults.pass_on("to_board", down, byte):
                        await send(context, top.rx, each, stop)
                    down += 1
            else:
                await context.tick().repeat(5 * DIVISOR)
            while received:
                arrived = faults.pass_on("to_host", up, received.pop(0))
                os.write(ours, bytes(byte for byte, _ in arrived))
                up += 1
        raise AssertionError("the program has not ended")

    try:
        _run(top, bench, received)
    finally:
        host.kill()
        out, err = host.communicate()
        os.close(ours)
        os.close(theirs)
    return subprocess.CompletedProcess(host.args, host.returncode, out, err)


def _run(top, bench, received):
    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.add_testbench(listener(top.tx, received), background=True)
    simulator.run()
