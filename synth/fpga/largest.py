"""The largest square array that fits a part, by the cells of small ones."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction

from .record import Use

FILL = 0.9
"""The part of every resource that an array may take: place and route wants some room."""

_SMALL = (1, 2, 3)
"""Sides of the arrays that are synthesised; cells of larger ones follow from theirs, as there is a
number for the array, one for each row or column, and one for each element."""
FEWEST_SIDES = len(_SMALL)
"""Arrays of fewer sides cannot be told from."""


@dataclass(frozen=True)
class Largest:
    """What fits.

    Parameters
    ----------
    side
        Rows and columns; 0 where nothing fits.
    use
        What it takes.
    limit
        The resource that the next larger one has too little of, or ``size``.
    """

    side: int
    use: Use
    limit: str


def largest_side(use_of: Callable[[int], Use], holds: Use, sides: range) -> Largest:
    """The largest of ``sides``, from 1 on, that takes no more than :data:`FILL` of a part.

    Parameters
    ----------
    use_of
        What an array of a side takes, by synthesis.
    holds
        What the part has.
    """
    known = {side: use_of(side) for side in _SMALL}
    side, use, limit = 0, Use(), ""
    while not limit:
        larger = extrapolated(known, side + 1)
        limit = "size" if side + 1 not in sides else _lacking(larger, holds)
        if not limit:
            side, use = side + 1, larger
    return Largest(side, use, limit)


def extrapolated(known: dict[int, Use], side: int) -> Use:
    """What an array of ``side`` takes, from three others: the parabola through them."""
    total: dict[str, Fraction] = {}
    for at, use in known.items():
        weight = Fraction(1)
        for other in known:
            if other != at:
                weight *= Fraction(side - other, at - other)
        for name, count in asdict(use).items():
            total[name] = total.get(name, Fraction(0)) + weight * count
    return Use(**{name: max(0, round(count)) for name, count in total.items()})


def _lacking(use: Use, holds: Use) -> str:
    """What there is too little of; nothing where all of it fits."""
    for name, count in asdict(use).items():
        if count > FILL * getattr(holds, name):
            return name
    return ""
