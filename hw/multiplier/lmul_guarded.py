"""L-Mul of one format with flushing: an adder, and masks on its sum.

The general L-Mul of ``lmul.py`` computes the same.  This one keeps an L-Mul close to the bare adder
that it is: constants are part of the adder's cells, the range is read off the carries into the top
bit, and special cases are masks on a sum that is already right where they let it through.
"""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Value

from lmul_pe.hw.arithmetic.adders import full_adder
from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.arithmetic.bits import Bit, both, differ, either, joined, signal, signal_or_constant
from lmul_pe.hw.arithmetic.prefix import prefix_sum
from lmul_pe.hw.stream.stages import Stage, Values
from lmul_pe.model import FloatFormat, Multiplier


def applies_to(multiplier: Multiplier) -> bool:
    """Whether :class:`GuardedLMul` can build ``multiplier``."""
    format, offset = multiplier.format, multiplier.offset
    # Of L-Mul alone: other kinds have no offset.
    if offset is None or len(set(multiplier.formats)) > 1:
        return False
    standard = Multiplier("lmul", format, offset=offset, latency=multiplier.latency)
    return multiplier == standard and fits(format, offset)


def fits(format: FloatFormat, offset: int) -> bool:
    """Whether what is added beside the operands leaves the top bit alone."""
    return constant_for(format, offset) >> (format.magnitude_bits - 1) == 0


def constant_for(format: FloatFormat, offset: int) -> int:
    """What is added to both operands so that the result is the sum less ``2^(E+M-1)``.

    With the usual bias of ``2^(E-1) - 1`` that is ``2^M`` beside the offset, and for ``fnuz``,
    whose bias is one more, the offset alone.  A number with higher bits stands for another bias.
    """
    half = 1 << (format.magnitude_bits - 1)
    constant = half + offset - ((format.bias or 0) << format.mantissa_bits)
    usual = (offset, offset + format.least_normal)
    return constant if constant in usual else half


@dataclass(frozen=True)
class FieldSum:
    """Exponent and mantissa fields of both operands and a constant, added.

    ``halves`` are two numbers whose exclusive or is the sum, from bit 0 up.  ``rows`` are the two
    numbers that were added, maybe with a carry into bit 0.  Into the bit above run ``carry``, of
    that addition, and ``over``, of the rows.
    """

    halves: list[tuple[Value, Value]]
    rows: list[tuple[Bit, Bit]]
    carry: Bit
    over: Bit

    def bit(self, index: int) -> Value:
        """Of the sum."""
        left, right = self.halves[index]
        return left ^ right

    def bit_after(self, one: bool, index: int) -> Bit:
        """Bit ``index`` of the sum if the bit below it is ``one``."""
        return differ(differ(*self.rows[index]), self.carry_after(one, index))

    def carry_after(self, one: bool, index: int) -> Bit:
        """The carry into bit ``index`` if the bit of the sum below it is ``one``.

        Where the row bits below differ, the sum bit tells their carry in, which goes on as the
        carry out; where they are equal, so is the carry out.  Source: Cortadella and Llaberia,
        "Evaluation of A + B = K Conditions Without Carry Propagation", IEEE Trans. Computers
        41(11), 1992.
        """
        return (both if one else either)(*self.rows[index - 1])


def add_fields(
    m: Module, a: Value, b: Value, constant: int, *, bits: int, architecture: Architecture
) -> FieldSum:
    """The low ``bits`` of ``a + b + constant``, by the adders of ``architecture``.

    They may not be operators: those have no carries of their own.
    """
    if architecture.network:
        return _by_prefix(m, a, b, constant, bits, architecture.network)
    return _by_ripple(m, a, b, constant, bits, cells=architecture.adders == "cells")


def _by_prefix(m: Module, a: Value, b: Value, constant: int, bits: int, network: str) -> FieldSum:
    """From the constant's lowest one up, a row of half adders makes two numbers of three."""
    rows: tuple[list[Bit], list[Bit]] = [], []
    row_carry: Bit | None = None
    for index in range(bits):
        first, second = a[index], b[index]
        one = constant >> index & 1
        if row_carry is None and not one:
            pair: tuple[Bit, Bit] = first, second
        else:
            over: Bit = 0 if row_carry is None else row_carry
            pair = signal_or_constant(m, first ^ second ^ one, f"row_{index}"), over
            row_carry = signal_or_constant(
                m, (first | second) if one else (first & second), f"over_{index}"
            )
        for row, bit in zip(rows, pair, strict=True):
            row.append(bit)
    *total, carry = prefix_sum(m, *rows, network)
    zero = Const(0, 1)
    halves = [(joined([bit]), zero) for bit in total]
    over = 0 if row_carry is None else row_carry
    return FieldSum(halves, list(zip(*rows, strict=True)), carry, over)


def _by_ripple(m: Module, a: Value, b: Value, constant: int, bits: int, *, cells: bool) -> FieldSum:
    """One ripple of full adders.

    A one of the constant turns a cell's exclusive or into its complement, and its AND into an OR.
    Up to the constant's lowest bit one carry ripples; from there on a row of half adders comes
    first, so that a second one would not.
    """
    halves: list[tuple[Value, Value]] = []
    rows: list[tuple[Bit, Bit]] = []
    carry: Value | None = None
    row_carry: Value | None = None
    zero = Const(0, 1)
    for index in range(bits):
        first, second = a[index], b[index]
        one = constant >> index & 1
        nand = signal(m, ~(first & second), f"nand_{index}")
        some = first | second
        same = signal(m, ~(some & nand), f"same_{index}")
        bit = same if one else ~same
        generated = some if one else ~nand
        if carry is None:
            rows.append((first, second))
            halves.append((bit, zero))
            carry = signal(m, generated, f"carry_{index}")
            continue
        if row_carry is None and one:
            rows.append((bit, 0))
            halves.append((~bit, ~carry))
            carry = signal(m, bit & carry, f"carry_{index}")
            row_carry = signal(m, generated, f"row_carry_{index}")
            continue
        rows.append((first, second) if row_carry is None else (bit, row_carry))
        if cells:
            one_bit, other_bit = map(Value.cast, rows[-1])
            total, carry = full_adder(m, one_bit, other_bit, carry, cell=True)
            halves.append((total, zero))
        else:
            block, equal = nand, same
            if row_carry is not None:
                block = signal(m, ~(bit & row_carry), f"row_nand_{index}")
                equal = signal(m, ~((bit | row_carry) & block), f"row_same_{index}")
            halves.append((equal, ~carry))
            carry = signal(m, ~((equal | ~carry) & block), f"carry_{index}")
        if row_carry is not None:
            row_carry = signal(m, generated, f"row_carry_{index}")
    assert carry is not None
    return FieldSum(halves, rows, carry, 0 if row_carry is None else row_carry)


class GuardedLMul:
    """Stages of an L-Mul multiplier of one format: integer carry, full guard, flush, the format's
    own overflow.

    Parameters
    ----------
    multiplier
        A specification that :func:`applies_to` accepts.
    architecture
        Of the adder.
    """

    def __init__(self, multiplier: Multiplier, architecture: Architecture):
        self.multiplier = multiplier
        self.architecture = architecture

    def stages(self) -> list[Stage]:
        """From ``a`` and ``b`` to ``y``."""
        return [self._add, self._mask]

    def total(self, m: Module, a: Value, b: Value, bits: int) -> FieldSum:
        """The low ``bits`` of both operands, added with all that is added beside them."""
        multiplier = self.multiplier
        assert multiplier.offset is not None
        constant = constant_for(multiplier.format, multiplier.offset)
        return add_fields(m, a, b, constant, bits=bits, architecture=self.architecture)

    @property
    def special_anyway(self) -> bool:
        """Whether an operand is infinite or NaN wherever two carries meet a top bit that is set.

        Two carries take all lower exponent bits of both operands, if the offset is 0 or 1: with
        either top bit set as well, that operand is no number of an ``ieee`` format.
        """
        return self.multiplier.format.specials == "ieee" and self.multiplier.offset in (0, 1)

    def _add(self, m: Module, values: Values) -> Values:
        """The sum without its top bit, in which range it lies, and the classes of the operands."""
        multiplier = self.multiplier
        format = multiplier.format
        a, b = values["a"], values["b"]
        top = format.magnitude_bits - 1
        total = self.total(m, a, b, top)
        # With t = floor((a + b + constant) / 2^top), the result is negative if t = 0, its top bit
        # is t - 1 if t is 1 or 2, and it exceeds every exponent from 3 on: t adds the operands' top
        # bits and the carries, so that neither a sum bit nor a carry out is needed there.
        nand = signal(m, ~(a[top] & b[top]), "top_nand")
        nor = signal(m, ~(a[top] | b[top]), "top_nor")
        carry = signal(m, joined([either(total.carry, total.over)]), "top_carry")
        carries = signal(m, joined([both(total.carry, total.over)]), "top_carries")
        special_anyway = self.special_anyway
        above = ~(nand | ~carry)
        classes = _classes(m, a, b, format)
        if not special_anyway:
            above = above | ~(nor | ~carries)
            if format.exponent_bits == 2:
                # With one exponent bit below the top, two carries come of a zero operand as well.
                above = above & classes["nonzero"]
        halves = (
            total.halves
            if not multiplier.latency
            else [(one ^ other, Const(0, 1)) for one, other in total.halves]
        )
        bits = format.mantissa_bits

        def top_bit(carry: Value, carries: Value) -> Value:
            return ~((nor | ~carry) & nand & ~carries)

        def sum_from(lowest: int, one: bool) -> Value:
            """The sum from bit ``lowest`` up, right if all of it is ``one``; if not, neither is
            this."""
            inner = [total.bit_after(one, index) for index in range(lowest + 1, top)]
            carry = total.carry_after(one, top)
            last = top_bit(joined([either(carry, total.over)]), joined([both(carry, total.over)]))
            return joined([total.bit(lowest), *inner, last])

        tests = {}
        if self.architecture.tests == "rows":
            # All ones is NaN in an ``fn`` format, but for the lowest bit.
            lowest = 1 if format.specials == "fn" else bits
            tests = {
                "some": signal(m, sum_from(bits, False).any(), "sum_some"),
                "full": signal(m, sum_from(lowest, True).all(), "sum_full"),
            }
        return {
            **tests,
            "left": Cat(*(left for left, _ in halves[:bits])),
            "right": Const(0, bits)
            if multiplier.latency
            else Cat(*(right for _, right in halves[:bits])),
            "exponent": Cat(
                *(left ^ right for left, right in halves[bits:]),
                top_bit(carry, carries),
            ),
            "below": nor & ~carry,
            "above": above,
            "sign": a[-1] ^ b[-1],
            **classes,
        }

    def _mask(self, m: Module, values: Values) -> Values:
        """The sum where it is a number, or what its range and the operands demand."""
        format = self.multiplier.format
        nonzero, nan, sign = values["nonzero"], values["nan"], values["sign"]
        in_low = signal(m, ~values["below"] & nonzero, "not_low")
        in_high = signal(m, ~values["above"] & ~values["special"], "not_high")
        # A product that is high, or special, is all ones; one that is low, or zero, all zeros.
        exponent = [
            signal(m, ~((~bit | ~in_low) & in_high), f"y_exponent_{index}")
            for index, bit in enumerate(values["exponent"])
        ]
        # The sum has the edges of the range right already, and only the mantissa is masked there.
        ahead = self.architecture.tests == "rows"
        if ahead:
            # Beside the carries of the exponent, not behind them and the masks: quick.
            some = signal(m, ~in_high | (in_low & values["some"]), "exponent_some")
        else:
            # From the finished exponent: small.
            some = signal(m, Cat(*exponent).any(), "exponent_some")

        def full(bits: list[Value]) -> Value:
            return ~in_high | values["full"] if ahead else Cat(*bits).all()

        pairs = list(zip(values["left"], values["right"], strict=True))
        if format.specials == "ieee":
            # High and low at once is infinity times zero: a special operand is never low itself.
            nan = signal(m, nan | (~in_high & ~in_low), "is_nan")
            kill = signal(m, full([*exponent]) | ~some, "kill")
            mantissa = [
                (left | right) & signal(m, ~(left & right) & ~kill, f"y_keep_{index}")
                for index, (left, right) in enumerate(pairs)
            ]
            mantissa[-1] = mantissa[-1] | nan
            sign = sign & ~nan
        else:
            sums = [left ^ right for left, right in pairs]
            mantissa = [
                signal(m, ~((~bit | ~some) & in_high), f"y_mantissa_{index}")
                for index, bit in enumerate(sums)
            ]
            if format.specials == "fn":
                # All ones is NaN: the largest number is the code below it.
                mantissa[0] = (sums[0] & some & ~full([*mantissa[1:], *exponent])) | nan
                sign = sign & ~nan
            elif format.specials == "fnuz":
                sign = (sign & some) | nan
        return {"y": Cat(*mantissa, *exponent, sign)}


def _classes(m: Module, a: Value, b: Value, format: FloatFormat) -> dict[str, Value]:
    """Whether both operands have exponents, whether either is no number, and whether it is NaN."""
    bits, top = format.mantissa_bits, format.magnitude_bits
    operands = [
        (name, code[:bits], code[bits:top], code[-1]) for name, code in (("a", a), ("b", b))
    ]
    nonzero = [signal(m, exponent.any(), f"{name}_nonzero") for name, _, exponent, _ in operands]
    special: Value = Const(0, 1)
    nan: Value = Const(0, 1)
    if format.specials == "ieee":
        full = [signal(m, exponent.all(), f"{name}_special") for name, _, exponent, _ in operands]
        some = [signal(m, mantissa.any(), f"{name}_fraction") for name, mantissa, _, _ in operands]
        special = full[0] | full[1]
        nan = (full[0] & some[0]) | (full[1] & some[1])
    elif format.specials == "fn":
        special = nan = signal(m, a[:top].all() | b[:top].all(), "any_nan")
    elif format.specials == "fnuz":
        # NaN's magnitude is zero, which the masks make of it anyway.
        nans = [
            sign & ~present & ~mantissa.any()
            for (_, mantissa, _, sign), present in zip(operands, nonzero, strict=True)
        ]
        nan = nans[0] | nans[1]
    return {"nonzero": nonzero[0] & nonzero[1], "special": special, "nan": nan}
