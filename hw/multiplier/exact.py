"""The conventional product in hardware: an array of significands, then one rounding."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed

from lmul_pe.hw.arithmetic.adders import add_in_chains
from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.arithmetic.bits import signal
from lmul_pe.hw.arithmetic.carry_save import Columns, significand_product
from lmul_pe.hw.arithmetic.funnel import align
from lmul_pe.hw.arithmetic.shift import normalise, shift_right_sticky
from lmul_pe.hw.stream.stages import Stage, Values
from lmul_pe.model import Multiplier

from .operands import classify, split, unpack
from .product import ExactProduct
from .result import below_last, exponent_shape, operand_values, round_up, select_stage
from .rounding_ahead import RoundingAhead

_SHORT_MANTISSA = 3
"""Bits up to which subnormal operands are normalised: above, shifting the product is less."""


class Exact:
    """Stages of an IEEE 754 multiplier.

    Parameters
    ----------
    multiplier
        Its specification, of kind ``"exact"``.
    architecture
        Of the array and of the exponent adder.
    """

    def __init__(self, multiplier: Multiplier, architecture: Architecture):
        self.multiplier = multiplier
        self.architecture = architecture

    def stages(self) -> list[Stage]:
        """From ``a`` and ``b`` to ``y``."""
        select = select_stage(self.multiplier.packing, choices=self.architecture.operators)
        if self.multiplier.subnormals == "gradual":
            if self._is_short():
                return [self._multiply, self._round_short, select]
            return [self._multiply, self._round_gradual, select]
        # Without a prefix network the product's top bit is not what comes last.
        if self.architecture.network and not self._rounds_to_four():
            ahead = RoundingAhead(self.multiplier.packing)
            return [self._multiply, ahead.round, ahead.select]
        return [self._multiply, self._round_flushed, select]

    def product(
        self, m: Module, a: Value, b: Value, bias: int, *, normalised: bool = True
    ) -> ExactProduct:
        """The product of two codes before it is rounded, its exponent biased.

        With gradual underflow a product of subnormal numbers has leading zeros, unless it is to be
        ``normalised``.
        """
        multiplier = self.multiplier
        # The exponent is that of the top bit: one more than that of the bit below it.
        values = self._product(m, a, b, multiplier.product_bias(bias) + 1)
        significand, exponent = values["product"], values["exponent"]
        leading: Value = significand[-1]
        if normalised and multiplier.subnormals == "gradual":
            zeros, significand = normalise(m, significand, name="product")
            exponent = exponent - zeros
            leading = Const(1, 1)
        classes = {name: values[name] for name in ("sign", "zero", "infinite", "nan")}
        return ExactProduct(
            exponent=exponent, leading=leading, fraction=significand[:-1], **classes
        )

    def _is_short(self) -> bool:
        """Whether subnormal operands are normalised before they are multiplied: a small table."""
        format = self.multiplier.format
        return (
            set(self.multiplier.formats) == {format}
            and format.mantissa_bits <= _SHORT_MANTISSA
            and not self._rounds_to_four()
        )

    def _multiply(self, m: Module, values: Values) -> Values:
        if self.multiplier.subnormals == "gradual" and self._is_short():
            return self._product_of_normalised(m, values)
        return self._product(m, values["a"], values["b"], self.multiplier.bias_correction)

    def _product(self, m: Module, a: Value, b: Value, correction: int) -> Values:
        """The product of the significands, and the exponent of its bit below the leading one."""
        multiplier = self.multiplier
        flush = multiplier.subnormals == "flush"
        width = exponent_shape(multiplier, correction).width
        significands = []
        operands = []
        exponents = []
        for name, code, format in (
            ("a", a, multiplier.format),
            ("b", b, multiplier.format_b),
        ):
            fields = split(code, format)
            operands.append(classify(m, code, format, name=name, flush=flush))
            normal = signal(m, fields.exponent.any(), f"{name}_normal")
            # Flushed operands are masked at the end, so that their leading one may be a constant.
            significands.append([*fields.mantissa, 1 if flush else normal])
            bits = [*fields.exponent]
            if not flush:
                # A subnormal number has the exponent of the least normal one.
                bits[0] = signal(m, bits[0] | ~normal, f"{name}_low")
            exponents.append(bits)
        product = significand_product(m, significands[0], significands[1], self.architecture)
        exponent = self._exponent(m, exponents, correction, width)
        return {
            "product": product,
            "exponent": exponent.as_signed(),
            **operand_values(*operands),
        }

    def _exponent(
        self, m: Module, exponents: Sequence[Sequence[Value]], correction: int, width: int
    ) -> Value:
        """The sum of two exponents and a constant."""
        if self.architecture.operators:
            a, b = (Cat(*bits) for bits in exponents)
            return add_in_chains(m, a, b, correction, bits=width, name="exponent")
        columns = Columns(width)
        columns.add_constant(correction)
        for bits in exponents:
            for index, bit in enumerate(bits):
                columns.add(index, bit)
        return columns.sum(
            m, cells=self.architecture.adders == "cells", network=self.architecture.network
        )

    def _product_of_normalised(self, m: Module, values: Values) -> Values:
        """As :meth:`_product`, of operands with a leading one, whose exponents may be below 1."""
        multiplier = self.multiplier
        format, correction = multiplier.format, multiplier.bias_correction
        width = exponent_shape(multiplier, correction).width + 1
        exponents = Columns(width)
        exponents.add_constant(correction)
        significands, operands = [], []
        for name in ("a", "b"):
            operand = unpack(m, values[name], format, name=name, flush=False)
            operands.append(operand)
            significands.append([*operand.mantissa, 1])
            exponents.add_signed(operand.exponent)
        product = significand_product(m, significands[0], significands[1], self.architecture)
        exponent = exponents.sum(
            m, cells=self.architecture.adders == "cells", network=self.architecture.network
        )
        return {
            "product": product,
            "exponent": exponent.as_signed(),
            **operand_values(*operands),
        }

    def _round_short(self, m: Module, values: Values) -> Values:
        """Of a product in [1, 4): a place to the left at most, or as many to the right as it is
        below the least exponent."""
        multiplier = self.multiplier
        bits = multiplier.format_y.mantissa_bits
        product, exponent = values["product"], values["exponent"]
        doubled, negative = product[-1], exponent[-1]
        positive = signal(m, ~negative & exponent.any(), "positive")
        placed = Signal(len(product) + 1, name="placed")
        m.d.comb += placed.eq(
            Mux(
                negative,
                product,
                Mux(positive & ~doubled, Cat(Const(0, 2), product[:-1]), product << 1),
            )
        )
        # One's complement is one less than the distance.
        steps = (bits + 1).bit_length()
        places = ~exponent[:steps] & negative.replicate(steps)
        shifted = shift_right_sticky(m, placed, places, name="denormal")
        gone = signal(m, negative & ~exponent[steps:-1].all(), "gone")
        kept = Signal(bits + 1, name="kept")
        m.d.comb += kept.eq(shifted[-bits - 2 : -1] & ~gone.replicate(bits + 1))
        sticky = signal(m, shifted[: -bits - 2].any(), "sticky")
        rounded = Signal(bits + 1, name="rounded")
        up = round_up(m, kept, sticky, multiplier.packing.toward_zero)
        m.d.comb += rounded.eq(kept[1:] + up)
        field = Signal(len(exponent), name="field")
        m.d.comb += field.eq(
            (exponent & ~negative.replicate(len(exponent))) + ((doubled & ~negative) | rounded[-1])
        )
        return {
            "number": Cat(rounded[:-1], field, Const(0, 1)).as_signed(),
            **{name: values[name] for name in ("sign", "zero", "infinite", "nan")},
        }

    def _round_flushed(self, m: Module, values: Values) -> Values:
        """Rounded with an unbounded exponent: only the bits that are kept need an alignment."""
        multiplier = self.multiplier
        bits = multiplier.format_y.mantissa_bits
        product, below = below_last(values["product"], bits)
        # The product of two numbers in [1, 2) lies in [1, 4).
        doubled = product[-1]
        kept = Signal(bits + 1, name="kept")
        sticky = signal(m, product[:below].any() | (doubled & product[below]), "sticky")
        rounded = Signal(bits + 1, name="rounded")
        m.d.comb += [
            kept.eq(Mux(doubled, product[below + 1 : -1], product[below:-2])),
            rounded.eq(kept[1:] + round_up(m, kept, sticky, multiplier.packing.toward_zero)),
        ]
        carry = doubled | rounded[-1]
        if self._rounds_to_four():
            carry = doubled + rounded[-1]
        exponent = Signal(signed(len(values["exponent"]) + 1), name="exponents")
        m.d.comb += exponent.eq(values["exponent"] + carry)
        return {
            "number": Cat(rounded[:-1], exponent).as_signed(),
            **{name: values[name] for name in ("sign", "zero", "infinite", "nan")},
        }

    def _rounds_to_four(self) -> bool:
        """Whether a product of 2 or more can round to 4."""
        a, b, y = (format.mantissa_bits for format in self.multiplier.formats)
        largest = (2 ** (a + 1) - 1) * (2 ** (b + 1) - 1)
        # Half a unit in the last place below 4, in units of the product's last bit.
        half = 2 ** max(a + b - y, 0)
        return a + b >= y and 2 ** (a + b + 2) - largest <= half

    def _round_gradual(self, m: Module, values: Values) -> Values:
        """Aligned by one shifter for both directions, then rounded."""
        multiplier = self.multiplier
        bits = multiplier.format_y.mantissa_bits
        aligned = align(
            m,
            values["product"],
            values["exponent"],
            mantissa_bits=bits,
            leading=self._leading_places(),
        )
        rounded = Signal(bits + 1, name="rounded")
        toward_zero = multiplier.packing.toward_zero
        m.d.comb += rounded.eq(
            aligned.kept[1:] + round_up(m, aligned.kept, aligned.sticky, toward_zero)
        )
        field = Signal(len(values["exponent"]) + 1, name="field")
        m.d.comb += field.eq(aligned.field + rounded[-1])
        return {
            "number": Cat(rounded[:-1], field, Const(0, 1)).as_signed(),
            # A product without a leading one is a zero already.
            "zero": Const(0, 1),
            **{name: values[name] for name in ("sign", "infinite", "nan")},
        }

    def _leading_places(self) -> int:
        """Places at the top of the product in which a leading one can matter.

        With one subnormal operand the leading one lies at most a mantissa below the top two.  With
        two of them it may lie anywhere, but then the result is subnormal itself, unless the bias of
        its format is smaller than theirs.
        """
        formats = self.multiplier.format, self.multiplier.format_b
        one_subnormal = max(format.mantissa_bits for format in formats) + 2
        two_subnormals_exponent = 2 + self.multiplier.bias_correction
        if two_subnormals_exponent < one_subnormal:
            return one_subnormal
        return sum(format.mantissa_bits for format in formats) + 2
