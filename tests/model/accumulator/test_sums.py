import pytest

from lmul_pe.model.accumulator.sums import balanced_sum, tree_levels


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (1, "0"),
        (2, "(01)"),
        (3, "((01)2)"),
        (4, "((01)(23))"),
        (5, "(((01)(23))4)"),
        (6, "(((01)(23))(45))"),
        (7, "(((01)(23))((45)6))"),
        (8, "(((01)(23))((45)(67)))"),
    ],
)
def test_neighbours_in_pairs_and_an_odd_one_up(count, expected):
    terms = tuple("01234567"[:count])
    assert balanced_sum(terms, lambda first, second: f"({first}{second})") == expected


@pytest.mark.parametrize(("count", "levels"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (64, 6)])
def test_levels_are_the_additions_that_the_first_term_goes_through(count, levels):
    depths = [0] * count
    assert balanced_sum(depths, lambda first, second: max(first, second) + 1) == levels
    assert tree_levels(count) == levels
