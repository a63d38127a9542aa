"""The specification of a dot-product unit: several products a cycle, one sum."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from lmul_pe.model.accumulator.fixed import FixedAccumulator
from lmul_pe.model.accumulator.integer import IntegerAccumulator
from lmul_pe.model.accumulator.window import WindowAccumulator
from lmul_pe.model.choices import whole_number
from lmul_pe.model.multiplier.specification import Multiplier
from lmul_pe.model.parameter import Number

from .mac import Mac
from .processing_element import ProcessingElement, unsqueezed

WIDTHS = range(1, 65)


@dataclass(frozen=True)
class DotProduct(ProcessingElement):
    """``n`` products a cycle, added to one sum; with ``n = 1`` a :class:`~.mac.Mac`.

    A floating-point accumulator adds neighbouring products in pairs, in a balanced tree, one
    rounding each and an odd one passing up, and then the tree to the sum.  The others add all
    products to the sum at once.  A last cycle that is not full is filled up with zeros.

    Parameters
    ----------
    multiplier, accumulator
        As of a :class:`~.mac.Mac`.  Multipliers may have a latency of 1 for a shorter clock: where
        sums are exact, registers between the products and the tree, and in a window between the
        tree and the sum.
    n
        Products per cycle, 1 to 64; 4 by default.

    Raises
    ------
    SpecificationError
        Another ``n``, or what a :class:`~.mac.Mac` refuses.
    """

    n: Annotated[
        int,
        Number(option="n", named=False, help="Products per cycle of a dot; 4 by default."),
    ] = 4

    def __post_init__(self) -> None:
        object.__setattr__(self, "n", whole_number("n", self.n, WIDTHS))
        super().__post_init__()

    @property
    def products_per_cycle(self) -> int:
        return self.n

    @property
    def is_exact(self) -> bool:
        # A register that is given by its bits may drop some of a product, or have no room for all
        # products of a cycle.
        accumulator = self.accumulator
        if isinstance(accumulator, FixedAccumulator):
            terms = accumulator.terms or 0
            return self.n > 1 and accumulator.lsb is None and terms >= self.n
        return self.n > 1 and isinstance(accumulator, IntegerAccumulator)

    @property
    def adds_once(self) -> bool:
        return self.is_exact or (self.n > 1 and isinstance(self.accumulator, WindowAccumulator))

    @cached_property
    def mac(self) -> Mac:
        """The multiply-accumulate unit of the same parts, which have no registers."""
        multiplier = self.multiplier
        plain = unsqueezed(multiplier) if isinstance(multiplier, Multiplier) else multiplier
        return Mac(plain, self.accumulator)

    @cached_property
    def name(self) -> str:
        """Stable, unique, a legal Verilog identifier; :func:`~.names.dot_named` reads it."""
        return f"dot{self.n}_{self.multiplier.name}_{self.accumulator.name}"

    @property
    def family(self) -> str:
        """What such units of other formats have in common with it: the name without the format."""
        return f"dot{self.n}_{self.multiplier.family}_{self.accumulator.name}"

    def __str__(self) -> str:
        return self.name
