"""The L-Mul product in hardware: one addition of exponent and mantissa fields."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed

from lmul_pe.hw.arithmetic.adders import add_in_chains
from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.arithmetic.bits import signal
from lmul_pe.hw.stream.stages import Stage, Values
from lmul_pe.model import Multiplier

from .lmul_guarded import GuardedLMul, add_fields, applies_to
from .lmul_inferred import InferredLMul
from .operands import Operand, split, unpack
from .product import ExactProduct
from .result import exponent_shape, operand_values, rounding_stages


@dataclass(frozen=True)
class FoldedWeight:
    """An operand that stays: what every product of it adds, in one number ``total``."""

    sign: Value
    total: Value
    zero: Value
    infinite: Value
    nan: Value


class LMul:
    """Stages of an L-Mul multiplier (arXiv 2410.00907, Eq. 1 and 2).

    Parameters
    ----------
    multiplier
        Its specification, of kind ``"lmul"``.
    architecture
        Of the adder.
    """

    def __init__(self, multiplier: Multiplier, architecture: Architecture):
        self.multiplier = multiplier
        self.architecture = architecture

    def stages(self) -> list[Stage]:
        """From ``a`` and ``b`` to ``y``."""
        if applies_to(self.multiplier):
            if self.architecture.operators:
                return InferredLMul(self.multiplier).stages()
            return GuardedLMul(self.multiplier, self.architecture).stages()
        if self.multiplier.guard != "full":
            return [self._add_codes]
        return self.general_stages()

    def general_stages(self) -> list[Stage]:
        """Those with full guards, of any formats and policies."""
        choices = self.architecture.operators
        return [self._add, *rounding_stages(self.multiplier.packing, choices=choices)]

    def product(
        self, m: Module, a: Value, b: Value, bias: int, *, normalised: bool = True
    ) -> ExactProduct:
        """The product of two codes before it is squeezed into a format, its exponent biased.

        It is always normalised.
        """
        values = dict(self._product(m, a, b, bias))
        return ExactProduct(leading=Const(1, 1), **values)

    def fold(self, m: Module, code: Value, bias: int) -> FoldedWeight:
        """Operand ``b`` with offset and biases added, of every product of integer carry."""
        multiplier = self.multiplier
        bits = multiplier.mantissa_bits
        flush = multiplier.subnormals == "flush"
        weight = unpack(m, code, multiplier.format_b, name="b", flush=flush)
        constant = self._constant(bias)
        exponents = exponent_shape(multiplier, multiplier.product_bias(bias))
        total = Signal(signed(bits + exponents.width), name="folded")
        m.d.comb += total.eq(self.fields(weight) + constant)
        return FoldedWeight(weight.sign, total, weight.zero, weight.infinite, weight.nan)

    def product_of_folded(self, m: Module, a: Value, weight: FoldedWeight) -> ExactProduct:
        """:meth:`product` by one plain addition, of a weight that :meth:`fold` made."""
        multiplier = self.multiplier
        bits = multiplier.mantissa_bits
        flush = multiplier.subnormals == "flush"
        first = unpack(m, a, multiplier.format, name="a", flush=flush)
        total = Signal(signed(len(weight.total)), name="total")
        m.d.comb += total.eq(self.fields(first) + weight.total)
        stands_for = Operand(
            weight.sign,
            weight.total[bits:],
            weight.total[:bits],
            weight.zero,
            weight.infinite,
            weight.nan,
        )
        classes = operand_values(first, stands_for)
        return ExactProduct(
            exponent=total[bits:].as_signed(),
            leading=Const(1, 1),
            fraction=total[:bits],
            **classes,
        )

    def _add(self, m: Module, values: Values) -> Values:
        return self._product(m, values["a"], values["b"], self.multiplier.format_y.bias or 0)

    def _product(self, m: Module, a: Value, b: Value, bias: int) -> Values:
        """The sum of both operands' fields, and what the operands are beside numbers."""
        multiplier = self.multiplier
        flush = multiplier.subnormals == "flush"
        first = unpack(m, a, multiplier.format, name="a", flush=flush)
        second = unpack(m, b, multiplier.format_b, name="b", flush=flush)
        exponent, fraction = self.sum(m, first, second, bias)
        return {"exponent": exponent, "fraction": fraction, **operand_values(first, second)}

    def _add_codes(self, m: Module, values: Values) -> Values:
        """The paper's PTX to the letter: the sum modulo ``2^(E+M)``, maybe with a test for zero."""
        multiplier = self.multiplier
        format = multiplier.format
        a, b = values["a"], values["b"]
        if multiplier.carry == "integer":
            assert multiplier.offset is not None
            constant = multiplier.offset + (multiplier.bias_correction << format.mantissa_bits)
            number = self._added(m, a[:-1], b[:-1], constant)
        else:
            exponent, fraction = self.sum(m, split(a, format), split(b, format), format.bias or 0)
            number = Cat(fraction, exponent)[: format.magnitude_bits]
        sign = a[-1] ^ b[-1]
        if multiplier.guard == "zero":
            present = [split(code, format).exponent.any() for code in (a, b)]
            nonzero = signal(m, present[0] & present[1], "nonzero")
            number = number & nonzero.replicate(format.magnitude_bits)
            if not format.has_negative_zero:
                sign = sign & nonzero
        return {"y": Cat(number, sign)}

    def _added(self, m: Module, a: Value, b: Value, constant: int) -> Value:
        """``a + b + constant``, as wide as both are."""
        if self.architecture.operators:
            return add_in_chains(m, a, b, constant, bits=len(a), name="sum")
        total = add_fields(m, a, b, constant, bits=len(a), architecture=self.architecture)
        return Cat(*(left ^ right for left, right in total.halves))

    def sum(self, m: Module, first: Operand, second: Operand, bias: int) -> tuple[Value, Value]:
        """Exponent, with ``bias``, and mantissa of the sum of Eq. 1 or 2."""
        multiplier = self.multiplier
        correction = multiplier.product_bias(bias)
        bits = multiplier.mantissa_bits
        assert multiplier.offset is not None
        shape = exponent_shape(multiplier, correction)
        if multiplier.carry == "integer":
            total = Signal(signed(bits + shape.width), name="total")
            a, b = self.fields(first), self.fields(second)
            constant = self._constant(bias)
            if self.architecture.operators:
                added = add_in_chains(m, a, b, constant, bits=len(total), name="sum")
                return added[bits:].as_signed(), added[:bits]
            m.d.comb += total.eq(a + b + constant)
            return total[bits:].as_signed(), total[:bits]
        fractions = [self._fraction(operand) for operand in (first, second)]
        mantissas = Signal(bits + 2, name="mantissas")
        carried = Signal(name="carried")
        exponent = Signal(shape, name="exponents")
        m.d.comb += [
            mantissas.eq(fractions[0] + fractions[1] + multiplier.offset),
            carried.eq(mantissas[bits:].any()),
            exponent.eq(first.exponent + second.exponent + carried + correction),
        ]
        # Less 2^M, halved: the bits above the mantissa are 1 or 2, so that only one is left.
        halved = Cat(mantissas[1:bits], mantissas[bits + 1])
        return exponent, Mux(carried, halved, mantissas[:bits])

    def _fraction(self, operand: Operand) -> Value:
        """The mantissa in the width in which both are added."""
        return Cat(
            Const(0, self.multiplier.mantissa_bits - len(operand.mantissa)), operand.mantissa
        )

    def fields(self, operand: Operand) -> Value:
        """Exponent and mantissa as one number."""
        fields = Cat(self._fraction(operand), operand.exponent)
        return fields.as_signed() if operand.exponent.shape().signed else fields

    def _constant(self, bias: int) -> int:
        """What is added to both operands' fields for an exponent with ``bias``."""
        multiplier = self.multiplier
        assert multiplier.offset is not None
        return multiplier.offset + (multiplier.product_bias(bias) << multiplier.mantissa_bits)
