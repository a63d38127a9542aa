"""Floating-point addition of an exact product to a sum: one rounding."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed

from model import FloatFormat
from model.result import Packing

from .bits import signal
from .funnel import align
from .operands import classify
from .product import ExactProduct
from .result import round_up, select_code
from .shift import shift_right_sticky

_GUARD_BITS = 4
"""Below the longer significand: two for a product's and a difference's leading zero, then guard and
sticky bit."""


def add_product(m: Module, format: FloatFormat, code: Value, product: ExactProduct) -> Value:
    """The code of the sum of ``code`` and ``product`` in ``format``.

    Nearest, ties to even, gradual underflow; overflow gives infinity, or the largest finite number
    where the format has none.  As ``model.addition.add_product``.
    """
    bits = format.mantissa_bits
    old = classify(m, code, format, name="sum", flush=False)
    normal = signal(m, old.exponent.any(), "sum_normal")
    width = max(bits + 1, len(product.significand)) + _GUARD_BITS
    new_width = len(product.significand)

    # Exponents are those of the top bits; that of a subnormal number is 1.
    old_exponent = Signal(format.exponent_bits, name="sum_exponent")
    exponent_bits = max(len(product.exponent), format.exponent_bits + 1) + 1
    distance = Signal(signed(exponent_bits), name="distance")
    m.d.comb += [
        old_exponent.eq(Cat(old.exponent[0] | ~normal, old.exponent[1:])),
        distance.eq(old_exponent - product.exponent),
    ]
    empty = signal(m, product.zero, "product_zero")
    swap = signal(m, distance[-1] & ~empty, "product_larger")
    old_aligned = Cat(Const(0, width - bits - 1), old.mantissa, normal)
    new_aligned = Cat(
        Const(0, width - new_width), product.significand & ~empty.replicate(new_width)
    )
    large, small = Signal(width, name="larger"), Signal(width, name="smaller")
    steps = width.bit_length()
    places = Signal(steps, name="alignment")
    size = Signal(exponent_bits, name="distance_size")
    m.d.comb += [
        large.eq(Mux(swap, new_aligned, old_aligned)),
        small.eq(Mux(swap, old_aligned, new_aligned)),
        size.eq(Mux(swap, -distance, distance)),
        places.eq(size[:steps] | size[steps:].any().replicate(steps)),
    ]
    shifted = shift_right_sticky(m, small, places, name="aligned")

    subtract = signal(m, old.sign ^ product.sign, "subtract")
    total = Signal(signed(width + 2), name="total")
    magnitude = Signal(width + 1, name="magnitude")
    flipped = signal(m, total[-1], "difference_negative")
    exponent = Signal(signed(exponent_bits + 1), name="larger_exponent")
    m.d.comb += [
        total.eq(Mux(subtract, large - shifted, large + shifted)),
        magnitude.eq(Mux(flipped, -total, total)),
        exponent.eq(Mux(swap, product.exponent, old_exponent)),
    ]
    aligned = align(m, magnitude, exponent, mantissa_bits=bits, leading=width + 1)
    rounded = Signal(bits + 1, name="rounded")
    field = Signal(len(exponent) + 1, name="field")
    m.d.comb += [
        rounded.eq(aligned.kept[1:] + round_up(m, aligned.kept, aligned.sticky, False)),
        field.eq(aligned.field + rounded[-1]),
    ]
    nothing = signal(m, ~magnitude.any(), "sum_zero")
    sign = Signal(name="result_sign")
    m.d.comb += sign.eq(
        Mux(
            old.infinite,
            old.sign,
            Mux(
                product.infinite,
                product.sign,
                Mux(nothing, old.sign & product.sign, Mux(swap, product.sign, old.sign) ^ flipped),
            ),
        )
    )
    overflow = "inf" if format.has_infinity else "saturate"
    return select_code(
        m,
        Packing(format, flush=False, overflow=overflow, toward_zero=False),
        number=Cat(rounded[:-1], field, Const(0, 1)).as_signed(),
        sign=sign,
        zero=Const(0, 1),
        infinite=old.infinite | product.infinite,
        nan=old.nan | product.nan | (old.infinite & product.infinite & subtract),
    )
