"""The aligned accumulator: a cycle's products and the sum, added as integers of one exponent."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Annotated, ClassVar

import numpy as np

from lmul_pe.model.choices import whole_number
from lmul_pe.model.format.codec import Codes, code_type
from lmul_pe.model.format.floating import FloatFormat, float_format
from lmul_pe.model.multiplier.operands import Flags, Integers
from lmul_pe.model.multiplier.product import Product
from lmul_pe.model.multiplier.result import rounded_sum
from lmul_pe.model.multiplier.specification import Multiplier
from lmul_pe.model.parameter import Number, words_of

from .addition import as_product
from .limbs import Layout, Limbs
from .sums import RESULT, ProductSums

GUARD_BITS = range(33)
DEFAULT_GUARD_BITS = 3


@dataclass(frozen=True, init=False)
class AlignedAccumulator:
    """A floating-point register to which all products of a cycle are added at once.

    The magnitudes of the products and of the sum are cut, toward zero, ``guard_bits`` below the
    format's mantissa at the largest exponent among them, added exactly, and the total is rounded
    once, to nearest even.

    Parameters
    ----------
    format
        Of the register and of the result, or its name; fp32 by default.
    guard_bits
        0 to 32; 3 by default.

    Raises
    ------
    SpecificationError
        An unknown format, or another number of guard bits.
    """

    format: Annotated[FloatFormat, RESULT]
    guard_bits: Annotated[
        int,
        Number(
            option="guard_bits",
            word="guard",
            default=DEFAULT_GUARD_BITS,
            leads=True,
            help="Bits that an aligned accumulator keeps below its mantissa; "
            f"{DEFAULT_GUARD_BITS} by default.",
        ),
    ]

    word: ClassVar[str] = "aligned"
    latency: ClassVar[int] = 1
    finish_latency: ClassVar[int] = 0
    overflows: ClassVar[bool] = False

    def __init__(
        self, format: FloatFormat | str = "fp32", *, guard_bits: int = DEFAULT_GUARD_BITS
    ) -> None:
        object.__setattr__(self, "format", float_format(format))
        guard = whole_number("guard_bits", guard_bits, GUARD_BITS)
        object.__setattr__(self, "guard_bits", guard)

    @property
    def result(self) -> FloatFormat:
        """The format of finished sums."""
        return self.format

    @cached_property
    def name(self) -> str:
        """``aligned[_guardN][_to_FORMAT]``."""
        return "_".join([self.word, *words_of(self)])

    def __str__(self) -> str:
        return self.name

    def start(
        self, multiplier: Multiplier, count: int, codes: Codes | None = None
    ) -> "AlignedSums":
        """``count`` sums of products of ``multiplier``, from ``codes`` or from +0."""
        return AlignedSums(self, multiplier, count, codes)


_NOWHERE = np.int64(-(1 << 20))
"""Below the exponent of every product."""


class AlignedSums(ProductSums):
    """Sums as codes, rounded once a cycle."""

    def __init__(
        self,
        accumulator: AlignedAccumulator,
        multiplier: Multiplier,
        count: int,
        codes: Codes | None,
    ):
        super().__init__(multiplier, count)
        self._format = accumulator.format
        self._fraction_bits = accumulator.format.mantissa_bits + accumulator.guard_bits
        # The magnitude of an exact product reaches to four times its scale.
        self._layout = Layout(self._fraction_bits + 2)
        zeros = np.zeros(count, dtype=code_type(accumulator.format))
        self._sums = zeros if codes is None else codes

    def add(self, products: Sequence[Product]) -> None:
        terms = [as_product(self._sums, self._format), *products]
        scales = []
        for term in terms:
            assert term.scale is not None
            scales.append(np.where(term.zero, _NOWHERE, term.scale))
        largest = reduce(np.maximum, scales)
        unit = largest - self._fraction_bits
        total = self._layout.zeros(len(unit))
        for term in terms:
            significand = np.where(term.zero, np.uint64(0), term.significand)
            parts = self._layout.magnitude(significand, term.exponent - unit)
            for limb, part in zip(total, parts, strict=True):
                limb += np.where(term.negative, -part, part)
        self._layout.carry(total)
        self._sums = self._rounded(total, unit, terms)

    def _rounded(self, total: Limbs, unit: Integers, terms: Sequence[Product]) -> Codes:
        negative, significand, top = self._layout.normalised(total)
        plus, minus = (_any_infinite(terms, sign) for sign in (False, True))
        infinite = plus | minus
        return rounded_sum(
            self._format,
            np.where(infinite, minus, negative),
            top + unit,
            significand,
            (top < 0) & ~infinite,
            infinite,
            reduce(np.logical_or, [term.nan for term in terms]) | (plus & minus),
        )

    def result(self) -> Codes:
        return self._sums


def _any_infinite(terms: Sequence[Product], negative: bool) -> Flags:
    return reduce(np.logical_or, [term.infinite & (term.negative == negative) for term in terms])
