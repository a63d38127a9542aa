"""Operand codes taken apart in hardware: sign, exponent, mantissa and class."""

from dataclasses import dataclass

from amaranth.hdl import Const, Module, Mux, Signal, Value, signed

from model import FloatFormat

from .shift import normalise


@dataclass(frozen=True)
class Operand:
    """The parts of one operand, as ``model.operands.Operand`` defines them.

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


def unpack(m: Module, code: Value, format: FloatFormat, *, name: str, flush: bool) -> Operand:
    """Take the ``code`` of operand ``name`` apart; with ``flush`` a subnormal counts as a zero."""
    bits = format.mantissa_bits
    fields = split(code, format)
    sign, exponent, mantissa = fields.sign, fields.exponent, fields.mantissa
    tiny = Signal(name=f"{name}_tiny")
    blank = Signal(name=f"{name}_blank")
    m.d.comb += [tiny.eq(~exponent.any()), blank.eq(~mantissa.any())]
    infinite: Value = Const(0, 1)
    nan: Value = Const(0, 1)
    if format.specials == "ieee":
        special = Signal(name=f"{name}_special")
        m.d.comb += special.eq(exponent.all())
        infinite, nan = special & blank, special & ~blank
    elif format.specials == "fn":
        nan = code[:-1].all()
    elif format.specials == "fnuz":
        nan = sign & tiny & blank
    if flush:
        return Operand(sign, exponent, mantissa, tiny, infinite, nan)
    zeros, aligned = normalise(m, mantissa, name=name)
    normalised = Signal(bits, name=f"{name}_normalised")
    lowered = Signal(signed(format.exponent_bits + 1), name=f"{name}_exponent")
    m.d.comb += [
        normalised.eq(Mux(tiny, aligned << 1, mantissa)),
        lowered.eq(Mux(tiny, -zeros, exponent)),
    ]
    return Operand(sign, lowered, normalised, tiny & blank, infinite, nan)
