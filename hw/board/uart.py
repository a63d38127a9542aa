"""A serial line: eight bits a byte, low one first, between a start bit and a stop bit."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out

START_BITS = STOP_BITS = 1
DATA_BITS = 8
LINE_BITS = START_BITS + DATA_BITS + STOP_BITS
"""Of a byte on the line."""


class UartReceiver(wiring.Component):
    """Bytes from a line, each bit looked at in its middle.

    Parameters
    ----------
    divisor
        Clock cycles of a bit, 4 or more.

    Members
    -------
    rx : In
        The line, high between bytes; of any clock.
    data : Out
        The byte, in the cycle of ``valid``.
    valid : Out
        Set for one cycle at the end of a byte.
    fault : Out
        Beside ``valid``: the stop bit was low, and the byte may be anything.
    """

    def __init__(self, divisor: int):
        self._divisor = divisor
        super().__init__(
            {"rx": In(1, init=1), "data": Out(DATA_BITS), "valid": Out(1), "fault": Out(1)}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        line = Signal(init=1, name="line")
        m.submodules.synchronizer = FFSynchronizer(self.rx, line, init=1)
        left = Signal(range(LINE_BITS + 1), name="bits_left")
        timer = Signal(range(self._divisor), name="timer")
        m.d.sync += self.valid.eq(0)
        with m.If(left == 0):
            m.d.sync += timer.eq(self._divisor // 2 - 1)
            with m.If(~line):
                m.d.sync += left.eq(LINE_BITS)
        with m.Elif(timer.any()):
            m.d.sync += timer.eq(timer - 1)
        with m.Else():
            m.d.sync += [timer.eq(self._divisor - 1), left.eq(left - 1)]
            with m.If(left == LINE_BITS):
                # What is high again half a bit later was no start bit.
                m.d.sync += left.eq(Mux(line, 0, left - 1))
            with m.Elif(left == STOP_BITS):
                m.d.sync += [self.valid.eq(1), self.fault.eq(~line)]
            with m.Else():
                m.d.sync += self.data.eq(Cat(self.data[1:], line))
        return m


class UartTransmitter(wiring.Component):
    """Bytes onto a line.

    Parameters
    ----------
    divisor
        Clock cycles of a bit.

    Members
    -------
    i : stream
        The bytes; one is taken when the one before has left.
    tx : Out
        The line.
    """

    def __init__(self, divisor: int):
        self._divisor = divisor
        super().__init__({"i": In(stream.Signature(DATA_BITS)), "tx": Out(1, init=1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        word = Signal(LINE_BITS, init=-1, name="word")
        left = Signal(range(LINE_BITS + 1), name="bits_left")
        timer = Signal(range(self._divisor), name="timer")
        m.d.comb += [self.tx.eq(word[0]), self.i.ready.eq(left == 0)]
        with m.If(self.i.valid & self.i.ready):
            m.d.sync += [
                word.eq(Cat(Const(0, START_BITS), self.i.payload, Const(1, STOP_BITS))),
                left.eq(LINE_BITS),
                timer.eq(self._divisor - 1),
            ]
        with m.Elif(timer.any()):
            m.d.sync += timer.eq(timer - 1)
        with m.Elif(left.any()):
            m.d.sync += [
                timer.eq(self._divisor - 1),
                word.eq(Cat(word[1:], Const(1, 1))),
                left.eq(left - 1),
            ]
        return m
