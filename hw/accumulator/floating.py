"""The floating-point accumulator: one rounding per addition."""

from collections.abc import Sequence
from typing import ClassVar

from amaranth.hdl import Const, Module, Value

from lmul_pe.hw.multiplier.product import ExactProduct, Product, normalised_product, rounded_product
from lmul_pe.hw.stream.stages import Register
from lmul_pe.model import FloatAccumulator, Mac, Multiplier

from .addition import Term, add, code_term, product_term
from .contract import Total
from .partial_sums import balanced

_LONGEST_NORMALISED = 16
"""Bits of a product's significand up to which it is normalised before it is added."""


class FloatSum:
    """Sums in a float format; see :class:`~.contract.Accumulator`.

    Parameters
    ----------
    mac
        Multiplier and accumulator.
    cells
        Whether numbers are added by full adders.
    """

    normalised: ClassVar[bool] = True
    coded: ClassVar[bool] = True

    def __init__(self, mac: Mac, *, cells: bool):
        accumulator = mac.accumulator
        assert isinstance(accumulator, FloatAccumulator)
        assert isinstance(mac.multiplier, Multiplier)
        self._cells = cells
        self.accumulator = accumulator
        self.format = accumulator.format
        self.bias = self.format.bias or 0
        self._rightward = mac.multiplier.lowest_product_bit + self.bias < 1
        self.state_bits = self.result_bits = self.format.width

    def enter(self, m: Module, product: Product) -> Product:
        assert isinstance(product, ExactProduct)
        if not self.accumulator.fused:
            product = rounded_product(m, product, self.format.mantissa_bits + 1)
        # Short products are cheaper to normalise than differences are to turn positive.
        if not self._rightward and len(product.fraction) < _LONGEST_NORMALISED:
            product = normalised_product(m, product)
        return product

    def term(self, m: Module, number: Product | Value, *, name: str) -> Term:
        """A product, or a code of the sum's format, as something to add."""
        if isinstance(number, ExactProduct):
            return product_term(number)
        return code_term(m, self.format, Value.cast(number), name=name)

    def add(
        self,
        m: Module,
        state: Value,
        products: Sequence[Product | Value],
        register: Register,
    ) -> Total:
        """The sum of ``state`` and the one number in ``products``."""
        (number,) = products
        return Total(self.pair(m, state, number, register), Const(0, 1))

    def pair(
        self, m: Module, first: Product | Value, second: Product | Value, register: Register
    ) -> Value:
        """The code of the sum of two numbers."""
        return add(
            m,
            self.format,
            self.term(m, first, name="first"),
            self.term(m, second, name="second"),
            register=register,
            latency=self.accumulator.latency,
            # A code's exponent is never below the least one.
            rightward=self._rightward
            and (isinstance(first, ExactProduct) or isinstance(second, ExactProduct)),
            cells=self._cells,
        )

    def start(self, m: Module, code: Value) -> Total:
        return Total(code, Const(0, 1))

    def finish(self, m: Module, state: Value, register: Register) -> Value:
        """The partial sums in ``state``, added in a tree of neighbours."""
        return balanced(m, self, state, register)
