"""The paper's Table 7, by sums that are written out."""

from fractions import Fraction

import numpy as np
import pytest

from lmul_pe.model.accuracy.expected_error import EVEN, KEPT, PRINTED, expected_errors


def mean(kept, product):
    """Over all pairs of mantissas of bf16, in rational arithmetic."""
    total = Fraction(0)
    for x in range(128):
        for y in range(128):
            real = (1 + Fraction(x, 128)) * (1 + Fraction(y, 128))
            stored = (Fraction(each >> (7 - kept), 2**kept) for each in (x, y))
            total += real - product(*stored)
    return float(total / 128**2)


def integer(constant):
    def product(x, y):
        total = x + y + constant
        raised = int(total)
        return (1 + total - raised) * 2**raised

    return product


@pytest.mark.parametrize(
    ("kept", "defined"),
    [
        (2, Fraction(1, 4)),
        pytest.param(3, Fraction(1, 8), marks=pytest.mark.slow),
        pytest.param(4, Fraction(1, 8), marks=pytest.mark.slow),
        pytest.param(6, Fraction(1, 16), marks=pytest.mark.slow),
    ],
)
def test_means_are_those_of_rational_arithmetic(kept, defined):
    found = expected_errors(kept)
    sixteenth = Fraction(1, 16)
    expected = {
        "multiply": lambda x, y: (1 + x) * (1 + y),
        "equation, 2^-l(k)": lambda x, y: 1 + x + y + defined,
        "equation, 2^-4": lambda x, y: 1 + x + y + sixteenth,
        "integer, 2^-l(k)": integer(defined),
        "integer, 2^-4": integer(sixteenth),
    }
    assert set(found) == set(expected)
    for words, product in expected.items():
        assert found[words] == pytest.approx(mean(kept, product), abs=1e-12), words


def test_the_paper_prints_the_equation_with_one_constant_for_all():
    """To the digits printed, for equally frequent mantissas."""
    for place, kept in enumerate(KEPT):
        found = expected_errors(kept)
        for words, ours in (("multiply", "multiply"), ("L-Mul", "equation, 2^-4")):
            printed = PRINTED[EVEN][words][place]
            digits = 3 if printed < 0.1 else 2
            assert found[ours] == pytest.approx(printed, abs=0.6 * 10.0**-digits)


def test_weights_count():
    one = np.zeros(128)
    one[127] = 3.0
    # 255/128 squared, less (1 + 3/4) squared.
    assert expected_errors(2, one)["multiply"] == pytest.approx((255 / 128) ** 2 - 1.75**2)
