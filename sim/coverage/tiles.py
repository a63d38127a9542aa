"""What happens at the streams of an array: how tiles follow each other, and how a host errs.

Counted from the handshakes of a run, as at other units (:mod:`.streams`).
"""

from collections import Counter
from collections.abc import Mapping
from itertools import product

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model import SystolicArray
from lmul_pe.model.unit.ports import ports_of

from .handshakes import (
    INSIDE,
    LENGTHS,
    OFFERED,
    PAIR,
    WAIT,
    WAITS,
    Flags,
    Handshakes,
    alive,
    handshake_bins,
    length_bins,
    since,
)
from .tally import tally

_LENGTH = "lengths: tiles of {} beats"
_FOLLOWS = "tiles: one {}, {}"
_AFTER = ("at once behind another", "after a pause")
_BUSY = ("the array empty", "results inside")
_WHERE = ("between tiles", "within a tile")
_RESET = "resets: {}, {}, {}"
_DISAGREES = "protocol: {} ends before {}"
_EARLY = "protocol: weights end too early"
_LATE = "protocol: weights do not end"
A, B, P, W = (f"s_axis_{stream}" for stream in "abpw")


def tile_bins(array: SystolicArray, rst: Flags, streams: Mapping[str, Handshakes]) -> Counter[str]:
    """How often each situation arose.

    Parameters
    ----------
    rst
        Whether ``rst`` was set in each cycle.
    streams
        By the names of the array's ports.
    """
    live = alive(rst)
    found = handshake_bins(rst, streams)
    moves = {name: live & each.valid & each.ready for name, each in streams.items()}
    *inputs, sink = streams
    taken = moves[A]
    ends = taken & streams[A].last
    begun = since(taken, ends | rst)
    found += length_bins(_LENGTH, begun[ends] + 1)
    due = ends * array.rows if array.dataflow == "os" else taken
    inside = since(due.astype(np.int64) - moves[sink], rst)
    starts = taken & (begun == 0)
    behind = np.concatenate([[False], ends[:-1]])
    # The first tile behind a reset follows none.
    later = since(ends, rst) > 0
    busy = (inside > 0).astype(np.int64)
    found += tally(_FOLLOWS, [_AFTER, _BUSY], starts & later, (~behind).astype(np.int64), busy)
    resets = rst & np.concatenate([[False], live[:-1]])
    offered = np.logical_or.reduce([streams[name].valid for name in inputs])
    phase = [np.where(streams[sink].valid, 2, busy), offered.astype(np.int64), (begun > 0) * 1]
    found += tally(_RESET, [INSIDE, OFFERED, _WHERE], resets, *phase)
    # Behind a breach nothing says what belongs together, until a reset.
    for period in np.split(np.arange(len(rst)), np.flatnonzero(rst)):
        lasts = {name: streams[name].last[period][moves[name][period]] for name in inputs}
        found += _breach(array, lasts)
    return found


def _breach(array: SystolicArray, lasts: Mapping[str, Flags]) -> Counter[str]:
    """The first breach of each sort between two resets, by the ``tlast`` of every beat."""
    found: Counter[str] = Counter()
    for other in (B, P):
        if other in lasts:
            count = min(len(lasts[A]), len(lasts[other]))
            first, second = lasts[A][:count], lasts[other][:count]
            differ = np.flatnonzero(first != second)
            if len(differ):
                one, two = (A, other) if first[differ[0]] else (other, A)
                found[_DISAGREES.format(one, two)] += 1
    if W in lasts:
        ends: NDArray[np.int64] = np.flatnonzero(lasts[W])
        lengths = np.diff(np.concatenate([[-1], ends, [len(lasts[W]) - 1]]))
        complete = lengths[:-1]
        if (complete < array.rows).any():
            found[_EARLY] += 1
        if (lengths > array.rows).any() or (len(lengths) and lengths[-1] >= array.rows):
            found[_LATE] += 1
    return found


def possible_in_tiles(array: SystolicArray) -> set[str]:
    """The situations that can arise at the streams of an array, and have to.

    While a result waits, no operand is taken, but weights are; and no array is empty in the cycle
    behind a tile.
    """
    *inputs, sink = (port.name for port in ports_of(array))
    found = {_LENGTH.format(each) for each in LENGTHS}
    found |= {WAIT.format(name, each) for name in (*inputs, sink) for each in WAITS}
    found |= {_FOLLOWS.format(*each) for each in product(_AFTER, _BUSY)}
    found.remove(_FOLLOWS.format(_AFTER[0], _BUSY[0]))
    for name in inputs:
        states = {*product(("is silent", "moves", "waits"), ("waits", "moves"))}
        if name != W:
            states.remove(("moves", "waits"))
        found |= {PAIR.format(name, sink).format(*each) for each in states}
    return found | possible_resets_of_tiles(array) | possible_breaches(array)


def possible_resets_of_tiles(array: SystolicArray) -> set[str]:
    """The situations in which a reset can come."""
    return {_RESET.format(*each) for each in product(INSIDE, OFFERED, _WHERE)}


def possible_breaches(array: SystolicArray) -> set[str]:
    """What sets ``protocol_error``, each by itself."""
    if array.dataflow == "os":
        return {_DISAGREES.format(A, B), _DISAGREES.format(B, A)}
    found = {_LATE} if array.rows == 1 else {_EARLY, _LATE}
    if array.partial:
        found |= {_DISAGREES.format(A, P), _DISAGREES.format(P, A)}
    return found
