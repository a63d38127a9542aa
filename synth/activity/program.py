"""A netlist as a list of gates over rows of values, which :mod:`.clocking` runs cycle by cycle.

Every net has a row, and so have the states of flip-flops and what the functions of cells need in
between.  Gates stand in the order in which they are to be run.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from lmul_pe.synth.cells.boolean import Expression, parse_function
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.netlists.clock_tree import clock_tree
from lmul_pe.synth.netlists.netlist import ONE, ZERO, Instance, Netlist, NetlistError

from .clocking import Gates
from .evaluation import cell_functions
from .gates import gates_of
from .packing import WORD, Words

_CONSTANTS = {ZERO: 0, ONE: 1}
_SAME = parse_function("A")
_GATED = parse_function("clock & taken | !clock & held")
"""What the state of a flip-flop behind a clock gate becomes."""


@dataclass(frozen=True)
class Neighbour:
    """An input port that an output port of the same netlist drives, in another run.

    The port ``target`` of run ``i`` takes what ``source`` has in run ``i - distance``.  Where the
    bit of ``edge`` is set it takes what the stimulus gives instead.
    """

    source: str
    target: str
    distance: int
    edge: int

    def edge_words(self, words: int) -> Words:
        """The bits of ``edge`` in words of 64 runs."""
        ones = (1 << WORD) - 1
        return np.array(
            [self.edge >> WORD * place & ones for place in range(words)], dtype=np.uint64
        )


@dataclass(frozen=True)
class Program:
    """The gates of a netlist, and the rows of what goes in and comes out.

    Parameters
    ----------
    nets
        Every net but the constants.
    rows
        That of each net.
    inputs
        Input port to the rows that its stimulus is written to.
    states, following
        Rows of the states of flip-flops, and of what they are in the next cycle.
    pulses
        Places in ``nets`` of those behind clock gates; their rows tell whether the clock comes at
        the end of the cycle.
    distances
        Of each neighbour that a gate of kind 2 and more takes.
    size
        All rows.
    """

    nets: tuple[int, ...]
    rows: NDArray[np.int64]
    inputs: Mapping[str, NDArray[np.int64]]
    states: NDArray[np.int64]
    following: NDArray[np.int64]
    pulses: NDArray[np.int64]
    gates: Gates
    distances: NDArray[np.int64]
    size: int
    _row: Mapping[int, int]

    def rows_of(self, nets: Iterable[int]) -> NDArray[np.int64]:
        """The rows of some nets, constants among them.

        Raises
        ------
        NetlistError
            A net that nothing drives (X).
        """
        try:
            return np.array([self._row[net] for net in nets], dtype=np.int64)
        except KeyError:
            raise NetlistError("a net that nothing drives is X") from None

    def first_values(self, words: int) -> Words:
        """All rows before the first cycle: flip-flops hold 0."""
        values = np.zeros((self.size, words), dtype=np.uint64)
        values[_CONSTANTS[ONE]] = ~np.uint64(0)
        return values


class _Builder:
    """Rows and gates, one after the other."""

    def __init__(self) -> None:
        self.row: dict[int, int] = dict(_CONSTANTS)
        self.size = len(self.row)
        self.gates: list[tuple[int, int, int, int]] = []

    def new(self) -> int:
        self.size += 1
        return self.size - 1

    def of(self, net: int) -> int:
        if net not in self.row:
            self.row[net] = self.new()
        return self.row[net]

    def function(self, expression: Expression, rows: Mapping[str, int], target: int) -> None:
        """Let ``target`` be the value of a function of ``rows``."""
        names = expression.inputs
        gates, result = gates_of(expression.python, len(names))
        literals = [2 * rows[name] for name in names]
        if not names:
            # Slot 0 of a constant function is 0.
            literals = [2 * _CONSTANTS[ZERO]]
        for place, (one, other, exclusive) in enumerate(gates):
            # The result is that of the last gate.
            last = place == len(gates) - 1
            row = target if last else self.new()
            self.gates.append(
                (
                    exclusive,
                    2 * row | (result & 1 if last else 0),
                    literals[one >> 1] ^ one & 1,
                    literals[other >> 1] ^ other & 1,
                )
            )
            if last:
                return
            literals.append(2 * row)
        # Without gates it is the one argument, or its complement.
        source = literals[0] ^ result
        self.gates.append((0, 2 * target, source, source))


def program_of(
    netlist: Netlist, technology: Technology, neighbours: Sequence[Neighbour] = ()
) -> Program:
    """The gates of ``netlist``.

    Raises
    ------
    NetlistError
        A cell without a known function, or a flip-flop with an asynchronous clear or preset.
    """
    build = _Builder()
    tree = clock_tree(netlist, technology)
    inputs = {name: [build.of(net) for net in nets] for name, nets in netlist.inputs.items()}
    states = [build.new() for _ in netlist.registers]
    inverses = [build.new() for _ in netlist.registers]
    for instance, state, inverse in zip(netlist.registers, states, inverses, strict=True):
        build.gates.append((0, 2 * inverse | 1, 2 * state, 2 * state))
        named = _states(instance, technology, state, inverse)
        for pin, net in instance.outputs.items():
            function = technology.cells[instance.cell].outputs[pin].function
            build.function(parse_function(function), named, build.of(net))
    for neighbour in neighbours:
        # The stimulus is written elsewhere, and chosen where there is no neighbour.
        inputs[neighbour.target] = [build.new() for _ in inputs[neighbour.target]]
    functions = cell_functions(technology)
    for step in _ordered(netlist, neighbours):
        if isinstance(step, tuple):
            number, place = step
            neighbour = neighbours[number]
            build.gates.append(
                (
                    2 + number,
                    2 * build.of(netlist.inputs[neighbour.target][place]),
                    2 * build.of(netlist.outputs[neighbour.source][place]),
                    2 * inputs[neighbour.target][place],
                )
            )
            continue
        if step.cell not in functions:
            raise NetlistError(f"netlist {netlist.name}: cell {step.cell} has no function")
        rows = {pin: build.of(net) for pin, net in step.inputs.items()}
        if gate := technology.cells[step.cell].clock_gate:
            clock = step.inputs[gate.clock]
            rows[gate.clock] = build.of(clock if clock in tree.gated else ONE)
        for pin, net in step.outputs.items():
            if net in tree.gated and not gate:
                # Buffers and inverters pass on that the clock comes.
                build.function(_SAME, {"A": build.of(*step.inputs.values())}, build.of(net))
                continue
            build.function(parse_function(functions[step.cell][pin]), rows, build.of(net))
    following = [build.new() for _ in netlist.registers]
    for instance, state, inverse, target in zip(
        netlist.registers, states, inverses, following, strict=True
    ):
        flip_flop = technology.cells[instance.cell].flip_flop
        assert flip_flop is not None
        named = {pin: build.of(net) for pin, net in instance.inputs.items()}
        named |= _states(instance, technology, state, inverse)
        clock = instance.inputs[flip_flop.clock_pin]
        if clock in tree.gated:
            taken = build.new()
            build.function(parse_function(flip_flop.next_state), named, taken)
            rows = {"clock": build.of(clock), "taken": taken, "held": state}
            build.function(_GATED, rows, target)
        else:
            build.function(parse_function(flip_flop.next_state), named, target)
    gates = np.array(build.gates, dtype=np.int64).reshape(-1, 4).T
    nets = netlist.driven
    return Program(
        nets,
        np.array([build.row[net] for net in nets], dtype=np.int64),
        {name: np.array(rows, dtype=np.int64) for name, rows in inputs.items()},
        np.array(states, dtype=np.int64),
        np.array(following, dtype=np.int64),
        np.array([place for place, net in enumerate(nets) if net in tree.gated], dtype=np.int64),
        Gates(*(np.ascontiguousarray(column) for column in gates)),
        np.array([each.distance for each in neighbours], dtype=np.int64),
        build.size,
        build.row,
    )


def _ordered(
    netlist: Netlist, neighbours: Sequence[Neighbour]
) -> Iterable[Instance | tuple[int, int]]:
    """Cells, and the bits of neighbours by number and place, each behind what it depends on."""
    if not neighbours:
        return netlist.instances
    makers: dict[int, int | tuple[int, int]] = {}
    needs: dict[int | tuple[int, int], set[int]] = {}
    for index, instance in enumerate(netlist.instances):
        needs[index] = set(instance.inputs.values())
        makers |= dict.fromkeys(instance.outputs.values(), index)
    for number, neighbour in enumerate(neighbours):
        targets, sources = netlist.inputs[neighbour.target], netlist.outputs[neighbour.source]
        for place, (target, source) in enumerate(zip(targets, sources, strict=True)):
            needs[number, place] = {source}
            makers[target] = number, place
    order = TopologicalSorter(
        {
            step: [makers[net] for net in sorted(nets) if net in makers]
            for step, nets in needs.items()
        }
    ).static_order()
    return [netlist.instances[step] if isinstance(step, int) else step for step in order]


def _states(
    instance: Instance, technology: Technology, row: int, inverse_row: int
) -> dict[str, int]:
    """The rows of a flip-flop's state and of its complement, by their names in the library."""
    flip_flop = technology.cells[instance.cell].flip_flop
    assert flip_flop is not None
    tied = {pin: net == ONE for pin, net in instance.inputs.items() if net in (ZERO, ONE)}
    for forced in (flip_flop.clear, flip_flop.preset):
        if forced and parse_function(forced).fixed(tied).python != "0":
            raise NetlistError(
                f"cell {instance.cell}: asynchronous clear or preset is not simulated"
            )
    state, inverse = flip_flop.state
    return {state: row, inverse: inverse_row}
