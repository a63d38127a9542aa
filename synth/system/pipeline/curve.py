"""The energy of an instruction as a convex function of its steps."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .candidates import Candidates

Floats = NDArray[np.float64]

_STARTS = 400
_DECAYS = (1e-4, 50.0)
"""Over the range of steps, by which natural logarithm a curve falls: from a straight line to a
corner."""
_HALVINGS = 60
"""Of the interval that holds the best decay: to the last bits of a float."""


@dataclass(frozen=True)
class Curve:
    """Effective energy at every number of steps from ``least`` to ``most``.

    Parameters
    ----------
    energy_j
        Convex and never rising.
    """

    least: int
    energy_j: Floats

    @property
    def most(self) -> int:
        """The slowest."""
        return self.least + len(self.energy_j) - 1

    @property
    def price_j(self) -> Floats:
        """What it costs to go from each number of steps to one less; at place 0 nobody can."""
        # What is rounded in the last digit must not make a later step cheaper than an earlier one.
        falls = np.maximum.accumulate(-np.diff(self.energy_j)[::-1])[::-1]
        return np.concatenate(([0.0], np.maximum(falls, 0.0)))


def fitted(candidates: Candidates) -> Curve:
    """``a exp(b t) + c`` with ``a > 0`` and ``b < 0``, by unweighted least squares.

    For a given ``b`` the other two follow from linear equations, so that one variable is searched.
    Two candidates or fewer are taken as they are.
    """
    steps, energy = candidates.steps, candidates.effective_j
    if len(steps) < 3:
        return hull(candidates)
    # The scale of energies must not matter.
    scale = float(np.abs(energy).max()) or 1.0
    times = (steps - steps[0]).astype(np.float64)
    targets = energy / scale
    span = times[-1]

    def solved(decay: float) -> tuple[float, float, float, float]:
        """``a`` at the first candidate, ``c``, the sum of squares, and its slope over decay."""
        shape = np.exp(-decay * times / span)
        centred = shape - shape.mean()
        a = float(centred @ (targets - targets.mean()) / (centred @ centred))
        c = float(targets.mean() - a * shape.mean())
        rest = targets - a * shape - c
        return a, c, float(rest @ rest), float(2 * a * (rest @ (times / span * shape)))

    def error(decay: float) -> float:
        a, _, squares, _ = solved(decay)
        return squares if a > 0 else math.inf

    decays = np.geomspace(*_DECAYS, _STARTS)
    errors = [error(decay) for decay in decays]
    best = int(np.argmin(errors))
    if math.isinf(errors[best]):
        # Energy only rises with time: no reason to slow down.
        return Curve(int(steps[0]), energy[:1])
    low, high = decays[max(best - 1, 0)], decays[min(best + 1, _STARTS - 1)]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if solved(middle)[3] < 0:
            low = middle
        else:
            high = middle
    a, c, _, _ = solved(high)
    every = np.arange(steps[-1] - steps[0] + 1)
    return Curve(int(steps[0]), scale * (a * np.exp(-high * every / span) + c))


def hull(candidates: Candidates) -> Curve:
    """Straight lines between the candidates that no mixture of two others undercuts: no fit.

    It ends at the candidate of least energy.
    """
    corners: list[tuple[int, float]] = []
    last = int(np.argmin(candidates.effective_j))
    for steps, energy in zip(
        candidates.steps[: last + 1], candidates.effective_j[: last + 1], strict=True
    ):
        while len(corners) > 1:
            (first, high), (middle, between) = corners[-2:]
            if (between - high) * (steps - first) < (energy - high) * (middle - first):
                break
            corners.pop()
        corners.append((int(steps), float(energy)))
    at, energies = zip(*corners, strict=True)
    return Curve(at[0], np.interp(np.arange(at[0], at[-1] + 1), at, energies))


CURVES: dict[str, Callable[[Candidates], Curve]] = {"fit": fitted, "hull": hull}
"""How energy is taken to depend on time between the profiled frequencies."""
