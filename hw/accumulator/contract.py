"""What every accumulator is in hardware: how a product enters, is added, and is read out."""

from collections.abc import Sequence
from typing import ClassVar, NamedTuple, Protocol

from amaranth.hdl import Module, Value

from lmul_pe.hw.multiplier.product import Product
from lmul_pe.hw.stream.stages import Register


class Total(NamedTuple):
    """The next state of a sum, and whether it left its range on the way."""

    state: Value
    overflow: Value


class Finishes(Protocol):
    """What makes results of sums.

    Members
    -------
    state_bits : int
        Width of a sum that is not finished; 0 is the empty one.
    result_bits : int
        Width of a finished sum.
    coded : bool
        Whether a sum's state is its code.
    """

    state_bits: int
    result_bits: int
    coded: ClassVar[bool]

    def finish(self, m: Module, state: Value, register: Register) -> Value:
        """The result; calls ``register`` as often as the accumulator has cycles to finish."""


class Accumulator(Finishes, Protocol):
    """The hardware of an accumulator, for the products of one multiplier.

    Members
    -------
    bias : int
        Of the exponent with which a product is asked for.
    normalised : bool
        Whether a product must have its leading one in one of its top two bits.
    """

    bias: int
    normalised: ClassVar[bool]

    def enter(self, m: Module, product: Product) -> Product:
        """A product as it is kept until it is added."""

    def add(
        self, m: Module, state: Value, products: Sequence[Product], register: Register
    ) -> Total:
        """The state behind ``state`` and ``products``.

        Calls ``register`` once less than additions have cycles.
        """

    def start(self, m: Module, code: Value) -> Total:
        """The state of a sum that begins with a result's code."""
