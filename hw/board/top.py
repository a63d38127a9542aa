"""What a board is filled with: an array that a host reaches over a serial line."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from .exchange import Exchange
from .frames import LENGTH_BITS, FrameReceiver, FrameTransmitter
from .protocol import CAPACITY, Answer, Kind, Payloads
from .uart import UartReceiver, UartTransmitter


class Top(wiring.Component):
    """Answers every frame, and carries each number out once.

    A frame of the number of the one before is taken for the same one, whose answer was lost: it is
    answered again and not carried out.

    Parameters
    ----------
    payloads
        Of the array.
    array
        The component of ``payloads.array``, with its AXI-Streams.
    divisor
        Clock cycles of a bit on the line, 4 or more.
    silence_bits
        Bits' time without a byte after which a frame is over.

    Members
    -------
    rx, tx : In, Out
        The line.
    """

    clocked = True

    def __init__(
        self, payloads: Payloads, array: wiring.Component, *, divisor: int, silence_bits: int
    ):
        self._payloads = payloads
        self._array = array
        self._divisor = divisor
        self._silence = silence_bits * divisor
        super().__init__({"rx": In(1, init=1), "tx": Out(1, init=1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        payloads = self._payloads
        m.submodules.receiver = receiver = UartReceiver(self._divisor)
        m.submodules.transmitter = transmitter = UartTransmitter(self._divisor)
        m.submodules.frames = frames = FrameReceiver(self._silence)
        m.submodules.answers = answers = FrameTransmitter()
        m.submodules.exchange = exchange = Exchange(payloads, self._array)
        greeting = payloads.greeting
        m.submodules.greeting = names = Memory(shape=8, depth=len(greeting), init=greeting)
        m.submodules.results = results = Memory(shape=8, depth=CAPACITY, init=[])
        name, result, store = names.read_port(), results.read_port(), results.write_port()
        wiring.connect(m, answers.o, transmitter.i)
        m.d.comb += [
            receiver.rx.eq(self.rx),
            self.tx.eq(transmitter.tx),
            frames.data.eq(receiver.data),
            frames.valid.eq(receiver.valid),
            frames.fault.eq(receiver.fault),
            frames.address.eq(exchange.address),
            exchange.octet.eq(frames.octet),
            exchange.length.eq(frames.length),
            exchange.last.eq(frames.kind == Kind.LAST_OPERANDS),
            exchange.forget.eq(frames.kind == Kind.HELLO),
            store.addr.eq(exchange.result_address),
            store.data.eq(exchange.result_octet),
            store.en.eq(exchange.result_write),
            name.addr.eq(answers.address),
            result.addr.eq(answers.address),
            answers.octet.eq(Mux(frames.kind == Kind.HELLO, name.data, result.data)),
            answers.number.eq(frames.number),
        ]

        rest = Signal(LENGTH_BITS, name="rest")
        # The number of the frame before, and whether it was one that must not be done again.
        previous, repeatable = Signal(8, name="previous"), Signal(init=1, name="repeatable")
        again, following = Signal(name="again"), Signal(name="following")
        m.d.comb += [
            again.eq((frames.number == previous) & ~repeatable),
            following.eq(frames.number == (previous + 1)[:8]),
        ]

        def answer(answer: Answer) -> None:
            m.d.sync += [answers.answer.eq(answer), answers.length.eq(0)]
            m.next = "ANSWER"

        with m.FSM():
            with m.State("LISTEN"):
                m.d.comb += frames.listen.eq(1)
                m.d.sync += [
                    rest.eq(frames.length),
                    answers.answer.eq(frames.answer),
                    answers.length.eq(0),
                ]
                with m.If(frames.arrived):
                    m.next = "ANSWER"
                    with m.If(frames.answer == Answer.DONE):
                        m.next = "MEASURE"
            with m.State("MEASURE"):
                with m.If(frames.kind > max(Kind)):
                    answer(Answer.UNKNOWN_KIND)
                with m.Elif((frames.kind == Kind.HELLO) | (frames.length == 0)):
                    m.next = "BEGIN"
                    with m.If((frames.kind == Kind.HELLO) == frames.length.any()):
                        answer(Answer.WRONG_LENGTH)
                with m.Elif(rest >= payloads.beat_bytes):
                    m.d.sync += rest.eq(rest - payloads.beat_bytes)
                with m.Elif(rest.any()):
                    answer(Answer.WRONG_LENGTH)
                with m.Else():
                    m.next = "BEGIN"
            with m.State("BEGIN"):
                m.next = "WAIT"
                with m.If((frames.kind == Kind.HELLO) | following):
                    m.d.comb += exchange.start.eq(1)
                    m.d.sync += [
                        previous.eq(frames.number),
                        repeatable.eq(frames.kind == Kind.HELLO),
                    ]
                with m.Elif(~again):
                    answer(Answer.WRONG_SEQUENCE)
            with m.State("WAIT"), m.If(~exchange.busy):
                answer(Answer.DONE)
                with m.If(frames.kind == Kind.HELLO):
                    m.d.sync += answers.length.eq(len(greeting))
                with m.Elif(frames.kind == Kind.LAST_OPERANDS):
                    m.d.sync += answers.length.eq(payloads.result_bytes)
            with m.State("ANSWER"):
                m.d.comb += answers.start.eq(1)
                m.next = "SEND"
            with m.State("SEND"), m.If(~answers.busy):
                m.next = "LISTEN"
        return m
