"""The frequencies of an instruction that are worth choosing, in whole steps of time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model import SpecificationError

from .profile import Kind, Run

FILTERS = ("first", "last")
"""Whether dominated frequencies go before or after the waiting power is subtracted."""

FEW = 3
NOISE = 0.95
"""Where no more than ``FEW`` frequencies are left, measurement is taken to be noisy, and only what
is worse by more than this factor goes."""

MOST_STEPS = 100_000
"""Of one instruction; more would take memory and change no plan."""

EQUAL = 1e-9
"""Relative difference below which two energies are the same."""


class Candidate(NamedTuple):
    """One frequency.

    Parameters
    ----------
    run
        As profiled.
    steps
        Its time, rounded down.
    effective_j
        Its energy less what the accelerator would have taken while it waits so many steps.
    """

    run: Run
    steps: int
    effective_j: float


@dataclass(frozen=True)
class Candidates:
    """The frequencies that are left of one kind, the fastest first, no two of equal steps."""

    kind: Kind
    chosen: tuple[Candidate, ...]
    fastest: Run
    """At the highest frequency, whether it is left or not."""
    saves: bool
    """Whether any slower frequency takes less energy than the fastest one."""

    @property
    def steps(self) -> NDArray[np.int64]:
        """Ascending."""
        return np.array([each.steps for each in self.chosen], np.int64)

    @property
    def effective_j(self) -> NDArray[np.float64]:
        """Of each."""
        return np.array([each.effective_j for each in self.chosen])

    def index_of(self, steps: NDArray[np.int64]) -> NDArray[np.int64]:
        """The slowest candidate that takes no more than so many steps, by its place."""
        return np.maximum(np.searchsorted(self.steps, steps, side="right") - 1, 0)


def candidates(
    kind: Kind, runs: Sequence[Run], waiting_w: float, step_s: float, filter: str = FILTERS[0]
) -> Candidates:
    """What is left of ``runs``.

    A frequency goes if another one is faster and takes less energy.  Of those that take the same
    number of steps the dearest stays: it is nearest to the number, which is rounded down.

    Parameters
    ----------
    waiting_w
        Power of an accelerator that waits.
    step_s
        The unit of time of a plan.
    filter
        ``first`` compares energies as profiled, as the artefact of Perseus does; ``last`` compares
        effective ones, as Zeus does today, and keeps more slow frequencies.

    Raises
    ------
    SpecificationError
        A step is longer than the fastest run, or next to nothing beside the slowest.
    """
    every = []
    for run in runs:
        # As Python divides floats: the floor of the exact quotient, not of the rounded one.
        steps = int(run.time_s // step_s)
        every.append(Candidate(run, steps, run.energy_j - waiting_w * steps * step_s))
    highest = max(runs, key=lambda run: run.frequency)
    least = min(every, key=lambda each: each.run.time_s)
    if least.steps < 1:
        raise SpecificationError(
            f"a step of {step_s * 1000:g} ms is longer than {kind} at {least.run.frequency:g}, "
            f"which takes {least.run.time_s * 1000:g} ms: expected a hundredth of that, "
            f"{least.run.time_s * 10:.1g} ms"
        )
    longest_s = max(run.time_s for run in runs)
    if longest_s > MOST_STEPS * step_s:
        raise SpecificationError(
            f"a step of {step_s * 1000:g} ms is too short for {kind}, which takes up to "
            f"{longest_s * 1000:g} ms: expected {longest_s * 1000 / MOST_STEPS:.2g} ms or more"
        )
    saves = any(
        each.run.energy_j < least.run.energy_j - EQUAL * abs(least.run.energy_j) for each in every
    )
    costs = [each.run.energy_j if filter == "first" else each.effective_j for each in every]
    kept = _undominated(every, costs, 1.0)
    fastest = costs[every.index(least)]
    # Noise explains why little is left only if slowing down saves at all.
    if len(kept) <= FEW and min(costs) < fastest - EQUAL * abs(fastest):
        kept = _undominated(every, costs, NOISE)
    chosen: dict[int, tuple[float, Candidate]] = {}
    for cost, each in kept:
        if each.steps not in chosen or cost > chosen[each.steps][0]:
            chosen[each.steps] = cost, each
    return Candidates(kind, tuple(chosen[steps][1] for steps in sorted(chosen)), highest, saves)


def _undominated(
    every: Sequence[Candidate], costs: Sequence[float], factor: float
) -> list[tuple[float, Candidate]]:
    """Those than which none other is faster and cheaper by more than ``factor``."""

    def dominates(time_s: float, cost: float, other: Candidate, other_cost: float) -> bool:
        # Equal energy for more time is no bargain, however the last digit was rounded.
        margin = EQUAL * abs(cost) if factor == 1.0 else 0.0
        return other.run.time_s < time_s and other_cost < cost + margin

    return [
        (cost, each)
        for each, cost in zip(every, costs, strict=True)
        if not any(
            dominates(each.run.time_s * factor, cost * factor, other, other_cost)
            for other, other_cost in zip(every, costs, strict=True)
        )
    ]
