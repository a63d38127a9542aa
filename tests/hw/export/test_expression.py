"""Expressions of Verilog: what they say, and that Yosys reads them as Amaranth means them."""

import numpy as np
import pytest
from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from lmul_pe.hw.export.assignments import assignments_text
from lmul_pe.hw.export.verilog import rtlil_text
from lmul_pe.sim.formal.equivalence import prove_equal
from tests.sweep import some

# Expressions of a (3 bits), b (5 bits) and c (1 bit), and the text where it says something.
EXPRESSIONS = {
    "sum": (lambda a, b, c: a + b + c, "a + b + c"),
    "sum_of_sum": (lambda a, b, c: a + (b + c), "a + (b + c)"),
    "difference": (lambda a, b, c: a - b, "a - b"),
    "difference_of_difference": (lambda a, b, c: a - (b - c), "a - (b - c)"),
    "product": (lambda a, b, c: (a + 1) * b, "(a + 1'h1) * b"),
    "carry_in_narrow_surroundings": (lambda a, b, c: (a + b)[5], None),
    "carry_of_a_comparison": (lambda a, b, c: (a + b) == 33, None),
    "bits_of_a_product": (lambda a, b, c: (a * b)[2:7], None),
    "inversion": (lambda a, b, c: ~a, "{~a}"),
    "inversion_added": (lambda a, b, c: ~a + b, "{~a} + b"),
    "inversion_of_both": (lambda a, b, c: ~(a & b), None),
    "masks": (lambda a, b, c: a & b & c | b ^ a, None),
    "no_bit": (lambda a, b, c: ~b.any(), "~|b"),
    "not_all_bits": (lambda a, b, c: ~b.all() & c, "~&b & c"),
    "parity": (lambda a, b, c: b.xor(), "^b"),
    "one_bit_of_any": (lambda a, b, c: c.any() | a.bool(), "c | (|a)"),
    "choice": (lambda a, b, c: Mux(c, a, b), "c ? {2'h0, a} : b"),
    "choices": (lambda a, b, c: Mux(c, a, Mux(b[0], 3, a)), "c ? a : b[0] ? 3'h3 : a"),
    "choice_by_a_number": (lambda a, b, c: Mux(b, a, 1), "|b ? a : 3'h1"),
    "choice_added": (lambda a, b, c: Mux(c, a, 1) + b, None),
    "parts": (lambda a, b, c: Cat(a[0], a[1], a[2], Const(1, 2), Const(0, 1), b[1:][1:]), None),
    "repeated": (lambda a, b, c: Cat(a, c.replicate(4)), "{{4{c}}, a}"),
    "repeated_alone": (lambda a, b, c: c.replicate(3), "{3{c}}"),
    "moved": (lambda a, b, c: a << 2, "{a, 2'h0}"),
    "signed_sum": (lambda a, b, c: a.as_signed() + b, None),
    "signed_comparison": (lambda a, b, c: a.as_signed() < b[:4].as_signed(), None),
    "mixed_comparison": (lambda a, b, c: a.as_signed() >= b, None),
    "negative_comparison": (lambda a, b, c: a.as_signed() == -2, None),
    "comparison": (lambda a, b, c: a <= b, "{2'h0, a} <= b"),
    "negated": (lambda a, b, c: Mux(c, -a, b), None),
    "negated_product": (lambda a, b, c: (-a) * b.as_signed(), None),
    "constants_go": (lambda a, b, c: (c & Const(1, 1)) | Const(0, 1), "c"),
    "constants_decide": (lambda a, b, c: c | Const(1, 1), "1'h1"),
    "no_bits": (lambda a, b, c: b[:0].any() | c | ~b[:0].all() | b[:0].xor(), "c"),
    "constant_choice": (lambda a, b, c: Mux(Const(0, 1), a, b[:3]), "b[2:0]"),
}


class Expression(wiring.Component):
    def __init__(self, function, bits=8):
        self._function = function
        super().__init__({"a": In(3), "b": In(5), "c": In(1), "y": Out(bits)})

    def elaborate(self, platform):
        m = Module()
        m.d.comb += self.y.eq(self._function(self.a, self.b, self.c))
        return m


@pytest.mark.parametrize("bits", some([8, 1, 3, 11], 1))
@pytest.mark.parametrize("name", some(EXPRESSIONS, 12))
def test_an_expression_is_what_amaranth_means(name, bits):
    function, _ = EXPRESSIONS[name]
    text = assignments_text(Expression(function, bits), "top")
    assert text is not None
    assert prove_equal(text, rtlil_text(Expression(function, bits), "top"), "top").proved


@pytest.mark.parametrize("name", [name for name, (_, text) in EXPRESSIONS.items() if text])
def test_an_expression_is_written_as_it_stands(name):
    function, expected = EXPRESSIONS[name]
    text = assignments_text(Expression(function), "top")
    assert f"  assign y = {expected};\n" in text


GROWN = [
    lambda one, other, test, start: one + other,
    lambda one, other, test, start: one - other,
    lambda one, other, test, start: one & other,
    lambda one, other, test, start: one ^ ~other,
    lambda one, other, test, start: Mux(test.any(), one, other),
    lambda one, other, test, start: Cat(one, other)[start:],
    lambda one, other, test, start: one < other,
    lambda one, other, test, start: (one == other) | test.all(),
]


@pytest.mark.parametrize("seed", some(range(8), 3))
def test_random_expressions_are_what_amaranth_means(seed):
    random = np.random.default_rng(seed)

    def grown(a, b, c):
        values = [a, b, c, Const(int(random.integers(16)), 4), b.as_signed()]
        for _ in range(12):
            one, other, test = (values[index] for index in random.integers(len(values), size=3))
            start = int(random.integers(len(one)))
            function = GROWN[random.integers(len(GROWN))]
            values.append(function(one, other, test, start)[:24])
        return sum(values[-4:])

    state = random.bit_generator.state
    text = assignments_text(Expression(grown, 16), "top")
    random.bit_generator.state = state
    assert text is not None
    assert prove_equal(text, rtlil_text(Expression(grown, 16), "top"), "top").proved


def undriven(a, b, c):
    return a + Signal(2, name="lost")


@pytest.mark.parametrize(
    "function", [undriven, lambda a, b, c: b.bit_select(a, 1), lambda a, b, c: b >> a]
)
def test_what_is_no_expression_is_left_to_others(function):
    assert assignments_text(Expression(function), "top") is None
