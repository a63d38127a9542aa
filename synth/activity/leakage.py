"""Leakage by state: what the pins of cells are, all pins of a cell together, and how often.

A stack of transistors that are off leaks little, so that a cell's leakage differs between its
states by up to a hundred times. Pins of one cell depend on each other: their states are counted.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmul_pe.synth.cells.boolean import parse_function
from lmul_pe.synth.cells.technology import Cell, Technology
from lmul_pe.synth.netlists.clock_tree import clock_tree
from lmul_pe.synth.netlists.netlist import ONE, ZERO, Netlist

Words = NDArray[np.uint64]

_MOST_WORDS = 1 << 21
"""Words that are counted at once."""


@dataclass(frozen=True)
class Sample:
    """Values of nets at some moments, 64 to a word.

    Parameters
    ----------
    values
        Net to its words; of a clock's net behind a gate, whether the clock comes.
    mask : words
        The moments there are.
    """

    values: Mapping[int, Words]
    mask: Words


def leakages_nw(netlist: Netlist, technology: Technology, sample: Sample) -> NDArray[np.float64]:
    """Mean leakage power of each cell: of the instances, then of the registers.

    Clocks are high for half of each cycle in which they come. Clock gates, and cells whose states
    the library does not tell apart, leak the mean of their states.
    """
    tree = clock_tree(netlist, technology)
    listed = (*netlist.instances, *netlist.registers)
    found = np.array([technology.cells[each.cell].leakage_nw for each in listed])
    groups: dict[tuple[str, frozenset[str], str | None], list[int]] = {}
    for place, instance in enumerate(listed):
        cell = technology.cells[instance.cell]
        if not cell.leakage_states:
            continue
        clocks = frozenset(pin for pin, net in instance.inputs.items() if net in tree.nets)
        output = next(iter(instance.outputs)) if cell.flip_flop else None
        groups.setdefault((instance.cell, clocks, output), []).append(place)
    every = np.full_like(sample.mask, ~np.uint64(0))
    # A net that nothing drives is 0 in simulations as well.
    known = {ZERO: 0 * every, ONE: every, **sample.values}

    def words(nets: Iterable[int]) -> Words:
        return np.stack([known.get(net, known[ZERO]) for net in nets])

    for (name, clocks, output), places in groups.items():
        cell = technology.cells[name]
        instances = [listed[place] for place in places]
        pins = {
            pin: words(
                ONE if pin in clocks and each.inputs[pin] not in tree.gated else each.inputs[pin]
                for each in instances
            )
            for pin in cell.inputs
        }
        state = None
        if output is not None:
            state = _state(cell, output, words(each.outputs[output] for each in instances))
        found[places] = state_leakage_nw(cell, pins, state, sample.mask, clocks)
    return found


def _state(cell: Cell, output: str, values: Words) -> Words:
    """The state of a flip-flop, from what one of its outputs is."""
    assert cell.flip_flop is not None
    state, inverse = cell.flip_flop.state
    function = parse_function(cell.outputs[output].function)
    return values if function.evaluate({state: 1, inverse: 0}) & 1 else ~values


def state_leakage_nw(
    cell: Cell,
    pins: Mapping[str, Words],
    state: Words | None,
    mask: Words,
    clocks: Collection[str] = (),
) -> NDArray[np.float64]:
    """Mean leakage power of some instances of ``cell``, in nW.

    Parameters
    ----------
    pins
        Input pin to ``instances x words``.
    state
        Of flip-flops, ``instances x words``.
    mask : words
        The moments there are.
    clocks
        Pins that are 0 for the second half of every moment; the clock pin of a flip-flop is one.
    """
    rows = [pins[pin] for pin in cell.inputs] + ([] if state is None else [state])
    count = len(rows[0])
    if not cell.leakage_states:
        return np.full(count, cell.leakage_nw)
    low = {*clocks} | ({cell.flip_flop.clock_pin} if cell.flip_flop else set())
    if low:
        keep = [np.uint64(0) if pin in low else ~np.uint64(0) for pin in cell.inputs]
        keep += [~np.uint64(0)] * (len(rows) - len(keep))
        rows = [np.concatenate([row, row & of], axis=1) for row, of in zip(rows, keep, strict=True)]
        mask = np.tile(mask, 2)
    leakage = np.array(cell.leakage_states)
    total = int(np.bitwise_count(mask).sum())
    size = max(1, _MOST_WORDS // (len(leakage) * len(mask)))
    found = np.empty(count)
    for first in range(0, count, size):
        # The moments of each state, one pin after the other.
        states = np.broadcast_to(mask, (1, min(size, count - first), len(mask)))
        for row in rows:
            ones = states & row[first : first + size]
            states = np.concatenate([states ^ ones, ones])
        shares = np.bitwise_count(states).sum(axis=2, dtype=np.int64)
        found[first : first + size] = leakage @ shares / total
    return found
