import pytest

from lmul_pe.model.accumulator.tree import balanced_sum


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
