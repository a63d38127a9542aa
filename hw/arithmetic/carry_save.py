"""Product of two significands: partial products, then a carry-save tree."""

from collections.abc import Sequence
from dataclasses import dataclass

from amaranth.hdl import Module, Signal, Value

from .adders import add_bits, ripple
from .architecture import Architecture
from .bits import Bit, both, differ, either, invert, joined, signal, signal_or_constant
from .prefix import prefix_sum

FULL_ADDER_DELAY = 1.0
HALF_ADDER_DELAY = 0.6
BOOTH_DELAY = 6.0
BOOTH_DELAY_PER_BIT = 0.9
# Delays in units of a full adder: only their order matters, to the balance of the tree.


@dataclass
class _Arriving:
    """A bit of a column and when it settles."""

    bit: Value
    time: float


class Columns:
    """Bits by weight, which add up to a number modulo ``2^width``."""

    def __init__(self, width: int):
        self.width = width
        self._bits: list[list[_Arriving]] = [[] for _ in range(width)]
        self._constant = 0

    def add(self, weight: int, bit: Bit, time: float = 0.0) -> None:
        """Add ``bit * 2^weight``."""
        if isinstance(bit, int):
            self._constant += bit << weight
        elif weight < self.width:
            self._bits[weight].append(_Arriving(bit, time))

    def add_constant(self, value: int) -> None:
        """Add an integer of either sign."""
        self._constant += value

    def add_signed(self, number: Value) -> None:
        """Add a number in two's complement."""
        top = len(number) - 1
        for weight in range(top):
            self.add(weight, number[weight])
        # A top bit that counts as -2^n is its complement less 2^n.
        self.add(top, ~number[top])
        self.add_constant(-(1 << top))

    def sum(
        self, m: Module, *, cells: bool, network: str | None = None, balanced: bool = False
    ) -> Value:
        """Reduce every column to one bit, from the lowest up, or to two that ``network`` adds.

        Each step adds the three bits that settle first (a tree by arrival, after Oklobdzija,
        Villeger and Liu, IEEE Trans. Computers 45(3), 1996): the fewest adders there can be, and
        balanced paths, which keep glitches down.  Without a ``network`` the carry ripples with the
        columns, so that no separate final adder is needed.  With one it may still ripple where
        columns have an odd number of bits, unless ``balanced`` spends a half adder on each.
        """
        ones = [self._constant >> weight & 1 for weight in range(self.width)]
        rows: tuple[list[Bit], list[Bit]] = [], []
        for weight, column in enumerate(self._bits):
            one = ones[weight]
            while len(column) + one > (2 if network else 1):
                column.sort(key=lambda arriving: arriving.time)
                if balanced:
                    # Two are left in the end, so that what comes last goes into no adder.
                    number = 3 - (len(column) + one) % 2
                    taken, constants = column[: number - one], [1] * one
                # A constant one turns a half adder into an equally small cell.
                elif one and len(column) % 2 == 0:
                    taken, constants = column[:2], [1]
                elif one and len(column) == 1:
                    taken, constants = column[:1], [1]
                else:
                    taken, constants = column[:3], []
                del column[: len(taken)]
                one -= len(constants)
                total, carry = add_bits(
                    m, [arriving.bit for arriving in taken] + constants, cell=cells
                )
                full = len(taken) == 3
                settled = max(arriving.time for arriving in taken)
                settled += FULL_ADDER_DELAY if full else HALF_ADDER_DELAY
                column.append(_Arriving(signal(m, total, "array_sum"), settled))
                if weight + 1 < self.width:
                    self._bits[weight + 1].append(
                        _Arriving(signal(m, carry, "array_carry"), settled)
                    )
            left: list[Bit] = [*(arriving.bit for arriving in column), *[1] * one, 0, 0]
            rows[0].append(left[0])
            rows[1].append(left[1])
        if network is None:
            return joined(rows[0])
        return joined(prefix_sum(m, *rows, network)[: self.width])


def add_up(
    m: Module,
    plus: Sequence[Value | int],
    minus: Sequence[Value] = (),
    *,
    width: int,
    cells: bool,
    network: str | None = None,
    name: str,
) -> Value:
    """The sum of the numbers of ``plus`` less those of ``minus``, modulo ``2^width``.

    With ``cells`` as one ripple of full adders, or as a tree of them and a ``network`` behind it,
    otherwise as the operators of the synthesis tool.
    """
    if not cells:
        result = Signal(width, name=name)
        total: Value | int = sum(plus)
        for number in minus:
            total = total - number
        m.d.comb += result.eq(total)
        return result
    columns = Columns(width)
    for number in plus:
        if isinstance(number, int):
            columns.add_constant(number)
            continue
        if number.shape().signed:
            columns.add_signed(number)
        else:
            for weight, bit in enumerate(number):
                columns.add(weight, bit)
    for number in minus:
        top = len(number) - 1
        # Minus is one's complement and one.
        for weight in range(top):
            columns.add(weight, ~number[weight])
        columns.add_constant(1 - (1 << top))
        if number.shape().signed:
            columns.add(top, number[top])
        else:
            columns.add(top, ~number[top])
            columns.add_constant(-(1 << top))
    return columns.sum(m, cells=True, network=network)


def negated_if(m: Module, negative: Value, number: Value, *, cells: bool, name: str) -> Value:
    """``number``, or less it where ``negative`` is set, modulo a power of two."""
    # Minus is one's complement and one.
    bits = number ^ negative.replicate(len(number))
    return add_up(m, [bits, negative], width=len(number), cells=cells, name=name)


def _and_array(columns: Columns, a: Sequence[Bit], b: Sequence[Bit]) -> None:
    """One AND gate for every pair of bits."""
    for i, first in enumerate(a):
        for j, second in enumerate(b):
            columns.add(i + j, both(first, second))


def _booth8(m: Module, columns: Columns, a: Sequence[Bit], b: Sequence[Bit]) -> None:
    """Radix-8 Booth recoding of ``b``: digits -4 to 4 for each three bits of it.

    Source: MacSorley, "High-Speed Arithmetic in Binary Computers", Proc. IRE 49(1), 1961.
    A negative digit's row is inverted, with its sign as a carry, and its sign extension is
    written as a constant and one inverted bit.
    """
    triple = ripple(m, a, [0, *a], name="triple")
    length = len(a) + 2

    def multiplicand(index: int) -> Bit:
        return a[index] if 0 <= index < len(a) else 0

    def digit_bit(index: int) -> Bit:
        return b[index] if 0 <= index < len(b) else 0

    for digit in range(len(b) // 3 + 1):
        low = 3 * digit
        sign, high, middle, carried = (digit_bit(low + offset) for offset in (2, 1, 0, -1))
        if all(isinstance(bit, int) and not bit for bit in (sign, high, middle)):
            for index, bit in enumerate(a):
                columns.add(low + index, both(bit, carried))
            continue
        # With every bit inverted by the sign, the digit's magnitude is 2*four + two + one.
        four, two, one = (differ(bit, sign) for bit in (high, middle, carried))
        odd, three = differ(two, one), both(two, one)
        zero = invert(either(two, one))
        select = [
            signal_or_constant(m, choice, f"booth{digit}_times{times}")
            for times, choice in (
                (1, both(invert(four), odd)),
                (2, either(both(invert(four), three), both(four, zero))),
                (3, both(four, odd)),
                (4, both(four, three)),
            )
        ]
        for index in range(length):
            multiples = (
                multiplicand(index),
                multiplicand(index - 1),
                triple[index] if index < len(triple) else 0,
                multiplicand(index - 2),
            )
            row: Bit = 0
            for chosen, multiple in zip(select, multiples, strict=True):
                row = either(row, both(chosen, multiple))
            columns.add(low + index, differ(row, sign), BOOTH_DELAY + BOOTH_DELAY_PER_BIT * index)
        if isinstance(sign, int) and not sign:
            continue
        columns.add(low, sign)
        columns.add(low + length, invert(sign))
        columns.add_constant(-(1 << (low + length)))


def significand_product(
    m: Module, a: Sequence[Bit], b: Sequence[Bit], architecture: Architecture
) -> Value:
    """The product of two significands, given as bits from 0 up, as wide as both together.

    Leading ones that are known may be given as constants.
    """
    if architecture.array == "operator":
        product = Signal(len(a) + len(b), name="product")
        m.d.comb += product.eq(joined(a) * joined(b))
        return product
    columns = Columns(len(a) + len(b))
    if architecture.array == "and":
        _and_array(columns, a, b)
    else:
        _booth8(m, columns, a, b)
    return columns.sum(
        m,
        cells=architecture.full_adders == "cells",
        network=architecture.network,
        balanced=architecture.balanced,
    )
