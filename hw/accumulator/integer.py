"""The integer accumulator: a two's-complement register that wraps."""

from collections.abc import Sequence
from typing import ClassVar

from amaranth.hdl import Const, Module, Value

from lmul_pe.hw.arithmetic.bits import signal
from lmul_pe.hw.arithmetic.carry_save import add_up
from lmul_pe.hw.multiplier.product import IntegerProduct, Product
from lmul_pe.hw.stream.stages import Register
from lmul_pe.model import IntegerAccumulator

from .contract import Total


class IntegerSum:
    """Sums of integers; see :class:`~.contract.Accumulator`.

    Parameters
    ----------
    accumulator
        Its specification.
    cells
        Whether numbers are added by full adders.
    """

    bias = 0
    normalised: ClassVar[bool] = False
    coded: ClassVar[bool] = True

    def __init__(self, accumulator: IntegerAccumulator, *, cells: bool):
        self._cells = cells
        self.state_bits = self.result_bits = accumulator.format.width

    def enter(self, m: Module, product: Product) -> Product:
        return product

    def add(
        self, m: Module, state: Value, products: Sequence[Product], register: Register
    ) -> Total:
        """All products at once; what does not fit is lost."""
        values = []
        for product in products:
            assert isinstance(product, IntegerProduct)
            values.append(product.value)
        exact = add_up(
            m,
            [state.as_signed(), *values],
            width=self.state_bits + 1 + len(products).bit_length(),
            cells=self._cells,
            name="exact_sum",
        )
        above = exact[self.state_bits - 1 :]
        outside = signal(m, above.any() & ~above.all(), "outside")
        return Total(exact[: self.state_bits], outside)

    def start(self, m: Module, code: Value) -> Total:
        return Total(code, Const(0, 1))

    def finish(self, m: Module, state: Value, register: Register) -> Value:
        return state
