"""How a cost grows with the bits of a mantissa: a power law, and where two costs cross."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model import SpecificationError

LEAST_POINTS = 5
"""Of a fit, which has three unknowns: fewer leave nothing to judge it by."""

POWERS = np.arange(0, 3.5, 0.005)
"""The exponents that are tried."""

RESAMPLES = 999
_SEED = 2024

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Growth:
    """``first + slope * (n^power - 1) / power``, with n significand bits: those of the mantissa and
    the leading one.

    The form of Box and Cox (1964): the same as a fixed cost and a multiple of ``n^power``, and at a
    power of 0 the logarithm of n, by which the delay of prefix networks grows.

    Parameters
    ----------
    first
        The cost at n = 1.
    low, high
        The 95 % interval of the power.
    residual_percent
        Root of the mean square of what the costs differ from the fit, relative to it.
    """

    first: float
    slope: float
    power: float
    low: float
    high: float
    residual_percent: float

    def at(self, mantissa_bits: float) -> float:
        """The cost by the fit."""
        n = np.array([mantissa_bits + 1.0])
        return float(self.first + self.slope * _basis(n, self.power)[0])


def growth(mantissa_bits: Sequence[int], costs: Sequence[float]) -> Growth:
    """The power law that fits ``costs`` best by relative least squares.

    First and slope are linear in the costs, so that the power alone is searched (variable
    projection).  Measurements repeat exactly: what differs from the fit is no noise, but steps of
    structures and recipes, alike in neighbours.  The interval is therefore of a bootstrap that
    moves residuals in blocks of neighbours (Künsch 1989), with a fixed seed; it says how well one
    power describes this range of mantissas, and nothing beyond it.

    Parameters
    ----------
    mantissa_bits
        Rising.
    costs
        Positive, one to each.

    Raises
    ------
    SpecificationError
        Fewer than :data:`LEAST_POINTS`.
    """
    count = len(mantissa_bits)
    if count < LEAST_POINTS:
        raise SpecificationError(
            f"{count} mantissa widths are too few for a power: expected {LEAST_POINTS} at least"
        )
    n = np.array(mantissa_bits, float) + 1
    measured = np.array(costs, float)
    power = _best_powers(n, measured, measured[:, None])[0]
    first, slope = _linear(n, power, measured)
    fitted = first + slope * _basis(n, power)
    residuals = measured / fitted - 1
    moved = _moved(residuals - residuals.mean()) * np.sqrt(count / (count - 3))
    powers = _best_powers(n, fitted, fitted[:, None] * (1 + moved))
    low, high = np.quantile(powers, (0.025, 0.975))
    return Growth(
        float(first),
        float(slope),
        float(power),
        float(min(low, power)),
        float(max(high, power)),
        100 * float(np.sqrt((residuals**2).mean())),
    )


def _basis(n: Array, power: float) -> Array:
    logarithm = np.log(n)
    return logarithm if power == 0 else np.expm1(power * logarithm) / power


def _linear(n: Array, power: float, costs: Array) -> Any:
    """First and slope, by relative least squares."""
    columns = np.stack([np.ones_like(n), _basis(n, power)], 1)
    return np.linalg.lstsq(columns / costs[:, None], np.ones_like(n), rcond=None)[0]


def _best_powers(n: Array, scale: Array, costs: Array) -> Array:
    """The power that fits each column of ``costs`` best, differences relative to ``scale``."""
    relative = costs / scale[:, None]
    left = np.empty((len(POWERS), costs.shape[1]))
    for place, power in enumerate(POWERS):
        columns = np.stack([np.ones_like(n), _basis(n, power)], 1) / scale[:, None]
        span, _ = np.linalg.qr(columns)
        left[place] = ((relative - span @ (span.T @ relative)) ** 2).sum(0)
    return POWERS[left.argmin(0)]


def _moved(residuals: Array) -> Array:
    """Residuals put together anew, in blocks of neighbours, a column to each resample."""
    count = len(residuals)
    length = max(2, round(count ** (1 / 3)))
    random = np.random.default_rng(_SEED)
    starts = random.integers(0, count, (-(-count // length), RESAMPLES))
    places = (starts[:, None, :] + np.arange(length)[None, :, None]) % count
    return residuals[places.reshape(-1, RESAMPLES)[:count]]


def crossing(
    mantissa_bits: Sequence[int], costs: Sequence[float], others: Sequence[float]
) -> float | None:
    """From how many mantissa bits ``costs`` stay below ``others``.

    Interpolated, in ratios, between the last measured neighbours of which one is not below; the
    least measured width where it is below throughout, and None where it is not below at the end.
    """
    ratios = np.log(np.array(costs, float) / np.array(others, float))
    found: float | None = None
    if ratios[-1] < 0:
        found = float(mantissa_bits[0])
    for (bits, ratio), (next_bits, following) in pairwise(zip(mantissa_bits, ratios, strict=True)):
        if ratio >= 0 > following and found is not None:
            found = bits + (next_bits - bits) * float(ratio / (ratio - following))
    return found
