"""Simulation of netlists with registers: many independent runs side by side, cycle by cycle."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .activity import Words, cell_functions
from .boolean import parse_function
from .netlist import ONE, ZERO, Netlist, NetlistError
from .technology import Technology


@dataclass(frozen=True)
class Run:
    """What a simulation of ``lanes`` runs over ``cycles`` clock cycles gave.

    Parameters
    ----------
    toggles
        Net to how often it changed, from one cycle to the next, in all lanes and cycles together.
    per_cycle
        The same per cycle: ``nets x (cycles - settle - 1)``, nets in the order of ``toggles``.
    outputs
        Output port to its bits, packed by lane, ``cycles x bits x words``.
    """

    lanes: int
    cycles: int
    toggles: dict[int, int]
    per_cycle: np.ndarray
    outputs: dict[str, np.ndarray]


def simulate(
    netlist: Netlist,
    technology: Technology,
    stimulus: Callable[[int], Mapping[str, Sequence[Words]]],
    lanes: int,
    cycles: int,
    settle: int = 0,
) -> Run:
    """Run ``netlist``, every flip-flop at 0 to begin with, with functional toggles only.

    Parameters
    ----------
    stimulus
        From the cycle to each input port's bits, from 0 up, packed by lane (64 to a word); the
        clock's value does not matter.
    lanes
        Independent runs, a multiple of 64.
    settle
        Cycles at the beginning whose toggles do not count, such as those of a reset.

    Raises
    ------
    NetlistError
        A cell without a known function.
    """
    functions = cell_functions(technology)
    words = lanes // 64
    zeros = np.zeros(words, dtype=np.uint64)
    constants = {ZERO: zeros, ONE: ~zeros}
    program: list[tuple[int, Callable[..., Words], list[int]]] = []
    for instance in netlist.instances:
        if instance.cell not in functions:
            raise NetlistError(f"netlist {netlist.name}: cell {instance.cell} has no function")
        for pin, net in instance.outputs.items():
            expression = parse_function(functions[instance.cell][pin])
            sources = [instance.inputs[name] for name in expression.inputs]
            program.append((net, expression.compiled(), sources))
    registers = [
        _Register(instance.inputs, instance.outputs, instance.cell, technology)
        for instance in netlist.registers
    ]
    states = [zeros.copy() for _ in registers]

    before: dict[int, Words] = {}
    counts: list[list[int]] = []
    kept: dict[str, list[list[Words]]] = {name: [] for name in netlist.outputs}
    for cycle in range(cycles):
        values: dict[int, Words] = dict(constants)
        for name, bits in stimulus(cycle).items():
            values.update(zip(netlist.inputs[name], bits, strict=True))
        for register, state in zip(registers, states, strict=True):
            values.update(register.drive(state))
        for net, function, sources in program:
            values[net] = function(*(values[source] for source in sources))
        states = [
            register.next_state(values, state)
            for register, state in zip(registers, states, strict=True)
        ]
        for name, nets in netlist.outputs.items():
            kept[name].append([values[net] for net in nets])
        if cycle > settle:
            counts.append(
                [int(np.bitwise_count(values[net] ^ old).sum()) for net, old in before.items()]
            )
        before = {net: value for net, value in values.items() if net not in constants}
    per_cycle = np.array(counts, dtype=np.int64).T
    return Run(
        lanes,
        cycles,
        dict(zip(before, per_cycle.sum(axis=1).tolist(), strict=True)),
        per_cycle,
        {name: np.array(bits) for name, bits in kept.items()},
    )


class _Register:
    """One flip-flop: how it drives its nets, and what it holds next."""

    def __init__(
        self,
        inputs: Mapping[str, int],
        outputs: Mapping[str, int],
        cell: str,
        technology: Technology,
    ):
        flip_flop = technology.cells[cell].flip_flop
        assert flip_flop is not None
        if flip_flop.clear or flip_flop.preset:
            raise NetlistError(f"cell {cell}: asynchronous clear or preset is not simulated")
        self._state, self._inverse = flip_flop.state
        following = parse_function(flip_flop.next_state)
        self._following = following.compiled(), following.inputs
        self._inputs = inputs
        self._outputs = []
        for pin, net in outputs.items():
            expression = parse_function(technology.cells[cell].outputs[pin].function)
            self._outputs.append((net, expression.compiled(), expression.inputs))

    def drive(self, state: Words) -> dict[int, Words]:
        held = {self._state: state, self._inverse: ~state}
        return {
            net: function(*(held[name] for name in names)) for net, function, names in self._outputs
        }

    def next_state(self, values: Mapping[int, Words], state: Words) -> Words:
        function, names = self._following
        held = {self._state: state, self._inverse: ~state}
        return function(
            *(held[name] if name in held else values[self._inputs[name]] for name in names)
        )
