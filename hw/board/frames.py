"""Frames from bytes, and bytes of frames, as the protocol has them."""

from collections.abc import Callable

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.crc import Processor
from amaranth.lib.crc.catalog import CRC32_ISO_HDLC
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from .protocol import CAPACITY, CHECK_BYTES, HEADER_BYTES, Answer

LENGTH_BITS = CAPACITY.bit_length()
ADDRESS_BITS = (CAPACITY - 1).bit_length()
LENGTH_FIELD = slice(0, 16)
NUMBER_FIELD = slice(16, 24)
CODE_FIELD = slice(24, 32)


def _check(m: Module) -> Processor:
    m.submodules.check = check = CRC32_ISO_HDLC(data_width=8).create()
    return check


class FrameReceiver(wiring.Component):
    """Takes frames apart, and says what is wrong with them.

    A frame that is corrupt or too long ends where the line has been silent for a while, since its
    length cannot be trusted: what follows it in one go belongs to it.

    Parameters
    ----------
    silence
        Clock cycles without a byte after which no more is expected.

    Members
    -------
    data, valid, fault : In
        Of a :class:`~.uart.UartReceiver`.
    listen : In
        Whether bytes are taken; others are lost.
    arrived : Out
        Set for one cycle at the end of a frame; the fields below keep until ``listen``.
    answer : Out
        :attr:`~.protocol.Answer.DONE` for a whole frame, or the reason against it.
    number, kind, length : Out
        Of its header.
    address, octet : In, Out
        Its payload: ``octet`` is that of the ``address`` a cycle before.
    """

    def __init__(self, silence: int):
        self._silence = silence
        super().__init__(
            {
                "data": In(8),
                "valid": In(1),
                "fault": In(1),
                "listen": In(1),
                "arrived": Out(1),
                "answer": Out(8),
                "number": Out(8),
                "kind": Out(8),
                "length": Out(LENGTH_BITS),
                "address": In(ADDRESS_BITS),
                "octet": Out(8),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.payload = payload = Memory(shape=8, depth=CAPACITY, init=[])
        write, read = payload.write_port(), payload.read_port()
        check = _check(m)
        header = Signal(8 * HEADER_BYTES, name="header")
        # Bytes of the header, and then of the rest.
        left = Signal(range(CAPACITY + CHECK_BYTES + 1), init=HEADER_BYTES, name="bytes_left")
        written = Signal(ADDRESS_BITS, name="written")
        waited = Signal(range(self._silence + 1), name="waited")
        silent = Signal(name="silent")
        m.d.comb += [
            self.number.eq(header[NUMBER_FIELD]),
            self.kind.eq(header[CODE_FIELD]),
            self.length.eq(header[LENGTH_FIELD]),
            read.addr.eq(self.address),
            self.octet.eq(read.data),
            write.addr.eq(written),
            write.data.eq(self.data),
            check.data.eq(self.data),
            check.valid.eq(self.valid),
            silent.eq(waited == self._silence),
        ]
        with m.If(self.valid):
            m.d.sync += waited.eq(0)
        with m.Elif(~silent):
            m.d.sync += waited.eq(waited + 1)

        def refuse(answer: Answer) -> None:
            m.d.sync += self.answer.eq(answer)

        with m.FSM():
            with m.State("IDLE"):
                m.d.comb += check.start.eq(1)
                m.d.sync += [left.eq(HEADER_BYTES - 1), written.eq(0), self.answer.eq(0)]
                with m.If(self.listen & self.valid):
                    m.d.sync += header.eq(Cat(header[8:], self.data))
                    m.next = "HEADER"
                    with m.If(self.fault):
                        refuse(Answer.CORRUPT)
                        m.next = "REFUSED"
            with m.State("HEADER"):
                with m.If(self.valid):
                    m.d.sync += [header.eq(Cat(header[8:], self.data)), left.eq(left - 1)]
                    with m.If(left == 1):
                        m.next = "LENGTH"
                self._broken(m, silent, refuse)
            with m.State("LENGTH"):
                m.d.sync += left.eq(header[LENGTH_FIELD] + CHECK_BYTES)
                m.next = "REST"
                with m.If(header[LENGTH_FIELD] > CAPACITY):
                    refuse(Answer.OVERLONG)
                    m.next = "REFUSED"
            with m.State("REST"):
                with m.If(self.valid):
                    m.d.comb += write.en.eq(left > CHECK_BYTES)
                    m.d.sync += [written.eq(written + 1), left.eq(left - 1)]
                    with m.If(left == 1):
                        m.next = "CHECK"
                self._broken(m, silent, refuse)
            with m.State("CHECK"):
                m.next = "ARRIVED"
                with m.If(~check.match_detected):
                    refuse(Answer.CORRUPT)
                    m.next = "REFUSED"
            with m.State("REFUSED"), m.If(silent):
                m.next = "ARRIVED"
            with m.State("ARRIVED"):
                m.d.comb += self.arrived.eq(1)
                m.next = "KEPT"
            with m.State("KEPT"), m.If(self.listen):
                m.next = "IDLE"
        return m

    def _broken(self, m: Module, silent: Value, refuse: Callable[[Answer], None]) -> None:
        """The ways in which a frame breaks off."""
        with m.If(self.valid & self.fault):
            refuse(Answer.CORRUPT)
            m.next = "REFUSED"
        with m.Elif(silent):
            refuse(Answer.TRUNCATED)
            m.next = "ARRIVED"


class FrameTransmitter(wiring.Component):
    """Puts frames together.

    Members
    -------
    start : In
        Begins a frame of the fields beside it, unless one is ``busy``.
    number, answer, length : In
        Of its header.
    address, octet : Out, In
        Its payload: ``octet`` is that of the ``address`` a cycle before.
    busy : Out
        Whether a frame has bytes left.
    o : stream
        The bytes.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "start": In(1),
                "number": In(8),
                "answer": In(8),
                "length": In(LENGTH_BITS),
                "address": Out(ADDRESS_BITS),
                "octet": In(8),
                "busy": Out(1),
                "o": Out(stream.Signature(8)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        check = _check(m)
        header = Signal(8 * HEADER_BYTES, name="header")
        left = Signal(range(max(HEADER_BYTES, CHECK_BYTES) + 1), name="bytes_left")
        payload_left = Signal(LENGTH_BITS, name="payload_left")
        sent, summed = Signal(name="sent"), Signal(8 * CHECK_BYTES, name="summed")
        m.d.comb += [
            sent.eq(self.o.valid & self.o.ready),
            check.data.eq(self.o.payload),
            check.valid.eq(sent),
        ]
        with m.FSM() as machine:
            with m.State("IDLE"):
                m.d.comb += check.start.eq(1)
                length = Signal(16, name="length_field")
                m.d.comb += length.eq(self.length)
                m.d.sync += [
                    header.eq(Cat(length, self.number, self.answer)),
                    left.eq(HEADER_BYTES),
                    payload_left.eq(self.length),
                    self.address.eq(0),
                ]
                with m.If(self.start):
                    m.next = "HEADER"
            with m.State("HEADER"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.eq(header[:8])]
                with m.If(sent):
                    m.d.sync += [header.eq(header >> 8), left.eq(left - 1)]
                    with m.If(left == 1):
                        m.next = "PAYLOAD"
            with m.State("PAYLOAD"):
                m.d.comb += [
                    self.o.valid.eq(payload_left.any()),
                    self.o.payload.eq(self.octet),
                ]
                m.d.sync += [left.eq(CHECK_BYTES), summed.eq(check.crc)]
                with m.If(~payload_left.any()):
                    m.next = "CHECK"
                with m.Elif(sent):
                    m.d.sync += [
                        self.address.eq(self.address + 1),
                        payload_left.eq(payload_left - 1),
                    ]
                    m.next = "FETCH"
            with m.State("FETCH"):
                m.next = "PAYLOAD"
            with m.State("CHECK"):
                m.d.comb += [self.o.valid.eq(1), self.o.payload.eq(summed[:8])]
                with m.If(sent):
                    m.d.sync += [summed.eq(summed >> 8), left.eq(left - 1)]
                    with m.If(left == 1):
                        m.next = "IDLE"
        m.d.comb += self.busy.eq(~machine.ongoing("IDLE"))
        return m
