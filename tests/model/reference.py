"""The arithmetic a second time: slow, one number at a time, in exact rational arithmetic.

Nothing of `model` is used here.  A format is `(exponent_bits, mantissa_bits, specials, bias)`, a
number a `Fraction` beside its sign, and every policy has the value that the caller states.
"""

from fractions import Fraction
from functools import cache, lru_cache
from typing import NamedTuple

ZERO, SUBNORMAL, NORMAL, INNORMAL, NAN = "zero", "subnormal", "normal", "infinite", "nan"


class Format(NamedTuple):
    exponent_bits: int
    mantissa_bits: int
    specials: str
    bias: int

    @property
    def sign_bit(self):
        return 1 << (self.exponent_bits + self.mantissa_bits)

    @property
    def width(self):
        return 1 + self.exponent_bits + self.mantissa_bits

    @property
    def top_exponent(self):
        """All ones."""
        return 2**self.exponent_bits - 1

    @property
    def nan(self):
        return {
            "ieee": self.top_exponent << self.mantissa_bits | 1 << (self.mantissa_bits - 1),
            "fn": self.sign_bit - 1,
            "fnuz": self.sign_bit,
            "finite": None,
        }[self.specials]

    @property
    def infinity(self):
        return self.top_exponent << self.mantissa_bits if self.specials == "ieee" else None

    @property
    def largest(self):
        return {
            "ieee": (self.top_exponent << self.mantissa_bits) - 1,
            "fn": self.sign_bit - 2,
            "fnuz": self.sign_bit - 1,
            "finite": self.sign_bit - 1,
        }[self.specials]

    @property
    def least_normal_value(self):
        return power_of_two(1 - self.bias)

    def value(self, magnitude):
        """Value of a code without its sign, read as a finite number."""
        exponent, mantissa = divmod(magnitude, 2**self.mantissa_bits)
        if exponent == 0:
            return mantissa * power_of_two(1 - self.bias - self.mantissa_bits)
        fraction = 1 + mantissa * power_of_two(-self.mantissa_bits)
        return fraction * power_of_two(exponent - self.bias)


@lru_cache(maxsize=1 << 12)
def take_apart(format, code):
    """Sign, class and magnitude value of a code."""
    negative, magnitude = divmod(code, format.sign_bit)
    exponent, mantissa = divmod(magnitude, 2**format.mantissa_bits)
    if format.specials == "ieee" and exponent == format.top_exponent:
        return negative, NAN if mantissa else INNORMAL, None
    if format.specials == "fn" and magnitude == format.sign_bit - 1:
        return negative, NAN, None
    if format.specials == "fnuz" and code == format.sign_bit:
        return negative, NAN, None
    if exponent == 0:
        return negative, SUBNORMAL if mantissa else ZERO, format.value(magnitude)
    return negative, NORMAL, format.value(magnitude)


def format_of(described):
    """The `Format` of anything that has its four fields."""
    return Format(
        described.exponent_bits, described.mantissa_bits, described.specials, described.bias
    )


def power_of_two(exponent):
    return Fraction(2**exponent) if exponent >= 0 else Fraction(1, 2**-exponent)


def exponent_of(value):
    """The e with `2^e <= value < 2^(e+1)`."""
    estimate = value.numerator.bit_length() - value.denominator.bit_length()
    return estimate if power_of_two(estimate) <= value else estimate - 1


def round_to_multiple(value, unit, rounding):
    """The multiple of `unit` next to `value`: nearest and even, or toward zero."""
    count = value / unit
    floor = count.numerator // count.denominator
    rest = count - floor
    half = Fraction(1, 2)
    if rounding == "rne" and (rest > half or (rest == half and floor % 2 == 1)):
        floor += 1
    return floor * unit


def magnitude_code(format, value):
    """The code of a positive number that the format holds exactly."""
    exponent = max(exponent_of(value), 1 - format.bias)
    units = value / power_of_two(exponent - format.mantissa_bits)
    assert units.denominator == 1
    return (exponent + format.bias - 1) * 2**format.mantissa_bits + units.numerator


@lru_cache(maxsize=1 << 16)
def place(format, value, subnormals, overflow, rounding):
    """Class and magnitude code of a positive number under the policies of the result.

    The class of a number other than zero is `NORMAL`, were it subnormal.
    """
    unit = power_of_two(exponent_of(value) - format.mantissa_bits)
    if subnormals == "gradual":
        unit = max(unit, power_of_two(1 - format.bias - format.mantissa_bits))
    rounded = round_to_multiple(value, unit, rounding)
    if rounded == 0 or (subnormals == "flush" and rounded < format.least_normal_value):
        return ZERO, 0
    if rounded > format.value(format.largest):
        return overflowed(format, overflow)
    return NORMAL, magnitude_code(format, rounded)


def overflowed(format, overflow):
    return {
        "saturate": (NORMAL, format.largest),
        "inf": (INNORMAL, format.infinity),
        "nan": (NAN, None),
    }[overflow]


def assemble(format, negative, kind, magnitude):
    """A code of the format out of sign, class and magnitude code."""
    if kind == NAN:
        return format.nan
    if format.specials == "fnuz" and magnitude == 0:
        return 0
    return magnitude + negative * format.sign_bit


def usual_overflow(format, rounding="rne"):
    return "inf" if format.specials == "ieee" and rounding == "rne" else "saturate"


def encode(format, value, negative=False, overflow=None):
    """The code nearest to a rational magnitude; gradual underflow, ties to even."""
    if value == 0:
        return assemble(format, negative, ZERO, 0)
    placed = place(format, value, "gradual", overflow or usual_overflow(format), "rne")
    return assemble(format, negative, *placed)


def paper_offset(mantissa_bits):
    """2^(M - l(M)), the three cases of the paper spelled out."""
    if mantissa_bits <= 3:
        return 1
    if mantissa_bits == 4:
        return 2
    return 2 ** (mantissa_bits - 4)


def product(formats, first, second, multiply, subnormals="flush", overflow=None, rounding="rne"):
    """Code of the product of two codes.

    `multiply` gives the magnitude of the product of two positive magnitudes, as a rational number;
    the special cases and the rounding are here.
    """
    format_a, format_b, format_y = formats
    overflow = overflow or usual_overflow(format_y, rounding)
    negative_a, kind_a, value_a = take_apart(format_a, first)
    negative_b, kind_b, value_b = take_apart(format_b, second)
    negative = negative_a ^ negative_b
    kinds = {kind_a, kind_b}
    if subnormals == "flush" and SUBNORMAL in kinds:
        kinds = kinds - {SUBNORMAL} | {ZERO}
    if NAN in kinds or kinds == {ZERO, INNORMAL}:
        return format_y.nan
    if INNORMAL in kinds:
        if format_y.infinity is not None:
            return assemble(format_y, negative, INNORMAL, format_y.infinity)
        return assemble(format_y, negative, *overflowed(format_y, overflow))
    if ZERO in kinds:
        return assemble(format_y, negative, ZERO, 0)
    placed = place(format_y, multiply(value_a, value_b), subnormals, overflow, rounding)
    return assemble(format_y, negative, *placed)


def exact(formats, first, second, **policies):
    """The conventional product of two codes."""
    return product(formats, first, second, lambda a, b: a * b, **policies)


def lmul(formats, first, second, carry="integer", offset=None, **policies):
    """The guarded L-Mul product of two codes; `offset` is in units of `2^-M`."""
    bits = max(formats[0].mantissa_bits, formats[1].mantissa_bits)
    constant = (paper_offset(bits) if offset is None else offset) * power_of_two(-bits)

    def multiply(a, b):
        return approximate_product(a, b, constant, bits, carry)

    return product(formats, first, second, multiply, **policies)


@lru_cache(maxsize=1 << 16)
def approximate_product(first, second, constant, bits, carry):
    """L-Mul of two positive numbers, exponents unbounded."""
    exponent_a, exponent_b = exponent_of(first), exponent_of(second)
    total = first / power_of_two(exponent_a) + second / power_of_two(exponent_b) - 2 + constant
    if carry == "integer":
        # Whole units of the mantissa sum go to the exponent, the rest is the mantissa.
        raised = total.numerator // total.denominator
        significand = (1 + total - raised) * power_of_two(raised)
    else:
        significand = 1 + total
        if significand >= 2:
            significand = round_to_multiple(significand, power_of_two(1 - bits), "rtz")
    return significand * power_of_two(exponent_a + exponent_b)


@cache
def correction(bits, seen, row, column):
    """What a table of the top `seen` bits adds to two mantissas, in units of `2^-bits`.

    Least squares of relative errors over the mantissas of the cell; whole mantissas are rounded.
    """
    unit, inside = 2**bits, 2 ** (bits - seen)

    def approximate(first, second, constant):
        operands = (1 + Fraction(first, unit), 1 + Fraction(second, unit))
        return approximate_product(*operands, Fraction(constant, unit), bits, "integer")

    if seen == bits:
        real = (1 + Fraction(row, unit)) * (1 + Fraction(column, unit))
        step = Fraction(2 if real >= 2 else 1, unit)
        rounded = round_to_multiple(real, step, "rne")
        return next(each for each in range(unit) if approximate(row, column, each) == rounded)

    def cost(constant):
        total = Fraction(0)
        for first in range(row * inside, (row + 1) * inside):
            for second in range(column * inside, (column + 1) * inside):
                real = (1 + Fraction(first, unit)) * (1 + Fraction(second, unit))
                total += (approximate(first, second, constant) / real - 1) ** 2
        return total

    step = 2 ** max(bits - seen - 2, 0)
    return min(range(0, unit // 2, step), key=cost)


def entry_of(formats, first, second, seen):
    """The correction of two magnitudes, in units of the wider mantissa's last bit."""
    row, column = (
        int((each / power_of_two(exponent_of(each)) - 1) * 2**seen) for each in (first, second)
    )
    return correction(max(format.mantissa_bits for format in formats[:2]), seen, row, column)


def table(formats, first, second, seen, **policies):
    """The product of two codes by a corrected L-Mul."""
    bits = max(formats[0].mantissa_bits, formats[1].mantissa_bits)

    def multiply(a, b):
        constant = entry_of(formats, a, b, seen) * power_of_two(-bits)
        return approximate_product(a, b, constant, bits, "integer")

    return product(formats, first, second, multiply, **policies)


def raw(format, first, second, carry="integer", offset=None, guard="raw"):
    """The unguarded L-Mul: one sum modulo 2^(E+M), the signs apart; maybe with a test for zero."""
    constant = paper_offset(format.mantissa_bits) if offset is None else offset
    unit = 2**format.mantissa_bits
    negative_a, magnitude_a = divmod(first, format.sign_bit)
    negative_b, magnitude_b = divmod(second, format.sign_bit)
    total = magnitude_a + magnitude_b - (format.bias * unit - constant)
    if carry == "equation":
        mantissas = magnitude_a % unit + magnitude_b % unit + constant
        exponents = magnitude_a // unit + magnitude_b // unit - format.bias
        if mantissas >= unit:
            exponents, mantissas = exponents + 1, (mantissas - unit) // 2
        total = exponents * unit + mantissas
    negative = negative_a ^ negative_b
    if guard == "zero" and min(magnitude_a, magnitude_b) < unit:
        return assemble(format, negative, ZERO, 0)
    return total % format.sign_bit + negative * format.sign_bit


def guarded_integer(format, first, second):
    """L-Mul of normal operands of one format by the formula on whole codes: r, clamped.

    Flush, and the usual overflow; a second way to the same codes as `lmul`.
    """
    offset = format.bias * 2**format.mantissa_bits - paper_offset(format.mantissa_bits)
    negative_a, magnitude_a = divmod(first, format.sign_bit)
    negative_b, magnitude_b = divmod(second, format.sign_bit)
    negative = negative_a ^ negative_b
    result = magnitude_a + magnitude_b - offset
    if result < 2**format.mantissa_bits:
        return assemble(format, negative, ZERO, 0)
    if result > format.largest:
        kind, result = overflowed(format, usual_overflow(format))
        return assemble(format, negative, kind, result)
    return assemble(format, negative, NORMAL, result)


class Addend(NamedTuple):
    """What enters a sum: a product or a code.

    `value` is the magnitude of a number or zero; `scale` is the exponent by which an aligned
    accumulator goes.
    """

    negative: bool
    kind: str
    value: Fraction | None = None
    scale: int | None = None

    @property
    def signed(self):
        return -self.value if self.negative else self.value


def product_addend(
    formats, first, second, offset=None, carry="integer", seen=None, subnormals="flush"
):
    """The product of two codes, of any exponent; exact unless `offset` is an L-Mul's.

    `seen` is how many bits of each mantissa the table of a corrected one sees.
    """
    (negative_a, kind_a, value_a), (negative_b, kind_b, value_b) = (
        take_apart(format, code) for format, code in zip(formats, (first, second), strict=True)
    )
    negative = bool(negative_a ^ negative_b)
    kinds = {kind_a, kind_b}
    if subnormals == "flush" and SUBNORMAL in kinds:
        kinds = kinds - {SUBNORMAL} | {ZERO}
    if NAN in kinds or kinds == {ZERO, INNORMAL}:
        return Addend(False, NAN)
    if INNORMAL in kinds:
        return Addend(negative, INNORMAL)
    if ZERO in kinds:
        return Addend(negative, ZERO, Fraction(0))
    if seen is not None:
        offset = entry_of(formats, value_a, value_b, seen)
    if offset is None:
        scale = sum(
            max(exponent_of(value), 1 - format.bias)
            for format, value in zip(formats, (value_a, value_b), strict=True)
        )
        return Addend(negative, NORMAL, value_a * value_b, scale)
    bits = max(format.mantissa_bits for format in formats)
    constant = offset * power_of_two(-bits)
    value = approximate_product(value_a, value_b, constant, bits, carry)
    return Addend(negative, NORMAL, value, exponent_of(value))


def code_addend(format, code):
    """A sum's code."""
    negative, kind, value = take_apart(format, code)
    if kind in (NAN, INNORMAL):
        return Addend(bool(negative), kind)
    if kind == ZERO:
        return Addend(bool(negative), ZERO, Fraction(0))
    return Addend(bool(negative), NORMAL, value, max(exponent_of(value), 1 - format.bias))


def special_sum(format, addends):
    """The code of a sum of which one is NaN or infinite; None if none is."""
    signs = {each.negative for each in addends if each.kind == INNORMAL}
    if any(each.kind == NAN for each in addends) or len(signs) == 2:
        return format.nan
    if signs:
        return assemble(format, signs.pop(), *overflowed(format, usual_overflow(format)))
    return None


def float_addition(format, first, second):
    """The code of a sum of two, rounded once."""
    special = special_sum(format, (first, second))
    if special is not None:
        return special
    total = first.signed + second.signed
    negative = total < 0 if total else first.negative and second.negative
    return encode(format, abs(total), negative)


def pairwise(terms, add):
    """Neighbours added in pairs until one is left, an odd one passing up."""
    if len(terms) == 1:
        return terms[0]
    odd = terms[len(terms) // 2 * 2 :]
    return pairwise([add(*pair) for pair in zip(terms[::2], terms[1::2], strict=False)] + odd, add)


def float_sum(format, cycles, fused=False, latency=1, start=0):
    """The code of a sum, in a float format, of the products of every cycle."""

    def entering(product):
        if fused or product.kind != NORMAL:
            return product
        unit = power_of_two(exponent_of(product.value) - format.mantissa_bits)
        return product._replace(value=round_to_multiple(product.value, unit, "rne"))

    def add(first, second):
        return code_addend(format, float_addition(format, first, second))

    partial = [start] + [0] * (latency - 1)
    for index, products in enumerate(cycles):
        tree = pairwise([entering(product) for product in products], add)
        turn = index % latency
        partial[turn] = float_addition(format, code_addend(format, partial[turn]), tree)
    return pairwise(
        partial,
        lambda first, second: float_addition(
            format, code_addend(format, first), code_addend(format, second)
        ),
    )


def wrapped(value, width):
    """A two's-complement register's content, and whether it is not the value itself."""
    content = (value + 2 ** (width - 1)) % 2**width - 2 ** (width - 1)
    return content, content != value


def fixed_sum(format, msb, lsb, cycles, start=None):
    """The code of a sum kept in a fixed-point register, and whether it left its range."""
    width, unit = msb - lsb + 1, power_of_two(lsb)
    register, overflow, seen = 0, False, []
    begin = [] if start is None else [[code_addend(format, start)]]
    for addends in begin + list(cycles):
        total = register
        for each in addends:
            seen.append(each)
            if each.kind in (NAN, INNORMAL):
                continue
            magnitude = int(round_to_multiple(each.value, unit, "rtz") / unit)
            overflow |= magnitude >= 2**width
            total += -magnitude if each.negative else magnitude
        register, wraps = wrapped(total, width)
        overflow |= wraps
    special = special_sum(format, seen)
    if special is None:
        special = encode(format, abs(register) * unit, register < 0)
    return special, overflow


def aligned_sum(format, guard_bits, cycles, start=0):
    """The code of a sum aligned to the largest exponent in every cycle."""
    code = start
    for products in cycles:
        addends = [code_addend(format, code), *products]
        special = special_sum(format, addends)
        if special is not None:
            code = special
            continue
        scales = [each.scale for each in addends if each.kind != ZERO]
        if not scales:
            code = 0
            continue
        unit = power_of_two(max(scales) - format.mantissa_bits - guard_bits)
        total = sum(
            round_to_multiple(each.value, unit, "rtz") * (-1 if each.negative else 1)
            for each in addends
        )
        code = encode(format, abs(total), total < 0)
    return code


def window_sum(format, slots, width, top_bits, bias, cycles):
    """The code of a sum in an anchored window, whether it wrapped, and whether it lost a bit.

    The top bit of a product has `top_bits` places above its scale; `bias` makes a label of it.
    """
    register, anchor = 0, None
    overflow, lost, seen = False, False, []
    for addends in cycles:
        seen += addends
        numbers = [each for each in addends if each.kind == NORMAL]
        reached = [(each.scale + top_bits + bias) // 8 for each in numbers]
        if anchor is None:
            anchor = max(reached, default=None)
        rise = max([anchor, *reached]) - anchor if reached else 0
        lost |= register % 256**rise != 0
        register, anchor = register // 256**rise, anchor + rise if reached else anchor
        total = register
        for each in numbers:
            places = each.value / window_unit(slots, bias, anchor)
            lost |= places != int(places)
            total += -int(places) if each.negative else int(places)
        register, wraps = wrapped(total, width)
        overflow |= wraps
    special = special_sum(format, seen)
    if special is None:
        unit = 0 if anchor is None else window_unit(slots, bias, anchor)
        special = encode(format, abs(register) * unit, register < 0)
    return special, overflow, lost


def window_unit(slots, bias, anchor):
    """The value of the last bit: the label 8 * `anchor` is in the top one of `slots`."""
    return power_of_two(8 * (anchor - slots + 1) - bias)


def integer_sum(operand_bits, width, cycles, start=0):
    """The code of a sum of integer products that wraps, and whether it did."""
    register, overflow = wrapped(start, width)[0], False
    for pairs in cycles:
        total = register
        for first, second in pairs:
            total += wrapped(first, operand_bits)[0] * wrapped(second, operand_bits)[0]
        register, wraps = wrapped(total, width)
        overflow |= wraps
    return register % 2**width, overflow
