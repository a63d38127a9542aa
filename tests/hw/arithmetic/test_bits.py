"""Folding of constant bits: every operator on every mixture of constants and signals."""

from itertools import product

import pytest
from amaranth.hdl import Const, Module, Signal, Value
from amaranth.sim import Simulator

from lmul_pe.hw.arithmetic.bits import (
    both,
    choose,
    differ,
    either,
    invert,
    joined,
    signal,
    signal_or_constant,
)

OPERATORS = {
    both: lambda a, b: a & b,
    either: lambda a, b: a | b,
    differ: lambda a, b: a ^ b,
}


def settled(value):
    """What an expression of constants amounts to."""
    if isinstance(value, int):
        return value
    m = Module()
    result = Signal()
    m.d.comb += result.eq(value)
    found = []

    async def read(context):
        await context.delay(1e-9)
        found.append(context.get(result))

    simulator = Simulator(m)
    simulator.add_testbench(read)
    simulator.run()
    return found[0]


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.__name__)
def test_operators_agree_for_constants_and_signals(operator):
    for a, b in product((0, 1), repeat=2):
        expected = OPERATORS[operator](a, b)
        for first, second in product((a, Const(a, 1)), (b, Const(b, 1))):
            assert settled(operator(first, second)) == expected


def test_constants_leave_no_logic():
    bit = Signal()
    assert both(bit, 0) == either(0, 0) == differ(1, 1) == 0
    assert both(1, bit) is either(bit, 0) is differ(0, bit) is bit
    assert either(bit, 1) == invert(0) == 1


def test_choose():
    for select, one, zero in product((0, 1), repeat=3):
        for first, second in product((one, Const(one, 1)), (zero, Const(zero, 1))):
            chosen = choose(Const(select, 1), first, second)
            assert settled(chosen) == (one if select else zero)


def test_named_bits_are_signals_and_constants_stay():
    m = Module()
    assert signal_or_constant(m, 1, "one") == 1
    assert signal_or_constant(m, Signal() & Signal(), "product").name == "product"
    assert signal(m, Const(1, 1), "one").name == "one"


def test_joined_starts_with_bit_0():
    value = joined([1, 0, Const(1, 1), 0])
    assert isinstance(value, Value)
    assert len(value) == 4
