"""The operands of a model's attention as codes, for units that are measured on real numbers."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.format.codec import Codes

from .arithmetic import Arithmetic, Operand

PAIRS = 2**16
"""Operand pairs in a stream, about."""
SEED = 2024


@dataclass
class OperandCodes:
    """The operands of attention in every block, as they are watched.

    Parameters
    ----------
    arithmetic
        That of the model.

    Raises
    ------
    SpecificationError
        Its operands are not codes of one float format, or are in an order of their own.
    """

    arithmetic: Arithmetic
    _blocks: list[dict[str, Codes]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.arithmetic.codes(self.arithmetic.left(np.zeros((1, 1), dtype=np.float32)))
        if self.arithmetic.order:
            raise SpecificationError(
                f"operands of order {self.arithmetic.order} are shuffled; leave order out"
            )

    def keep(self, operands: dict[str, Operand]) -> None:
        """Keep those of the next block."""
        self._blocks.append(
            {name: self.arithmetic.codes(operand) for name, operand in operands.items()}
        )

    def files(self) -> dict[str, NDArray[Any]]:
        """Arrays by name: ``blocks x groups x heads of a group x T x width`` for ``q``, and so on.

        ``k`` is transposed, ``width x T``, and has one head to a group, as ``v``.  ``pairs`` has a
        row for each product of some elements of Q K^T and of P V, drawn by a seed, sum by sum, in
        the order in which a sum takes them: the code of ``q`` or ``p``, and that of ``k`` or ``v``.
        """
        whole = {
            name: np.stack([block[name] for block in self._blocks]) for name in self._blocks[0]
        }
        random = np.random.default_rng(SEED)
        pairs = [
            pairs_of_sums(whole[left], whole[right], PAIRS // 2, random)
            for left, right in (("q", "k"), ("p", "v"))
        ]
        return {**whole, "pairs": np.concatenate(pairs)}


def pairs_of_sums(left: Codes, right: Codes, count: int, random: np.random.Generator) -> Codes:
    """About ``count`` operand pairs, ``N x 2``, of some sums as a whole.

    Parameters
    ----------
    left, right
        ``blocks x groups x heads of a group x M x K``, and ``blocks x groups x 1 x K x N``.
    """
    *heads, rows, depth = left.shape
    sums = max(1, count // depth)
    places = [random.integers(0, count, size=sums) for count in (*heads, rows)]
    columns = random.integers(0, right.shape[-1], size=sums)
    blocks, groups = places[0], places[1]
    first = left[tuple(places)]
    second = right[blocks, groups, 0, :, columns]
    return np.stack([first.ravel(), second.ravel()], axis=1)
