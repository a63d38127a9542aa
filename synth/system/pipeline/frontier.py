"""The plans of least energy of a pipeline, for every iteration time from the slowest on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.compiler import compiled

from .curve import Curve
from .cut import State, arcs_of, shorten
from .graph import Graph
from .profile import Kind

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

PRICE_BITS = 40
"""Of the highest price as an integer: a cut of least cost is one to 1e-12 of the highest price."""

_CHECKPOINT = 128
"""Points between two plans that are kept whole."""
_BUFFER = 1 << 16


@dataclass(frozen=True)
class Frontier:
    """Plans by iteration time, the slowest first; each takes a step less than the one before.

    Parameters
    ----------
    graph
        Whose plans they are.
    curves
        Energy by kind.
    waiting_w, step_s
        Power of all accelerators if all wait, and the unit of time.
    slowest
        Steps of the iteration if every operation is the slowest.
    changed, ends
        The operations that change at each point, as :func:`.cut.shorten` gives them.
    work
        As :class:`.cut.State` counts it.
    """

    graph: Graph
    curves: Mapping[Kind, Curve]
    waiting_w: float
    step_s: float
    slowest: int
    changed: Ints
    ends: Ints
    work: Ints

    def __len__(self) -> int:
        return len(self.ends)

    @cached_property
    def steps(self) -> Ints:
        """Of the iteration, by point."""
        return self.slowest - 1 - np.arange(len(self.ends))

    @cached_property
    def time_s(self) -> Floats:
        """Of the iteration, by point."""
        return (self.steps * self.step_s).astype(np.float64)

    @cached_property
    def energy_j(self) -> Floats:
        """Of one pipeline by point, with what its accelerators take while they wait."""
        curves = [self.curves[kind] for kind in self.graph.kinds]
        least = np.array([curve.least for curve in curves])
        table = _rows([curve.energy_j for curve in curves])
        plan, kind_of = self._slowest_plan, self.graph.kind_of
        first = float(table[kind_of, plan - least[kind_of]].sum())
        rises = np.zeros(len(self.ends))
        _add_rises(self.changed, self.ends, kind_of, table, plan - least[kind_of], rises)
        energy: Floats = first + np.cumsum(rises) + self.waiting_w * self.time_s
        return energy

    @property
    def _slowest_plan(self) -> Ints:
        most = np.array([self.curves[kind].most for kind in self.graph.kinds])
        return most[self.graph.kind_of]

    @cached_property
    def _checkpoints(self) -> list[Ints]:
        """The plans before every so many points."""
        plans = [self._slowest_plan]
        for point in range(_CHECKPOINT, len(self.ends) + 1, _CHECKPOINT):
            plans.append(self._after(plans[-1], point - _CHECKPOINT, point))
        return plans

    def _after(self, plan: Ints, first: int, last: int) -> Ints:
        """``plan`` with the changes of points from ``first`` to before ``last``."""
        begin = self.ends[first - 1] if first else 0
        changed = self.changed[begin : self.ends[last - 1]]
        faster, slower = -changed[changed < 0] - 1, changed[changed > 0] - 1
        count = len(plan)
        return plan + np.bincount(slower, minlength=count) - np.bincount(faster, minlength=count)

    def durations(self, point: int) -> Ints:
        """Steps of every operation at a point."""
        kept = (point + 1) // _CHECKPOINT
        return self._after(self._checkpoints[kept], kept * _CHECKPOINT, point + 1)

    @property
    def best(self) -> int:
        """The point of least energy: no straggler makes it worth while to be slower."""
        return int(np.argmin(self.energy_j))

    def point_within(self, time_s: float) -> int:
        """The point of least energy that takes no longer than ``time_s``; the fastest if none
        does."""
        # A time that is a whole number of steps is meant to be met.
        steps = int(np.floor(time_s / self.step_s * (1 + 1e-12)))
        return min(max(self.slowest - 1 - steps, self.best), len(self.ends) - 1)


def frontier(
    graph: Graph,
    curves: Mapping[Kind, Curve],
    waiting_w: float,
    step_s: float,
) -> Frontier:
    """All plans of least energy.

    The first point is a step faster than the slowest plan, as each point is what a cut leads to; if
    nothing can be faster, there is that plan alone.
    """
    kinds = graph.kinds
    least = np.array([curves[kind].least for kind in kinds])
    most = np.array([curves[kind].most for kind in kinds])
    arcs = arcs_of(
        len(graph.kind_of),
        graph.ahead,
        graph.behind,
        graph.kind_of,
        _prices(graph, curves),
        least,
        most,
    )
    durations = most[graph.kind_of]
    starts = graph.starts(durations).astype(np.int64)
    slowest, fastest = graph.makespan(durations), graph.makespan(least[graph.kind_of])
    date = np.empty(2 * len(durations) + 2, np.int64)
    date[0], date[1] = 0, slowest
    date[2::2], date[3::2] = starts, starts + durations
    duration = np.zeros(len(arcs.tail), np.int64)
    duration[: len(durations)] = durations
    state = State(date, duration, np.zeros(len(arcs.tail), np.int64), np.zeros(3, np.int64))
    total = int(slowest - fastest)
    changes, ends = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    done = used = 0
    while done < total:
        changed = np.empty(_BUFFER + len(durations), np.int64)
        behind = np.empty(total - done, np.int64)
        count = shorten(arcs, state, total - done, changed, behind)
        changes.append(changed[: behind[count - 1]].copy())
        ends.append(behind[:count] + used)
        done, used = done + count, used + len(changes[-1])
    if not total:
        # One plan, to which nothing changes.
        slowest, ends = slowest + 1, [np.zeros(1, np.int64)]
    return Frontier(
        graph,
        curves,
        waiting_w,
        step_s,
        int(slowest),
        np.concatenate(changes),
        np.concatenate(ends),
        state.work,
    )


def _prices(graph: Graph, curves: Mapping[Kind, Curve]) -> Ints:
    """Prices by kind and duration as integers, the highest of them of ``PRICE_BITS``."""
    table = _rows([curves[kind].price_j for kind in graph.kinds])
    highest = table.max()
    return np.rint(table * (2.0**PRICE_BITS / highest) if highest > 0 else table).astype(np.int64)


def _rows(lists: Sequence[Floats]) -> Floats:
    """A table of lists of different lengths, with zeros behind them."""
    table = np.zeros((len(lists), max(map(len, lists))))
    for row, each in enumerate(lists):
        table[row, : len(each)] = each
    return table


@compiled
def _add_rises(
    changed: Ints, ends: Ints, kind_of: Ints, table: Floats, place: Ints, rises: Floats
) -> None:
    """By how much the energy of all operations rises at each point.

    ``place`` is that of each operation in its kind's row of ``table``; it is used up.
    """
    begin = 0
    for point in range(len(ends)):
        for index in range(begin, ends[point]):
            operation = abs(changed[index]) - 1
            kind = kind_of[operation]
            before = table[kind, place[operation]]
            place[operation] += 1 if changed[index] > 0 else -1
            rises[point] += table[kind, place[operation]] - before
        begin = ends[point]
