"""From planned steps back to frequencies that were profiled, with the time and energy they take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .candidates import Candidates
from .graph import Graph
from .profile import Kind

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Realised:
    """What a plan comes to.

    Parameters
    ----------
    frequency, time_s, energy_j, start_s
        Of each operation, as profiled; it starts as soon as it can.
    iteration_s, iteration_j
        Of one pipeline, with what its accelerators take while they wait.
    """

    frequency: Floats
    time_s: Floats
    energy_j: Floats
    start_s: Floats
    iteration_s: float
    iteration_j: float


@dataclass(frozen=True)
class Realisation:
    """Frequencies for planned steps: the slowest whose steps, rounded down, fit.

    Parameters
    ----------
    candidates
        By kind of the graph.
    waiting_w
        Power of each accelerator that waits.
    """

    graph: Graph
    candidates: Mapping[Kind, Candidates]
    waiting_w: Sequence[float]

    @cached_property
    def _tables(self) -> tuple[Ints, Floats]:
        """The slowest candidate's place by kind and steps, and its frequency, time and energy."""
        kinds = [self.candidates[kind] for kind in self.graph.kinds]
        longest = max(int(each.steps[-1]) for each in kinds)
        places = np.array([each.index_of(np.arange(longest + 1)) for each in kinds])
        runs = np.zeros((len(kinds), max(len(each.chosen) for each in kinds), 3))
        for row, each in enumerate(kinds):
            runs[row, : len(each.chosen)] = [candidate.run for candidate in each.chosen]
        return places, runs

    def frequencies(self, durations: Ints) -> Floats:
        """Of each operation, for its planned steps."""
        return self._runs(durations)[:, 0]

    def _runs(self, durations: Ints) -> Floats:
        places, runs = self._tables
        kind_of = self.graph.kind_of
        chosen: Floats = runs[kind_of, places[kind_of, durations]]
        return chosen

    def of(self, durations: Ints) -> Realised:
        """What planned steps come to."""
        return self._realised(self._runs(durations))

    def all_fastest(self) -> Realised:
        """Every operation at its highest frequency, whatever was filtered out: the baseline."""
        kinds = self.graph.kinds
        runs = np.array([self.candidates[kind].fastest for kind in kinds])
        return self._realised(runs[self.graph.kind_of])

    def _realised(self, runs: Floats) -> Realised:
        frequency, time_s, energy_j = runs.T
        start_s = self.graph.starts(time_s)
        iteration_s = float((start_s + time_s).max())
        waiting_w = np.array(self.waiting_w)
        meanwhile_j = waiting_w[self.graph.accelerator_of] * time_s
        iteration_j = float(waiting_w.sum() * iteration_s + (energy_j - meanwhile_j).sum())
        return Realised(frequency, time_s, energy_j, start_s, iteration_s, iteration_j)
