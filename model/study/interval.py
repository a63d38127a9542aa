"""Confidence intervals by the bootstrap: what other samples of the same kind would have given."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 2000
SEED = 2024
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A figure and its interval of :data:`CONFIDENCE`."""

    value: float
    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


def estimate(statistic: Callable[[NDArray[np.intp]], float], count: int) -> Estimate:
    """The ``statistic`` of ``count`` items and its percentile interval (Efron, 1979).

    Parameters
    ----------
    statistic
        Of the items at the indices that it is given, which may be there several times.
    """
    random = np.random.default_rng(SEED)
    draws = random.integers(0, count, size=(RESAMPLES, count))
    found = [statistic(draw) for draw in draws]
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(found, (tail, 1 - tail))
    return Estimate(statistic(np.arange(count)), float(low), float(high))
