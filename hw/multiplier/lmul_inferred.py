"""L-Mul of one format with flushing, in operators: a ``+`` that a tool makes a carry chain of.

It computes what ``lmul_guarded.py`` computes with gates of its own.  Here every step is one named
signal, so that the exported text reads as the definition does.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from lmul_pe.hw.arithmetic.adders import add_in_chains
from lmul_pe.hw.arithmetic.bits import signal
from lmul_pe.hw.stream.stages import Stage, Values
from lmul_pe.model import Multiplier

from .operands import classify


class InferredLMul:
    """Stages of the multipliers that ``lmul_guarded.applies_to`` accepts.

    Parameters
    ----------
    multiplier
        Its specification.
    """

    def __init__(self, multiplier: Multiplier):
        self.multiplier = multiplier
        format = multiplier.format
        assert multiplier.offset is not None
        # The result's magnitude is the sum less this: one bit of it.
        self._excess = 1 << (format.magnitude_bits - 1)
        bias = (format.bias or 0) << format.mantissa_bits
        self._constant = multiplier.offset + self._excess - bias

    def stages(self) -> list[Stage]:
        """From ``a`` and ``b`` to ``y``."""
        return [self._add, self._select]

    def _add(self, m: Module, values: Values) -> Values:
        """The sum of both operands' fields, and what the operands are beside numbers."""
        format = self.multiplier.format
        a, b = values["a"], values["b"]
        # Operands that are no numbers may exceed this; the sum is not looked at then.
        largest = 2 * format.largest + self._constant
        total = add_in_chains(
            m,
            a[:-1],
            b[:-1],
            self._constant,
            bits=max(largest.bit_length(), format.magnitude_bits + 1),
            name="sum",
        )
        first, second = (
            classify(m, code, format, name=name, flush=True) for name, code in (("a", a), ("b", b))
        )
        zero = signal(m, first.zero | second.zero, "zero")
        infinite: Value = Const(0, 1)
        nan: Value = Const(0, 1)
        if format.has_infinity:
            infinite = signal(m, first.infinite | second.infinite, "infinite")
            nan = signal(m, first.nan | second.nan | (zero & infinite), "nan")
        elif format.has_nan:
            nan = signal(m, first.nan | second.nan, "nan")
        sign = signal(m, first.sign ^ second.sign, "sign")
        return {"sum": total, "sign": sign, "zero": zero, "infinite": infinite, "nan": nan}

    def _select(self, m: Module, values: Values) -> Values:
        """The sum where it is in range, or what its range and the operands demand."""
        format = self.multiplier.format
        bits, top = format.mantissa_bits, format.magnitude_bits - 1
        total, sign, zero, nan = (values[name] for name in ("sum", "sign", "zero", "nan"))
        exponent = total[bits:]
        # An exponent of 0 or less; all operands of which sums are compared are constants.
        least = 1 << (format.exponent_bits - 1)
        underflow = signal(m, (total[top:] == 0) | (exponent == least), "underflow")
        overflow = signal(m, self._above(total), "overflow")
        result_exponent = Signal(format.exponent_bits, name="result_exponent")
        result_mantissa = Signal(bits, name="result_mantissa")
        m.d.comb += [
            result_exponent.eq(Cat(total[bits:top], ~total[top])),
            result_mantissa.eq(total[:bits]),
        ]
        beyond: Value = overflow
        if 2**bits - 1 + self._constant > self._excess:
            # With two exponent bits, a zero operand and a large one can seem to overflow.
            beyond = overflow & ~zero
        low = signal(m, zero | underflow, "is_low")
        special = values["infinite"] | nan
        if format.specials == "fnuz":
            # Its NaN has the magnitude of zero, and so has the operand that is one.
            special = Const(0, 1)
        high = signal(m, special | beyond, "is_high")
        y_exponent = Signal(format.exponent_bits, name="y_exponent")
        y_mantissa = Signal(bits, name="y_mantissa")
        ones = Const(2**format.exponent_bits - 1, format.exponent_bits)
        m.d.comb += y_exponent.eq(Mux(high, ones, Mux(low, 0, result_exponent)))
        if format.specials == "ieee":
            # NaN is the top bit alone; an infinity and a zero have none.
            quiet = Cat(Const(0, bits - 1), nan)
            m.d.comb += y_mantissa.eq(Mux(high | low, quiet, result_mantissa))
        else:
            # Of the largest number, or of NaN, which in an ``fn`` format is one code above it.
            full = Const(2**bits - 1, bits)
            if format.specials == "fn":
                full = Cat(nan, Const(2 ** (bits - 1) - 1, bits - 1))
            m.d.comb += y_mantissa.eq(Mux(high, full, Mux(low, 0, result_mantissa)))
        y_sign: Value = sign
        if format.specials == "fnuz":
            # Zero has one sign, and NaN the other one.
            y_sign = Mux(low, nan, sign)
        elif format.has_nan:
            y_sign = sign & ~nan
        return {"y": Cat(y_mantissa, y_exponent, y_sign)}

    def _above(self, total: Value) -> Value:
        """Whether a sum of operands that are numbers exceeds the largest one."""
        format = self.multiplier.format
        bits, top = format.mantissa_bits, format.magnitude_bits - 1
        above = total[top:] >= 3 if len(total) > top + 2 else total[top:] == 3
        edge = self._excess + (1 << format.magnitude_bits) - 1
        if format.specials == "ieee":
            return above | (total[bits:] == edge >> bits)
        if format.specials == "fn":
            return above | (total == edge)
        return above
