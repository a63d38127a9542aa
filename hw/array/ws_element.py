"""The element of a weight-stationary array: its weight stays, operands and sums pass through it."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.blocks import Blocks, place
from lmul_pe.hw.unit.datapath import Add, Datapath, Multiply


class WsElement(wiring.Component):
    """Multiplies what passes by its weight, and adds the product to the sum from above.

    The next weights move up through a chain of registers beside the weights in use.

    Parameters
    ----------
    path
        Of its products and sums.
    blocks
        Where multiplier and adder become modules of their own.

    Members
    -------
    enable : In
        Moves everything but the chain of weights.
    load : In
        The chain of weights moves up by one element.
    beat_in, a_in : In
        From the left: bit 0, whether ``a`` is valid; bit 1, whether the next weight is used from
        the next cycle on; ``a``.
    weight_in : In
        From below.
    sum_in : In
        From above, a cycle after ``a``.
    beat_out, a_out, weight_out, sum_out : Out
        The same for the neighbours.
    overflow_in, overflow_out : In, Out
        A pulse to the right for every sum that left its range; only where sums can.
    """

    clocked = True

    def __init__(self, path: Datapath, blocks: Blocks | None = None):
        self._path = path
        self._blocks = blocks
        passing = {"beat": 2, "a": path.a_bits, "weight": path.b_bits}
        passing["sum"] = path.sum.state_bits
        if path.accumulator.overflows:
            passing["overflow"] = 1
        ports = {"enable": In(1), "load": In(1)}
        ports |= {f"{name}_in": In(width) for name, width in passing.items()}
        ports |= {f"{name}_out": Out(width) for name, width in passing.items()}
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        path = self._path
        beat = Signal(2, name="beat")
        a = Signal(path.a_bits, name="a", reset_less=True)
        waiting = Signal(path.b_bits, name="next_weight", reset_less=True)
        weight = Signal(path.b_bits, name="weight", reset_less=True)
        product = Signal(path.product_word.width, name="product", reset_less=True)
        total = Signal(path.sum.state_bits, name="sum", reset_less=True)
        multiplier = place(
            m,
            self._blocks,
            "multiply",
            lambda: Multiply(path),
            name="multiplier",
            key=path.key,
            a=self.a_in,
            b=weight,
        )
        several = path.accumulator.latency > 1
        adder = place(
            m,
            self._blocks,
            "add",
            lambda: Add(path),
            name="adder",
            key=(path.key, 1, False),
            state=self.sum_in,
            product_0=product,
            **({"enable": self.enable} if several else {}),
        )
        with m.If(self.load):
            m.d.sync += waiting.eq(self.weight_in)
        with m.If(self.enable):
            m.d.sync += [
                beat.eq(self.beat_in),
                a.eq(self.a_in),
                product.eq(multiplier["product"]),
                total.eq(adder["following"]),
            ]
        with m.If(self.enable & self.beat_in[1]):
            m.d.sync += weight.eq(waiting)
        m.d.comb += [
            self.beat_out.eq(beat),
            self.a_out.eq(a),
            self.weight_out.eq(waiting),
            self.sum_out.eq(total),
        ]
        if path.accumulator.overflows:
            overflow = Signal(name="overflow")
            with m.If(self.enable):
                # The product whose addition may overflow is the one that ``beat`` belongs to.
                m.d.sync += overflow.eq(self.overflow_in | (beat[0] & adder["overflow"]))
            m.d.comb += self.overflow_out.eq(overflow)
        return m
