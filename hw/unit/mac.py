"""Units that add products between two streams: the hardware of a ``Mac`` or a ``DotProduct``."""

from collections.abc import Sequence
from functools import partial

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import PORTABLE, Architecture
from lmul_pe.hw.blocks import Blocks, place
from lmul_pe.model import DotProduct, Mac

from .datapath import Datapath, Multiply, Pair
from .loop import Turns, accumulator_loop, beat_layout
from .read_out import read_out


class MacUnit(wiring.Component):
    """Sums of products between two streams: a beat every cycle, a sum at every ``last``.

    The products are registered, and added to the sum in the cycle after; in floating point those of
    one beat are first added among themselves, a register behind every level.  The sum that a
    ``last`` ends moves to the output, and the next one starts from +0 without a pause.

    Parameters
    ----------
    specification
        What it computes.
    architecture
        How it is built.
    blocks
        Where its parts become modules of their own; by default they are submodules.

    Members
    -------
    i : stream
        ``a`` and ``b``, whose elements start at bit 0, and ``last``, set with a sum's last beat.
    o : stream
        ``y``, the sum's code, and ``last``, which is always set.
    overflow : Out
        Set from the first sum that left its register on, if that can happen.
    """

    def __init__(
        self,
        specification: Mac | DotProduct,
        architecture: Architecture = PORTABLE,
        blocks: Blocks | None = None,
    ):
        self._specification = specification
        self.terms = specification.products_per_cycle
        mac = specification.mac if isinstance(specification, DotProduct) else specification
        self._path = Datapath(mac, architecture, terms=self.terms)
        self._blocks = blocks
        inputs = {"a": self.terms * self._path.a_bits, "b": self.terms * self._path.b_bits}
        output = {"y": self._path.sum.result_bits, "last": 1}
        members = {
            "i": In(stream.Signature(StructLayout({**inputs, "last": 1}))),
            "o": Out(stream.Signature(StructLayout(output))),
        }
        if self._path.accumulator.overflows:
            members["overflow"] = Out(1)
        super().__init__(members)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        path, payload = self._path, self.i.payload
        step = Signal(name="step")
        taken = self.i.valid & self.i.ready
        turns = Turns(m, path.accumulator.latency, taken=taken, last=payload.last)
        full = Signal(name="products_valid")
        beat = Signal(
            beat_layout(path.accumulator.latency).size - 1, name="products_beat", reset_less=True
        )
        held = [
            Signal(path.product_word.width, name=f"products_{index}", reset_less=True)
            for index in range(self.terms)
        ]
        with m.If(self.i.ready):
            m.d.sync += full.eq(self.i.valid)
            m.d.sync += beat.eq(turns.beat(self.i.valid, payload.last)[1:])
        for index, register in enumerate(held):
            ports = place(
                m,
                self._blocks,
                "multiply",
                lambda: Multiply(path),
                name=f"multiplier_{index}",
                key=path.key,
                a=payload.a.word_select(index, path.a_bits),
                b=payload.b.word_select(index, path.b_bits),
            )
            with m.If(self.i.ready):
                m.d.sync += register.eq(ports["product"])
        word: Value = Cat(full, beat)
        values: Sequence[Value] = held
        # Numbers of a beat are added among themselves, each addition rounded.
        tree = self._specification.tree_levels > 0
        if tree:
            values, word = self._tree(m, step, held, word)
        ended = accumulator_loop(
            m, path, self._blocks, enable=step, beat=word, products=values, of_sums=tree
        )
        done, flow = read_out(
            m, path, self._blocks, self.o, ends=step & ended.due, state=ended.state
        )
        m.d.comb += [
            # A finished sum waits while the one before it has not been taken.
            step.eq(~(ended.due & done & ~flow)),
            self.i.ready.eq(~full | step),
        ]
        if path.accumulator.overflows:
            overflowed = Signal(name="overflowed")
            m.d.sync += overflowed.eq(overflowed | ended.overflow)
            m.d.comb += self.overflow.eq(overflowed)
        return m

    def _tree(
        self, m: Module, step: Value, products: Sequence[Value], beat: Value
    ) -> tuple[Sequence[Value], Value]:
        """The products of a beat, added in pairs, an odd one passing up; the beat beside them."""
        latency = self._path.accumulator.latency
        numbers: list[tuple[str, Value]] = [("product", product) for product in products]

        def delayed(value: Value, name: str, *, reset_less: bool = True) -> Value:
            for stage in range(latency):
                register = Signal(len(value), name=f"{name}_{stage}", reset_less=reset_less)
                with m.If(step):
                    m.d.sync += register.eq(value)
                value = register
            return value

        while len(numbers) > 1:
            level = []
            for index in range(0, len(numbers) - 1, 2):
                (first, one), (second, other) = numbers[index : index + 2]
                name = f"tree_{len(numbers)}_{index}"
                ports = place(
                    m,
                    self._blocks,
                    f"add_{first}_{second}",
                    partial(Pair, self._path, first, second),
                    name=name,
                    key=self._path.key,
                    first=one,
                    second=other,
                    **({"enable": step} if latency > 1 else {}),
                )
                total = Signal(self._path.sum.state_bits, name=f"{name}_sum", reset_less=True)
                with m.If(step):
                    m.d.sync += total.eq(ports["y"])
                level.append(("sum", total))
            if len(numbers) % 2:
                kind, odd = numbers[-1]
                level.append((kind, delayed(odd, f"tree_{len(numbers)}_odd")))
            beat = delayed(beat, f"beat_of_{len(numbers)}", reset_less=False)
            numbers = level
        return [numbers[0][1]], beat
