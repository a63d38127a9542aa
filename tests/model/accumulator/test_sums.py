import numpy as np
import pytest

from lmul_pe.model.accumulator.sums import ProductSums, balanced_sum, tree_levels


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


class Noted(ProductSums):
    """Sums of products that are texts."""

    def add(self, products):
        self.added = [each.tolist() for each in products]

    def result(self):
        return np.array(self.added)


class Words:
    """A multiplier that writes its operands down."""

    def product(self, a, b):
        return np.strings.add(a, b)


def test_the_products_of_a_cycle_are_added_at_once():
    sums = Noted(Words(), 2)
    first, second = (np.array(["a", "b"]), np.array(["x", "y"])), (np.array(["c", "d"]),) * 2
    sums.add_pairs([first, second])
    assert sums.added == [["ax", "by"], ["cc", "dd"]]


def test_columns_and_rows_give_a_matrix_row_by_row():
    sums = Noted(Words(), 6)
    sums.add_outer([(np.array(["a", "b"]), np.array(["x", "y", "z"]))])
    assert sums.added == [["ax", "ay", "az", "bx", "by", "bz"]]
    assert sums.overflowed.tolist() == sums.inexact.tolist() == [False] * 6
