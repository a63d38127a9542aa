"""What happens at the streams of a unit: who waits for whom, how long sums are, when resets come.

All of it is counted from the handshakes of a run, recorded cycle by cycle.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.hw.unit.rotating import rotates
from lmul_pe.model import Multiplier, SystolicArray
from lmul_pe.model.unit.names import Specification
from lmul_pe.model.unit.ports import ports_of

from .tally import tally

Flags = NDArray[np.bool_]

HANDSHAKES = ("is silent", "is ready", "waits", "moves")
"""Of a stream in a cycle, by ``tvalid`` and ``tready``."""
LENGTHS = ("1", "2", "odd", "even", "long")
"""Beats of a sum or a tile; odd and even from 3 on."""
LONG = 1000
WHERE = ("between sums", "within a sum")
INSIDE = ("nothing inside", "a result inside", "a result on offer")
OFFERED = ("nothing offered", "a beat offered")
_PAIR = "handshakes: {} {{}}, {} {{}}"
_PAUSE = "pauses: nothing offered {}"
_WAIT = "waits: {} {}"
_LENGTH = "lengths: sums of {} beats"
_RESET = "resets: {}, {}"
_WAITS = ("for a cycle", "for some cycles", "for long")
_SOME, _MANY = 2, 8
"""Cycles from which a wait is none of one cycle, and from which it is long."""


@dataclass(frozen=True)
class Handshakes:
    """One stream over a run: a flag for every cycle."""

    valid: Flags
    ready: Flags
    last: Flags


def stream_bins(
    specification: Specification, rst: Flags, streams: Mapping[str, Handshakes]
) -> Counter[str]:
    """How often each situation arose.

    Parameters
    ----------
    specification
        Of the unit.
    rst
        Whether ``rst`` was set in each cycle.
    streams
        By the names of the unit's ports.
    """
    live = ~rst & np.maximum.accumulate(rst)
    states = {name: 2 * each.valid.astype(np.int64) + each.ready for name, each in streams.items()}
    found: Counter[str] = Counter()
    for one, other in combinations(streams, 2):
        found += tally(
            _PAIR.format(one, other), [HANDSHAKES, HANDSHAKES], live, states[one], states[other]
        )
    for name, state in states.items():
        found += _waits(name, live & (state == HANDSHAKES.index("waits")))
    if isinstance(specification, SystolicArray):
        return found
    source, sink = streams.values()
    taken = live & source.valid & source.ready
    given = live & sink.valid & sink.ready
    ends = taken if isinstance(specification, Multiplier) else taken & source.last
    begun = _since(taken, ends | rst)
    if not isinstance(specification, Multiplier):
        found += _lengths(begun[ends] + 1)
        found += tally(_PAUSE, [WHERE], live & ~source.valid, (begun > 0).astype(np.int64))
    inside = _since(ends.astype(np.int64) - given, rst)
    # What the first reset ends, nobody has begun.
    starts = rst & np.concatenate([[False], live[:-1]])
    phase = [np.where(sink.valid, 2, inside > 0), source.valid.astype(np.int64)]
    if isinstance(specification, Multiplier):
        return found + tally(_RESET, [INSIDE, OFFERED], starts, *phase)
    within = (begun > 0).astype(np.int64)
    return found + tally(f"{_RESET}, {{}}", [INSIDE, OFFERED, WHERE], starts, *phase, within)


def _since(counts: NDArray[Any], ends: Flags) -> NDArray[np.int64]:
    """For each cycle the sum of ``counts`` in the cycles before it, behind the last end."""
    total = np.concatenate([[0], np.cumsum(counts)])
    behind = np.maximum.accumulate(np.where(ends, np.arange(1, len(ends) + 1), 0))
    return np.asarray(total[:-1] - total[np.concatenate([[0], behind[:-1]])])


def _waits(name: str, waits: Flags) -> Counter[str]:
    """How many waits there are, by their lengths."""
    edges = np.diff(np.concatenate([[0], waits.astype(np.int64), [0]]))
    lengths = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
    kind = (lengths >= _SOME).astype(np.int64) + (lengths >= _MANY)
    return tally(_WAIT.format(name, "{}"), [_WAITS], np.full(kind.shape, True), kind)


def _lengths(beats: NDArray[np.int64]) -> Counter[str]:
    kind = np.select([beats >= LONG, beats < 3, beats % 2 == 1], [4, beats - 1, 2], 3)
    return tally(_LENGTH, [LENGTHS], np.full(kind.shape, True), kind)


def possible_in_streams(specification: Specification) -> set[str]:
    """The situations that can arise at the streams of a unit, and have to.

    A unit with one stream in and one out has room until a result waits: ``tready`` falls while the
    output waits, or while nothing is offered (``sim/formal/streams.py``).
    """
    if isinstance(specification, SystolicArray):
        return set()
    source, sink = (port.name for port in ports_of(specification))
    pair, waits = _PAIR.format(source, sink), HANDSHAKES.index("waits")
    is_multiplier = isinstance(specification, Multiplier)
    met = [*product((1, 3), (0, 1, 3)), (0, waits), (2, waits)]
    # A single register is full while it waits.
    one = is_multiplier and specification.latency == 1
    if not one:
        met += [(1, waits), (3, waits)]
    if rotates(specification):
        met += [(0, other) for other in (0, 1, 3)]
    found = {pair.format(HANDSHAKES[i], HANDSHAKES[j]) for i, j in met}
    found |= {_WAIT.format(name, each) for name in (source, sink) for each in _WAITS}
    found |= possible_resets(specification)
    if is_multiplier:
        return found
    return (
        found | {_LENGTH.format(each) for each in LENGTHS} | {_PAUSE.format(each) for each in WHERE}
    )


def possible_resets(specification: Specification) -> set[str]:
    """The situations in which a reset can come."""
    if isinstance(specification, SystolicArray):
        return set()
    # A single register offers what is inside.
    inside = INSIDE if specification.latency > 1 else (INSIDE[0], INSIDE[2])
    if isinstance(specification, Multiplier):
        return {_RESET.format(*each) for each in product(inside, OFFERED)}
    # A result that comes two cycles behind a sum's last beat is on offer when the next one begins.
    return {
        f"{_RESET.format(within, offer)}, {where}"
        for within, offer, where in product(inside, OFFERED, WHERE)
        if specification.latency > 2 or (within, where) != (INSIDE[1], WHERE[1])
    }
