"""What the cells of a netlist settle on, compiled: the inner loop of :mod:`.glitch`.

64 changes stand side by side in a word, one to a bit, its lane.  Lanes do not depend on each
other, so one word after the other goes through all cells, in topological order.  Within a word the
waveform of a net is a list of moments, and of the lanes that change at each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.compiler import compiled, inlined
from lmul_pe.synth.netlists.netlist import ONE, ZERO

from .gates import gates_of

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

WORD_BYTES = 8

_PLANES = 32
"""Bits of a lane's counter: far more than there is time for."""
_NEVER = np.iinfo(np.int64).max
"""Behind the last moment of a waveform."""
_NONE = np.uint64(0)
_ALL = ~_NONE
# Every second bit, every second pair, every second four.
_ONES = np.uint64(0x5555555555555555)
_PAIRS = np.uint64(0x3333333333333333)
_FOURS = np.uint64(0x0F0F0F0F0F0F0F0F)
_BYTE = np.uint64(0xFF)


@dataclass(frozen=True)
class Output:
    """One output of one cell.

    Parameters
    ----------
    net
        What it drives.
    function
        As :attr:`~lmul_pe.synth.cells.boolean.Expression.python` has it.
    sources
        The nets that the function takes.
    delays
        The steps from each to the output's rise and to its fall, one at least.
    """

    net: int
    function: str
    sources: Sequence[int]
    delays: Sequence[tuple[int, int]]


class Cells(NamedTuple):
    """The outputs of all cells as arrays, for :func:`settled_counts`.

    Nets are numbered: the constants 0 and 1 first, then sources, then outputs in order.

    Members
    -------
    inputs : outputs + 1
        Where the inputs of each output begin in the three below.
    net, slot
        The input's net, and its place among the arguments of the function.
    delay, order : 2 x inputs
        For the rise and for the fall of the output the steps from each input; and its inputs, from
        0 up, by falling delay.
    gate_begin, gate_end : outputs
        Where the gates of each output's function begin and end in the five below.
    one, other
        The slots of a gate's operands: arguments fill the first slots, and every gate the next.
    invert_one, invert_other
        All ones where the operand is the complement of its slot, else 0.
    exclusive
        True for an XOR, false for an AND.
    result, invert_result : outputs
        The slot that the function's value is in, and all ones where it is the complement of that.
    """

    inputs: Ints
    net: Ints
    slot: Ints
    delay: Ints
    order: Ints
    gate_begin: Ints
    gate_end: Ints
    one: Ints
    other: Ints
    invert_one: Words
    invert_other: Words
    exclusive: NDArray[np.bool_]
    result: Ints
    invert_result: Words


def cells_of(outputs: Sequence[Output], sources: Sequence[int]) -> Cells:
    """``outputs``, each behind those that it depends on, and the nets of ``sources`` as arrays."""
    numbers = {net: number for number, net in enumerate((ZERO, ONE, *sources))}
    inputs: list[tuple[int, int, int, int, int, int]] = []
    gates: list[tuple[int, int, int]] = []
    input_starts, ranges, results = [0], [], []
    known: dict[tuple[str, int], tuple[int, int]] = {}
    for output in outputs:
        arguments = range(len(output.sources))
        rises, falls = (
            sorted(arguments, key=lambda slot: -output.delays[slot][edge]) for edge in (0, 1)
        )
        for slot, net in enumerate(output.sources):
            inputs.append((numbers[net], slot, *output.delays[slot], rises[slot], falls[slot]))
        input_starts.append(len(inputs))
        numbers[output.net] = len(numbers)
        key = output.function, len(arguments)
        function, literal = gates_of(*key)
        if key not in known:
            known[key] = len(gates), len(gates) + len(function)
            gates += function
        ranges.append(known[key])
        results.append(literal)
    net, slot, *timing = _columns(inputs, 6)
    gate_begin, gate_end = _columns(ranges, 2)
    one, other, exclusive = _columns(gates, 3)
    result = np.array(results, dtype=np.int64)
    return Cells(
        np.array(input_starts, dtype=np.int64),
        net,
        slot,
        np.array(timing[:2]),
        np.array(timing[2:]),
        gate_begin,
        gate_end,
        one >> 1,
        other >> 1,
        _complement(one),
        _complement(other),
        exclusive != 0,
        result >> 1,
        _complement(result),
    )


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> Ints:
    return np.ascontiguousarray(np.array(rows, dtype=np.int64).reshape(-1, width).T)


def _complement(literals: Ints) -> Words:
    return np.where(literals & 1, _ALL, _NONE)


def settled_counts(
    cells: Cells,
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    start: Ints,
    block_bytes: int,
) -> tuple[Ints, Ints]:
    """Transitions of every source and output, and those without glitches, ``nets x blocks``.

    Parameters
    ----------
    before, after
        Values of the sources, ``sources x bytes``, a whole number of blocks of ``block_bytes``.
    start : sources x 2
        When each source rises, and when it falls, in steps.
    """
    sources, size = before.shape
    words = -(-size // WORD_BYTES)
    padded = np.zeros((2, sources, words * WORD_BYTES), dtype=np.uint8)
    padded[:, :, :size] = before, after
    # Compiled code takes the machine's own order of bytes.
    old, new = padded.view("<u8").astype(np.uint64)
    block = np.arange(words * WORD_BYTES) // block_bytes
    counts, settled = np.zeros((2, sources + len(cells.result), block[-1] + 1), dtype=np.int64)
    _settle(cells, old, new, start, block, counts, settled)
    return counts[:, : size // block_bytes], settled[:, : size // block_bytes]


def prepare() -> None:
    """Load what is compiled, or compile it, before a call does."""
    nothing = np.zeros((0, 1), dtype=np.uint8)
    settled_counts(cells_of([], []), nothing, nothing, np.zeros((0, 2), dtype=np.int64), 1)


@inlined
def _evaluate(cells: Cells, output: int, slots: Words) -> np.uint64:
    """The value of an output's function, or its complement, by its gates from the arguments."""
    into = cells.inputs[output + 1] - cells.inputs[output]
    for gate in range(cells.gate_begin[output], cells.gate_end[output]):
        one = slots[cells.one[gate]] ^ cells.invert_one[gate]
        other = slots[cells.other[gate]] ^ cells.invert_other[gate]
        slots[into] = one ^ other if cells.exclusive[gate] else one & other
        into += 1
    return slots[cells.result[output]]


@inlined
def _schedule(
    times: Ints, lanes: Words, waiting: int, end: int, moment: int, scheduled: np.uint64
) -> int:
    """Put lanes among what is pending, from ``waiting`` to ``end``, by time; and the new end."""
    place = end
    while place > waiting and times[place - 1] > moment:
        place -= 1
    if place > waiting and times[place - 1] == moment:
        lanes[place - 1] |= scheduled
        return end
    for at in range(end, place, -1):
        times[at] = times[at - 1]
        lanes[at] = lanes[at - 1]
    times[place] = moment
    lanes[place] = scheduled
    return end + 1


@inlined
def _waveform(
    cells: Cells,
    output: int,
    times: Ints,
    lanes: Words,
    begin: int,
    position: Ints,
    slots: Words,
    planes: Words,
) -> tuple[int, int, np.uint64]:
    """Write the waveform of an output at ``begin``.

    ``position`` is where the waveform of each input begins; ``slots`` have the values before.
    Returned are its end, the planes in use, each of which is a bit of the lanes' counters, and the
    lanes that settle elsewhere than they were.
    """
    low = cells.inputs[output]
    inputs = cells.inputs[output + 1] - low
    implied = held = first = slots[cells.result[output]]
    used = 0
    # What has happened ends at done; what is pending is from waiting to end, by time.
    done = waiting = end = begin
    while True:
        time = _NEVER
        for index in range(inputs):
            time = min(time, times[position[index]])
        changed = _NONE
        if time != _NEVER:
            # What changes at one moment does so together.
            for index in range(inputs):
                at = position[index]
                if times[at] == time:
                    slots[cells.slot[low + index]] ^= lanes[at]
            following = _evaluate(cells, output, slots)
            changed = following ^ implied
            implied = following
        if changed != _NONE or time == _NEVER:
            while waiting < end and times[waiting] <= time:
                carry = lanes[waiting]
                if carry != _NONE:
                    held ^= carry
                    times[done] = times[waiting]
                    lanes[done] = carry
                    done += 1
                    plane = 0
                    while carry != _NONE:
                        if plane == used:
                            planes[used] = _NONE
                            used += 1
                        value = planes[plane]
                        planes[plane] = value ^ carry
                        carry &= value
                        plane += 1
                waiting += 1
        if time == _NEVER:
            times[done] = _NEVER
            return done + 1, used, first ^ held
        # What was to change and is implied no longer never does.
        dropped = changed & ~(implied ^ held)
        changed ^= dropped
        at = end
        while dropped != _NONE:
            at -= 1
            found = lanes[at] & dropped
            lanes[at] ^= found
            dropped ^= found
        rising = changed & (implied ^ cells.invert_result[output])
        for edge in range(2):
            turning = changed ^ rising if edge else rising
            for place in range(inputs):
                if turning == _NONE:
                    break
                index = cells.order[edge, low + place]
                at = position[index]
                if times[at] == time:
                    # Of the inputs that change in it now, a lane waits for the slowest.
                    scheduled = turning & lanes[at]
                    turning ^= scheduled
                    if scheduled != _NONE:
                        moment = time + cells.delay[edge, low + index]
                        end = _schedule(times, lanes, waiting, end, moment, scheduled)
        for index in range(inputs):
            if times[position[index]] == time:
                position[index] += 1


@inlined
def _add_bytes(bits: np.uint64, shift: int, byte: int, block: Ints, counts: Ints, net: int) -> None:
    """Add the ones in each byte of a word, times a power of 2, to the block that has the byte."""
    bits = bits - ((bits >> np.uint64(1)) & _ONES)
    bits = (bits & _PAIRS) + ((bits >> np.uint64(2)) & _PAIRS)
    bits = (bits + (bits >> np.uint64(4))) & _FOURS
    while bits != _NONE:
        counts[net, block[byte]] += np.int64(bits & _BYTE) << shift
        bits >>= np.uint64(8)
        byte += 1


@compiled
def _settle(
    cells: Cells,
    before: Words,
    after: Words,
    start: Ints,
    block: Ints,
    counts: Ints,
    settled: Ints,
) -> None:
    """Fill ``counts`` and ``settled``, by net and ``block`` of each byte of ``words``."""
    sources, words = before.shape
    nets = 2 + sources + len(cells.result)
    begin = np.zeros(nets, np.int64)
    length = np.zeros(nets, np.int64)
    first = np.zeros(nets, np.uint64)
    first[1] = _ALL
    times = np.empty(4 * nets, np.int64)
    lanes = np.empty(4 * nets, np.uint64)
    most = 1 + len(cells.slot) + len(cells.one)
    position = np.empty(most, np.int64)
    slots = np.zeros(most, np.uint64)
    planes = np.empty(_PLANES, np.uint64)
    for word in range(words):
        byte = WORD_BYTES * word
        # Constants never change.
        times[0] = _NEVER
        end = 1
        for net in range(2, nets):
            row = net - 2
            begin[net] = end
            if row < sources:
                first[net] = before[row, word]
                differing = planes[0] = first[net] ^ after[row, word]
                used = 1
                rising = differing & after[row, word]
                falling = differing ^ rising
                if start[row, 0] == start[row, 1]:
                    rising, falling = differing, _NONE
                late = np.int64(start[row, 0] > start[row, 1])
                for turn in range(2):
                    edge = turn ^ late
                    turning = falling if edge else rising
                    if turning != _NONE:
                        times[end] = start[row, edge]
                        lanes[end] = turning
                        end += 1
                times[end] = _NEVER
                end += 1
            else:
                output = row - sources
                low, high = cells.inputs[output], cells.inputs[output + 1]
                needed = end + 1
                for index in range(low, high):
                    source = cells.net[index]
                    position[index - low] = begin[source]
                    # At each of its moments some lanes may rise, and others fall.
                    needed += 2 * length[source]
                    slots[cells.slot[index]] = first[source]
                if needed > len(times):
                    longer = np.empty(2 * needed, np.int64)
                    longer[:end] = times[:end]
                    times = longer
                    more = np.empty(2 * needed, np.uint64)
                    more[:end] = lanes[:end]
                    lanes = more
                if low == high:
                    slots[0] = _NONE
                first[net] = _evaluate(cells, output, slots) ^ cells.invert_result[output]
                end, used, differing = _waveform(
                    cells, output, times, lanes, end, position, slots, planes
                )
            length[net] = end - begin[net]
            _add_bytes(differing, 0, byte, block, settled, row)
            for plane in range(used):
                _add_bytes(planes[plane], plane, byte, block, counts, row)
