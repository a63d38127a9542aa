"""One clock cycle of a list of gates, compiled: the inner loop of :mod:`.sequential`."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.compiler import compiled

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

_WORD = 64


class Gates(NamedTuple):
    """Gates of two operands, in the order in which they run.

    A literal is twice a row of values, and one more for its complement.

    Members
    -------
    kind
        0 for AND, 1 for XOR, and 2 + n for what the ``n``-th neighbour drives.
    target
        Literal that the gate sets; of its complement where that is given.
    one, other
        Literals of its operands; of a neighbour, what it drives and what stands at the edge.
    """

    kind: Ints
    target: Ints
    one: Ints
    other: Ints


@compiled
def run_gates(gates: Gates, values: Words, distances: Ints, edges: Words, mask: Words) -> None:
    """Set the rows of ``values`` that gates drive.

    Parameters
    ----------
    values : rows x words
        Runs, 64 to a word.
    distances, edges
        Of each neighbour the runs between source and target, and the runs, ``words``, that take
        what stands at the edge.
    mask : words
        The runs there are.
    """
    words = values.shape[1]
    for gate in range(len(gates.kind)):
        kind = gates.kind[gate]
        target = values[gates.target[gate] >> 1]
        one = values[gates.one[gate] >> 1]
        other = values[gates.other[gate] >> 1]
        if kind > 1:
            edge = edges[kind - 2]
            distance = distances[kind - 2]
            whole = distance // _WORD
            up = np.uint64(distance % _WORD)
            down = np.uint64(_WORD) - up
            for word in range(words):
                shifted = np.uint64(0)
                source = word - whole
                if 0 <= source < words:
                    shifted = one[source] << up
                if up and 0 < source <= words:
                    shifted |= one[source - 1] >> down
                target[word] = ((shifted & ~edge[word]) | (other[word] & edge[word])) & mask[word]
            continue
        invert = np.uint64(-(gates.target[gate] & 1))
        invert_one = np.uint64(-(gates.one[gate] & 1))
        invert_other = np.uint64(-(gates.other[gate] & 1))
        if kind == 1:
            for word in range(words):
                target[word] = one[word] ^ other[word] ^ invert ^ invert_one ^ invert_other
        else:
            for word in range(words):
                target[word] = ((one[word] ^ invert_one) & (other[word] ^ invert_other)) ^ invert
        target[words - 1] &= mask[words - 1]


@compiled
def count_toggles(
    values: Words, before: Words, rows: Ints, per_cycle: Ints, cycle: int, groups: Ints
) -> None:
    """Add what differs between ``values`` and ``before``, net by net.

    Parameters
    ----------
    rows
        That of each net.
    per_cycle : nets x cycles
        Column ``cycle`` is set to the runs that differ.
    groups : nets x bytes
        Counters of each eight runs.
    """
    words = values.shape[1]
    for net in range(len(rows)):
        row = rows[net]
        total = np.int64(0)
        for word in range(words):
            bits = values[row, word] ^ before[row, word]
            if bits:
                # Ones of each byte, by the sums of every second bit, pair and four.
                bits = bits - ((bits >> np.uint64(1)) & np.uint64(0x5555555555555555))
                pairs = np.uint64(0x3333333333333333)
                bits = (bits & pairs) + ((bits >> np.uint64(2)) & pairs)
                bits = (bits + (bits >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
                group = 8 * word
                while bits:
                    ones = np.int64(bits & np.uint64(0xFF))
                    groups[net, group] += ones
                    total += ones
                    bits >>= np.uint64(8)
                    group += 1
        per_cycle[net, cycle] = total


def prepare() -> None:
    """Load what is compiled, or compile it, before a call does."""
    none: Any = np.zeros(0, dtype=np.int64)
    values = np.zeros((2, 1), dtype=np.uint64)
    run_gates(Gates(none, none, none, none), values, none, values[:0], values[0])
    count_toggles(values, values, none, np.zeros((0, 1), dtype=np.int64), 0, values[:0].view("i8"))
