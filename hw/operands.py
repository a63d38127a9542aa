"""Operand codes taken apart in hardware: sign, exponent, mantissa and class."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed

from model import FloatFormat

from .count import leading_zeros


@dataclass(frozen=True)
class Operand:
    """The parts of one operand, as ``model.operands.Operand`` defines them.

    ``nan`` stands before ``infinite`` and ``infinite`` before ``zero`` wherever several are set.
    ``special`` is what announces an infinity or NaN of an ``ieee`` format.
    """

    sign: Value
    exponent: Value
    mantissa: Value
    zero: Value
    infinite: Value
    nan: Value


def unpack(m: Module, code: Value, format: FloatFormat, *, name: str, flush: bool) -> Operand:
    """Take the ``code`` of operand ``name`` apart; with ``flush`` a subnormal counts as a zero."""
    bits = format.mantissa_bits
    mantissa = code[:bits]
    exponent = code[bits : format.magnitude_bits]
    sign = code[-1]
    tiny = Signal(name=f"{name}_tiny")
    m.d.comb += tiny.eq(~exponent.any())
    infinite: Value = Const(0, 1)
    nan: Value = Const(0, 1)
    zero: Value = tiny if flush else tiny & ~mantissa.any()
    if format.specials == "ieee":
        special = exponent.all()
        infinite, nan = special & ~mantissa.any(), special & mantissa.any()
    elif format.specials == "fn":
        nan = code[:-1].all()
    elif format.specials == "fnuz":
        nan = sign & ~code[:-1].any()
    if flush:
        return Operand(sign, exponent, mantissa, zero, infinite, nan)
    zeros = leading_zeros(m, mantissa, name=f"{name}_zeros")
    normalised = Signal(bits, name=f"{name}_normalised")
    lowered = Signal(signed(format.exponent_bits + 2), name=f"{name}_exponent")
    shifted = (mantissa << zeros)[:bits]
    m.d.comb += [
        normalised.eq(Mux(tiny, Cat(Const(0, 1), shifted)[:bits], mantissa)),
        lowered.eq(Mux(tiny, -zeros, exponent)),
    ]
    return Operand(sign, lowered, normalised, zero, infinite, nan)
