"""The anchored window: a short fixed-point register that follows the largest product."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Annotated, ClassVar

import numpy as np

from lmul_pe.model.choices import SpecificationError, whole_number
from lmul_pe.model.format.codec import Codes
from lmul_pe.model.format.floating import FloatFormat, float_format
from lmul_pe.model.multiplier.operands import Flags, Integers
from lmul_pe.model.multiplier.product import Product
from lmul_pe.model.multiplier.specification import Multiplier
from lmul_pe.model.parameter import Number, words_of

from .fixed import DEFAULT_TERMS, TERMS
from .register import Register, RegisterSums
from .sums import RESULT

SLOT_BITS = 8
"""Bits of a slot: products whose exponents differ in less than that may share one."""
SLOTS = range(2, 17)
_KEPT_BITS = 24
_GUARD_BITS = 8


@dataclass(frozen=True, init=False)
class WindowAccumulator:
    """A two's-complement register whose place is given by the largest product so far.

    Exponents are counted in slots of :data:`SLOT_BITS`.  The slot of the largest product since the
    sum began is the anchor; the register holds it and ``slots - 1`` slots below.  Magnitudes of
    products are cut, toward zero, at the register's last bit.  When the anchor rises the sum moves
    down, and is floored there.  It is rounded once, when it is read out.  What is lost is bounded,
    and sets the sticky flag ``inexact``; what exceeds the register wraps, and sets ``overflow``.

    Parameters
    ----------
    slots
        2 to 16, and as many as the operands' mantissas need; by default as many as keep 24 bits
        below the exponent of the largest product, and 8 more than the mantissas have.
    terms
        How many products the register has room for, 1 to 2^32; 1024 by default.
    result
        Format of the finished sum, or its name; fp32 by default.

    Raises
    ------
    SpecificationError
        A number outside its range.
    """

    slots: Annotated[
        int | None,
        Number(
            option="slots",
            word="slots",
            help="Slots of 8 bits of an anchored window; by default 4, and 5 for fp32.",
        ),
    ]
    terms: Annotated[
        int,
        Number(
            option="terms",
            word="terms",
            default=DEFAULT_TERMS,
            help=f"Products that a fixed accumulator or a window has room for; {DEFAULT_TERMS} by "
            "default.",
        ),
    ]
    result: Annotated[FloatFormat, RESULT]

    word: ClassVar[str] = "window"
    latency: ClassVar[int] = 1
    finish_latency: ClassVar[int] = 1
    overflows: ClassVar[bool] = True

    def __init__(
        self,
        slots: int | None = None,
        *,
        terms: int = DEFAULT_TERMS,
        result: FloatFormat | str = "fp32",
    ) -> None:
        number = None if slots is None else whole_number("slots", slots, SLOTS)
        object.__setattr__(self, "slots", number)
        object.__setattr__(self, "terms", whole_number("terms", terms, TERMS))
        object.__setattr__(self, "result", float_format(result))

    def window(self, multiplier: Multiplier) -> "Window":
        """The window for the products of ``multiplier``.

        Raises
        ------
        SpecificationError
            Too few slots for a mantissa.
        """
        bits = multiplier.mantissa_bits
        least = _slots_below(bits) + 1
        slots = self.slots
        if slots is None:
            slots = _slots_below(max(_KEPT_BITS, bits + _GUARD_BITS)) + 1
        if slots < least:
            raise SpecificationError(
                f"slots {slots} make a window narrower than a product of {multiplier.name}: "
                f"expected {least} to {SLOTS[-1]}; the nearest is {least}"
            )
        return Window(slots, SLOT_BITS * slots + (self.terms - 1).bit_length() + 1)

    def usual(self, multiplier: Multiplier) -> "WindowAccumulator":
        """The same accumulator, its slots left out where they are those of ``multiplier``."""
        plain = WindowAccumulator(terms=self.terms, result=self.result)
        return plain if plain.window(multiplier) == self.window(multiplier) else self

    @cached_property
    def name(self) -> str:
        """``window[_slotsN][_termsN][_to_FORMAT]``."""
        return "_".join([self.word, *words_of(self)])

    def __str__(self) -> str:
        return self.name

    def start(self, multiplier: Multiplier, count: int, codes: Codes | None = None) -> "WindowSums":
        """``count`` sums of products of ``multiplier``, from +0.

        Raises
        ------
        SpecificationError
            ``codes`` to begin from.
        """
        if codes is not None:
            raise SpecificationError(
                f"accumulator {self.name} begins every sum with +0, as a code has no place in a "
                "window without products: leave start out, or take fixed"
            )
        return WindowSums(self, multiplier, count)


def _slots_below(bits: int) -> int:
    """Slots that hold ``bits`` bits."""
    return -(-bits // SLOT_BITS)


@dataclass(frozen=True)
class Window:
    """The bits of a window.

    Parameters
    ----------
    slots
        How many it has.
    width
        Bits of the register: the slots, room for the carries of a sum, and the sign.
    """

    slots: int
    width: int

    @property
    def lowest(self) -> int:
        """Weight of the register's last bit, relative to the least exponent of the anchor."""
        return -SLOT_BITS * (self.slots - 1)


def label_bias(multiplier: Multiplier) -> int:
    """What is added to the exponent of a product's top bit for its label.

    With it the label is the sum of the operands' exponent fields, and one more for an exact
    product, whose significand has two bits above the point.
    """
    return sum(format.bias or 0 for format in (multiplier.format, multiplier.format_b))


_NOWHERE = np.int64(-(1 << 20))
"""Below the slot of every product."""


class WindowSums(RegisterSums):
    """Sums in registers, each with its anchor."""

    def __init__(self, accumulator: WindowAccumulator, multiplier: Multiplier, count: int):
        window = accumulator.window(multiplier)
        super().__init__(multiplier, accumulator.result, Register(window.width, count))
        self._lowest = window.lowest
        self._bias = label_bias(multiplier)
        self._above = int(multiplier.kind == "exact")
        self._anchor = np.full(count, _NOWHERE)
        self._lost = np.zeros(count, dtype=np.bool_)

    @property
    def _lsb(self) -> Integers:
        """Weight of the last bit, as a power of two."""
        return self._anchor * SLOT_BITS + self._lowest - self._bias

    def add(self, products: Sequence[Product]) -> None:
        slots = [self._anchor]
        for product in products:
            assert product.scale is not None
            number = ~(product.zero | product.infinite | product.nan)
            slot = (product.scale + (self._above + self._bias)) // SLOT_BITS
            slots.append(np.where(number, slot, _NOWHERE))
        anchor = reduce(np.maximum, slots)
        # A sum without a product is zero, wherever its window is.
        rise = np.where(self._anchor == _NOWHERE, 0, anchor - self._anchor)
        self._lost |= self._register.move_down(rise * SLOT_BITS)
        self._anchor = anchor
        terms = self._terms(products)
        self._register.add(terms)
        self._lost |= reduce(np.logical_or, [term.cut for term in terms])

    @property
    def inexact(self) -> Flags:
        return self._lost
