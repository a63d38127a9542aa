"""Two's-complement integer formats: int8, int32 and the like."""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmul_pe.model.choices import SpecificationError, whole_number

INTEGER_BITS = range(2, 65)


@dataclass(frozen=True)
class IntegerFormat:
    """Two's-complement integers; their codes are unsigned.

    Parameters
    ----------
    bits
        2 to 64, the sign included.

    Raises
    ------
    SpecificationError
        Another width.
    """

    bits: int

    def __post_init__(self) -> None:
        bits = whole_number("integer bits", self.bits, INTEGER_BITS)
        object.__setattr__(self, "bits", bits)

    @property
    def width(self) -> int:
        """Bits of a code."""
        return self.bits

    @cached_property
    def name(self) -> str:
        """``int`` and the width; :func:`integer_format_named` reads it back."""
        return f"int{self.bits}"

    def __str__(self) -> str:
        return self.name

    def values(self, codes: NDArray[np.unsignedinteger[Any]]) -> NDArray[np.int64]:
        """The integers that ``codes`` stand for."""
        unused = np.uint64(64 - self.bits)
        return (codes.astype(np.uint64) << unused).view(np.int64) >> np.int64(unused)

    def codes(self, values: ArrayLike) -> NDArray[np.unsignedinteger[Any]]:
        """The codes of integers, modulo ``2^bits``, in the smallest unsigned type."""
        mask = np.uint64(2**self.bits - 1)
        kind = next(bits for bits in (8, 16, 32, 64) if self.bits <= bits)
        return (np.asarray(values).astype(np.int64).view(np.uint64) & mask).astype(f"uint{kind}")


_PATTERN = re.compile("int([1-9][0-9]{0,3})")


def integer_format_named(name: str) -> IntegerFormat:
    """The integer format that ``name`` stands for, such as ``int8``.

    Raises
    ------
    SpecificationError
        No such format.
    """
    match = _PATTERN.fullmatch(name)
    if match is None:
        raise SpecificationError(
            f"integer format {name!r} is not known: expected intN of {INTEGER_BITS[0]} to "
            f"{INTEGER_BITS[-1]} bits, as int8"
        )
    return IntegerFormat(int(match[1]))


def integer_format_among(format: IntegerFormat | str, allowed: range, what: str) -> IntegerFormat:
    """A format, or that of a name, of one of the ``allowed`` widths.

    Parameters
    ----------
    what
        What the format is for, as the user knows it.

    Raises
    ------
    SpecificationError
        No such format, or another width.
    """
    resolved = integer_format_named(format) if isinstance(format, str) else format
    if resolved.bits not in allowed:
        nearest = min(max(resolved.bits, allowed[0]), allowed[-1])
        raise SpecificationError(
            f"{what} {resolved} is not possible: expected int{allowed[0]} to int{allowed[-1]}; the "
            f"nearest is int{nearest}"
        )
    return resolved
