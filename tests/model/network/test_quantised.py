"""Weights in few bits against what they should be, by hand and in exact arithmetic."""

from fractions import Fraction

import numpy as np
import pytest

from lmul_pe.model import SpecificationError
from lmul_pe.model.network.quantised import Quantiser


def test_each_group_has_a_scale_of_its_own():
    matrix = np.array([[7, -3.4, 0.6, 0, 0.07, -0.034]], dtype=np.float32)
    found = Quantiser(4, 4)(matrix)
    # Scales of 1, and of fp16's number nearest to 0.01.
    scale = float(np.float16(0.01))
    assert found[0] == pytest.approx([7, -3, 1, 0, 7 * scale, -3 * scale])


def test_a_least_value_takes_the_whole_range():
    matrix = np.array([[10, 11, 14, 17.4, 25, 20]], dtype=np.float32)
    assert Quantiser(4, 6, least=True)(matrix)[0].tolist() == [10, 11, 14, 17, 25, 20]
    # Around zero there is nothing for negative numbers to do.
    assert Quantiser(4, 6)(matrix)[0, 1] != 11


@pytest.mark.parametrize("least", [False, True])
@pytest.mark.parametrize("bits", [4, 6, 8])
def test_no_weight_moves_further_than_half_a_step(bits, least):
    matrix = np.random.default_rng(bits).normal(size=(5, 70)).astype(np.float32)
    quantiser = Quantiser(bits, 32, least)
    error = np.abs(quantiser(matrix) - matrix)
    for start in (0, 32, 64):
        part = matrix[:, start : start + 32]
        span = np.ptp(part, axis=1) if least else 2 * np.abs(part).max(axis=1)
        steps = 2**bits - (1 if least else 2)
        # fp16 moves what is furthest from zero by 2^-11 of it, on either end.
        bound = span / steps / 2 + 2.0**-10 * np.abs(part).max(axis=1)
        assert (error[:, start : start + 32] <= bound[:, None]).all()


def test_a_last_group_of_fewer_has_a_range_of_its_own():
    # Steps of 1 up to 10, and of a half above 20.
    matrix = np.array([[0, 5, 15, 9.6, 0, 15, 5, 4.4, 20, 27.5, 20.6]], dtype=np.float32)
    found = Quantiser(4, 4, least=True)(matrix)
    assert found[0].tolist() == [0, 5, 15, 10, 0, 15, 5, 4, 20, 27.5, 20.5]


def test_a_group_may_be_longer_than_a_line():
    matrix = np.tile(np.float32([7, -3.4, 0.6, 0]), (8, 500))
    found = Quantiser(4, 2**16 - 1)(matrix)
    assert found.tolist() == np.tile([7, -3, 1, 0], (8, 500)).tolist()


def test_a_group_of_one_has_one_number_at_the_end_of_its_range():
    matrix = np.array([[3, -0.75]], dtype=np.float32)
    # A scale of 3 and of 0.75, which two bits multiply by 1 and by -1.
    assert Quantiser(2, 1)(matrix).tolist() == [[3, -0.75]]


def test_scales_are_counted():
    assert Quantiser(4, 32).bits_of_a_weight == Fraction(9, 2)
    assert Quantiser(4, 32, least=True).bits_of_a_weight == 5
    assert Quantiser(4, 128).bits_of_a_weight == Fraction(33, 8)


def test_what_is_zero_stays_zero():
    assert not Quantiser(4, 2)(np.zeros((2, 3), dtype=np.float32)).any()


@pytest.mark.parametrize(
    ("bits", "group", "expected"),
    [
        (1, 32, "2 to 8; the nearest is 2"),
        (9, 32, "2 to 8; the nearest is 8"),
        (4, 0, "1 to 65535; the nearest is 1"),
        (4, 2**16, "1 to 65535; the nearest is 65535"),
    ],
)
def test_impossible_ones_are_refused(bits, group, expected):
    with pytest.raises(SpecificationError, match=f"is not possible: expected {expected}"):
        Quantiser(bits, group)
