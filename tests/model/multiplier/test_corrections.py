"""Tables of corrections against least squares in rational arithmetic."""

import numpy as np
import pytest

from lmul_pe.model.multiplier.corrections import corrections


@pytest.mark.parametrize(
    ("bits", "seen"),
    [
        *((1, 1), (2, 2), (3, 2), (3, 3), (4, 2), (4, 3)),
        *(pytest.param(*each, marks=pytest.mark.slow) for each in ((4, 4), (5, 3), (6, 4))),
    ],
)
def test_entries_are_those_of_rational_arithmetic(bits, seen, reference):
    side = range(2**seen)
    expected = [[reference.correction(bits, seen, row, column) for column in side] for row in side]
    assert corrections(bits, seen).tolist() == expected


@pytest.mark.parametrize("seen", [2, 3, 4])
def test_wide_mantissas_have_the_entries_of_narrower_ones(seen):
    wide, narrow = corrections(23, seen), corrections(8, seen)
    assert (wide == narrow << np.uint64(15)).all()


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 7, 8])
@pytest.mark.parametrize("seen", [2, 3, 4])
def test_a_table_does_not_tell_both_operands_apart(bits, seen):
    entries = corrections(bits, min(seen, bits))
    assert (entries == entries.T).all()


def test_an_entry_has_two_bits_more_than_the_mantissas_that_the_table_sees():
    """Of 7 bits 4 are used where the table sees 2: entries are multiples of 8."""
    entries = corrections(7, 2)
    assert (entries % 8 == 0).all()
    assert (entries % 16 != 0).any()


def test_entries_that_all_share_cannot_be_changed():
    # Of sizes that no other test asks for, so that they are made here.
    for seen in (6, 2):
        entries = corrections(6, seen)
        with pytest.raises(ValueError, match="read-only"):
            entries[0, 0] = 1


def test_two_bits_need_a_carry_for_one_pair_alone():
    """1.25 x 1.5 = 1.875, half way between 1.75 and 2: to even it is 2, and the sum is 1.75."""
    assert corrections(2, 2).tolist() == [[0, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
