"""Functions as gates: those of a few, drawn by hand."""

import pytest

from lmul_pe.synth.activity.gates import gates_of


@pytest.mark.parametrize(
    ("function", "arguments", "gates", "result"),
    [
        ("0", 0, [], 0),
        ("-1", 0, [], 1),
        ("x0", 1, [], 0),
        ("~x1", 2, [], 3),
        ("~~x1", 2, [], 2),
        ("(x0&x1)", 2, [(0, 2, 0)], 4),
        ("~(x0^~x1)", 2, [(0, 3, 1)], 5),
        # Not both complements.
        ("(x0|~x1)", 2, [(1, 2, 0)], 5),
        # Each gate takes the next slot behind those of the arguments.
        ("(x0&x1&x2)", 3, [(0, 2, 0), (6, 4, 0)], 8),
        ("((x0&x1)|(x2^x0))", 3, [(0, 2, 0), (4, 0, 1), (7, 9, 0)], 11),
    ],
)
def test_gates_of_a_function(function, arguments, gates, result):
    assert gates_of(function, arguments) == (gates, result)


def test_what_is_no_function_is_quoted():
    with pytest.raises(AssertionError, match=r"^x0 \+ x1 is no function of Liberty$"):
        gates_of("x0+x1", 2)
