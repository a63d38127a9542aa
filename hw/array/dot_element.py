"""The element of an output-stationary array that adds several products at once, exactly."""

from collections.abc import Sequence
from functools import reduce
from operator import or_

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring

from lmul_pe.hw.arithmetic.bits import signal
from lmul_pe.hw.blocks import Blocks, place
from lmul_pe.hw.unit.exact_dot import Accumulate, ExactPath, add_products
from lmul_pe.hw.unit.loop import beat_layout

from .os_element import element_ports


class DotElement(wiring.Component):
    """Places the products of what passes, adds them to its own sum, and hands finished sums down.

    The sum is not rounded here, but where it leaves the array.

    Parameters
    ----------
    exact
        Of its products and sums.
    blocks
        Where what places and adds becomes modules of their own.

    Members
    -------
    enable, shift, shift_out, beat_in, sum_in, beat_out, sum_out, overflow_in, overflow_out
        As of an :class:`~.os_element.OsElement`.
    a_in, b_in, a_out, b_out
        As there, of as many elements as there are lanes.
    """

    clocked = True

    def __init__(self, exact: ExactPath, blocks: Blocks | None = None):
        self._exact = exact
        self._blocks = blocks
        super().__init__(element_ports(exact.path, exact.terms))

    def elaborate(self, platform: object) -> Module:
        m = Module()
        exact, path = self._exact, self._exact.path
        valid, shift = Signal(name="valid"), Signal(name="shifted")
        rest = Signal(len(self.beat_in) - 1, name="beat", reset_less=True)
        a = Signal(len(self.a_in), name="a", reset_less=True)
        b = Signal(len(self.b_in), name="b", reset_less=True)
        layout = beat_layout(path.accumulator.latency)
        taken = layout(self.beat_in).valid
        tree, flags = add_products(m, self._blocks, exact, self.a_in, self.b_in, taken)
        products = Signal(exact.beat_bits, name="products", reset_less=True)
        with m.If(self.enable):
            m.d.sync += [
                Cat(valid, rest).eq(self.beat_in),
                shift.eq(self.shift),
                a.eq(self.a_in),
                b.eq(self.b_in),
                products.eq(tree),
            ]
        beat = layout(Cat(valid, rest))
        forgets = signal(m, beat.valid & beat.fresh, "forgets")
        sums = Signal(exact.width, name="sum", reset_less=True)
        added = place(
            m,
            self._blocks,
            "add",
            lambda: Accumulate(exact),
            name="adder",
            key=exact.key,
            state=sums,
            fresh=forgets,
            beat=products,
        )
        with m.If(self.enable):
            m.d.sync += sums.eq(added["following"])
        state: Value = added["following"]
        if exact.flags:
            state = Cat(state, self._seen(m, flags, forgets))
        due = signal(m, beat.valid & beat.last, "due")
        finished = Signal(len(self.sum_in), name="finished", reset_less=True)
        with m.If(self.enable & (due | self.shift)):
            m.d.sync += finished.eq(Mux(due, state, self.sum_in))
        m.d.comb += [
            self.beat_out.eq(Cat(valid, rest)),
            self.shift_out.eq(shift),
            self.a_out.eq(a),
            self.b_out.eq(b),
            self.sum_out.eq(finished),
        ]
        if path.accumulator.overflows:
            overflow = Signal(name="overflow")
            with m.If(self.enable):
                m.d.sync += overflow.eq(self.overflow_in | (beat.valid & added["overflow"]))
            m.d.comb += self.overflow_out.eq(overflow)
        return m

    def _seen(self, m: Module, flags: Sequence[Value], forgets: Value) -> Value:
        """The flags that a sum has seen, those of a beat in the cycle after it."""
        bits = self._exact.flags
        arrived = Signal(bits, name="arrived", reset_less=True)
        seen = Signal(bits, name="seen", reset_less=True)
        now = (seen & ~forgets.replicate(bits)) | arrived
        with m.If(self.enable):
            m.d.sync += [arrived.eq(reduce(or_, flags)), seen.eq(now)]
        return now
