"""Sums in an anchored window: label every product, place it below the largest, add."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.data import StructLayout
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.accumulator.window import WindowSum
from lmul_pe.hw.arithmetic.architecture import PORTABLE, Architecture
from lmul_pe.hw.arithmetic.bits import signal
from lmul_pe.hw.blocks import Blocks, place
from lmul_pe.hw.multiplier.anchored import Labelled
from lmul_pe.hw.multiplier.placed import FINE_BITS
from lmul_pe.model import DotProduct, Mac

from .exact_dot import (
    Beat,
    add_lanes,
    any_flags,
    seen_flags,
    sticky_flags,
    sum_behind_beat,
    sum_of_lanes,
)
from .read_out import read_out_unheld


class WindowPath(Beat):
    """What the parts of a unit with windows have in common.

    Parameters
    ----------
    specification
        With a window as its accumulator.
    architecture
        How the parts are built.

    Members
    -------
    accumulator, key, sum
        As of a :class:`~.datapath.Finishing`.
    lane
        From two operands to a product in its columns.
    width
        Bits of the register.
    move_bits
        Width of the number of slots by which the register moves down; all ones empty it.
    held
        Whether registers hold the sum of the products before it is added.
    """

    def __init__(self, specification: Mac | DotProduct, architecture: Architecture):
        mac = specification.mac if isinstance(specification, DotProduct) else specification
        self.accumulator = mac.accumulator
        self.held = bool(specification.held_cycles)
        self.key = (specification, architecture)
        self.sum = WindowSum(mac, architecture)
        self.lane = self.sum.lane
        super().__init__(self.lane, specification.products_per_cycle, architecture)
        self.lane_key = (mac, architecture)
        self.operand_bits = [format.width for format in mac.operand_formats]
        self.preceding_bits = len(self.lane.preceding(Const(0, self.lane.slot_bits)))
        self.width = self.sum.window.width
        self.move_bits = ((self.width - 2 >> FINE_BITS) + 1).bit_length()


def _label_ports(window: WindowPath) -> dict[str, int]:
    lane = window.lane
    return {"sign": 1, "digits": lane.digits, "fine": FINE_BITS, "slot": lane.slot_bits}


class LabelProduct(wiring.Component):
    """One product with its label; none where it is not ``taken``."""

    def __init__(self, window: WindowPath):
        self._window = window
        a_bits, b_bits = window.operand_bits
        ports = {"a": In(a_bits), "b": In(b_bits), "taken": In(1)}
        ports |= {name: Out(width) for name, width in _label_ports(window).items()}
        ports["present"] = Out(1)
        if window.lane.flags:
            ports["flags"] = Out(window.lane.flags)
        super().__init__(ports)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        product = self._window.lane.label(m, self.a, self.b, self.taken)
        for name in self.signature.members:
            if name not in ("a", "b", "taken"):
                m.d.comb += getattr(self, name).eq(getattr(product, name))
        return m


class FindAnchor(wiring.Component):
    """The anchor behind one more beat, and by how many slots it rises.

    Members
    -------
    old, anchor : In, Out
        Slots; that of a sum without products is the lowest one.
    begins : In
        Whether a sum begins, so that there is none that would have to move.
    move : Out
        Slots by which the sum moves down; all ones, if it leaves the register.
    slot_0, present_0 ... : In
        The products' slots, and which of them there are.
    """

    def __init__(self, window: WindowPath):
        self._window = window
        bits = window.lane.slot_bits
        ports = {"old": In(bits), "begins": In(1)}
        for index in range(window.terms):
            ports |= {f"slot_{index}": In(bits), f"present_{index}": In(1)}
        super().__init__({**ports, "anchor": Out(bits), "move": Out(window.move_bits)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        window = self._window
        bits = window.lane.slot_bits
        old = Signal(bits, name="old_anchor")
        m.d.comb += old.eq(self.old & ~self.begins.replicate(bits))
        # Most products are not above the anchor: only those that are take part in what follows.
        above, slots = [], []
        for index in range(window.terms):
            slot = getattr(self, f"slot_{index}")
            higher = signal(m, (slot > old) & getattr(self, f"present_{index}"), f"above_{index}")
            above.append(higher)
            masked = Signal(bits, name=f"risen_{index}")
            m.d.comb += masked.eq(slot & higher.replicate(bits))
            slots.append(masked)
        largest = self._largest(m, slots)
        rises = signal(m, Cat(*above).any(), "rises")
        moves = signal(m, rises & ~self.begins, "moves")
        distance = Signal(bits, name="distance")
        m.d.comb += distance.eq(largest - old)
        steps = self._window.move_bits
        far = distance[steps:].any().replicate(steps)
        m.d.comb += [
            self.anchor.eq(Mux(rises, largest, old)),
            self.move.eq((distance[:steps] | far) & moves.replicate(steps)),
        ]
        return m

    def _largest(self, m: Module, numbers: Sequence[Value]) -> Value:
        """The largest of some numbers, by their bits from the top."""
        bits = len(numbers[0])
        found: list[Value] = []
        left: list[Value] = []
        for bit in reversed(range(bits)):
            ones = [number[bit] for number in numbers]
            if left:
                ones = [one & alive for one, alive in zip(ones, left, strict=True)]
            some = signal(m, Cat(*ones).any(), f"largest_{bit}")
            kept = left or [Const(1, 1)] * len(numbers)
            left = [
                signal(m, alive & (one | ~some), f"left_{bit}_{index}")
                for index, (alive, one) in enumerate(zip(kept, ones, strict=True))
            ]
            found.insert(0, some)
        return Cat(*found)


class PlaceLabelled(wiring.Component):
    """A product in its columns below the ``anchor``; ``lost`` if a bit of it is below all."""

    def __init__(self, window: WindowPath):
        self._window = window
        ports = {name: In(width) for name, width in _label_ports(window).items()}
        ports |= {"present": In(1), "anchor": In(window.lane.slot_bits)}
        ports["preceding"] = In(window.preceding_bits)
        super().__init__({**ports, "placed": Out(len(window.lane.weights)), "lost": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        product = Labelled(self.sign, self.digits, self.fine, self.slot, self.present, Const(0, 0))
        placed, lost = self._window.lane.place(m, product, self.anchor, self.preceding)
        m.d.comb += [self.placed.eq(placed), self.lost.eq(lost)]
        return m


class AddBeat(wiring.Component):
    """The register behind one more beat.

    Members
    -------
    state, following : In, Out
        Of the register.
    fresh : In
        Forgets what was in it.
    move : In
        Slots by which it moves down before the beat is added.
    lane_0, lane_1 ... : In
        The products in their columns; where their sum is held, ``beat`` with that and an offset.
    overflow, lost : Out
        Whether the sum does not fit, and whether a bit of it left the register at the bottom.
    """

    def __init__(self, window: WindowPath):
        self._window = window
        self._names = [f"lane_{index}" for index in range(window.terms)]
        added = {name: In(len(window.lane.weights)) for name in self._names}
        super().__init__(
            {
                "state": In(window.width),
                "fresh": In(1),
                "move": In(window.move_bits),
                **({"beat": In(window.beat_bits)} if window.held else added),
                "following": Out(window.width),
                "overflow": Out(1),
                "lost": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        window, width = self._window, self._window.width
        moved: Value = Signal(width, name="kept")
        m.d.comb += moved.eq(self.state & ~self.fresh.replicate(width))
        sign = moved[-1]
        lost: Value = Const(0, 1)
        for step in range(window.move_bits):
            places = 1 << (FINE_BITS + step)
            distance = min(places, width - 1)
            lower = Signal(width, name=f"moved_{step}")
            far = Cat(moved[distance:], sign.replicate(distance))
            m.d.comb += lower.eq(Mux(self.move[step], far, moved))
            # What moves by all its bits leaves nothing of the least number either.
            lost = lost | (self.move[step] & moved[:places].any())
            moved = lower
        # One bit more than either has shows whether the register has room for the sum.
        bits = max(width, window.beat_bits) + 1
        if window.held:
            total = sum_behind_beat(m, window, moved, self.beat, width=bits)
        else:
            lanes = [getattr(self, name) for name in self._names]
            total = sum_of_lanes(m, window, lanes, moved, width=bits)
        above = total[width - 1 :]
        m.d.comb += [
            self.following.eq(total[:width]),
            self.overflow.eq(above.any() & ~above.all()),
            self.lost.eq(lost),
        ]
        return m


class Placed(NamedTuple):
    """The products of a beat on their way to the sum.

    Members
    -------
    valid, ends
        Whether there is a beat, and whether it is the last of a sum.
    lanes
        Ports of an :class:`AddBeat`: all lanes, or their sum.
    anchor, move
        Below which they are, and by how many slots the sum moves down for it.
    lost
        Whether a bit of one is below the window.
    """

    valid: Value
    ends: Value
    lanes: Mapping[str, Value]
    anchor: Value
    move: Value
    lost: Sequence[Value]


class WindowUnit(wiring.Component):
    """Sums in anchored windows between two streams; ports are those of a ``MacUnit``.

    First the products are labelled, and the anchor is found; next they are placed and added to the
    sum.  Nothing before the result waits, and so nothing has to be held: a beat that is not there,
    or not taken, adds zero.  A finished sum that cannot move on stays where it is, since no beat is
    taken until it can.  Where multipliers have registers, these are between the sum of a beat's
    products and the register; one beat waits there behind a finished sum.

    Parameters
    ----------
    specification
        With a window as its accumulator.
    architecture
        How it is built.
    blocks
        Where its parts become modules of their own; by default they are submodules.

    Members
    -------
    inexact : Out
        Set from the first sum on that has lost a bit below its window.
    """

    def __init__(
        self,
        specification: Mac | DotProduct,
        architecture: Architecture = PORTABLE,
        blocks: Blocks | None = None,
    ):
        self._window = WindowPath(specification, architecture)
        self._blocks = blocks
        a_bits, b_bits = (self._window.terms * bits for bits in self._window.operand_bits)
        super().__init__(
            {
                "i": In(stream.Signature(StructLayout({"a": a_bits, "b": b_bits, "last": 1}))),
                "o": Out(
                    stream.Signature(StructLayout({"y": self._window.sum.result_bits, "last": 1}))
                ),
                "overflow": Out(1),
                "inexact": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        window, payload = self._window, self.i.payload
        lane = window.lane
        a_bits, b_bits = window.operand_bits

        # -- label every product, and find the anchor --
        taken = signal(m, self.i.valid & self.i.ready, "taken")
        labels = []
        for index in range(window.terms):
            labels.append(
                place(
                    m,
                    self._blocks,
                    "multiply",
                    lambda: LabelProduct(window),
                    name=f"multiplier_{index}",
                    key=window.lane_key,
                    a=payload.a.word_select(index, a_bits),
                    b=payload.b.word_select(index, b_bits),
                    taken=taken,
                )
            )
        begins = Signal(init=1, name="begins")
        with m.If(taken):
            m.d.sync += begins.eq(payload.last)
        anchor = Signal(lane.slot_bits, name="anchor", reset_less=True)
        found = place(
            m,
            self._blocks,
            "add_anchor",
            lambda: FindAnchor(window),
            name="anchor_search",
            key=window.key,
            old=anchor,
            # A finished sum that waits keeps its anchor until another one begins.
            begins=begins & taken,
            **{
                f"{part}_{index}": ports[part]
                for index, ports in enumerate(labels)
                for part in ("slot", "present")
            },
        )
        move = Signal(window.move_bits, name="move", reset_less=True)
        valid, ends = Signal(name="valid"), Signal(name="ends")
        m.d.sync += [
            anchor.eq(found["anchor"]),
            move.eq(found["move"]),
            valid.eq(taken),
            ends.eq(taken & payload.last),
        ]

        # -- place the products, and add them to the sum --
        preceding = Signal(window.preceding_bits, name="preceding")
        m.d.comb += preceding.eq(lane.preceding(anchor))
        lanes, lost = {}, []
        for index, ports in enumerate(labels):
            kept: dict[str, Value] = {}
            for part in (*_label_ports(window), "present"):
                register = Signal(len(ports[part]), name=f"{part}_{index}", reset_less=True)
                m.d.sync += register.eq(ports[part])
                kept[part] = register
            placed = place(
                m,
                self._blocks,
                "add_place",
                lambda: PlaceLabelled(window),
                name=f"place_{index}",
                key=window.lane_key,
                anchor=anchor,
                preceding=preceding,
                **kept,
            )
            lanes[f"lane_{index}"] = placed["placed"]
            lost.append(placed["lost"])
        flags = [ports["flags"] for ports in labels] if lane.flags else []
        beat = Placed(valid, ends, lanes, anchor, move, lost)
        arrived, waits, stopped = None, Signal(name="waits"), Signal(name="stopped")
        if window.held:
            beat, arrived = self._held(m, beat, flags, waits, stopped)

        # -- add them to the sum --
        fresh = Signal(name="fresh", init=1)
        # Until there is one, what is in the register is of the sum before.
        with m.If(beat.valid):
            m.d.sync += fresh.eq(beat.ends)
        forgets = signal(m, beat.valid & fresh, "forgets")
        sums = Signal(window.width, name="sum", reset_less=True)
        added = place(
            m,
            self._blocks,
            "add",
            lambda: AddBeat(window),
            name="adder",
            key=window.key,
            state=sums,
            fresh=forgets,
            move=beat.move,
            **beat.lanes,
        )
        m.d.sync += sums.eq(added["following"])
        state: list[Value] = [added["following"]]
        if lane.flags:
            state.append(
                sticky_flags(m, flags, forgets)
                if arrived is None
                else seen_flags(m, arrived, forgets)
            )
        overflowed, inexact = Signal(name="overflowed"), Signal(name="lost_bits")
        m.d.sync += [
            overflowed.eq(overflowed | (beat.valid & added["overflow"])),
            inexact.eq(inexact | (beat.valid & Cat(added["lost"], *beat.lost).any())),
        ]
        m.d.comb += [self.overflow.eq(overflowed), self.inexact.eq(inexact)]
        goes, stays = read_out_unheld(
            m, window, self._blocks, self.o, ends=beat.ends, state=Cat(*state, beat.anchor)
        )
        if window.held:
            m.d.comb += waits.eq(stays)
            # Behind a finished sum that waits there is a place for one beat.
            goes = goes | ~(valid | stopped)
        m.d.comb += self.i.ready.eq(goes)
        return m

    def _held(
        self, m: Module, beat: Placed, flags: Sequence[Value], waits: Value, stopped: Signal
    ) -> tuple[Placed, Value]:
        """The products of the cycle before as one number, and what they have of the ``flags`` of
        the cycle before that; none while a finished sum ``waits``, behind which they may be
        ``stopped``."""
        window = self._window
        arrived = Signal(window.lane.flags, name="labelled_flags", reset_less=True)
        if flags:
            m.d.sync += arrived.eq(any_flags(flags))
        tree = add_lanes(m, self._blocks, window, window.key, [*beat.lanes.values()])
        kept: dict[str, Value] = {}
        for name, value in (
            ("beat", tree),
            ("beat_anchor", beat.anchor),
            ("beat_move", beat.move),
            ("beat_flags", arrived),
            ("beat_lost", Cat(*beat.lost).any()),
        ):
            kept[name] = register = Signal(len(value), name=name, reset_less=True)
            with m.If(~stopped):
                m.d.sync += register.eq(value)
        came, last = Signal(name="came"), Signal(name="came_last")
        with m.If(~stopped):
            m.d.sync += [came.eq(beat.valid), last.eq(beat.ends)]
        m.d.comb += stopped.eq(came & waits)
        absorbed = signal(m, came & ~waits, "absorbed")
        # A finished sum keeps its anchor while it waits.
        anchor = Signal(window.lane.slot_bits, name="sum_anchor", reset_less=True)
        current = Mux(absorbed, kept["beat_anchor"], anchor)
        m.d.sync += anchor.eq(current)
        held = Placed(
            valid=absorbed,
            ends=signal(m, last & ~waits, "absorbed_last"),
            lanes={"beat": Mux(waits, Const(window.offset, window.beat_bits), kept["beat"])},
            anchor=current,
            move=kept["beat_move"] & absorbed.replicate(window.move_bits),
            lost=[kept["beat_lost"]],
        )
        return held, kept["beat_flags"] & absorbed.replicate(window.lane.flags)
