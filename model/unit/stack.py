"""Stacks of matrices that are multiplied, of shapes as :func:`numpy.matmul`."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.choices import SpecificationError


@dataclass(frozen=True)
class Stack:
    """The matrices of a product, one by one.

    Parameters
    ----------
    lefts, rights
        ``count x M x K`` and ``count x K x N`` arrays; one matrix on the right has all rows of the
        left ones before it.
    shape
        Of the result.
    """

    lefts: NDArray[Any]
    rights: NDArray[Any]
    shape: tuple[int, ...]

    @classmethod
    def of(cls, a: NDArray[Any], b: NDArray[Any]) -> "Stack":
        """The stack of two operands.

        Parameters
        ----------
        a, b
            ``... x M x K`` and ``... x K x N``, whose leading axes broadcast together; a vector is
            a row on the left and a column on the right, and gives the result no axis.

        Raises
        ------
        SpecificationError
            Scalars, or shapes that are no matrix product.
        """
        if not a.ndim or a.shape[-1:] != b.shape[-2:][:1]:
            raise no_product(a, b)
        left = a[None] if a.ndim == 1 else a
        right = b[:, None] if b.ndim == 1 else b
        try:
            leading = np.broadcast_shapes(left.shape[:-2], right.shape[:-2])
        except ValueError:
            raise no_product(a, b) from None
        (rows, length), columns = left.shape[-2:], right.shape[-1]
        shape = *leading, *a.shape[-2:-1], *b.shape[1:][-1:]
        count = math.prod(leading)
        if right.ndim == 2:
            return cls(left.reshape(1, count * rows, length), right[None], shape)
        lefts = np.broadcast_to(left, (*leading, rows, length))
        rights = np.broadcast_to(right, (*leading, length, columns))
        return cls(
            lefts.reshape(count, rows, length), rights.reshape(count, length, columns), shape
        )


def no_product(a: NDArray[Any], b: NDArray[Any]) -> SpecificationError:
    """The error of two operands whose shapes do not match."""
    return SpecificationError(
        f"shapes {a.shape} and {b.shape} are no matrix product: expected M x K and K x N"
    )
