"""Single bits that may be known constants, and logic that folds those away."""

from collections.abc import Sequence
from typing import TypeAlias

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

Bit: TypeAlias = Value | int
"""A value of one bit, or a constant 0 or 1."""


def invert(a: Bit) -> Bit:
    return 1 - a if isinstance(a, int) else ~a


def both(a: Bit, b: Bit) -> Bit:
    if isinstance(a, int):
        return b if a else 0
    if isinstance(b, int):
        return a if b else 0
    return a & b


def either(a: Bit, b: Bit) -> Bit:
    if isinstance(a, int):
        return 1 if a else b
    if isinstance(b, int):
        return 1 if b else a
    return a | b


def differ(a: Bit, b: Bit) -> Bit:
    if isinstance(a, int):
        return invert(b) if a else b
    if isinstance(b, int):
        return invert(a) if b else a
    return a ^ b


def choose(select: Value, one: Bit, zero: Bit) -> Bit:
    """``one`` where ``select`` is set, else ``zero``."""
    if isinstance(one, int) or isinstance(zero, int):
        return either(both(select, one), both(~select, zero))
    return Mux(select, one, zero)


def signal_or_constant(m: Module, bit: Bit, name: str) -> Bit:
    """``bit`` as a signal of its own, so that its logic is written once; constants stay."""
    return bit if isinstance(bit, int) else signal(m, bit, name)


def signal(m: Module, bit: Value, name: str) -> Signal:
    """``bit`` as a signal of its own, so that its logic is written once."""
    result = Signal(name=name)
    m.d.comb += result.eq(bit)
    return result


def joined(bits: Sequence[Bit]) -> Value:
    """The bits as one value, bit 0 first."""
    return Cat(*(Const(bit, 1) if isinstance(bit, int) else bit for bit in bits))
