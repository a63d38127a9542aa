"""Products that are accumulated: exact, of any exponent, without overflow or underflow."""

from dataclasses import dataclass, replace

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed

from .bits import signal
from .result import round_up


@dataclass(frozen=True)
class ExactProduct:
    """``(-1)^sign * significand * 2^exponent``, the leading one in one of the top two bits.

    The exponent is signed, that of the top bit, and biased as whoever asks for the product
    wants it.  ``nan`` stands before ``infinite`` and that before ``zero``, whatever the numbers
    say.
    """

    sign: Value
    exponent: Value
    significand: Value
    zero: Value
    infinite: Value
    nan: Value


def rounded_product(m: Module, product: ExactProduct, significand_bits: int) -> ExactProduct:
    """``product`` with its significand rounded to nearest even, if it is longer."""
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
    return replace(product, significand=Cat(rounded[:-1], Const(1, 1)), exponent=exponent)
