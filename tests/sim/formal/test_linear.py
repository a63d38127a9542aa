"""What a circuit of additions adds up, against the definition and on numbers."""

import random

import pytest

from lmul_pe.sim.formal.linear import Form, NotLinearError, sum_of


def circuit(body, inputs="input [3:0] a, input [3:0] b", width=6):
    return f"module adds({inputs}, output [{width - 1}:0] y);\n{body}\nendmodule\n"


def value_of(form, numbers, modulus):
    bits = sum(
        weight * (numbers[port] >> index & 1) for (port, index), weight in form.weights.items()
    )
    return (bits + form.constant) % modulus


@pytest.mark.parametrize(
    ("body", "meant"),
    [
        ("assign y = a + b;", lambda a, b: a + b),
        ("assign y = {a, 2'b0} + b + 6'd9;", lambda a, b: 4 * a + b + 9),
        # Cut short at the output alone.
        ("assign y = {a, 2'b0} + {b, 2'b0} + {a, 1'b0};", lambda a, b: 6 * a + 4 * b),
        (
            "assign y = $signed(a) + $signed({b[3], b});",
            lambda a, b: a - 16 * (a >> 3) + b - 16 * (b >> 3),
        ),
        (
            "wire [4:0] one = a + b; assign y = {one, 1'b0} + {a[0], b[2:1]};",
            lambda a, b: 2 * (a + b) + 4 * (a & 1) + (b >> 1 & 3),
        ),
    ],
)
def test_sums_are_those_of_the_numbers(body, meant):
    form, width = sum_of(circuit(body), "adds", "y")
    assert width == 6
    for a in range(16):
        for b in range(16):
            assert value_of(form, {"a": a, "b": b}, 64) == meant(a, b) % 64


def test_forms_are_equal_exactly_when_the_sums_are():
    rng = random.Random(5)
    first, _ = sum_of(circuit("assign y = a + b + {a, 1'b0};"), "adds", "y")
    same, _ = sum_of(circuit("assign y = {a, 1'b0} + (b + a);"), "adds", "y")
    other, _ = sum_of(circuit("assign y = {a, 1'b0} + b;"), "adds", "y")
    assert first == same != other
    weights = {("a", index): rng.randrange(-99, 99) for index in range(4)}
    form = Form(weights, -3)
    assert form.modulo(8) == Form({b: w + 8 for b, w in weights.items()}, 5).modulo(8)
    assert form.least == -3 + sum(w for w in weights.values() if w < 0)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("assign y = a ^ b;", r"a cell \$xor"),
        ("assign y = a - b;", r"a cell \$sub"),
        # The carry is lost before it is added.
        ("wire [3:0] one = a + b; assign y = one + a;", "a sum does not fit its net"),
        ("wire [4:0] one = a + b; assign y = one[2:0] + a;", "a part of a sum is taken"),
        ("wire [4:0] one = a + b; assign y = one[4:1] + a;", "a part of a sum is taken"),
        ("wire [4:0] one = a + b; assign y = $signed(one) + $signed(6'd1);", "does not fit"),
    ],
)
def test_what_is_no_sum_is_said(body, why):
    with pytest.raises(NotLinearError, match=why):
        sum_of(circuit(body), "adds", "y")


def test_a_wire_inside_counts_as_an_input_and_another_as_the_sum():
    body = (
        "wire [3:0] seen = a ^ b; wire signed [4:0] total = $signed({1'b0, b}) + $signed(seen);"
        " assign y = total;"
    )
    form, width = sum_of(circuit(body), "adds", "total", ["seen"])
    assert width == 5
    for b in range(16):
        for seen in range(16):
            meant = b + seen - 16 * (seen >> 3)
            assert value_of(form, {"b": b, "seen": seen}, 32) == meant % 32


@pytest.mark.parametrize("last", [4, 5, 7])
def test_a_signed_sum_is_followed(last):
    body = "wire signed [LAST:0] one = $signed(a) + $signed(b); assign y = one + 6'sd33;"
    form, _ = sum_of(circuit(body.replace("LAST", str(last))), "adds", "y")
    for a in range(16):
        for b in range(16):
            meant = a - 16 * (a >> 3) + b - 16 * (b >> 3) + 33
            assert value_of(form, {"a": a, "b": b}, 64) == meant % 64
