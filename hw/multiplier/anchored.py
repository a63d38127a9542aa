"""Products in an anchored window: kept as they come, and placed when the anchor is known."""

from collections.abc import Sequence
from dataclasses import dataclass

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.arithmetic.bits import Bit, both, either, invert, joined, signal
from lmul_pe.model import Multiplier, Window

from .placed import FINE_BITS, FloatLane, shifted


@dataclass(frozen=True)
class Labelled:
    """A product that waits for its place.

    Parameters
    ----------
    sign, digits
        The significand, its bits inverted where it is negative; the leading one may be missing,
        where it is always one.
    fine, slot
        The label: places within a slot, and which slot.  Slots count from the lowest one up.
    present
        Whether there is one, and a number other than zero.
    flags
        As of :class:`~.placed.Placed`.
    """

    sign: Value
    digits: Value
    fine: Value
    slot: Value
    present: Value
    flags: Value


class AnchoredLane(FloatLane):
    """A lane of products that go into a window below the slot of the largest one.

    A negative significand is inverted, and its sign fills the places below it and above it, so that
    one more in its last place makes its two's complement.  That one is added in the last column of
    the window where the last place lies below: what is cut is cut from the magnitude.

    Parameters
    ----------
    multiplier
        Of the products.
    window
        Of their sums.
    architecture
        Of the adder and of the array.

    Members
    -------
    slot_bits : int
        Width of the number of a slot.
    lowest_slot : int
        The lowest one, as labels count them.
    digits : int
        Bits of a significand that are kept.
    weights, constant, flags
        As of :class:`~.placed.Lane`.
    """

    def __init__(self, multiplier: Multiplier, window: Window, architecture: Architecture):
        super().__init__(multiplier, architecture, above=0)
        lowest, highest = (label >> FINE_BITS for label in (self._least, self._greatest))
        self._excess = lowest < 0
        # Slots of one window differ in so many of the last bits of their numbers.
        self._near = (window.slots - 1).bit_length()
        self.slot_bits = max(highest.bit_length(), self._near + 1)
        self.lowest_slot = 0
        if self._excess:
            self.slot_bits = 1 + max(self.slot_bits, (-lowest - 1).bit_length())
            self.lowest_slot = -1 << (self.slot_bits - 1)
        self._leads = multiplier.kind != "exact"
        self.digits = self._digits - self._leads
        self._slots = window.slots
        # Columns of a slot's significand: that of its first bit, and of the sign above its last.
        reach = self._digits + (1 << FINE_BITS) - 1
        self._signs = [(window.slots - slot) << FINE_BITS for slot in range(window.slots)]
        self._lows = [sign - reach for sign in self._signs]
        self._columns = range(self._signs[0])
        ones = [max(low, 0) for low in self._lows]
        self.weights = [*self._columns, *self._signs, *ones]
        self.constant = -sum(1 << sign for sign in self._signs)
        self.largest = (1 << self._signs[0]) - 1

    def label(self, m: Module, a: Value, b: Value, taken: Value) -> Labelled:
        """The product of ``a`` and ``b``, absent where it is not ``taken``."""
        product = self._product(m, a, b)
        present = taken & ~(product.zero | product.nan | product.infinite)
        above = product.exponent[FINE_BITS:]
        slot = Signal(self.slot_bits, name="slot")
        m.d.comb += slot.eq(above.as_signed() - self.lowest_slot if self._excess else above)
        digits = product.significand[: self.digits]
        return Labelled(
            product.sign,
            digits ^ product.sign.replicate(len(digits)),
            product.exponent[:FINE_BITS],
            slot,
            signal(m, present, "is_present"),
            Cat(*self._raised(product, taken)),
        )

    def preceding(self, anchor: Value) -> Value:
        """What all products of a beat need of the slots below ``anchor``."""
        return (anchor[self._near :] - 1)[: self.slot_bits - self._near]

    def place(
        self, m: Module, product: Labelled, anchor: Value, preceding: Value
    ) -> tuple[Value, Value]:
        """A product in its columns, and whether a bit of it was lost.

        Parameters
        ----------
        anchor, preceding
            The first slot of the window, below which all products are, and :meth:`preceding` of it.
        """
        sign = product.sign
        digits: list[Bit] = [*product.digits]
        if self._leads:
            digits.append(~sign)
        bits = shifted(m, digits, sign, product.fine, below=sign)
        lines = self._lines(m, product, anchor, preceding)
        merged: list[Bit] = []
        for column in self._columns:
            bit: Bit = 0
            for line, low, top in zip(lines, self._lows, self._signs, strict=True):
                if low <= column < top:
                    bit = either(bit, both(line, bits[column - low]))
            merged.append(bit)
        negative = [signal(m, line & sign, f"minus_{slot}") for slot, line in enumerate(lines)]
        lost = self._lost(m, product, bits, lines, negative)
        placed = joined([*merged, *(~minus for minus in negative), *negative])
        return placed, lost

    def _lost(
        self,
        m: Module,
        product: Labelled,
        bits: Sequence[Bit],
        lines: Sequence[Value],
        negative: Sequence[Value],
    ) -> Value:
        """Whether a shifted significand has a bit below the window, or is all below it.

        The lower the slot, the more of it is below.  Bits that are not are masked first, so that
        nothing toggles where nothing is lost.
        """
        lost = [product.present & ~Cat(*lines).any()]
        for index, low in enumerate(self._lows):
            known = max(-self._lows[index - 1], 0) if index else 0
            if -low <= known:
                continue
            some = signal(m, Cat(*lines[index:]).any(), f"below_{index}")
            minus = signal(m, Cat(*negative[index:]).any(), f"minus_below_{index}")
            plus = signal(m, some & ~minus, f"plus_below_{index}")
            for bit in bits[known:-low]:
                lost.append(joined([either(both(bit, plus), both(invert(bit), minus))]))
        return Cat(*lost).any()

    def _lines(self, m: Module, product: Labelled, anchor: Value, preceding: Value) -> list[Value]:
        """In which slot of the window a product is, if it is in one.

        The last bits tell which, the others whether: they are those of the anchor, or with a borrow
        one less.
        """
        near, far = product.slot[: self._near], product.slot[self._near :]
        distance = Signal(self._near + 1, name="distance")
        m.d.comb += distance.eq(anchor[: self._near] - near)
        borrow = distance[-1]
        inside = signal(
            m,
            Mux(borrow, far == preceding, far == anchor[self._near :]) & product.present,
            "is_inside",
        )
        return [
            signal(m, (distance[:-1] == slot) & inside, f"slot_{slot}")
            for slot in range(self._slots)
        ]
