"""Multiply-accumulate units whose adder takes two cycles: both partial sums in one ring."""

from typing import TypeGuard

from amaranth.hdl import Cat, Module, Mux, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.accumulator.recoded import RecodedSum
from lmul_pe.hw.arithmetic.architecture import PORTABLE, Architecture
from lmul_pe.hw.arithmetic.bits import signal
from lmul_pe.hw.blocks import Blocks, place
from lmul_pe.hw.multiplier.product import ExactProduct
from lmul_pe.model import FloatAccumulator, Mac
from lmul_pe.model.unit.names import Specification

from .datapath import Datapath, Finish, Multiply, registers
from .loop import Turns, beat_layout


def rotates(specification: Specification) -> TypeGuard[Mac]:
    """Whether it is one that :class:`RotatingMac` builds: two cycles, and no sum is subnormal."""
    if not isinstance(specification, Mac):
        return False
    accumulator = specification.accumulator
    if not isinstance(accumulator, FloatAccumulator) or accumulator.latency != 2:
        return False
    if not RecodedSum.serves(specification, 1, begins=False):
        return False
    return not RecodedSum(specification, PORTABLE, terms=1, begins=False).gradual


class AddOrJoin(wiring.Component):
    """The partial sum that comes round with one more product, or with the other partial sum.

    Members
    -------
    state, other : In
        Partial sums.
    product : In
        A product.
    forgets : In
        In place of ``state`` +0.
    joins : In
        Takes ``other``, and not the product.
    alone : In
        In place of ``other`` +0.
    enable : In
        Moves the registers between both cycles.
    following : Out
        The sum of an enabled cycle before.
    """

    clocked = True

    def __init__(self, path: Datapath):
        self._path = path
        bits = path.sum.state_bits
        super().__init__(
            {
                "state": In(bits),
                "product": In(path.product_word.width),
                "other": In(bits),
                "forgets": In(1),
                "joins": In(1),
                "alone": In(1),
                "enable": In(1),
                "following": Out(bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        sums, product = self._path.sum, self._path.product_word.unpack(self.product)
        assert isinstance(sums, RecodedSum)
        assert isinstance(product, ExactProduct)
        register = registers(m, self.enable, stem="stage")
        bits = sums.state_bits
        state = self.state & ~self.forgets.replicate(bits)
        other = self.other & ~self.alone.replicate(bits)
        total = sums.add_or_join(m, state, product, other, self.joins, register)
        m.d.comb += self.following.eq(total)
        return m


class RotatingMac(wiring.Component):
    """Sums of products between two streams, by an adder of two cycles; ports are a ``MacUnit``'s.

    Two partial sums take turns: while one is in the second half of the adder, the other stands
    before it.  Neither has a register to wait in, so that nothing moves while no product is there.

    The adder also joins both partial sums.  The first two products of a sum meet nothing, so that
    one of them leaves it the adder: it goes round beside it.  In which cycle that is:

    1. The last product enters.
    2. The other partial sum goes to the result's register.
    3. Both partial sums enter.
    4. Their sum comes out, and goes to the result's register.

    Behind another sum, that register is taken in the second cycle of a sum of two products.  Its
    first product then stays where it is, and its second, which is beside, is added in the third.

    Parameters
    ----------
    specification
        One that :func:`rotates`.
    architecture
        How it is built.
    blocks
        Where its parts become modules of their own; by default they are submodules.
    """

    def __init__(
        self,
        specification: Mac,
        architecture: Architecture = PORTABLE,
        blocks: Blocks | None = None,
    ):
        self._path = path = Datapath(specification, architecture)
        self._blocks = blocks
        inputs = {"a": path.a_bits, "b": path.b_bits, "last": 1}
        super().__init__(
            {
                "i": In(stream.Signature(StructLayout(inputs))),
                "o": Out(stream.Signature(StructLayout({"y": path.sum.result_bits, "last": 1}))),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        path, blocks, payload = self._path, self._blocks, self.i.payload
        bits = path.sum.state_bits

        # -- a product that waits for its turn --
        turns = Turns(m, 2, taken=self.i.valid & self.i.ready, last=payload.last)
        full = Signal(name="product_valid")
        layout = beat_layout(2)
        kept = Signal(layout.size - 1, name="product_beat", reset_less=True)
        beat = layout(Cat(full, kept))
        product = Signal(path.product_word.width, name="product", reset_less=True)
        multiplier = place(
            m,
            blocks,
            "multiply",
            lambda: Multiply(path),
            name="multiplier",
            key=path.key,
            a=payload.a,
            b=payload.b,
        )
        with m.If(self.i.ready):
            m.d.sync += [
                full.eq(self.i.valid),
                kept.eq(turns.beat(self.i.valid, payload.last)[1:]),
                product.eq(multiplier["product"]),
            ]

        # -- what is to be done for sums that have ended --
        move = Signal(name="move")
        # Set in the cycles behind the last product; of one alone there is no other partial sum.
        ended, ended_alone = Signal(name="ended"), Signal(name="ended_alone")
        joining, joining_alone = Signal(name="joining"), Signal(name="joining_alone")
        due = Signal(name="due")
        # Partial sums go on for an ended sum, and the first of the next must not go alone.
        apart = ended & ~beat.last & ~self.i.valid
        enters = signal(m, full & ~apart, "enters")
        goes_beside, pair_joins = Signal(name="beside_valid"), Signal(name="pair_joins")
        pair = signal(m, ended & ~ended_alone & goes_beside, "pair")
        parks = signal(m, ended & ~ended_alone & ~goes_beside, "parks")
        done, room = Signal(name="result_valid"), Signal(name="room")
        arrives = signal(m, due & room, "arrives")
        m.d.comb += [
            room.eq(~done | self.o.ready),
            move.eq((full | ended | joining) & ~((due | parks) & ~room)),
            self.i.ready.eq(~full | (move & enters)),
        ]
        with m.If(self.o.ready):
            m.d.sync += done.eq(0)
        with m.If(arrives):
            m.d.sync += [done.eq(1), due.eq(0)]
        with m.If(move):
            m.d.sync += [
                ended.eq(enters & beat.last),
                ended_alone.eq(beat.fresh & ~beat.slot),
                joining.eq(ended),
                joining_alone.eq(ended_alone),
                pair_joins.eq(pair),
                due.eq(joining),
                goes_beside.eq(joining & enters),
            ]

        # -- the ring --
        state = Signal(bits, name="sum", reset_less=True)
        result = Signal(bits, name="result", reset_less=True)
        beside = Signal(path.product_word.width, name="beside", reset_less=True)
        added = place(
            m,
            blocks,
            "add",
            lambda: AddOrJoin(path),
            name="adder",
            key=path.key,
            state=state,
            product=Mux(pair_joins, beside, product),
            other=result,
            forgets=beat.fresh & ~joining,
            joins=joining & ~pair_joins,
            alone=joining_alone,
            enable=move,
        )
        sums, word = path.sum, path.product_word.unpack(beside)
        assert isinstance(sums, RecodedSum)
        assert isinstance(word, ExactProduct)
        with m.If(move & ~pair):
            m.d.sync += state.eq(Mux(goes_beside, sums.first(word), added["following"]))
        with m.If(move & joining):
            m.d.sync += beside.eq(product)
        with m.If(arrives):
            m.d.sync += result.eq(added["following"])
        with m.Elif(move & parks):
            m.d.sync += result.eq(state)

        finish = place(
            m,
            blocks,
            "finish",
            lambda: Finish(path, 0),
            name="readout",
            key=(path.key, 0),
            state=result,
        )
        m.d.comb += [
            self.o.valid.eq(done),
            self.o.payload.y.eq(finish["y"]),
            self.o.payload.last.eq(1),
        ]
        return m
