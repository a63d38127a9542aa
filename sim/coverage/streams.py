"""What happens at the streams of a unit: who waits for whom, how long sums are, when resets come.

All of it is counted from the handshakes of a run, recorded cycle by cycle.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import product

import numpy as np

from lmul_pe.hw.unit.rotating import rotates
from lmul_pe.model import DotProduct, Mac, Multiplier
from lmul_pe.model.unit.ports import ports_of

from .handshakes import (
    HANDSHAKES,
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

Streaming = Multiplier | Mac | DotProduct

WHERE = ("between sums", "within a sum")
_PAUSE = "pauses: nothing offered {}"
_LENGTH = "lengths: sums of {} beats"
_RESET = "resets: {}, {}"


def stream_bins(
    specification: Streaming, rst: Flags, streams: Mapping[str, Handshakes]
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
    live = alive(rst)
    found = handshake_bins(rst, streams)
    source, sink = streams.values()
    taken = live & source.valid & source.ready
    given = live & sink.valid & sink.ready
    ends = taken if isinstance(specification, Multiplier) else taken & source.last
    begun = since(taken, ends | rst)
    if not isinstance(specification, Multiplier):
        found += length_bins(_LENGTH, begun[ends] + 1)
        found += tally(_PAUSE, [WHERE], live & ~source.valid, (begun > 0).astype(np.int64))
    inside = since(ends.astype(np.int64) - given, rst)
    # What the first reset ends, nobody has begun.
    starts = rst & np.concatenate([[False], live[:-1]])
    phase = [np.where(sink.valid, 2, inside > 0), source.valid.astype(np.int64)]
    if isinstance(specification, Multiplier):
        return found + tally(_RESET, [INSIDE, OFFERED], starts, *phase)
    within = (begun > 0).astype(np.int64)
    return found + tally(f"{_RESET}, {{}}", [INSIDE, OFFERED, WHERE], starts, *phase, within)


def possible_in_streams(specification: Streaming) -> set[str]:
    """The situations that can arise at the streams of a unit, and have to.

    A unit with one stream in and one out has room until a result waits: ``tready`` falls while the
    output waits, or while nothing is offered (``sim/formal/streams.py``).
    """
    source, sink = (port.name for port in ports_of(specification))
    pair, waits = PAIR.format(source, sink), HANDSHAKES.index("waits")
    is_multiplier = isinstance(specification, Multiplier)
    met = [*product((1, 3), (0, 1, 3)), (0, waits), (2, waits)]
    # A single register is full while it waits.
    one = is_multiplier and specification.latency == 1
    if not one:
        met += [(1, waits), (3, waits)]
    if rotates(specification):
        met += [(0, other) for other in (0, 1, 3)]
    found = {pair.format(HANDSHAKES[i], HANDSHAKES[j]) for i, j in met}
    found |= {WAIT.format(name, each) for name in (source, sink) for each in WAITS}
    found |= possible_resets(specification)
    if is_multiplier:
        return found
    return (
        found | {_LENGTH.format(each) for each in LENGTHS} | {_PAUSE.format(each) for each in WHERE}
    )


def possible_resets(specification: Streaming) -> set[str]:
    """The situations in which a reset can come."""
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
