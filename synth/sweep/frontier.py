"""Which points no other beats, and why."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from .point import Point

PointT = TypeVar("PointT")
Criteria = Callable[[PointT], tuple[float, ...]]
"""From a point to what should be small."""


@dataclass(frozen=True)
class Criterion:
    """Something that should be small.

    Parameters
    ----------
    words, unit
        For a reader.
    value
        Of a point that meets its clock.
    """

    words: str
    unit: str
    value: Callable[[Point], float]


CRITERIA: Mapping[str, Criterion] = {
    "energy": Criterion("energy", "fJ", lambda point: point.energy_fj or 0.0),
    "area": Criterion("area", "um2", lambda point: point.area_um2 or 0.0),
    "delay": Criterion("delay", "ps", lambda point: point.delay_ps or 0.0),
    "error": Criterion("error of products", "%", lambda point: 100 * point.mean_error),
    "sum-error": Criterion("error of sums", "%", lambda point: 100 * (point.sum_error or 0.0)),
}
"""What a frontier is of, by the name that options have; the last of units alone, where it is 0 for
integers, whose rounding is their user's."""


def values(point: Point) -> tuple[float, ...]:
    """What should be small of a point."""
    return tuple(each.value(point) for each in CRITERIA.values())


def beats(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether ``one`` is worse in nothing, and not equal in all."""
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


def layers(points: Sequence[PointT], criteria: Criteria[PointT]) -> list[list[PointT]]:
    """``points`` in layers: those that none beats, those that none beats of the rest, and so on."""
    left = [(each, criteria(each)) for each in points]
    found = []
    while left:
        best = [one for one in left if not any(beats(other, one[1]) for _, other in left)]
        found.append([each for each, _ in best])
        # By place: equal points are several.
        chosen = set(map(id, best))
        left = [one for one in left if id(one) not in chosen]
    return found


def frontier(points: Sequence[Point]) -> list[Point]:
    """Those of ``points`` that meet their clock and that no other beats."""
    met = [each for each in points if each.meets]
    return layers(met, values)[0] if met else []


def reason(point: Point, best: Sequence[Point], by: str) -> str:
    """Why ``point`` is among the ``best``.

    Parameters
    ----------
    by
        The criterion that matters most, one of :data:`CRITERIA`.
    """
    least = [
        each.words
        for each in CRITERIA.values()
        if each.value(point) == min(map(each.value, best)) < max(map(each.value, best))
    ]
    if least:
        return "least " + " and ".join(least)
    first = CRITERIA[by]
    cheaper = [each for each in best if first.value(each) < first.value(point)]
    if not cheaper:
        return "the only one"
    rival = max(cheaper, key=first.value)
    gains = [
        f"{100 * (1 - each.value(point) / each.value(rival)):.0f} % less {each.words}"
        for each in CRITERIA.values()
        if each.value(point) < each.value(rival)
    ]
    return f"{' and '.join(gains)} than {rival.design}"
