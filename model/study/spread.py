"""Figures over seeds: their spread, and differences seed by seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .interval import Estimate
from .training import SEEDS

_STUDENT = 2.776
"""The 97.5 % quantile of Student's t for the four degrees of freedom of five seeds."""


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation over seeds."""

    mean: float
    deviation: float


def spread_of(values: Sequence[float]) -> Spread:
    """Of two values at least."""
    return Spread(float(np.mean(values)), float(np.std(values, ddof=1)))


def difference(values: Sequence[float], others: Sequence[float]) -> Estimate:
    """The mean difference of five pairs and its interval of 95 % by Student's t."""
    found = spread_of(np.subtract(values, others).tolist())
    half = _STUDENT * found.deviation / len(SEEDS) ** 0.5
    return Estimate(found.mean, found.mean - half, found.mean + half)


def shown(found: Estimate, factor: float, digits: int) -> str:
    """An estimate times ``factor``, signed, its interval in brackets."""
    values = (f"{factor * each:+.{digits}f}" for each in (found.value, found.low, found.high))
    return "{} [{}, {}]".format(*values)
