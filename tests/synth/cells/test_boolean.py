import re

import numpy as np
import pytest

from lmul_pe.synth.cells.boolean import FunctionError, parse_function

# Truth tables by hand, over the inputs in alphabetical order: bit i is the value for the inputs
# that i spells, the first input in bit 0.
TRUTH_TABLES = [
    ("A", 0b10),
    ("!A", 0b01),
    ("A'", 0b01),
    ("!A'", 0b10),
    ("A & B", 0b1000),
    ("A * B", 0b1000),
    ("A B", 0b1000),
    ("(A)(B)", 0b1000),
    ("A !B", 0b0010),
    ("A B'", 0b0010),
    ("A | B", 0b1110),
    ("A+B", 0b1110),
    ("A ^ B", 0b0110),
    ("(A B)'", 0b0111),
    ("A' | B", 0b1101),
    ("A'' | B", 0b1110),
    ("!(A & B)", 0b0111),
    ("(!A) + (!B)", 0b0111),
    ("!A & !B", 0b0001),
    ("A ^ B ^ C", 0x96),
    ("(A&B) | (A&C) | (B&C)", 0xE8),
    ("(A & !S) | (B & S)", 0b11001010),
]


@pytest.mark.parametrize(("text", "expected"), TRUTH_TABLES)
def test_truth_table(text, expected):
    expression = parse_function(text)
    assert expression.truth_table(sorted(expression.inputs)) == expected


@pytest.mark.parametrize(
    ("text", "grouped"),
    [
        ("!A ^ B", "(!A) ^ B"),
        ("A & B ^ C", "A & (B ^ C)"),
        ("A ^ B C", "(A ^ B) & C"),
        ("A | B & C", "A | (B & C)"),
        ("A + B C'", "A | (B & (!C))"),
        ("A | B ^ C", "A | (B ^ C)"),
    ],
)
def test_precedence(text, grouped):
    """NOT before XOR before AND before OR, unlike in C."""
    inputs = sorted(parse_function(grouped).inputs)
    assert parse_function(text).truth_table(inputs) == parse_function(grouped).truth_table(inputs)


@pytest.mark.parametrize(
    ("text", "inputs", "table"),
    [
        ("0", (), 0),
        ("1", (), 1),
        ("A & 0", (), 0),
        ("A | 1", (), 1),
        ("A & 1 | B & 0", ("A",), 0b10),
        ("A ^ 1", ("A",), 0b01),
        ("1 ^ A ^ 1", ("A",), 0b10),
        ("0 ^ A", ("A",), 0b10),
        ("A ^ 0", ("A",), 0b10),
        ("1 ^ A", ("A",), 0b01),
        ("0 | B", ("B",), 0b10),
    ],
)
def test_constants_fold(text, inputs, table):
    expression = parse_function(text)
    assert expression.inputs == inputs
    assert expression.truth_table(inputs) == table


def test_inputs_keep_their_order_of_appearance():
    assert parse_function("CI ^ (B ^ A) ^ B").inputs == ("CI", "B", "A")


def test_truth_table_follows_the_given_inputs():
    expression = parse_function("A & !B")
    assert expression.truth_table(("A", "B")) == 0b0010
    assert expression.truth_table(("B", "A")) == 0b0100
    assert expression.truth_table(("A", "B", "C")) == 0b00100010


def test_evaluates_every_bit_of_arrays():
    a = np.array([0b1100, 0b1111], dtype=np.uint64)
    b = np.array([0b1010, 0b0000], dtype=np.uint64)
    values = {"A": a, "B": b, "unused": None}
    nand = parse_function("!(A & B)").evaluate(values)
    assert nand.dtype == np.uint64
    assert nand.tolist() == [2**64 - 1 - 0b1000, 2**64 - 1]
    assert parse_function("A ^ B").evaluate(values).tolist() == [0b0110, 0b1111]


def test_compiled_takes_inputs_by_position():
    multiplexer = parse_function("(S & B) | (!S & A)")
    assert multiplexer.inputs == ("S", "B", "A")
    assert multiplexer.compiled()(0b1100, 0b1010, 0b0110) & 0b1111 == 0b1010
    assert parse_function("0").compiled()() == 0
    assert parse_function("1").compiled()() == -1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"function '': expected a pin, '!', '\(', 0 or 1, found the end"),
        ("A &", r"function 'A &': expected a pin, .*, found the end"),
        ("A + + B", r"found '\+' at column 5"),
        ("A $ B", r"found '\$' at column 3"),
        ("(A", r"expected an operator or '\)', found the end"),
        ("A)", r"expected an operator or the end, found '\)' at column 2"),
        ("'A", r"found \"'\" at column 1"),
        ("2", r"found '2' at column 1"),
        ("0x1", r"found '0x1' at column 1"),
        ("(" * 100_000, r"expected at most 50 nested parentheses"),
    ],
)
def test_rejects(text, message):
    with pytest.raises(FunctionError, match=message):
        parse_function(text)


def test_deepest_nesting_compiles():
    text = "A"
    for level in range(49):
        text = f"({text} ^ B & C | D)" if level % 2 else f"!({text} | B ^ C & D)"
    parse_function(text).truth_table(("A", "B", "C", "D"))


def test_fifty_parentheses_may_stand_in_each_other():
    assert parse_function("(" * 50 + "A" + ")" * 50).inputs == ("A",)
    with pytest.raises(FunctionError, match="expected at most 50 nested parentheses"):
        parse_function("(" * 51 + "A" + ")" * 51)
    # Only those that are open at once count.
    assert parse_function("|".join(["(A)"] * 60)).inputs == ("A",)
    quoted = "function '" + "(A)|" + "(" * 36 + "'...: expected at most 50 nested parentheses"
    with pytest.raises(FunctionError, match=f"^{re.escape(quoted)}$"):
        parse_function("(A)|" + "(" * 51 + "A" + ")" * 51)


def test_long_chains_compile():
    assert parse_function("!" * 99_999 + "A").truth_table(("A",)) == 0b01
    assert parse_function("|".join(["A"] * 1000)).truth_table(("A",)) == 0b10


def test_truth_table_rejects_missing_and_too_many_inputs():
    with pytest.raises(ValueError, match="depends on 'B', which is not among the inputs A"):
        parse_function("A & B").truth_table(("A",))
    with pytest.raises(
        ValueError, match=r"depends on 'A', which is not among the inputs \(none\)$"
    ):
        parse_function("A").truth_table(())
    with pytest.raises(
        ValueError, match=r"truth table of 17 inputs is too large: expected at most 16$"
    ):
        parse_function("A").truth_table([*"ABCDEFGHIJKLMNOPQ"])
    # Of 16 inputs the first one changes in every case, the last one once.
    inputs = [*"ABCDEFGHIJKLMNOP"]
    assert parse_function("A").truth_table(inputs) == int("AA" * 2**13, 16)
    assert parse_function("P").truth_table(inputs) == (2**2**15 - 1) << 2**15


@pytest.mark.parametrize(
    ("text", "name", "sense"),
    [
        ("A", "A", "positive"),
        ("!A", "A", "negative"),
        ("!(A & B) | C", "B", "negative"),
        ("!(A & B) | C", "C", "positive"),
        ("A ^ B", "B", "both"),
        ("(A & S) | (B & !S)", "S", "both"),
        ("A & B", "C", "both"),
        ("A | (B & 0)", "B", "both"),
    ],
)
def test_sense(text, name, sense):
    assert parse_function(text).sense(name) == sense


@pytest.mark.parametrize(
    ("text", "constants", "inputs", "cases"),
    [
        ("(E & D) | (!E & IQ)", {"E": True}, ("D",), 0b10),
        ("(E & D) | (!E & IQ)", {"E": False}, ("IQ",), 0b10),
        ("!R", {"R": True}, (), 0b00),
        ("A1 ^ A", {"A": True}, ("A1",), 0b01),
        ("a[1] b", {"b": True, "c": False}, ("a[1]",), 0b10),
    ],
)
def test_inputs_may_be_fixed(text, constants, inputs, cases):
    fixed = parse_function(text).fixed(constants)
    assert fixed.inputs == inputs
    assert fixed.truth_table(inputs or ("x",)) == cases
