"""Which designs are worth the next step, and how many winners the cheap one would have lost."""

from collections.abc import Iterable, Mapping, Sequence

from .estimate import Estimate
from .frontier import frontier, layers
from .point import Point

RULE = (
    "at each level and format, layer by layer of those that none beats in toggles, gates, depth "
    "and errors, until half of the designs are kept"
)
"""How the designs are chosen that are measured."""


def promising(estimates: Sequence[Estimate]) -> list[Estimate]:
    """Those that :data:`RULE` keeps."""
    groups: dict[tuple[str, str], list[Estimate]] = {}
    for each in estimates:
        groups.setdefault((each.level, each.format), []).append(each)
    kept: list[Estimate] = []
    for group in groups.values():
        chosen: list[Estimate] = []
        for layer in layers(group, lambda each: each.values):
            if 2 * len(chosen) >= len(group):
                break
            chosen += layer
        kept += chosen
    return kept


def groups_of(points: Iterable[Point]) -> Mapping[tuple[str, str, str], list[Point]]:
    """Points that can be compared: of one level, format and technology."""
    found: dict[tuple[str, str, str], list[Point]] = {}
    for each in points:
        found.setdefault((each.level, each.format, each.technology), []).append(each)
    return found


def winners(points: Iterable[Point]) -> list[Point]:
    """The frontiers of all groups."""
    return [each for group in groups_of(points).values() for each in frontier(group)]


def dropped(points: Sequence[Point], estimates: Sequence[Estimate]) -> tuple[list[str], int]:
    """The designs on a frontier of ``points`` that :func:`promising` would not have measured, and
    how many designs are on one.

    Parameters
    ----------
    points
        Of every design, all measured.
    """
    kept = {each.design for each in promising(estimates)}
    best = dict.fromkeys(each.design for each in winners(points))
    return [name for name in best if name not in kept], len(best)
