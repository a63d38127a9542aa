"""Dot products whose sums are exact: every product to its place, one tree, one adder."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import accumulate

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.arithmetic.architecture import PORTABLE, Architecture
from lmul_pe.hw.arithmetic.bits import joined, signal
from lmul_pe.hw.arithmetic.carry_save import Columns, add_up
from lmul_pe.hw.blocks import Blocks, Ports, place
from lmul_pe.hw.multiplier.placed import FixedLane, IntegerLane, Lane, Unplaced, Weighted
from lmul_pe.model import (
    DotProduct,
    FixedAccumulator,
    IntegerMultiplier,
    Multiplier,
)

from .datapath import Datapath
from .read_out import read_out_unheld


class Beat:
    """How the products of a beat are added to one number.

    Parameters
    ----------
    lane
        What makes bits of each.
    terms
        How many there are.
    architecture
        How they are added.

    Members
    -------
    beat_bits
        Columns of the products of a beat.
    offset
        What is added to their sum, so that it is never negative: the weight of its top bit.
    """

    def __init__(self, lane: Weighted, terms: int, architecture: Architecture):
        self.weights = lane.weights
        self.terms = terms
        self.architecture = architecture
        # Bits alone would add up to more than the products do, by the constants of all lanes.
        excess = -terms * lane.constant
        self.offset = 1 << (excess - 1).bit_length()
        self.constant = lane.constant
        self.beat_bits = (self.offset + terms * lane.largest).bit_length()

    @property
    def cells(self) -> bool:
        """Whether numbers are added by full-adder cells, which glitch least; not in exports."""
        return self.architecture.array != "operator"


class ExactPath(Beat):
    """What the parts of an exact dot product have in common.

    Parameters
    ----------
    specification
        One that :attr:`~lmul_pe.model.DotProduct.is_exact`.
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
    held
        Whether registers hold the products before they go to their places.
    """

    def __init__(self, specification: DotProduct, architecture: Architecture):
        self.path = Datapath(specification.mac, architecture)
        accumulator, multiplier = specification.accumulator, specification.mac.multiplier
        self.held = bool(specification.held_cycles)
        self.lane: Lane
        if isinstance(accumulator, FixedAccumulator):
            assert isinstance(multiplier, Multiplier)
            register = accumulator.register(multiplier)
            self.width = register.width
            self.lane = FixedLane(multiplier, register, architecture)
        else:
            assert isinstance(multiplier, IntegerMultiplier)
            self.width = self.path.sum.state_bits
            self.lane = IntegerLane(multiplier, architecture)
        self.flags = self.lane.flags
        super().__init__(self.lane, specification.n, architecture)
        self.key = (specification, architecture)


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


def _held_ports(lane: FixedLane) -> dict[str, int]:
    """What registers hold of a product."""
    return {"sign": 1, "digits": lane.digits, "label": lane.label_bits, "present": 1}


class Multiply(wiring.Component):
    """One product before its place."""

    def __init__(self, exact: ExactPath):
        assert isinstance(exact.lane, FixedLane)
        self._lane = exact.lane
        ports = {"a": In(exact.path.a_bits), "b": In(exact.path.b_bits)}
        ports |= {name: Out(width) for name, width in _held_ports(exact.lane).items()}
        if exact.flags:
            ports["flags"] = Out(exact.flags)
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        product = self._lane.unplaced(m, self.a, self.b, Const(1, 1))
        m.d.comb += [
            self.sign.eq(product.sign),
            self.digits.eq(joined(product.digits)),
            self.label.eq(product.label),
            self.present.eq(product.present),
        ]
        if product.flags:
            m.d.comb += self.flags.eq(Cat(*product.flags))
        return m


class PlaceHeld(wiring.Component):
    """A product that registers held, in its columns."""

    def __init__(self, exact: ExactPath):
        assert isinstance(exact.lane, FixedLane)
        self._lane = exact.lane
        ports = {name: In(width) for name, width in _held_ports(exact.lane).items()}
        super().__init__({**ports, "placed": Out(len(exact.lane.weights))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        product = Unplaced(self.sign, [*self.digits], self.label, self.present, [])
        m.d.comb += self.placed.eq(joined(self._lane.placed(m, product)))
        return m


class AddLanes(wiring.Component):
    """The sum of the products of a beat, ``lane_0`` and on, and of an offset."""

    def __init__(self, beat: Beat):
        self._beat = beat
        self._names = [f"lane_{index}" for index in range(beat.terms)]
        ports = {name: In(len(beat.weights)) for name in self._names}
        super().__init__({**ports, "beat": Out(beat.beat_bits)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes = [getattr(self, name) for name in self._names]
        m.d.comb += self.beat.eq(
            sum_of_lanes(m, self._beat, lanes, self._beat.offset, width=self._beat.beat_bits)
        )
        return m


def sum_of_lanes(
    m: Module, beat: Beat, lanes: Sequence[Value], more: Value | int, *, width: int
) -> Value:
    """The products of all ``lanes`` and ``more``, in two's complement, modulo ``2^width``."""
    constant = beat.terms * beat.constant
    if not beat.cells:
        numbers = [number for lane in lanes for number in _numbers(beat.weights, lane)]
        signed = more if isinstance(more, int) else more.as_signed()
        return add_up(m, [*numbers, signed, constant], width=width, cells=False, name="total")
    columns = Columns(width)
    for lane in lanes:
        for weight, bit in zip(beat.weights, lane, strict=True):
            columns.add(weight, bit)
    columns.add_constant(constant)
    if isinstance(more, int):
        columns.add_constant(more)
    else:
        columns.add_signed(more)
    architecture = beat.architecture
    return columns.sum(
        m,
        cells=True,
        network=architecture.network,
        balanced=architecture.balanced,
    )


def _numbers(weights: Sequence[int], bits: Value) -> list[Value]:
    """As few numbers as add up to ``bits`` of ``weights``."""
    rows: list[dict[int, Value]] = []
    for weight, bit in zip(weights, bits, strict=True):
        for row in rows:
            if weight not in row:
                row[weight] = bit
                break
        else:
            rows.append({weight: bit})
    return [Cat(row.get(weight, Const(0, 1)) for weight in range(max(row) + 1)) for row in rows]


def sticky_flags(m: Module, flags: Sequence[Value], forgets: Value) -> Value:
    """The flags that a sum has seen, those of a beat in the cycle after it.

    Parameters
    ----------
    flags
        Of each product of a beat.
    forgets
        Whether a sum begins there, which has seen none before.
    """
    present = any_flags(flags)
    arrived = Signal(len(present), name="arrived", reset_less=True)
    m.d.sync += arrived.eq(present)
    return seen_flags(m, arrived, forgets)


def seen_flags(m: Module, arrived: Value, forgets: Value) -> Value:
    """The flags that a sum has seen, with those of a beat that ``arrived``."""
    bits = len(arrived)
    seen = Signal(bits, name="seen", reset_less=True)
    now = (seen & ~forgets.replicate(bits)) | arrived
    m.d.sync += seen.eq(now)
    return now


def sum_behind_beat(m: Module, beat: Beat, kept: Value, held: Value, *, width: int) -> Value:
    """What a register ``kept``, and the sum of a beat's products that another ``held``."""
    return add_up(
        m,
        [kept.as_signed(), held, -beat.offset],
        width=width,
        cells=beat.cells,
        network=beat.architecture.network,
        name="total",
    )


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
        total = sum_behind_beat(m, exact, kept, self.beat, width=max(width, exact.beat_bits) + 1)
        above = total[width - 1 :]
        m.d.comb += [
            self.following.eq(total[:width]),
            self.overflow.eq(above.any() & ~above.all()),
        ]
        return m


def add_products(
    m: Module, blocks: Blocks | None, exact: ExactPath, a: Value, b: Value, taken: Value
) -> tuple[Value, list[Value]]:
    """The products of all lanes of two packed operands, placed and added; and the lanes' flags.

    Where a pair is not ``taken``, its product is zero.
    """
    key = exact.path.key, exact.width
    placed, flags = [], []
    for ports in _lanes(m, blocks, exact, a, b, lambda: PlaceProduct(exact), key, taken=taken):
        placed.append(ports["placed"])
        if exact.flags:
            flags.append(ports["flags"])
    return add_lanes(m, blocks, exact, exact.key, placed), flags


def add_held_products(
    m: Module, blocks: Blocks | None, exact: ExactPath, a: Value, b: Value, enable: Value
) -> tuple[Value, Value]:
    """The sum of the products of the pairs of the cycle before, and their flags.

    Registers have the products in between, and take others with ``enable``.  Whether there was a
    pair is not their business: a signal that reaches every product is slow.
    """
    assert isinstance(exact.lane, FixedLane)
    key = exact.path.key, exact.width
    placed, flags = [], []
    lanes = _lanes(m, blocks, exact, a, b, lambda: Multiply(exact), (*key, "held"))
    for index, ports in enumerate(lanes):
        kept: dict[str, Value] = {}
        for part, bits in _held_ports(exact.lane).items():
            kept[part] = register = Signal(bits, name=f"{part}_{index}", reset_less=True)
            with m.If(enable):
                m.d.sync += register.eq(ports[part])
        there = place(
            m,
            blocks,
            "add_place",
            lambda: PlaceHeld(exact),
            name=f"place_{index}",
            key=key,
            **kept,
        )
        placed.append(there["placed"])
        if exact.flags:
            flags.append(ports["flags"])
    raised = Signal(exact.flags, name="raised", reset_less=True)
    if flags:
        with m.If(enable):
            m.d.sync += raised.eq(any_flags(flags))
    return add_lanes(m, blocks, exact, exact.key, placed), raised


def _lanes(
    m: Module,
    blocks: Blocks | None,
    exact: ExactPath,
    a: Value,
    b: Value,
    multiplier: Callable[[], wiring.Component],
    key: Hashable,
    **others: Value,
) -> Iterator[Ports]:
    """The ports of the multiplier of each pair of two packed operands; all have those of
    ``others``."""
    path = exact.path
    for index in range(exact.terms):
        yield place(
            m,
            blocks,
            "multiply",
            multiplier,
            name=f"multiplier_{index}",
            key=key,
            a=a.word_select(index, path.a_bits),
            b=b.word_select(index, path.b_bits),
            **others,
        )


def add_lanes(
    m: Module, blocks: Blocks | None, beat: Beat, key: Hashable, placed: Sequence[Value]
) -> Value:
    """The sum of the products of a beat, and of its offset."""
    lanes = {f"lane_{index}": bits for index, bits in enumerate(placed)}
    ports = place(m, blocks, "add_lanes", lambda: AddLanes(beat), name="tree", key=key, **lanes)
    return ports["beat"]


def any_flags(flags: Sequence[Value]) -> Value:
    """What any of them has."""
    *_, present = accumulate(flags, lambda one, other: one | other)
    return present


class ExactDotUnit(wiring.Component):
    """A dot product whose sums are exact, between two streams; ports are those of a ``MacUnit``.

    Nothing before the result waits, and so nothing has to be held: a beat that is not there, or not
    taken, adds zero.  A finished sum that cannot move on stays where it is, since no beat is taken
    until it can.  Where multipliers have registers, these hold their products meanwhile.

    Parameters
    ----------
    specification
        One that :attr:`~lmul_pe.model.DotProduct.is_exact`.
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
        arrives, last = taken, payload.last
        goes_on, offered = Signal(name="goes_on"), Signal(name="offered")
        if exact.held:
            # Without a place for a finished sum nothing goes on.
            ended = Signal(name="ended", reset_less=True)
            with m.If(self.i.ready):
                m.d.sync += [offered.eq(taken), ended.eq(payload.last)]
            arrives, last = signal(m, offered & goes_on, "arrives"), ended
            tree, raised = add_held_products(
                m, self._blocks, exact, payload.a, payload.b, self.i.ready
            )
            # What did not arrive adds zero.
            nothing = Const(exact.offset, exact.beat_bits)
            tree = Mux(arrives, tree, nothing)
            flags = [raised & arrives.replicate(exact.flags)]
        else:
            tree, flags = add_products(m, self._blocks, exact, payload.a, payload.b, taken)
        beat = Signal(exact.beat_bits, name="beat", reset_less=True)
        valid, ends, fresh = Signal(name="valid"), Signal(name="ends"), Signal(name="fresh", init=1)
        m.d.sync += [beat.eq(tree), valid.eq(arrives), ends.eq(arrives & last)]
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
            state = Cat(state, sticky_flags(m, flags, valid & fresh))
        overflowed = Signal(name="overflowed")
        m.d.sync += overflowed.eq(overflowed | (valid & added["overflow"]))
        m.d.comb += self.overflow.eq(overflowed)
        goes, _ = read_out_unheld(m, path, self._blocks, self.o, ends=ends, state=state)
        if exact.held:
            m.d.comb += [goes_on.eq(goes), self.i.ready.eq(goes_on | ~offered)]
        else:
            m.d.comb += self.i.ready.eq(goes)
        return m
