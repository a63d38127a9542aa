"""Full adders, half adders, a ripple of them, and what carry chains make of operators."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Instance, Module, Signal, Value

from .bits import Bit, signal_or_constant


def full_adder(m: Module, a: Value, b: Value, c: Value, *, cell: bool) -> tuple[Value, Value]:
    """Sum and carry of three bits; with ``cell`` as Yosys' ``$fa``, which a library may have."""
    if not cell:
        return a ^ b ^ c, (a & b) | (c & (a | b))
    total, carry = Signal(name="fa_sum"), Signal(name="fa_carry")
    m.submodules += Instance("$fa", p_WIDTH=1, i_A=a, i_B=b, i_C=c, o_X=carry, o_Y=total)
    return total, carry


def add_bits(m: Module, bits: Sequence[Bit], *, cell: bool) -> tuple[Bit, Bit]:
    """Sum and carry of up to three bits, constants folded in."""
    signals = [bit for bit in bits if not isinstance(bit, int)]
    ones = sum(bit for bit in bits if isinstance(bit, int))
    if ones > 1:
        # Two of them are a carry; three bits with two ones leave none for another.
        return add_bits(m, [*signals, ones - 2], cell=cell)[0], 1
    match signals, ones:
        case [], _:
            return ones, 0
        case [a], 0:
            return a, 0
        case [a], _:
            return ~a, a
        case [a, b], 0:
            return a ^ b, a & b
        case [a, b], _:
            return ~(a ^ b), a | b
        case [a, b, c], _:
            return full_adder(m, a, b, c, cell=cell)
    raise AssertionError("more than three bits in one column")


def ripple(
    m: Module,
    a: Sequence[Bit],
    b: Sequence[Bit],
    carry: Bit = 0,
    *,
    name: str,
    cell: bool = True,
) -> list[Bit]:
    """The bits of ``a + b + carry``, one more than the longer operand has."""
    total: list[Bit] = []
    for index in range(max(len(a), len(b))):
        column = [bits[index] for bits in (a, b) if index < len(bits)] + [carry]
        bit, carry = (
            signal_or_constant(m, value, name) for value in add_bits(m, column, cell=cell)
        )
        total.append(bit)
    return [*total, carry]


def add_in_chains(m: Module, a: Value, b: Value, constant: int, *, bits: int, name: str) -> Value:
    """``a + b + constant`` modulo ``2^bits``, in operators, as the carry chains of FPGAs want it.

    A chain adds two numbers and a carry.  Of three numbers synthesis would make a row of full
    adders before it; so the constant is added in a chain of its own, which begins where its lowest
    one stands.
    """
    fields = Signal(bits, name=f"field_{name}")
    carry, rest = constant & 1, constant & ~1
    m.d.comb += fields.eq(a + b + Const(1, 1) if carry else a + b)
    if not rest:
        return fields
    total = Signal(bits, name=name)
    lowest = (rest & -rest).bit_length() - 1
    raised = Signal(bits - lowest, name=f"upper_{name}")
    m.d.comb += [
        raised.eq(fields[lowest:] + Const(rest >> lowest, bits - lowest)),
        total.eq(Cat(fields[:lowest], raised)),
    ]
    return total
