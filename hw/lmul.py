"""The L-Mul product in hardware: one addition of exponent and mantissa fields."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed

from model import Multiplier

from .architecture import Architecture
from .lmul_guarded import GuardedLMul, add_fields, applies_to
from .operands import Operand, split, unpack
from .product import ExactProduct
from .result import exponent_shape, operand_values, rounding_stages
from .stages import Stage, Values


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
            return GuardedLMul(self.multiplier, self.architecture).stages()
        if self.multiplier.guard == "raw":
            return [self._add_raw]
        return [self._add, *rounding_stages(self.multiplier.packing)]

    def product(self, m: Module, a: Value, b: Value, bias: int) -> ExactProduct:
        """The product of two codes before it is squeezed into a format, its exponent biased."""
        values = dict(self._product(m, a, b, bias))
        return ExactProduct(significand=Cat(values.pop("fraction"), Const(1, 1)), **values)

    def _add(self, m: Module, values: Values) -> Values:
        return self._product(m, values["a"], values["b"], self.multiplier.format_y.bias or 0)

    def _product(self, m: Module, a: Value, b: Value, bias: int) -> Values:
        """The sum of both operands' fields, and what the operands are beside numbers."""
        multiplier = self.multiplier
        flush = multiplier.subnormals == "flush"
        first = unpack(m, a, multiplier.format, name="a", flush=flush)
        second = unpack(m, b, multiplier.format_b, name="b", flush=flush)
        exponent, fraction = self._sum(m, first, second, bias)
        return {"exponent": exponent, "fraction": fraction, **operand_values(first, second)}

    def _add_raw(self, m: Module, values: Values) -> Values:
        """The paper's PTX to the letter: the sum modulo ``2^(E+M)``."""
        multiplier = self.multiplier
        format = multiplier.format
        a, b = values["a"], values["b"]
        if multiplier.carry == "integer":
            assert multiplier.offset is not None
            constant = multiplier.offset + (multiplier.bias_correction << format.mantissa_bits)
            cells = self.architecture.adders == "cells"
            total = add_fields(m, a, b, constant, bits=format.magnitude_bits, cells=cells)
            number = Cat(*(left ^ right for left, right in total.halves))
        else:
            exponent, fraction = self._sum(m, split(a, format), split(b, format), format.bias or 0)
            number = Cat(fraction, exponent)[: format.magnitude_bits]
        return {"y": Cat(number, a[-1] ^ b[-1])}

    def _sum(self, m: Module, first: Operand, second: Operand, bias: int) -> tuple[Value, Value]:
        """Exponent, with ``bias``, and mantissa of the sum of Eq. 1 or 2."""
        multiplier = self.multiplier
        correction = multiplier.product_bias(bias)
        bits = multiplier.mantissa_bits
        assert multiplier.offset is not None
        fractions = [
            Cat(Const(0, bits - len(operand.mantissa)), operand.mantissa)
            for operand in (first, second)
        ]
        shape = exponent_shape(multiplier, correction)
        if multiplier.carry == "integer":
            constant = multiplier.offset + (correction << bits)
            total = Signal(signed(bits + shape.width), name="total")
            a, b = (
                Cat(fraction, operand.exponent).as_signed()
                if operand.exponent.shape().signed
                else Cat(fraction, operand.exponent)
                for fraction, operand in zip(fractions, (first, second), strict=True)
            )
            m.d.comb += total.eq(a + b + constant)
            return total[bits:].as_signed(), total[:bits]
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
