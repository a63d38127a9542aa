"""The paper's Table 7, by sums that are written out."""

import numpy as np
import pytest

from lmul_pe.model.accuracy.expected_error import EVEN, KEPT, PRINTED, expected_errors


def mean(kept, product):
    """Over all pairs of mantissas of bf16; floats hold these numbers and their sum exactly."""
    total = 0.0
    for x in range(128):
        for y in range(128):
            stored = ((each >> (7 - kept)) / 2**kept for each in (x, y))
            total += (1 + x / 128) * (1 + y / 128) - product(*stored)
    return total / 128**2


def integer(constant):
    def product(x, y):
        total = x + y + constant
        raised = int(total)
        return (1 + total - raised) * 2**raised

    return product


@pytest.mark.parametrize(("kept", "defined"), [(2, 1 / 4), (3, 1 / 8), (4, 1 / 8), (6, 1 / 16)])
def test_means_are_those_of_all_products_written_out(kept, defined):
    found = expected_errors(kept)
    sixteenth = 1 / 16
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
