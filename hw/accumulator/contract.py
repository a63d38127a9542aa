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


class Accumulator(Protocol):
    """The hardware of an accumulator, for the products of one multiplier.

    Members
    -------
    bias : int
        Of the exponent with which a product is asked for.
    normalised : bool
        Whether a product must have its leading one in one of its top two bits.
    state_bits : int
        Width of a sum that is not finished; 0 is the empty one.
    result_bits : int
        Width of a finished sum.
    latency : int
        Cycles from one state to the next.  That many partial sums take turns.
    finish_latency : int
        Cycles from the last state, or from all partial sums side by side, to the result.
    overflows : bool
        Whether a sum can leave its range in a way that its result does not show.
    """

    bias: int
    normalised: ClassVar[bool]
    state_bits: int
    result_bits: int
    latency: int
    finish_latency: int
    overflows: ClassVar[bool]

    def enter(self, m: Module, product: Product) -> Product:
        """A product as it is kept until it is added."""

    def add(
        self, m: Module, state: Value, products: Sequence[Product], register: Register
    ) -> Total:
        """The state behind ``state`` and ``products``; calls ``register`` latency - 1 times."""

    def start(self, m: Module, code: Value) -> Total:
        """The state of a sum that begins with a result's code."""

    def finish(self, m: Module, state: Value, register: Register) -> Value:
        """The result; calls ``register`` ``finish_latency`` times."""
