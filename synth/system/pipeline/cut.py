"""Cuts of least cost that shorten a pipeline step by step, compiled.

Every operation is an arc between two events, its begin and its end, every dependency an arc without
duration.  Each event has a date; an arc is tight if nothing can be later or earlier between its
ends.  A flow runs through tight arcs only.  Through an operation of ``d`` steps at least the energy
that ``d + 1`` steps would save must flow, and at most what ``d - 1`` would cost; there is no upper
bound where nothing is faster, no lower one where nothing is slower, and none on a dependency.

A largest flow leaves a cut of least cost (Phillips and Dessouky 1977, Kelley 1961): what lies
behind it happens a step earlier.  Operations that cross it forward take a step less, those that
cross it backward a step more.  The flow that was at the upper bound of a duration is at the lower
one of the next, so it stays feasible: each cut begins with the flow of the one before, where
Phillips and Dessouky begin anew, and no flow that meets the lower bounds has to be found first.

Prices are integers, so that what is saturated is a matter of equality.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.compiler import compiled

Ints = NDArray[np.int64]

UNBOUNDED = 1 << 61
"""More than all prices of a pipeline together."""

_DEPENDENCY = -1


class Arcs(NamedTuple):
    """The arcs between events; the operations come first, in their order.

    Parameters
    ----------
    tail, head
        The events.
    kind
        Row of the operation's prices; -1 of a dependency.
    first, incident
        Arcs at event ``v``: ``incident[first[v]:first[v + 1]]``, twice the arc's number, plus one
        where it ends at ``v``.
    prices
        By kind and duration less ``least``: what one step less costs.
    least, most
        Fewest and most steps by kind.
    """

    tail: Ints
    head: Ints
    kind: Ints
    first: Ints
    incident: Ints
    prices: Ints
    least: Ints
    most: Ints


class State(NamedTuple):
    """Where the search stands; :func:`shorten` changes it in place.

    Parameters
    ----------
    date
        Of each event, in steps.
    duration
        Of each arc, in steps; 0 of a dependency.
    flow
        Through each arc.
    work
        Counts of searches, of arcs looked at, and of paths along which flow was added.
    """

    date: Ints
    duration: Ints
    flow: Ints
    work: Ints


def arcs_of(
    operations: int, ahead: Ints, behind: Ints, kind_of: Ints, prices: Ints, least: Ints, most: Ints
) -> Arcs:
    """The arcs of a graph; event 0 is the begin of all, event 1 the end.

    Parameters
    ----------
    ahead, behind
        Pairs of operations, the second of which waits for the first.
    kind_of
        The kind of each operation.
    """
    every = np.arange(operations)
    begin, end = 2 + 2 * every, 3 + 2 * every
    free = np.setdiff1d(every, behind)
    final = np.setdiff1d(every, ahead)
    tail = np.concatenate((begin, end[ahead], np.zeros_like(free), end[final]))
    head = np.concatenate((end, begin[behind], begin[free], np.ones_like(final)))
    kind = np.full(len(tail), _DEPENDENCY)
    kind[:operations] = kind_of
    arcs = np.arange(len(tail))
    events = np.concatenate((tail, head))
    sides = np.concatenate((2 * arcs, 2 * arcs + 1))
    sorting = np.argsort(events, kind="stable")
    first = np.searchsorted(events[sorting], np.arange(2 * operations + 3))
    return Arcs(tail, head, kind, first, sides[sorting], prices, least, most)


@compiled
def _room(arcs: Arcs, state: State, side: int) -> int:
    """How much more can flow along an arc away from one of its events."""
    arc = side >> 1
    kind, duration = arcs.kind[arc], state.duration[arc]
    if state.date[arcs.head[arc]] - state.date[arcs.tail[arc]] != duration:
        return 0
    if side & 1:
        if kind < 0 or duration == arcs.most[kind]:
            return state.flow[arc]
        return state.flow[arc] - arcs.prices[kind, duration + 1 - arcs.least[kind]]
    if kind < 0 or duration == arcs.least[kind]:
        return UNBOUNDED - state.flow[arc]
    return arcs.prices[kind, duration - arcs.least[kind]] - state.flow[arc]


@compiled
def _levels(arcs: Arcs, state: State, level: Ints, queue: Ints) -> bool:
    """Number the events by their distance from the begin; whether the end is reached."""
    level[:] = -1
    level[0] = 0
    queue[0] = 0
    taken, known = 0, 1
    while taken < known:
        event = queue[taken]
        taken += 1
        for place in range(arcs.first[event], arcs.first[event + 1]):
            side = arcs.incident[place]
            arc = side >> 1
            other = arcs.tail[arc] if side & 1 else arcs.head[arc]
            if level[other] < 0 and _room(arcs, state, side) > 0:
                level[other] = level[event] + 1
                queue[known] = other
                known += 1
        state.work[1] += arcs.first[event + 1] - arcs.first[event]
    state.work[0] += 1
    return level[1] >= 0


@compiled
def _block(arcs: Arcs, state: State, level: Ints, place: Ints, path: Ints) -> None:
    """Fill all shortest paths from begin to end, after Dinic."""
    # Event by event: a slice to a slice would take seconds more to compile.
    for start in range(len(place)):
        place[start] = arcs.first[start]
    event, length = 0, 0
    while True:
        if event == 1:
            room = UNBOUNDED
            for step in range(length):
                room = min(room, _room(arcs, state, path[step]))
            kept = length
            for step in range(length - 1, -1, -1):
                side = path[step]
                state.flow[side >> 1] += -room if side & 1 else room
                if _room(arcs, state, side) == 0:
                    kept = step
            state.work[2] += 1
            # On from the first arc that is full.
            side = path[kept]
            event = arcs.head[side >> 1] if side & 1 else arcs.tail[side >> 1]
            length = kept
            continue
        found = False
        while place[event] < arcs.first[event + 1]:
            side = arcs.incident[place[event]]
            arc = side >> 1
            other = arcs.tail[arc] if side & 1 else arcs.head[arc]
            state.work[1] += 1
            if level[other] == level[event] + 1 and _room(arcs, state, side) > 0:
                path[length] = side
                length += 1
                event = other
                found = True
                break
            place[event] += 1
        if found:
            continue
        if length == 0:
            return
        # A dead end: back, and never here again.
        level[event] = -1
        length -= 1
        side = path[length]
        event = arcs.head[side >> 1] if side & 1 else arcs.tail[side >> 1]
        place[event] += 1


@compiled
def shorten(arcs: Arcs, state: State, steps: int, changed: Ints, ends: Ints) -> int:
    """Shorten the pipeline by as many steps as are asked for and ``changed`` has place for.

    There must be that many: the caller knows the shortest time.

    Parameters
    ----------
    changed
        Is filled with the operations that change, counted from 1, negative where they take a step
        less.
    ends
        Is filled with the place in ``changed`` behind the last change of each step.

    Returns
    -------
    int
        The number of steps done.
    """
    events = len(state.date)
    level, queue = np.empty(events, np.int64), np.empty(events, np.int64)
    place, path = np.empty(events, np.int64), np.empty(events, np.int64)
    operations = (events - 2) // 2
    used = 0
    for step in range(steps):
        if used + operations > len(changed):
            return step
        while _levels(arcs, state, level, queue):
            _block(arcs, state, level, place, path)
        for arc in range(operations):
            before, after = level[arcs.tail[arc]] >= 0, level[arcs.head[arc]] >= 0
            if before == after:
                continue
            if state.date[arcs.head[arc]] - state.date[arcs.tail[arc]] != state.duration[arc]:
                continue
            if before:
                state.duration[arc] -= 1
                changed[used] = -(arc + 1)
                used += 1
            elif state.duration[arc] < arcs.most[arcs.kind[arc]]:
                state.duration[arc] += 1
                changed[used] = arc + 1
                used += 1
        for event in range(events):
            if level[event] < 0:
                state.date[event] -= 1
        ends[step] = used
    return steps
