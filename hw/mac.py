"""Multiply-accumulate units: the hardware of a ``model.Mac``."""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from model import Mac

from .addition import add_product
from .architecture import PORTABLE, Architecture
from .multiplier import KINDS
from .product import ExactProduct, rounded_product

_PARTS = ("sign", "exponent", "significand", "zero", "infinite", "nan")


def product_of(m: Module, mac: Mac, architecture: Architecture, a: Value, b: Value) -> ExactProduct:
    """The product of two codes as it enters the accumulator."""
    kind = KINDS[mac.multiplier.kind](mac.multiplier, architecture)
    return kind.product(m, a, b, mac.accumulator.format.bias or 0)


def sum_of(m: Module, mac: Mac, total: Value, product: ExactProduct) -> Value:
    """The accumulator's next code."""
    format = mac.accumulator.format
    if not mac.accumulator.fused:
        product = rounded_product(m, product, format.mantissa_bits + 1)
    return add_product(m, format, total, product)


class MacUnit(wiring.Component):
    """A multiply-accumulate unit between two streams: a pair every cycle, a sum at every ``last``.

    The product is registered, and added to the sum in the cycle after.  The sum that a ``last``
    ends moves to the output, and the next one starts from +0 without a pause.

    Parameters
    ----------
    mac
        Its specification.
    architecture
        How it is built.

    Members
    -------
    i : stream
        ``a``, ``b`` and ``last``, set with the last pair of a sum.
    o : stream
        ``y``, the sum's code, and ``last``, which is always set.
    """

    def __init__(self, mac: Mac, architecture: Architecture = PORTABLE):
        self.mac = mac
        self.architecture = architecture
        inputs = {"a": mac.multiplier.format.width, "b": mac.multiplier.format_b.width}
        self._sum_bits = mac.accumulator.format.width
        super().__init__(
            {
                "i": In(stream.Signature(StructLayout({**inputs, "last": 1}))),
                "o": Out(stream.Signature(StructLayout({"y": self._sum_bits, "last": 1}))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        payload = self.i.payload
        product = product_of(m, self.mac, self.architecture, payload.a, payload.b)
        held = {}
        for name in _PARTS:
            value = getattr(product, name)
            held[name] = Signal(value.shape(), name=f"product_{name}", reset_less=True)
        full, last = Signal(name="product_valid"), Signal(name="product_last", reset_less=True)
        total = Signal(self._sum_bits, name="sum")
        result = Signal(self._sum_bits, name="result", reset_less=True)
        done = Signal(name="result_valid")
        following = Signal(self._sum_bits, name="next_sum")
        step = Signal(name="step")
        m.d.comb += [
            following.eq(sum_of(m, self.mac, total, ExactProduct(**held))),
            # A finished sum waits while the one before it has not been taken.
            step.eq(full & ~(last & done & ~self.o.ready)),
            self.i.ready.eq(~full | step),
            self.o.valid.eq(done),
            self.o.payload.y.eq(result),
            self.o.payload.last.eq(1),
        ]
        with m.If(self.o.ready):
            m.d.sync += done.eq(0)
        with m.If(step):
            m.d.sync += total.eq(following)
            with m.If(last):
                m.d.sync += [total.eq(0), result.eq(following), done.eq(1)]
        with m.If(self.i.ready):
            m.d.sync += [full.eq(self.i.valid), last.eq(payload.last)]
            m.d.sync += [held[name].eq(getattr(product, name)) for name in _PARTS]
        return m


class MacStep(wiring.Component):
    """One step of a multiply-accumulate without registers: ``y = c + a * b``.

    Members
    -------
    a, b : In
        Operand codes.
    c : In
        Code of the sum so far.
    y : Out
        Code of the sum.
    """

    def __init__(self, mac: Mac, architecture: Architecture = PORTABLE):
        self.mac = mac
        self.architecture = architecture
        width = mac.accumulator.format.width
        super().__init__(
            {
                "a": In(mac.multiplier.format.width),
                "b": In(mac.multiplier.format_b.width),
                "c": In(width),
                "y": Out(width),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        product = product_of(m, self.mac, self.architecture, self.a, self.b)
        m.d.comb += self.y.eq(sum_of(m, self.mac, self.c, product))
        return m
