"""Products where they are added: as bits in the columns of a fixed-point register."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from amaranth.hdl import Const, Module, Value

from lmul_pe.hw.arithmetic.adders import add_in_chains, ripple
from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.arithmetic.bits import (
    Bit,
    both,
    choose,
    differ,
    either,
    joined,
    signal,
    signal_or_constant,
)
from lmul_pe.hw.arithmetic.prefix import prefix_sum
from lmul_pe.model import FixedRegister, IntegerMultiplier, Multiplier

from .component import KINDS
from .integer import PartialProducts, partial_products
from .lmul import LMul
from .lmul_guarded import add_fields
from .operands import unpack
from .product import ExactProduct
from .result import operand_values

FINE_BITS = 3
"""Bits of the exponent by which a significand is shifted; those above choose one of its slots."""


@dataclass(frozen=True)
class Placed:
    """One product.

    Parameters
    ----------
    bits
        One for each of the weights of its lane.
    flags
        For infinities of either sign, both of which stand for NaN; or for NaN alone; or none.
    """

    bits: Sequence[Bit]
    flags: Sequence[Value]


@dataclass(frozen=True)
class Unplaced:
    """One product before it goes to its place.

    Parameters
    ----------
    sign, digits
        The significand in two's complement, the sign apart.
    label
        Where it goes.
    present
        Whether there is one, and a number.
    flags
        As of :class:`Placed`.
    """

    sign: Value
    digits: Sequence[Bit]
    label: Value
    present: Value
    flags: Sequence[Value]


class Weighted(Protocol):
    """Products as bits that are added.

    A product is the sum of ``2^weight`` over the bits that are set, and ``constant``.

    Members
    -------
    weights : sequence of int
        Of the bits, in units of the register's last one.
    constant : int
        What every product's bits are too large by, negated.
    largest : int
        No product's magnitude exceeds it.
    """

    constant: int
    largest: int

    @property
    def weights(self) -> Sequence[int]: ...


class Lane(Weighted, Protocol):
    """From two operands to a product as bits that are added.

    Members
    -------
    flags : int
        How many a product has.
    """

    flags: int

    def place(self, m: Module, a: Value, b: Value, taken: Value) -> Placed:
        """The product of ``a`` and ``b``, or zero where it is not ``taken``."""


@dataclass(frozen=True)
class _Slot:
    """Where a shifted significand can go: its bit ``index`` to column ``low + index``."""

    number: int
    low: int
    top: int

    def bit_at(self, column: int) -> int | None:
        """Which of its bits, below that of the sign, is in ``column``."""
        index = column - self.low
        return index if index >= 0 and column < self.top else None


class FloatLane:
    """A lane of floating-point products, whose exponents are labels.

    The exponent of a product is not computed with any bias: it only says where the bits go.

    Parameters
    ----------
    multiplier
        Of the products.
    architecture
        Of the adder and of the array.
    above
        Bits of an exact product's significand above the one that its label is of, 0 or 1.
    """

    def __init__(self, multiplier: Multiplier, architecture: Architecture, above: int):
        self._multiplier = multiplier
        self._architecture = architecture
        self._cells = architecture.adders == "cells"
        self._kind = KINDS[multiplier.kind](multiplier, architecture)
        formats = multiplier.format, multiplier.format_b
        self._bias = sum(format.bias or 0 for format in formats)
        exact = multiplier.kind == "exact"
        self._digits = multiplier.product_bits if exact else multiplier.mantissa_bits + 1
        self._above = above if exact else 0
        # Labels of products that are numbers.
        self._least = 2
        if not exact and multiplier.subnormals == "gradual":
            self._least -= sum(format.mantissa_bits for format in formats)
        self._greatest = multiplier.highest_product_bit + self._bias
        if exact:
            fields = sum(format.largest >> format.mantissa_bits for format in formats)
            self._greatest = fields + 1 - above
        self.flags = 0
        if any(format.has_nan for format in formats):
            self.flags = 2 if any(format.has_infinity for format in formats) else 1

    def _raised(self, product: ExactProduct, taken: Value) -> list[Value]:
        """The flags of a product that is ``taken``."""
        if self.flags == 2:
            return [
                taken & (product.nan | (product.infinite & negative))
                for negative in (~product.sign, product.sign)
            ]
        return [taken & product.nan] if self.flags else []

    def _product(self, m: Module, a: Value, b: Value) -> ExactProduct:
        """With its label as its exponent: the sum of the fields, which takes no addition."""
        multiplier = self._multiplier
        if multiplier.kind == "exact":
            # Its exponent is that of the top bit, one more than the fields say.
            return self._kind.product(m, a, b, self._bias - self._above, normalised=False)
        if multiplier.carry != "integer":
            return self._kind.product(m, a, b, self._bias)
        assert isinstance(self._kind, LMul)
        assert multiplier.offset is not None
        flush = multiplier.subnormals == "flush"
        first = unpack(m, a, multiplier.format, name="a", flush=flush)
        second = unpack(m, b, multiplier.format_b, name="b", flush=flush)
        numbers = [self._kind.fields(operand) for operand in (first, second)]
        width = max(len(number) for number in numbers) + 1
        signed = any(number.shape().signed for number in numbers)
        rows = []
        for number in numbers:
            above: Bit = number[-1] if number.shape().signed else 0
            rows.append([*number, *[above] * (width - len(number))])
        one, other = rows
        total = self._added(m, one, other, multiplier.offset)
        bits = multiplier.mantissa_bits
        exponent = joined(total[bits:])
        return ExactProduct(
            exponent=exponent.as_signed() if signed else exponent,
            leading=Const(1, 1),
            fraction=joined(total[:bits]),
            **operand_values(first, second),
        )

    def _added(self, m: Module, one: list[Bit], other: list[Bit], offset: int) -> list[Bit]:
        """The sum of two equally wide numbers and ``offset``, as wide as they are."""
        network = self._architecture.network
        if self._architecture.operators:
            total = add_in_chains(m, joined(one), joined(other), offset, bits=len(one), name="sum")
            return [*total]
        if offset > 1:
            fields = add_fields(
                m,
                joined(one),
                joined(other),
                offset,
                bits=len(one),
                architecture=self._architecture,
            )
            return [signal(m, fields.bit(index), f"total_{index}") for index in range(len(one))]
        if network is None:
            return ripple(m, one, other, offset, name="total", cell=self._cells)[:-1]
        # The offset is a carry, which one more bit below the others brings.
        return prefix_sum(m, [offset, *one], [offset, *other], network)[1:-1]


class FixedLane(FloatLane):
    """A lane of floating-point products, each shifted to its place.

    The low bits of its label shift the significand, in two's complement; the others choose one of
    several slots, each of which reaches over a few columns.  As only one slot has anything in it,
    bits that meet in one column are merged by an OR, and only signs stand apart.

    Parameters
    ----------
    multiplier
        Of the products.
    register
        That holds every one of them, to its last bit.
    architecture
        Of the adder and of the array.

    Members
    -------
    digits, label_bits : int
        Bits of a significand, its sign not among them, and of a label.
    """

    def __init__(self, multiplier: Multiplier, register: FixedRegister, architecture: Architecture):
        super().__init__(multiplier, architecture, above=1)
        # Digits of the significand that stand above the point.
        above = 1 + self._above
        greatest = self._greatest
        self.digits = self._digits
        # Of either sign, where a label can be negative.
        bits = max(greatest.bit_length(), (-1 - self._least).bit_length(), FINE_BITS)
        self.label_bits = bits + (self._least < 0)
        # The column of the last digit of a product with exponent 0.
        origin = above - self._digits - self._bias - register.lsb
        self._slots = [
            _Slot(
                number,
                origin + (number << FINE_BITS),
                origin + self._digits + min((number + 1 << FINE_BITS) - 1, greatest),
            )
            for number in range(self._least >> FINE_BITS, (greatest >> FINE_BITS) + 1)
        ]
        top = max(slot.top for slot in self._slots)
        self._columns = [
            (column, sources)
            for column in range(top)
            if (
                sources := [
                    (slot, index)
                    for slot in self._slots
                    if (index := slot.bit_at(column)) is not None
                ]
            )
        ]
        signs = [slot.top for slot in self._slots]
        self.weights = [column for column, _ in self._columns] + signs
        # A sign that is not there counts.
        self.constant = -sum(1 << sign for sign in signs)
        self.largest = ((1 << self._digits) - 1) << (origin + greatest)

    def place(self, m: Module, a: Value, b: Value, taken: Value) -> Placed:
        product = self.unplaced(m, a, b, taken)
        return Placed(self.placed(m, product), product.flags)

    def unplaced(self, m: Module, a: Value, b: Value, taken: Value) -> Unplaced:
        """The product of ``a`` and ``b``, absent where it is not ``taken``."""
        product = self._product(m, a, b)
        present = signal(m, ~(product.zero | product.nan | product.infinite) & taken, "is_number")
        sign, digits = self._signed(m, product)
        return Unplaced(sign, digits, product.exponent, present, self._raised(product, taken))

    def placed(self, m: Module, product: Unplaced) -> Sequence[Bit]:
        """The bits of ``product``, one for each of the weights."""
        sign, label = product.sign, product.label
        fine, coarse = label[:FINE_BITS], label[FINE_BITS:]
        moved = shifted(m, product.digits, sign, fine)
        lines = {
            slot.number: signal(
                m, (coarse == Const(slot.number, coarse.shape())) & product.present, f"slot_{index}"
            )
            for index, slot in enumerate(self._slots)
        }
        bits: list[Bit] = []
        for _, sources in self._columns:
            merged: Bit = 0
            for slot, index in sources:
                merged = either(merged, both(lines[slot.number], moved[index]))
            bits.append(merged)
        bits += [~(lines[slot.number] & sign) for slot in self._slots]
        return bits

    def _signed(self, m: Module, product: ExactProduct) -> tuple[Value, list[Bit]]:
        """The sign, and below it the significand in two's complement."""
        sign = product.sign
        digits: list[Bit] = [*product.fraction]
        digits.append(1 if isinstance(product.leading, Const) else product.leading)
        carry: Bit = sign
        total: list[Bit] = []
        for index, digit in enumerate(digits):
            inverted = differ(digit, sign)
            total.append(signal_or_constant(m, differ(inverted, carry), f"digit_{index}"))
            carry = both(inverted, carry)
            if not isinstance(carry, int):
                carry = signal(m, carry, f"borrow_{index}")
        return sign, total


def shifted(
    m: Module, digits: Sequence[Bit], sign: Value, places: Value, below: Bit = 0
) -> list[Bit]:
    """``digits`` shifted left by ``places``, the sign above them, as many bits as there can be.

    Small steps first: later ones have more bits to choose.  ``below`` fills the places.
    """
    bits = list(digits)
    for step in range(len(places)):
        distance = 1 << step
        longer: list[Bit] = [*bits, *[sign] * distance]
        moved: list[Bit] = [*[below] * distance, *bits]
        bits = [
            signal_or_constant(m, choose(places[step], one, other), f"shifted_{distance}_{index}")
            for index, (one, other) in enumerate(zip(moved, longer, strict=True))
        ]
    return bits


class IntegerLane:
    """A lane of products of two's-complement integers: their partial products, not yet added, or,
    in exports, the bits of the product.

    Parameters
    ----------
    multiplier
        Of the products.
    architecture
        Of the array.
    """

    flags = 0

    def __init__(self, multiplier: IntegerMultiplier, architecture: Architecture):
        bits = multiplier.format.width
        self._whole = architecture.array == "operator"
        array = self._bits(Const(0, bits), Const(0, bits))
        self.weights = [weight for weight, _ in array.bits]
        self.constant = array.constant
        self.largest = 1 << (2 * bits - 2)

    def place(self, m: Module, a: Value, b: Value, taken: Value) -> Placed:
        present = a & taken.replicate(len(a))
        return Placed([bit for _, bit in self._bits(present, b).bits], [])

    def _bits(self, a: Value, b: Value) -> PartialProducts:
        if not self._whole:
            return partial_products(a, b)
        product = a.as_signed() * b.as_signed()
        top = len(product) - 1
        # A top bit that counts as -2^n is its complement less 2^n.
        return PartialProducts(list(enumerate([*product[:-1], ~product[-1]])), -(1 << top))
