"""The element of an output-stationary array: its sum stays, operands pass through it."""

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Member, Out

from lmul_pe.hw.blocks import Blocks, place
from lmul_pe.hw.unit.datapath import Datapath, Multiply
from lmul_pe.hw.unit.loop import accumulator_loop, beat_layout


def element_ports(path: Datapath, lanes: int = 1) -> dict[str, Member]:
    """The ports of an element of :class:`OsElement`'s kind that takes ``lanes`` pairs at once."""
    passing = {
        "beat": beat_layout(path.accumulator.latency).size,
        "a": lanes * path.a_bits,
        "b": lanes * path.b_bits,
        "sum": path.sum.state_bits * path.accumulator.latency,
    }
    if path.accumulator.overflows:
        passing["overflow"] = 1
    ports = {"enable": In(1), "shift": In(1), "shift_out": Out(1)}
    ports |= {f"{name}_in": In(width) for name, width in passing.items()}
    return ports | {f"{name}_out": Out(width) for name, width in passing.items()}


class OsElement(wiring.Component):
    """Multiplies what passes, adds it to its own sum, and hands finished sums down its column.

    A finished sum moves to a register of the column's chain, so that the next one begins without a
    pause.

    Parameters
    ----------
    path
        Of its products and sums.
    blocks
        Where multiplier and adder become modules of their own.

    Members
    -------
    enable : In
        Moves everything.
    shift, shift_out : In, Out
        The element takes the finished sum above it; to the right a cycle later.
    beat_in, a_in : In
        From the left: what the operands are in the stream (:func:`~.loop.beat_layout`), and
        ``a``.
    b_in, sum_in : In
        From above: ``b``, and the finished sum of the element there.
    beat_out, a_out, b_out, sum_out : Out
        The same for the neighbours, a cycle later.
    overflow_in, overflow_out : In, Out
        A pulse to the right for every sum that left its range; only where sums can.
    """

    clocked = True

    def __init__(self, path: Datapath, blocks: Blocks | None = None):
        self._path = path
        self._blocks = blocks
        super().__init__(element_ports(path))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        path = self._path
        valid, shift = Signal(name="valid"), Signal(name="shifted")
        rest = Signal(len(self.beat_in) - 1, name="beat", reset_less=True)
        beat = Cat(valid, rest)
        a = Signal(path.a_bits, name="a", reset_less=True)
        b = Signal(path.b_bits, name="b", reset_less=True)
        product = Signal(path.product_word.width, name="product", reset_less=True)
        multiplier = place(
            m,
            self._blocks,
            "multiply",
            lambda: Multiply(path),
            name="multiplier",
            key=path.key,
            a=self.a_in,
            b=self.b_in,
        )
        with m.If(self.enable):
            m.d.sync += [
                beat.eq(self.beat_in),
                shift.eq(self.shift),
                a.eq(self.a_in),
                b.eq(self.b_in),
                product.eq(multiplier["product"]),
            ]
        ended = accumulator_loop(
            m, path, self._blocks, enable=self.enable, beat=beat, products=[product]
        )
        finished = Signal(len(self.sum_in), name="finished", reset_less=True)
        with m.If(self.enable & (ended.due | self.shift)):
            m.d.sync += finished.eq(Mux(ended.due, ended.state, self.sum_in))
        m.d.comb += [
            self.beat_out.eq(beat),
            self.shift_out.eq(shift),
            self.a_out.eq(a),
            self.b_out.eq(b),
            self.sum_out.eq(finished),
        ]
        if path.accumulator.overflows:
            overflow = Signal(name="overflow")
            with m.If(self.enable):
                m.d.sync += overflow.eq(self.overflow_in | ended.overflow)
            m.d.comb += self.overflow_out.eq(overflow)
        return m
