"""Who waits for whom at the streams of a unit: handshakes of a run, recorded cycle by cycle."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .tally import tally

Flags = NDArray[np.bool_]

HANDSHAKES = ("is silent", "is ready", "waits", "moves")
"""Of a stream in a cycle, by ``tvalid`` and ``tready``."""
LENGTHS = ("1", "2", "odd", "even", "long")
"""Beats of a sum or a tile; odd and even from 3 on."""
LONG = 1000
INSIDE = ("nothing inside", "a result inside", "a result on offer")
OFFERED = ("nothing offered", "a beat offered")
WAITS = ("for a cycle", "for some cycles", "for long")
PAIR = "handshakes: {} {{}}, {} {{}}"
WAIT = "waits: {} {}"
_SOME, _MANY = 2, 8
"""Cycles from which a wait is none of one cycle, and from which it is long."""


@dataclass(frozen=True)
class Handshakes:
    """One stream over a run: a flag for every cycle."""

    valid: Flags
    ready: Flags
    last: Flags


def alive(rst: Flags) -> Flags:
    """Cycles behind the first reset and in none."""
    return np.asarray(~rst & np.maximum.accumulate(rst))


def handshake_bins(rst: Flags, streams: Mapping[str, Handshakes]) -> Counter[str]:
    """How often each state of one stream meets each of another, and how long streams wait."""
    live = alive(rst)
    states = {name: 2 * each.valid.astype(np.int64) + each.ready for name, each in streams.items()}
    found: Counter[str] = Counter()
    for one, other in combinations(streams, 2):
        found += tally(
            PAIR.format(one, other), [HANDSHAKES, HANDSHAKES], live, states[one], states[other]
        )
    for name, state in states.items():
        found += _waits(name, live & (state == HANDSHAKES.index("waits")))
    return found


def since(counts: NDArray[Any], ends: Flags) -> NDArray[np.int64]:
    """For each cycle the sum of ``counts`` in the cycles before it, behind the last end."""
    total = np.concatenate([[0], np.cumsum(counts)])
    behind = np.maximum.accumulate(np.where(ends, np.arange(1, len(ends) + 1), 0))
    return np.asarray(total[:-1] - total[np.concatenate([[0], behind[:-1]])])


def length_bins(sentence: str, beats: NDArray[np.int64]) -> Counter[str]:
    """How often each of :data:`LENGTHS` arose, in a sentence with a pair of braces."""
    kind = np.select([beats >= LONG, beats < 3, beats % 2 == 1], [4, beats - 1, 2], 3)
    return tally(sentence, [LENGTHS], np.full(kind.shape, True), kind)


def _waits(name: str, waits: Flags) -> Counter[str]:
    """How many waits there are, by their lengths."""
    edges = np.diff(np.concatenate([[0], waits.astype(np.int64), [0]]))
    lengths = np.flatnonzero(edges == -1) - np.flatnonzero(edges == 1)
    kind = (lengths >= _SOME).astype(np.int64) + (lengths >= _MANY)
    return tally(WAIT.format(name, "{}"), [WAITS], np.full(kind.shape, True), kind)
