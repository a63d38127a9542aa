"""Floating-point addition of two terms, exact products or codes: one rounding."""

from dataclasses import dataclass
from functools import partial

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed

from lmul_pe.hw.arithmetic.bits import signal
from lmul_pe.hw.arithmetic.carry_save import add_up, negated_if
from lmul_pe.hw.arithmetic.funnel import Aligned, align
from lmul_pe.hw.arithmetic.shift import shift_right_sticky
from lmul_pe.hw.multiplier.operands import classify
from lmul_pe.hw.multiplier.product import ExactProduct
from lmul_pe.hw.multiplier.result import code_of_aligned
from lmul_pe.hw.stream.stages import Register, Stage, Values
from lmul_pe.model import FloatFormat

_GUARD_BITS = 4
"""Below the longer significand: two for a product's and a difference's leading zero, then guard and
sticky bit."""

_CUTS = {1: (), 2: (2,), 3: (1, 2), 4: (1, 2, 3)}
"""Behind which of the four stages registers stand, by latency; the sum's own is the last one."""


@dataclass(frozen=True)
class Term:
    """One of two numbers to add.

    ``exponent`` is that of the significand's top bit, with the bias of the sum's format.  The
    leading one may stand one place lower, or, in a code, anywhere if the exponent is the least one
    of the format.  Where ``zero`` is set, significand and exponent mean nothing.  ``normalised``
    tells whether the leading one never stands lower while the exponent is above the least one.
    """

    sign: Value
    exponent: Value
    significand: Value
    zero: Value
    infinite: Value
    nan: Value
    normalised: bool


def code_term(m: Module, format: FloatFormat, code: Value, *, name: str) -> Term:
    """A code of the sum's own format, subnormal numbers included."""
    fields = classify(m, code, format, name=name, flush=False)
    normal = signal(m, fields.exponent.any(), f"{name}_normal")
    # The exponent of a subnormal number is 1, and a zero's significand shows by itself.
    exponent = Signal(format.exponent_bits, name=f"{name}_exponent")
    m.d.comb += exponent.eq(Cat(fields.exponent[0] | ~normal, fields.exponent[1:]))
    return Term(
        fields.sign,
        exponent,
        Cat(fields.mantissa, normal),
        Const(0, 1),
        fields.infinite,
        fields.nan,
        normalised=True,
    )


def product_term(product: ExactProduct) -> Term:
    """A product whose exponent has the bias of the sum's format."""
    return Term(
        product.sign,
        product.exponent,
        product.significand,
        product.zero,
        product.infinite,
        product.nan,
        normalised=isinstance(product.leading, Const),
    )


def add(
    m: Module,
    format: FloatFormat,
    first: Term,
    second: Term,
    register: Register = lambda values: values,
    latency: int = 1,
    rightward: bool = True,
    cells: bool = False,
) -> Value:
    """The code of the sum of two terms in ``format``.

    Nearest, ties to even, gradual underflow; overflow gives infinity, or the largest finite number
    where the format has none.  As ``lmul_pe.model.accumulator.addition``.

    Parameters
    ----------
    register
        Puts registers behind values; called ``latency - 1`` times.
    latency
        Cycles of the sum, 1 to 4, the register that takes it included.
    rightward
        Whether a nonzero term can have an exponent below that of the smallest normal number.
    cells
        Whether numbers are added by full adders, or by operators of the synthesis tool.
    """
    # By size, a difference is never negative.
    ordered = first.normalised and second.normalised and not rightward
    values = _order(m, format, first, second, ordered, cells)
    stages: list[Stage] = [
        partial(_align, cells=cells),
        partial(_add, ordered=ordered, cells=cells),
        partial(_normalise, format=format, rightward=rightward, cells=cells),
    ]
    for index, stage in enumerate(stages, start=1):
        values = stage(m, values)
        if index in _CUTS[latency]:
            values = register(values)
    return _pack(m, format, values, cells)


def _masked(significand: Value, zero: Value) -> Value:
    if isinstance(zero, Const):
        return significand
    return significand & ~zero.replicate(len(significand))


def _is_less(m: Module, first: Term, second: Term, cells: bool) -> Value:
    """Whether the first significand is less than the second, or, if that is longer, may be."""
    common = min(len(first.significand), len(second.significand))
    upper = [term.significand[-common:] for term in (first, second)]
    difference = add_up(
        m,
        # With one less, equal bits count as less.
        [upper[0], -1] if len(second.significand) > common else [upper[0]],
        [upper[1]],
        width=common + 1,
        cells=cells,
        name="significands_apart",
    )
    return difference[-1]


def _order(
    m: Module, format: FloatFormat, first: Term, second: Term, ordered: bool, cells: bool
) -> Values:
    """The terms by size of their exponents, or ``ordered`` by size, and how far these are apart."""
    lengths = len(first.significand), len(second.significand)
    width = max(format.mantissa_bits + 1, *lengths) + _GUARD_BITS
    exponent_bits = max(len(first.exponent), len(second.exponent), format.exponent_bits + 1) + 1
    distance = Signal(signed(exponent_bits), name="distance")
    m.d.comb += distance.eq(
        add_up(
            m,
            [first.exponent],
            [second.exponent],
            width=exponent_bits,
            cells=cells,
            name="exponents_apart",
        )
    )
    larger: Value = distance[-1]
    if ordered:
        larger = larger | (~distance.any() & _is_less(m, first, second, cells))
    swap = signal(m, (larger & ~second.zero) | first.zero, "second_larger")
    aligned = [
        Cat(Const(0, width - length), _masked(term.significand, term.zero))
        for length, term in zip(lengths, (first, second), strict=True)
    ]
    large, small = Signal(width, name="larger"), Signal(width, name="smaller")
    size = Signal(exponent_bits, name="distance_size")
    exponent = Signal(signed(exponent_bits + 1), name="larger_exponent")
    m.d.comb += [
        large.eq(Mux(swap, aligned[1], aligned[0])),
        small.eq(Mux(swap, aligned[0], aligned[1])),
        size.eq(negated_if(m, swap, distance, cells=cells, name="distance_turned")),
        exponent.eq(Mux(swap, second.exponent, first.exponent)),
    ]
    subtract = signal(m, first.sign ^ second.sign, "subtract")
    infinite = first.infinite | second.infinite
    return {
        "large": large,
        "small": small,
        "size": size,
        "exponent": exponent,
        "subtract": subtract,
        "larger_sign": Mux(swap, second.sign, first.sign),
        "zero_sign": first.sign & second.sign,
        "infinite": infinite,
        "infinite_sign": Mux(first.infinite, first.sign, second.sign),
        "nan": first.nan | second.nan | (first.infinite & second.infinite & subtract),
    }


def _without(values: Values, *names: str) -> dict[str, Value]:
    return {name: value for name, value in values.items() if name not in names}


def _align(m: Module, values: Values, *, cells: bool) -> Values:
    """The smaller term shifted to the larger one."""
    small, size = values["small"], values["size"]
    steps = len(small).bit_length()
    places = Signal(steps, name="alignment")
    m.d.comb += places.eq(size[:steps] | size[steps:].any().replicate(steps))
    shifted = shift_right_sticky(m, small, places, name="aligned")
    return {**_without(values, "small", "size"), "shifted": shifted}


def _add(m: Module, values: Values, *, ordered: bool, cells: bool) -> Values:
    """Sum or difference, as sign and magnitude."""
    large, shifted = values["large"], values["shifted"]
    width = len(large)
    total = Signal(signed(width + 2), name="total")
    subtract = values["subtract"]
    # Minus is one's complement and one.
    turned = Cat(shifted ^ subtract.replicate(width), subtract).as_signed()
    m.d.comb += total.eq(
        add_up(m, [large, turned, subtract], width=width + 2, cells=cells, name="large_and_small")
    )
    magnitude: Value = total[:-1]
    flipped: Value = Const(0, 1)
    if not ordered:
        flipped = signal(m, total[-1], "difference_negative")
        magnitude = negated_if(m, flipped, magnitude, cells=cells, name="total_turned")
    return {
        **_without(values, "large", "shifted", "subtract", "larger_sign"),
        "magnitude": magnitude,
        "number_sign": values["larger_sign"] ^ flipped,
    }


def _normalise(
    m: Module, values: Values, *, format: FloatFormat, rightward: bool, cells: bool
) -> Values:
    """The leading one, or the least exponent, at the top."""
    magnitude = values["magnitude"]
    aligned = align(
        m,
        magnitude,
        values["exponent"].as_signed(),
        mantissa_bits=format.mantissa_bits,
        leading=len(magnitude),
        rightward=rightward,
        cells=cells,
    )
    nothing = signal(m, ~magnitude.any(), "sum_zero")
    return {
        **_without(values, "magnitude", "exponent", "number_sign", "zero_sign"),
        "kept": aligned.kept,
        "sticky": aligned.sticky,
        "field": aligned.field,
        "finite_sign": Mux(nothing, values["zero_sign"], values["number_sign"]),
    }


def _pack(m: Module, format: FloatFormat, values: Values, cells: bool) -> Value:
    """Rounded, and with what stands beside numbers, as a code."""
    sign = Signal(name="result_sign")
    m.d.comb += sign.eq(Mux(values["infinite"], values["infinite_sign"], values["finite_sign"]))
    return code_of_aligned(
        m,
        format,
        Aligned(values["kept"], values["sticky"], values["field"]),
        sign=sign,
        infinite=values["infinite"],
        nan=values["nan"],
        cells=cells,
    )
