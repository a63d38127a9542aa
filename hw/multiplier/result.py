"""Results put together in hardware: rounding, range and special values, into a code."""

from collections.abc import Sequence
from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Shape, Signal, Value, signed

from lmul_pe.hw.arithmetic.bits import signal
from lmul_pe.hw.arithmetic.carry_save import add_up
from lmul_pe.hw.arithmetic.funnel import Aligned
from lmul_pe.hw.arithmetic.shift import shift_right_sticky
from lmul_pe.hw.stream.stages import Stage, Values
from lmul_pe.model import FloatFormat, Multiplier
from lmul_pe.model.multiplier.result import Packing

from .operands import Operand


@dataclass(frozen=True)
class Product:
    """``(-1)^sign * 1.fraction * 2^(exponent - bias)``, biased as the result's format.

    The exponent is signed and may lie outside the format's range.  ``nan`` stands before
    ``infinite`` and that before ``zero``, whatever the numbers say.
    """

    sign: Value
    exponent: Value
    fraction: Value
    zero: Value
    infinite: Value
    nan: Value


def exponent_shape(multiplier: Multiplier, correction: int) -> Shape:
    """The shape of a product's exponent: the sum of two, a bias correction, and up to two more."""
    low = high = correction
    for format in (multiplier.format, multiplier.format_b):
        high += 2**format.exponent_bits - 1
        # A normalised subnormal has an exponent of 1 less its leading zeros.
        low -= 0 if multiplier.subnormals == "flush" else format.mantissa_bits - 1
    return Shape.cast(range(min(low, -1), high + 3))


def operand_values(first: Operand, second: Operand) -> Values:
    """What the operands alone decide of a :class:`Product`."""
    zero = first.zero | second.zero
    infinite = first.infinite | second.infinite
    return {
        "sign": first.sign ^ second.sign,
        "zero": zero,
        "infinite": infinite,
        "nan": first.nan | second.nan | (zero & infinite),
    }


def below_last(product: Value, mantissa_bits: int) -> tuple[Value, int]:
    """A product in [1, 4), extended if it is short, and how many of its bits lie below the guard
    bit of a number in [1, 2) with ``mantissa_bits``."""
    below = len(product) - 3 - mantissa_bits
    if below < 0:
        return Cat(Const(0, -below), product), 0
    return product, below


def round_up(m: Module, kept: Value, sticky: Value, toward_zero: bool) -> Value:
    """Whether dropping the last bit of ``kept``, and ``sticky`` below it, adds one: RNE or RTZ."""
    if toward_zero:
        return Const(0, 1)
    return signal(m, kept[0] & (kept[1] | sticky), "round_up")


def _round_up(m: Module, lost: Value, last: Value, toward_zero: bool) -> Value:
    """:func:`round_up` for a number of dropped bits that may be none."""
    if not len(lost):
        return Const(0, 1)
    return round_up(m, Cat(lost[-1], last), lost[:-1].any(), toward_zero)


def _number(format: FloatFormat, product: Product) -> Signal:
    """Room for the fields of ``product``, a carry, and every code of ``format``."""
    width = max(format.mantissa_bits + len(product.exponent) + 1, format.magnitude_bits + 2)
    return Signal(signed(width), name="number")


def round_flushed(m: Module, packing: Packing, product: Product) -> Value:
    """Exponent and mantissa fields as one signed number, rounded with an unbounded exponent."""
    bits = packing.format.mantissa_bits
    fraction = product.fraction
    if len(fraction) < bits:
        fraction = Cat(Const(0, bits - len(fraction)), fraction)
    extra = len(fraction) - bits
    up = _round_up(m, fraction[:extra], fraction[extra], packing.toward_zero)
    number = _number(packing.format, product)
    m.d.comb += number.eq(Cat(fraction[extra:], product.exponent).as_signed() + up)
    return number


def round_gradual(m: Module, packing: Packing, product: Product) -> Value:
    """The same with results below the normal range shifted right before they are rounded."""
    bits = packing.format.mantissa_bits
    exponent = product.exponent
    # Two bits below the last one keep the guard bit apart from the sticky bit.
    padding = max(0, bits + 2 - len(product.fraction))
    significand = Cat(Const(0, padding), product.fraction, Const(1, 1))
    extra = len(significand) - 1 - bits
    # A shift by mantissa, leading one and guard bit leaves a sticky bit alone.
    steps = (bits + 2).bit_length()
    short = Signal(signed(len(exponent) + 1), name="places_short")
    below = Signal(name="below_normal")
    places = Signal(steps, name="places")
    m.d.comb += [
        short.eq(1 - exponent),
        below.eq(exponent < 1),
        places.eq(Mux(below, short[:steps] | short[steps:].any().replicate(steps), 0)),
    ]
    shifted = shift_right_sticky(m, significand, places, name="denormal")
    up = _round_up(m, shifted[:extra], shifted[extra], packing.toward_zero)
    number = _number(packing.format, product)
    field = Mux(below, 0, exponent)
    m.d.comb += number.eq(Cat(shifted[extra : extra + bits], field).as_signed() + up)
    return number


def rounding_stages(packing: Packing, *, choices: bool = False) -> list[Stage]:
    """The stages from the values of a :class:`Product` to ``y``; ``choices`` as of
    :func:`exceptional_code`."""
    rounded = round_flushed if packing.flush else round_gradual

    def round_product(m: Module, values: Values) -> Values:
        product = Product(**values)
        return {
            "number": rounded(m, packing, product),
            **{name: values[name] for name in ("sign", "zero", "infinite", "nan")},
        }

    return [round_product, select_stage(packing, choices=choices)]


def select_stage(packing: Packing, *, choices: bool = False) -> Stage:
    """The stage from a rounded number and the operands' classes to ``y``; ``choices`` as of
    :func:`exceptional_code`."""

    def select(m: Module, values: Values) -> Values:
        return {"y": select_code(m, packing, choices=choices, **values)}

    return select


def _beyond_largest(format: FloatFormat, magnitude: Value, above: Value) -> Value:
    """Whether a non-negative number exceeds the largest finite code; ``above`` are its top bits."""
    if format.specials == "ieee":
        return above.any() | magnitude[format.mantissa_bits :].all()
    if format.specials == "fn":
        return above.any() | magnitude.all()
    return above.any()


def _merge(number: Value, cases: Sequence[tuple[Value, int]]) -> Value:
    """``number``, or the code of whichever of the exclusive ``cases`` holds.

    Masks instead of multiplexers: a one in the code is an OR, a zero is an AND.
    """
    bits = []
    for index in range(len(number)):
        ones = [flag for flag, code in cases if code >> index & 1]
        zeros = [flag for flag, code in cases if not code >> index & 1]
        kept = number[index] & ~Cat(*zeros).any() if zeros else number[index]
        bits.append(kept | Cat(*ones).any() if ones else kept)
    return Cat(*bits)


def select_code(
    m: Module,
    packing: Packing,
    *,
    number: Value,
    sign: Value,
    zero: Value,
    infinite: Value,
    nan: Value,
    choices: bool = False,
) -> Value:
    """The code of a rounded product: ``number`` where it is in range, or what its range demands."""
    format = packing.format
    magnitude = number[: format.magnitude_bits]
    negative = number[-1]
    above = number[format.magnitude_bits : -1]
    underflow: Value = negative | ~number[format.mantissa_bits :].any()
    if not packing.flush:
        underflow = Const(0, 1) if format.has_negative_zero else ~number.any()
    overflow = ~negative & _beyond_largest(format, magnitude, above)
    return exceptional_code(
        m,
        packing,
        magnitude=magnitude,
        sign=sign,
        nan=nan,
        infinite=infinite,
        zero=zero | underflow,
        overflow=overflow,
        choices=choices,
    )


def exceptional_code(
    m: Module,
    packing: Packing,
    *,
    magnitude: Value,
    sign: Value,
    nan: Value,
    infinite: Value,
    zero: Value,
    overflow: Value,
    choices: bool = False,
) -> Value:
    """The code of ``magnitude`` and ``sign``, or of the first case that holds, as they come.

    Parameters
    ----------
    choices
        Whether it is written as choices between codes, and not as masks of their bits.
    """
    format = packing.format
    if packing.overflow == "saturate":
        too_large = format.largest
    else:
        too_large = format.infinity if packing.overflow == "inf" else format.nan
    infinity = format.infinity if format.has_infinity else too_large
    mask = 2**format.magnitude_bits - 1
    events = [
        ("infinite", infinite, infinity),
        ("zero", zero, 0),
        ("overflow", overflow, too_large),
    ]
    if format.has_nan:
        events.insert(0, ("nan", nan, format.nan))
    if choices:
        return _chosen(
            m,
            format,
            [(signal(m, event, f"is_{name}"), code) for name, event, code in events],
            magnitude,
            sign,
        )
    cases: list[tuple[Value, int]] = []
    earlier: Value = Const(0, 1)
    flags: dict[str, Value] = {}
    for name, event, code in events:
        flags[name] = Signal(name=f"is_{name}")
        m.d.comb += flags[name].eq(event & ~earlier)
        cases.append((flags[name], code & mask))
        earlier = earlier | event
    if format.has_nan:
        is_nan = Cat(*(flags[name] for name, _, code in events if code == format.nan)).any()
        sign = sign & ~is_nan
        if not format.has_negative_zero:
            sign = (sign & ~flags["zero"]) | is_nan
    return Cat(_merge(magnitude, cases), sign)


def _chosen(
    m: Module,
    format: FloatFormat,
    events: Sequence[tuple[Value, int]],
    magnitude: Value,
    sign: Value,
) -> Value:
    """The code of the first of ``events`` that holds, or of ``magnitude`` and ``sign``."""
    bits = format.magnitude_bits
    code: Value = Cat(magnitude, sign)
    for flag, wanted in reversed(events):
        if format.has_nan and wanted == format.nan:
            special: Value = Const(wanted, bits + 1)
        else:
            positive = wanted == 0 and not format.has_negative_zero
            special = Cat(Const(wanted, bits), Const(0, 1) if positive else sign)
        code = Mux(flag, special, code)
    return code


def code_of_aligned(
    m: Module,
    format: FloatFormat,
    aligned: Aligned,
    *,
    sign: Value,
    infinite: Value,
    nan: Value,
    cells: bool,
    complement: Value | None = None,
) -> Value:
    """The code of a sum: rounded to nearest even, gradual underflow, overflow as ``format`` has it.

    Parameters
    ----------
    aligned
        The magnitude in the exponent range of ``format``.
    sign
        Of a number or an infinity.
    infinite, nan
        What the sum is whatever its magnitude; NaN stands before infinity.
    cells
        Whether numbers are added by full adders.
    complement
        Whether what is kept is less than the magnitude by a unit of a place far below it: it was
        negated by inverting its bits.
    """
    bits = format.mantissa_bits
    up = round_up(m, aligned.kept, aligned.sticky, False)
    if complement is not None:
        # What lies below is all ones where it is nothing before it is inverted.  Then it makes a
        # half, or, behind a guard bit of one, a whole; and otherwise less.
        guard, last = aligned.kept[0], aligned.kept[1]
        up = signal(m, Mux(complement, guard | (last & ~aligned.sticky), up), "up")
    # The carry of the mantissa runs into the exponent.
    fields = add_up(
        m,
        [Cat(aligned.kept[1:], aligned.field), up],
        width=bits + len(aligned.field) + 1,
        cells=cells,
        name="rounded",
    )
    overflow = "inf" if format.has_infinity else "saturate"
    return select_code(
        m,
        Packing(format, flush=False, overflow=overflow, toward_zero=False),
        number=Cat(fields, Const(0, 1)).as_signed(),
        sign=sign,
        zero=Const(0, 1),
        infinite=infinite,
        nan=nan,
    )
