"""The floating-point accumulator: one rounding per addition."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar

import numpy as np

from lmul_pe.model.choices import SpecificationError, whole_number
from lmul_pe.model.format.codec import Codes, code_type
from lmul_pe.model.format.floating import CATALOG, FloatFormat, float_format
from lmul_pe.model.multiplier.product import Product, rounded_product
from lmul_pe.model.multiplier.specification import Multiplier
from lmul_pe.model.parameter import Number, Switch, words_of

from .addition import add, add_product, as_product
from .float32 import Float32Sums, float32_products
from .sums import REGISTER, ProductSums, Sums, balanced_sum, tree_levels

ADDER_LATENCIES = range(1, 5)


@dataclass(frozen=True, init=False)
class FloatAccumulator:
    """A floating-point register: ``sum <- round(sum + product)``, one rounding to nearest even.

    Starts from +0.  Underflow is gradual; overflow gives infinity, or the largest finite number
    where the format has none.

    Parameters
    ----------
    format
        Of the register and of the result, or its name; fp32 by default.
    fused
        What happens to products of more significant bits than the format has.  False (default):
        they are rounded to its mantissa first, their exponent still wide, as by a multiplier before
        an adder.  True: they enter unrounded, as in a fused multiply-add.
    latency
        Cycles of the adder, 1 (default) to 4.  That many partial sums take turns, each starting
        from +0; at the end they are added in a balanced tree, neighbours in pairs, an odd one
        passing up.  All take part, however few products there are.

    Raises
    ------
    SpecificationError
        An unknown format, or another latency.
    """

    format: Annotated[FloatFormat, REGISTER]
    fused: Annotated[
        bool,
        Switch(option="fused", word="fused", help="Products enter a float accumulator unrounded."),
    ]
    latency: Annotated[
        int,
        Number(
            option="adder_latency",
            word="latency",
            default=1,
            tacit=True,
            help="Cycles of a float accumulator's adder, 1 (default) to 4.",
        ),
    ]

    overflows: ClassVar[bool] = False

    def __init__(
        self, format: FloatFormat | str = "fp32", *, fused: bool = False, latency: int = 1
    ) -> None:
        if not isinstance(fused, bool):
            raise SpecificationError(f"fused {fused!r} is not True or False")
        object.__setattr__(self, "format", float_format(format))
        object.__setattr__(self, "fused", fused)
        cycles = whole_number("latency of an adder", latency, ADDER_LATENCIES)
        object.__setattr__(self, "latency", cycles)

    @property
    def result(self) -> FloatFormat:
        """The format of finished sums."""
        return self.format

    @property
    def finish_latency(self) -> int:
        """Cycles from the last additions to the finished sum, that of the partial sums."""
        return self.latency * tree_levels(self.latency)

    @cached_property
    def name(self) -> str:
        """The format's name, then ``_fused``, then ``_latencyN``."""
        return "_".join([self.format.name, *words_of(self)])

    def __str__(self) -> str:
        return self.name

    def start(self, multiplier: Multiplier, count: int, codes: Codes | None = None) -> Sums:
        """``count`` sums of products of ``multiplier``, from ``codes`` or from +0."""
        table = float32_products(multiplier) if self.format == CATALOG["fp32"] else None
        if table is not None:
            return Float32Sums(table, multiplier.format_b.width, self.latency, count, codes)
        return FloatSums(self, multiplier, count, codes)


class FloatSums(ProductSums):
    """Sums in any format; the first partial sum begins from the given codes."""

    def __init__(
        self, accumulator: FloatAccumulator, multiplier: Multiplier, count: int, codes: Codes | None
    ):
        super().__init__(multiplier, count)
        self._accumulator = accumulator
        zeros = np.zeros(count, dtype=code_type(accumulator.format))
        self._partial = [zeros] * accumulator.latency
        if codes is not None:
            self._partial[0] = codes
        self._turn = 0

    def add(self, products: Sequence[Product]) -> None:
        format = self._accumulator.format
        if not self._accumulator.fused:
            bits = format.mantissa_bits + 1
            products = [rounded_product(product, bits) for product in products]
        total = balanced_sum(
            products, lambda first, second: as_product(add(format, first, second), format)
        )
        self._partial[self._turn] = add_product(format, self._partial[self._turn], total)
        self._turn = (self._turn + 1) % len(self._partial)

    def result(self) -> Codes:
        format = self._accumulator.format
        return balanced_sum(
            self._partial,
            lambda first, second: add_product(format, first, as_product(second, format)),
        )
