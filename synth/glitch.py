"""Transitions of a netlist with the delays of its cells: glitches counted, short pulses swallowed.

Every net has a waveform: what it changes to, and when, for many operand pairs side by side, one to
a bit of an integer.  A cell's output takes what its inputs imply once they have implied it for the
cell's delay, and holds what it had otherwise (inertial delay).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heappop, heappush, merge
from itertools import groupby
from math import inf
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .activity import cell_functions
from .boolean import parse_function
from .netlist import ONE, ZERO, Netlist, NetlistError
from .technology import Technology
from .timing import net_loads

STEP_PS = 1.0
"""Delays are rounded to multiples of this: twice as coarse is a little less exact, and faster."""
CHUNK = 4096
"""Operand pairs to one integer: more take more memory and are no faster."""

Waveform = tuple[int, list[tuple[int, int]]]
"""The values before the first change, and the changes: time in steps, values from then on."""


@dataclass(frozen=True)
class Transitions:
    """How often every net of a netlist changes when one operand pair follows another.

    Parameters
    ----------
    pairs
        Changes of operands, those of each chunk.
    counts
        Net to transitions in each chunk.
    """

    pairs: NDArray[np.int64]
    counts: Mapping[int, NDArray[np.int64]]


def transitions(
    netlist: Netlist,
    technology: Technology,
    operands: Mapping[str, NDArray[Any]],
    wire_ff: float = 0.0,
    *,
    step_ps: float = STEP_PS,
    chunk: int = CHUNK,
) -> Transitions:
    """The transitions of a combinational ``netlist`` for one operand after the other.

    All inputs change at once, and only when everything has settled.

    Parameters
    ----------
    operands
        Input port to codes, arrays of one length, two at least.
    wire_ff
        Wire capacitance per driven pin.

    Raises
    ------
    NetlistError
        A cell without a known function, or with a register.
    """
    program = _program(netlist, technology, wire_ff, step_ps)
    (count,) = {len(codes) for codes in operands.values()}
    pairs, found = [], []
    for start in range(0, count - 1, chunk):
        # One operand more than changes: the first one is where the first change begins.
        part = {name: codes[start : start + chunk + 1] for name, codes in operands.items()}
        changes = min(chunk, count - 1 - start)
        pairs.append(changes)
        found.append(_run(netlist, program, part, changes))
    return Transitions(
        np.array(pairs, dtype=np.int64),
        {net: np.array([counts[net] for counts in found], dtype=np.int64) for net in found[0]},
    )


@dataclass(frozen=True)
class _Step:
    """One output of one cell.

    ``sources`` are the nets that its function depends on, ``delays`` those from each of them, and
    ``done`` the nets that nothing reads after it.
    """

    net: int
    function: Any
    sources: list[int]
    delays: list[int]
    done: list[int]


def _program(
    netlist: Netlist, technology: Technology, wire_ff: float, step_ps: float
) -> list[_Step]:
    if netlist.registers:
        raise NetlistError(f"netlist {netlist.name} has registers, which glitches stop at")
    functions = cell_functions(technology)
    loads = net_loads(netlist, technology, wire_ff)
    steps: list[_Step] = []
    for instance in netlist.instances:
        if instance.cell not in functions:
            raise NetlistError(f"netlist {netlist.name}: cell {instance.cell} has no function")
        outputs = technology.cells[instance.cell].outputs
        for pin, net in instance.outputs.items():
            expression = parse_function(functions[instance.cell][pin])
            load = loads.get(net, 0.0)
            delays = []
            for name in expression.inputs:
                intrinsic, slope = _arc(outputs, pin, name, load)
                delays.append(max(1, round((intrinsic + slope * load) / step_ps)))
            sources = [instance.inputs[name] for name in expression.inputs]
            steps.append(_Step(net, expression.compiled(), sources, delays, []))
    # A waveform is kept until the last cell has read it.
    last = {net: index for index, step in enumerate(steps) for net in step.sources}
    for net, index in last.items():
        steps[index].done.append(net)
    return steps


def _arc(outputs: Mapping[str, Any], pin: str, name: str, load: float) -> tuple[float, float]:
    """Intrinsic delay and slope from input ``name`` to ``pin``, maybe through another output."""
    delay = outputs[pin].delay
    if name in delay:
        return delay[name]
    for related, (intrinsic, slope) in delay.items():
        if related in outputs and name in outputs[related].delay:
            before, _ = outputs[related].delay[name]
            return before + intrinsic, slope
    raise NetlistError(f"pin {pin} has no delay from {name}")


def _run(
    netlist: Netlist, program: list[_Step], operands: Mapping[str, NDArray[Any]], changes: int
) -> dict[int, int]:
    """Transitions of every net over ``changes`` changes of operands, one bit each."""
    mask = (1 << changes) - 1
    waveforms: dict[int, Waveform] = {ZERO: (0, []), ONE: (mask, [])}
    counts: dict[int, int] = {}
    for port, nets in netlist.inputs.items():
        codes = operands[port].astype(np.uint64)
        for bit, net in enumerate(nets):
            bits = (codes >> np.uint64(bit)) & np.uint64(1)
            packed = np.packbits(bits.astype(np.uint8), bitorder="little").tobytes()
            values = int.from_bytes(packed, "little")
            old, new = values & mask, (values >> 1) & mask
            waveforms[net] = old, [(0, new)] if old != new else []
            counts[net] = (old ^ new).bit_count()
    for step in program:
        waveform = _output(step, waveforms, mask)
        waveforms[step.net] = waveform
        value = waveform[0]
        total = 0
        for _, following in waveform[1]:
            total += (value ^ following).bit_count()
            value = following
        counts[step.net] = total
        for net in step.done:
            if net not in (ZERO, ONE):
                del waveforms[net]
    return counts


def _output(step: _Step, waveforms: Mapping[int, Waveform], mask: int) -> Waveform:
    """The waveform of one output."""
    function, delays = step.function, step.delays
    values = [waveforms[net][0] for net in step.sources]
    implied = function(*values) & mask
    first = held = implied
    result: list[tuple[int, int]] = []
    # What is to change, and when: every pair in one of them at most.
    pending: dict[int, int] = {}
    due: list[int] = []

    def pass_until(limit: float) -> None:
        nonlocal held
        while due and due[0] <= limit:
            time = heappop(due)
            lanes = pending.pop(time)
            if lanes:
                held ^= lanes
                result.append((time, held))

    arrivals = [
        [(time, index, value) for time, value in waveforms[net][1]]
        for index, net in enumerate(step.sources)
    ]
    for time, group in groupby(merge(*arrivals), key=itemgetter(0)):
        delay = 0
        for _, index, value in group:
            values[index] = value
            delay = max(delay, delays[index])
        following = function(*values) & mask
        changed = following ^ implied
        if not changed:
            continue
        implied = following
        pass_until(time)
        # What was to change and is implied no longer never does.
        kept = ~changed
        for moment, lanes in pending.items():
            pending[moment] = lanes & kept
        moment = time + delay
        if moment not in pending:
            heappush(due, moment)
            pending[moment] = 0
        pending[moment] |= changed & (following ^ held)
    pass_until(inf)
    return first, result
