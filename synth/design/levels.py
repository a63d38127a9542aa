"""The levels at which designs are compared, from one multiplier to an array of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lmul_pe.model import FloatFormat

from .design import Design, LeftOut
from .multipliers import multiplier_level
from .units import ARRAY_SIDE, arrays, dot_products, macs, unit_level


@dataclass(frozen=True)
class Level:
    """A level of comparison.

    Parameters
    ----------
    name
        As it stands in reports and options.
    title
        The same in words, for a reader.
    designs
        From a format to what is compared there, and to what the format cannot have.
    """

    name: str
    title: str
    designs: Callable[[FloatFormat], tuple[Sequence[Design], Sequence[LeftOut]]]


LEVELS: Mapping[str, Level] = {
    level.name: level
    for level in (
        Level("multiplier", "multiplier", lambda format: (multiplier_level(format), [])),
        Level("mac", "MAC", lambda format: unit_level("mac", macs(format))),
        Level("dot", "dot product", lambda format: unit_level("dot", dot_products(format))),
        Level(
            "array",
            f"{ARRAY_SIDE} x {ARRAY_SIDE} array",
            lambda format: unit_level("array", arrays(format)),
        ),
    )
}
"""By name, the smallest first."""
