"""Dot products whose sums are exact: every product to its place, one tree, one adder."""

from itertools import accumulate

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.accumulator.fixed import FixedSum
from lmul_pe.hw.accumulator.integer import IntegerSum
from lmul_pe.hw.arithmetic.architecture import PORTABLE, Architecture
from lmul_pe.hw.arithmetic.bits import joined, signal
from lmul_pe.hw.arithmetic.carry_save import Columns
from lmul_pe.hw.blocks import Blocks, place
from lmul_pe.hw.multiplier.placed import FixedLane, IntegerLane, Lane
from lmul_pe.model import (
    DotProduct,
    FixedAccumulator,
    IntegerAccumulator,
    IntegerMultiplier,
    Mac,
    Multiplier,
)

from .datapath import Datapath
from .read_out import read_out

def is_exact(specification: Mac | DotProduct) -> bool:
    """Whether every sum of a beat is exact, so that :class:`ExactDotUnit` can build it.

    A register that is given by its bits may drop some of a product, or be narrower than the sum of
    a beat.
    """
    accumulator = specification.accumulator
    if specification.products_per_cycle == 1:
        return False
    if isinstance(accumulator, IntegerAccumulator):
        return True
    return (
        isinstance(accumulator, FixedAccumulator)
        and accumulator.lsb is None
        and accumulator.terms is not None
        and accumulator.terms >= specification.products_per_cycle
    )


class ExactPath:
    """What the parts of an exact dot product have in common.

    Parameters
    ----------
    specification
        One that :func:`is_exact`.
    architecture
        How the parts are built.

    Members
    -------
    lane
        From two operands to a product in its columns.
    path
        Of its accumulator, for what finishes a sum.
    width
        Bits of the register.
    beat_bits
        Columns of the products of a beat.
    offset
        What is added to their sum, so that it is never negative.
    """

    def __init__(self, specification: DotProduct, architecture: Architecture):
        self.terms = specification.n
        self.path = Datapath(specification.mac, architecture)
        self.architecture = architecture
        accumulator, multiplier = specification.accumulator, specification.multiplier
        self.lane: Lane
        if isinstance(accumulator, FixedAccumulator):
            assert isinstance(multiplier, Multiplier)
            register = accumulator.register(multiplier)
            self.width = register.width
            self.lane = FixedLane(multiplier, register, architecture)
        else:
            assert isinstance(multiplier, IntegerMultiplier)
            self.width = self.path.sum.state_bits
            self.lane = IntegerLane(multiplier)
        self.flags = self.lane.flags
        # Bits alone would add up to more than the products do, by the constants of all lanes.
        excess = -self.terms * self.lane.constant
        self.offset = 1 << (excess - 1).bit_length()
        self.beat_bits = (self.offset + self.terms * self.lane.largest).bit_length()
        self.key = (specification, architecture)

    def sum(self, m: Module, columns: Columns) -> Value:
        """The sum of ``columns``, by full-adder cells, which glitch least, but in exports."""
        architecture = self.architecture
        return columns.sum(m, cells=architecture.array != "operator", network=architecture.network)


class PlaceProduct(wiring.Component):
    """One product in its columns, zero where it is not ``taken``."""

    def __init__(self, exact: ExactPath):
        self._exact = exact
        ports = {
            "a": In(exact.path.a_bits),
            "b": In(exact.path.b_bits),
            "taken": In(1),
            "placed": Out(len(exact.lane.weights)),
        }
        if exact.flags:
            ports["flags"] = Out(exact.flags)
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        placed = self._exact.lane.place(m, self.a, self.b, self.taken)
        m.d.comb += self.placed.eq(joined(placed.bits))
        if self._exact.flags:
            m.d.comb += self.flags.eq(Cat(*placed.flags))
        return m


class AddLanes(wiring.Component):
    """The sum of the products of a beat, ``lane_0`` and on, and of an offset."""

    def __init__(self, exact: ExactPath):
        self._exact = exact
        self._names = [f"lane_{index}" for index in range(exact.terms)]
        ports = {name: In(len(exact.lane.weights)) for name in self._names}
        super().__init__({**ports, "beat": Out(exact.beat_bits)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        exact = self._exact
        columns = Columns(exact.beat_bits)
        for name in self._names:
            for weight, bit in zip(exact.lane.weights, getattr(self, name), strict=True):
                columns.add(weight, bit)
        columns.add_constant(exact.offset + exact.terms * exact.lane.constant)
        m.d.comb += self.beat.eq(exact.sum(m, columns))
        return m


class Accumulate(wiring.Component):
    """The register behind one more beat; ``fresh`` forgets what was in it."""

    def __init__(self, exact: ExactPath):
        self._exact = exact
        super().__init__(
            {
                "state": In(exact.width),
                "fresh": In(1),
                "beat": In(exact.beat_bits),
                "following": Out(exact.width),
                "overflow": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        exact, width = self._exact, self._exact.width
        kept = Signal(width, name="kept")
        m.d.comb += kept.eq(self.state & ~self.fresh.replicate(width))
        # One bit more than either has shows whether the register has room for the sum.
        columns = Columns(max(width, exact.beat_bits) + 1)
        for weight, bit in enumerate(self.beat):
            columns.add(weight, bit)
        columns.add_constant(-exact.offset)
        # A top bit that counts as -2^n is its complement less 2^n.
        for weight, bit in enumerate([*kept[:-1], ~kept[-1]]):
            columns.add(weight, bit)
        columns.add_constant(-(1 << (width - 1)))
        total = Signal(columns.width, name="total")
        m.d.comb += total.eq(exact.sum(m, columns))
        above = total[width - 1 :]
        m.d.comb += [
            self.following.eq(total[:width]),
            self.overflow.eq(above.any() & ~above.all()),
        ]
        return m


class ExactDotUnit(wiring.Component):
    """A dot product whose sums are exact, between two streams; ports are those of a ``MacUnit``.

    Nothing before the result waits, and so nothing has to be held: a beat that is not there, or not
    taken, adds zero.  A finished sum that cannot move on stays where it is, since no beat is taken
    until it can.

    Parameters
    ----------
    specification
        One that :func:`is_exact`.
    architecture
        How it is built.
    blocks
        Where its parts become modules of their own; by default they are submodules.
    """

    def __init__(
        self,
        specification: DotProduct,
        architecture: Architecture = PORTABLE,
        blocks: Blocks | None = None,
    ):
        self._exact = ExactPath(specification, architecture)
        self._blocks = blocks
        path = self._exact.path
        terms = specification.n
        inputs = {"a": terms * path.a_bits, "b": terms * path.b_bits}
        super().__init__(
            {
                "i": In(stream.Signature(StructLayout({**inputs, "last": 1}))),
                "o": Out(stream.Signature(StructLayout({"y": path.sum.result_bits, "last": 1}))),
                "overflow": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        exact, payload = self._exact, self.i.payload
        path = exact.path
        taken = signal(m, self.i.valid & self.i.ready, "taken")
        lanes, flags = {}, []
        for index in range(exact.terms):
            ports = place(
                m,
                self._blocks,
                "multiply",
                lambda: PlaceProduct(exact),
                name=f"multiplier_{index}",
                key=(path.key, exact.width),
                a=payload.a.word_select(index, path.a_bits),
                b=payload.b.word_select(index, path.b_bits),
                taken=taken,
            )
            lanes[f"lane_{index}"] = ports["placed"]
            if exact.flags:
                flags.append(ports["flags"])
        tree = place(
            m,
            self._blocks,
            "add_lanes",
            lambda: AddLanes(exact),
            name="tree",
            key=exact.key,
            **lanes,
        )
        beat = Signal(exact.beat_bits, name="beat", reset_less=True)
        valid, ends, fresh = Signal(name="valid"), Signal(name="ends"), Signal(name="fresh", init=1)
        m.d.sync += [beat.eq(tree["beat"]), valid.eq(taken), ends.eq(taken & payload.last)]
        # Until there is one, what is in the register is of the sum before.
        with m.If(valid):
            m.d.sync += fresh.eq(ends)
        sums = Signal(exact.width, name="sum", reset_less=True)
        added = place(
            m,
            self._blocks,
            "add",
            lambda: Accumulate(exact),
            name="adder",
            key=exact.key,
            state=sums,
            fresh=valid & fresh,
            beat=beat,
        )
        m.d.sync += sums.eq(added["following"])
        state: Value = added["following"]
        if exact.flags:
            arrived = Signal(exact.flags, name="arrived", reset_less=True)
            seen = Signal(exact.flags, name="seen", reset_less=True)
            *_, present = accumulate(flags, lambda one, other: one | other)
            now = (seen & ~(valid & fresh).replicate(exact.flags)) | arrived
            m.d.sync += [arrived.eq(present), seen.eq(now)]
            state = Cat(state, now)
        overflowed = Signal(name="overflowed")
        m.d.sync += overflowed.eq(overflowed | (valid & added["overflow"]))
        m.d.comb += self.overflow.eq(overflowed)
        # A finished sum that did not move on is still in the register, to which zero is added.
        waiting = Signal(name="waiting")
        due = signal(m, ends | waiting, "due")
        moves = Signal(name="moves")
        done, flow = read_out(m, path, self._blocks, self.o, ends=due & moves, state=state)
        m.d.sync += waiting.eq(due & ~moves)
        m.d.comb += [moves.eq(~done | flow), self.i.ready.eq(~due | moves)]
        return m
