"""Products that are accumulated: exact, of any exponent, without overflow or underflow."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from amaranth.hdl import Cat, Const, Fragment, Module, Mux, Signal, Value, signed
from amaranth.lib.data import StructLayout, View

from lmul_pe.hw.arithmetic.bits import signal

from .result import round_up

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


@dataclass(frozen=True)
class ExactProduct:
    """``(-1)^sign * significand * 2^exponent``, the leading one in one of the top two bits.

    The significand's top bit stands apart, as ``leading``: where it is always the leading one, it
    is a constant.  The exponent is signed, that of the top bit, and biased as whoever asks for the
    product wants it.  ``nan`` stands before ``infinite`` and that before ``zero``, whatever the
    numbers say.  A product that was asked for as it comes, not normalised, may have its leading
    one anywhere.
    """

    sign: Value
    exponent: Value
    leading: Value
    fraction: Value
    zero: Value
    infinite: Value
    nan: Value

    @property
    def significand(self) -> Value:
        return Cat(self.fraction, self.leading)


@dataclass(frozen=True)
class IntegerProduct:
    """The product of two integers: one signed ``value``."""

    value: Value


Product: TypeAlias = ExactProduct | IntegerProduct


Parts = TypeVar("Parts", bound="DataclassInstance")


class Word(Generic[Parts]):
    """How the parts of a product are kept in one word; what is constant takes no bits.

    Parameters
    ----------
    make
        Makes a product; called once, to see the shapes of its parts.
    """

    def __init__(self, make: Callable[[Module], Parts]):
        module = Module()
        product = make(module)
        # Amaranth warns of a module that nobody elaborates.
        Fragment.get(module, None)
        self._kind = type(product)
        self._constants: dict[str, Any] = {}
        shapes = {}
        for part in fields(product):
            value = Value.cast(getattr(product, part.name))
            if isinstance(value, Const):
                self._constants[part.name] = value
            else:
                shapes[part.name] = value.shape()
        self._layout = StructLayout(shapes)

    @property
    def width(self) -> int:
        return self._layout.size

    def pack(self, product: Parts) -> Value:
        """The word of ``product``."""
        return Cat(*(getattr(product, name) for name, _ in self._layout))

    def unpack(self, word: Value) -> Parts:
        """The product in ``word``."""
        view = View(self._layout, word)
        return self._kind(**{name: view[name] for name, _ in self._layout}, **self._constants)


def rounded_product(m: Module, product: ExactProduct, significand_bits: int) -> ExactProduct:
    """``product`` with its significand rounded to nearest even, if it is longer, and normalised."""
    extra = len(product.significand) - significand_bits
    if extra <= 0:
        return product
    # A bit below the last one, so that both alignments have a guard bit.
    significand = Cat(Const(0, 1), product.significand)
    top = significand[-1]
    kept = Signal(significand_bits, name="product_kept")
    sticky = signal(m, significand[: extra - 1].any() | (top & significand[extra - 1]), "lost")
    rounded = Signal(significand_bits, name="product_rounded")
    exponent = Signal(signed(len(product.exponent) + 1), name="product_raised")
    m.d.comb += [
        kept.eq(Mux(top, significand[extra:-1], significand[extra - 1 : -2])),
        rounded.eq(kept[1:] + round_up(m, kept, sticky, False)),
        exponent.eq(product.exponent - 1 + (top + rounded[-1])),
    ]
    return replace(product, leading=Const(1, 1), fraction=rounded[:-1], exponent=exponent)


def normalised_product(m: Module, product: ExactProduct) -> ExactProduct:
    """``product`` with its leading one, which is in one of the top two bits, in the top one."""
    if isinstance(product.leading, Const):
        return product
    fraction = Signal(len(product.fraction), name="product_fraction")
    exponent = Signal(signed(len(product.exponent) + 1), name="product_lowered")
    m.d.comb += [
        fraction.eq(Mux(product.leading, product.fraction, product.fraction << 1)),
        exponent.eq(product.exponent - ~product.leading),
    ]
    return replace(product, leading=Const(1, 1), fraction=fraction, exponent=exponent)
