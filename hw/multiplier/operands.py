"""Operand codes taken apart in hardware: sign, exponent, mantissa and class."""

from dataclasses import dataclass, replace

from amaranth.hdl import Const, Module, Mux, Signal, Value

from lmul_pe.hw.arithmetic.bits import signal
from lmul_pe.hw.arithmetic.shift import normalise
from lmul_pe.model import FloatFormat


@dataclass(frozen=True)
class Operand:
    """The parts of one operand, as ``lmul_pe.model.multiplier.operands.Operand`` defines them.

    ``zero`` may also be set on a NaN, and every part is arbitrary where ``nan`` is set.
    """

    sign: Value
    exponent: Value
    mantissa: Value
    zero: Value
    infinite: Value
    nan: Value


def split(code: Value, format: FloatFormat) -> Operand:
    """The fields of ``code`` as they stand, without any special case."""
    bits = format.mantissa_bits
    never = Const(0, 1)
    exponent = code[bits : format.magnitude_bits]
    return Operand(code[-1], exponent, code[:bits], never, never, never)


def classify(m: Module, code: Value, format: FloatFormat, *, name: str, flush: bool) -> Operand:
    """The fields of operand ``name``, and what it is; with ``flush`` a subnormal is a zero."""
    fields = split(code, format)
    tiny = signal(m, ~fields.exponent.any(), f"{name}_tiny")
    blank = signal(m, ~fields.mantissa.any(), f"{name}_blank")
    infinite: Value = Const(0, 1)
    nan: Value = Const(0, 1)
    if format.specials == "ieee":
        special = signal(m, fields.exponent.all(), f"{name}_special")
        infinite, nan = special & blank, special & ~blank
    elif format.specials == "fn":
        nan = code[:-1].all()
    elif format.specials == "fnuz":
        nan = fields.sign & tiny & blank
    zero = tiny if flush else tiny & blank
    return replace(fields, zero=zero, infinite=infinite, nan=nan)


def unpack(m: Module, code: Value, format: FloatFormat, *, name: str, flush: bool) -> Operand:
    """:func:`classify` with subnormal numbers normalised: their exponent goes below 1."""
    operand = classify(m, code, format, name=name, flush=flush)
    if flush:
        return operand
    tiny = ~operand.exponent.any()
    zeros, aligned = normalise(m, operand.mantissa, name=name)
    normalised = Signal(format.mantissa_bits, name=f"{name}_normalised")
    # Of narrow exponents and wide mantissas the leading zeros need more bits than the exponent.
    exponents = range(min(-1, 1 - format.mantissa_bits), 2**format.exponent_bits)
    lowered = Signal(exponents, name=f"{name}_exponent")
    m.d.comb += [
        normalised.eq(Mux(tiny, aligned << 1, operand.mantissa)),
        lowered.eq(Mux(tiny, -zeros, operand.exponent)),
    ]
    return replace(operand, exponent=lowered, mantissa=normalised)
