"""Balanced trees of additions."""

from collections.abc import Callable, Sequence
from typing import TypeVar

_Number = TypeVar("_Number")


def balanced_sum(terms: Sequence[_Number], add: Callable[[_Number, _Number], _Number]) -> _Number:
    """One or more ``terms`` added level by level: neighbours in pairs, an odd one passing up."""
    level = list(terms)
    while len(level) > 1:
        sums = [add(*level[index : index + 2]) for index in range(0, len(level) - 1, 2)]
        level = sums + level[len(level) - len(level) % 2 :]
    return level[0]
