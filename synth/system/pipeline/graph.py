"""The operations of a schedule as arcs of a graph, and its longest paths."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model import SpecificationError
from lmul_pe.model.compiler import compiled

from .profile import Kind
from .schedule import Schedule

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Graph:
    """Which operations wait for which.

    Parameters
    ----------
    schedule
        Where the operations come from; they are numbered as there.
    kinds
        Every kind once.
    kind_of
        The place in ``kinds`` of each operation.
    ahead, behind
        Dependencies: ``behind[i]`` waits for ``ahead[i]``.
    order
        The operations, each after all for which it waits.
    """

    schedule: Schedule
    kinds: tuple[Kind, ...]
    kind_of: Ints
    ahead: Ints
    behind: Ints
    order: Ints

    def starts(self, durations: Ints | Floats) -> Floats:
        """When each operation begins if none waits longer than it must."""
        starts = np.zeros(len(self.kind_of))
        _starts(self.order, *self._waits, durations.astype(np.float64), starts)
        return starts

    @cached_property
    def _waits(self) -> tuple[Ints, Ints]:
        """For which operations each one waits: where they begin in a list, and the list."""
        sorting = np.argsort(self.behind, kind="stable")
        first = np.searchsorted(self.behind[sorting], np.arange(len(self.kind_of) + 1))
        return first, self.ahead[sorting]

    @cached_property
    def accelerator_of(self) -> Ints:
        """Where each operation runs."""
        rows = enumerate(self.schedule.order)
        return np.concatenate([np.full(len(row), index) for index, row in rows])

    def makespan(self, durations: Ints | Floats) -> float:
        """When the last operation ends."""
        return float((self.starts(durations) + durations).max())


def graph_of(schedule: Schedule) -> Graph:
    """The graph of a schedule.

    Raises
    ------
    SpecificationError
        Operations wait for each other in a circle.
    """
    operations = schedule.operations
    kinds = tuple(sorted({operation.kind for operation in operations}))
    place = {kind: index for index, kind in enumerate(kinds)}
    pairs = sorted(set(schedule.dependencies()))
    ahead, behind = np.array(pairs, np.int64).reshape(-1, 2).T.copy()
    waiting = np.bincount(behind, minlength=len(operations)).tolist()
    followers: list[list[int]] = [[] for _ in operations]
    for first, then in pairs:
        followers[first].append(then)
    order = [index for index, number in enumerate(waiting) if not number]
    for index in order:
        for then in followers[index]:
            waiting[then] -= 1
            if not waiting[then]:
                order.append(then)
    if len(order) < len(operations):
        stuck = next(index for index, number in enumerate(waiting) if number)
        raise SpecificationError(
            f"schedule {schedule.name}: {operations[stuck]} waits for itself: expected an order "
            "without a circle"
        )
    kind_of = np.array([place[operation.kind] for operation in operations], np.int64)
    return Graph(schedule, kinds, kind_of, ahead, behind, np.array(order, np.int64))


@compiled
def _starts(order: Ints, first: Ints, ahead: Ints, durations: Floats, starts: Floats) -> None:
    for operation in order:
        latest = 0.0
        for place in range(first[operation], first[operation + 1]):
            before = ahead[place]
            latest = max(latest, starts[before] + durations[before])
        starts[operation] = latest
