from fractions import Fraction

import numpy as np
import pytest

from lmul_pe.model.multiplier.rounding import leading_bit, round_off


@pytest.mark.parametrize("drop", [0, 1, 2, 5, 61, 62, 63])
@pytest.mark.parametrize("toward_zero", [False, True])
def test_integers_are_rounded_as_rationals_are(drop, toward_zero, reference):
    random = np.random.default_rng(drop)
    values = [0, 1, 2, 3, 2**drop >> 1, (2**drop >> 1) + 1, 3 << max(drop - 1, 0), 2**62 - 1]
    values += [2**62, *random.integers(0, 2**62, size=200).tolist(), *range(130)]
    values = [value for value in values if value < 2**63]
    found = round_off(
        np.array(values, dtype=np.uint64),
        np.full(len(values), drop, dtype=np.uint64),
        toward_zero,
    )
    rounding = "rtz" if toward_zero else "rne"
    expected = [
        int(reference.round_to_multiple(Fraction(value), 2**drop, rounding)) >> drop
        for value in values
    ]
    assert found.tolist() == expected


def test_the_leading_bit_of_every_power_and_its_neighbours():
    values = [0, *(2**power + more for power in range(64) for more in (0, 1, -1) if power or more)]
    values = [value for value in values if value < 2**64]
    found = leading_bit(np.array(values, dtype=np.uint64))
    assert found.tolist() == [value.bit_length() - 1 for value in values]
