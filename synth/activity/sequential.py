"""Simulation of netlists with registers: many independent runs side by side, cycle by cycle.

A net's value is one integer, whose bit ``i`` is the net in run ``i``; a netlist becomes one Python
function with a line for every net.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter

import numpy as np
from numpy.typing import NDArray

from lmul_pe.synth.cells.boolean import Expression, parse_function
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.netlists.netlist import ONE, ZERO, Instance, Netlist, NetlistError

from .evaluation import cell_functions

GROUP = 8
"""Runs whose toggles are counted together: those of a byte."""


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


@dataclass(frozen=True)
class Run:
    """What a simulation of ``lanes`` runs over some clock cycles gave.

    Parameters
    ----------
    nets
        Every net but the constants.
    per_cycle
        How often each changed from the cycle before, all runs together: ``nets x cycles`` that
        count.
    per_group
        The same, all cycles together, of each :data:`GROUP` runs: ``nets x groups``.
    outputs
        Output port to its bits, from 0 up, in every cycle.
    kept
        Net to its value in every cycle, of the nets that were asked for.
    """

    lanes: int
    nets: tuple[int, ...]
    per_cycle: NDArray[np.int64]
    per_group: NDArray[np.int64]
    outputs: Mapping[str, list[list[int]]]
    kept: Mapping[int, list[int]]

    @cached_property
    def toggles(self) -> dict[int, int]:
        """Net to how often it changed, all runs and cycles together."""
        return dict(zip(self.nets, self.per_cycle.sum(axis=1).tolist(), strict=True))


Step = Callable[[Sequence[int], Sequence[int], int], tuple[Sequence[int], Sequence[int]]]
"""From the states of the registers, the bits of the input ports and the integer of all ones, to the
values of all nets and the next states."""


Bits = Mapping[str, Sequence[int]]
"""Port to its bits, from 0 up."""

Stimulus = Callable[[int, Bits], Bits]
"""From the cycle, and what the output ports were in the one before, to the input ports."""


def simulate(
    netlist: Netlist,
    technology: Technology,
    stimulus: Stimulus,
    lanes: int,
    cycles: int,
    counted: range | None = None,
    keep: Iterable[int] = (),
    neighbours: Sequence[Neighbour] = (),
) -> Run:
    """Run ``netlist``, every flip-flop at 0 to begin with, with functional toggles only.

    Parameters
    ----------
    stimulus
        What the input ports are given; the clock's value does not matter.
    lanes
        Independent runs.
    counted
        Cycles whose toggles count, all but the first by default; cycle 0 follows nothing.
    keep
        Nets whose values are wanted.
    neighbours
        Ports that runs drive in each other; they are then not independent.

    Raises
    ------
    NetlistError
        A cell without a known function.
    """
    nets, step = compiled(netlist, technology, neighbours)
    ones = (1 << lanes) - 1
    place = {net: index for index, net in enumerate(nets)} | {ZERO: -1, ONE: -2}
    ports = {name: [place[net] for net in bits] for name, bits in netlist.outputs.items()}
    kept: dict[int, list[int]] = {net: [] for net in keep}
    outputs: dict[str, list[list[int]]] = {name: [] for name in ports}
    states: Sequence[int] = [0] * len(netlist.registers)
    before: Sequence[int] = ()
    counted = range(1, cycles) if counted is None else counted
    size = -(-lanes // GROUP)
    per_cycle = np.zeros((len(counted), len(nets)), dtype=np.int64)
    per_group = np.zeros((len(nets), size), dtype=np.int64)
    for cycle in range(cycles):
        last = {name: history[-1] for name, history in outputs.items() if history}
        given = stimulus(cycle, last)
        bits = [bit for name in netlist.inputs for bit in given[name]]
        values, states = step(states, bits, ones)
        # The two last places are those of the constants.
        padded = [*values, ones, 0]
        for name, indices in ports.items():
            outputs[name].append([padded[index] for index in indices])
        for net, history in kept.items():
            history.append(padded[place[net]])
        if cycle in counted:
            flips = zip(values, before, strict=True)
            text = b"".join([(new ^ old).to_bytes(size, "little") for new, old in flips])
            counts = np.bitwise_count(np.frombuffer(text, dtype=np.uint8)).reshape(-1, size)
            per_cycle[counted.index(cycle)] = counts.sum(axis=1, dtype=np.int64)
            per_group += counts
        before = values
    return Run(lanes, nets, per_cycle.T, per_group, outputs, kept)


def compiled(
    netlist: Netlist, technology: Technology, neighbours: Sequence[Neighbour] = ()
) -> tuple[tuple[int, ...], Step]:
    """The nets of ``netlist`` in some order, and a clock cycle of it.

    Raises
    ------
    NetlistError
        A cell without a known function.
    """
    lines: list[str] = []
    given = [net for nets in netlist.inputs.values() for net in nets]
    constants = [f"n{ZERO}=0", f"n{ONE}=M"]
    for index, instance in enumerate(netlist.registers):
        lines += _register_outputs(index, instance, technology)
    logic, order = _logic(netlist, technology)
    for neighbour in neighbours:
        targets, sources = netlist.inputs[neighbour.target], netlist.outputs[neighbour.source]
        shift = f"<<{neighbour.distance}" if neighbour.distance >= 0 else f">>{-neighbour.distance}"
        for target, source in zip(targets, sources, strict=True):
            logic[target] = f"(n{source}{shift})&M&{~neighbour.edge}|n{target}&{neighbour.edge}"
            order[target] = {source}
    lines += [
        f"n{net}={logic[net]}" for net in TopologicalSorter(order).static_order() if net in logic
    ]
    following = [
        _next_state(index, instance, technology) for index, instance in enumerate(netlist.registers)
    ]
    driven = [
        net
        for instance in (*netlist.registers, *netlist.instances)
        for net in instance.outputs.values()
    ]
    nets = tuple(dict.fromkeys(net for net in (*given, *driven) if net not in (ZERO, ONE)))
    unpacked = [
        _unpack([f"s{index}" for index in range(len(netlist.registers))], "states"),
        _unpack([f"n{net}" for net in given], "inputs"),
    ]
    body = [*unpacked, *constants, *lines]
    text = "\n ".join(
        [
            "def step(states,inputs,M):",
            *filter(None, body),
            f"return ({_tuple(f'n{net}' for net in nets)}),({_tuple(following)})",
        ]
    )
    scope: dict[str, Step] = {}
    exec(compile(text, f"<netlist {netlist.name}>", "exec"), {"__builtins__": {}}, scope)
    return nets, scope["step"]


def _unpack(names: list[str], source: str) -> str:
    return f"{','.join(names)},={source}" if names else ""


def _tuple(values: Iterable[str]) -> str:
    return "".join(f"{value}," for value in values)


def _python(expression: Expression, names: Mapping[str, str]) -> str:
    """``expression`` over the given variables; integers stay between 0 and all ones."""

    def variable(match: re.Match[str]) -> str:
        return names[expression.inputs[int(match[1])]]

    # All ones minus a value is its complement, and minus binds as tightly as it has to.
    text = expression.python.replace("~", "M-")
    if not expression.inputs:
        return "M" if text == "-1" else text
    return re.sub(r"x(\d+)", variable, text)


def _logic(netlist: Netlist, technology: Technology) -> tuple[dict[int, str], dict[int, set[int]]]:
    """What every driven net is, and on which nets it depends."""
    functions = cell_functions(technology)
    logic: dict[int, str] = {}
    order: dict[int, set[int]] = {}
    for instance in netlist.instances:
        if instance.cell not in functions:
            raise NetlistError(f"netlist {netlist.name}: cell {instance.cell} has no function")
        names = {pin: f"n{net}" for pin, net in instance.inputs.items()}
        for pin, net in instance.outputs.items():
            expression = parse_function(functions[instance.cell][pin])
            logic[net] = _python(expression, names)
            order[net] = {instance.inputs[name] for name in expression.inputs}
    return logic, order


def _states(index: int, instance: Instance, technology: Technology) -> dict[str, str]:
    """The names of a flip-flop's state and of its complement."""
    flip_flop = technology.cells[instance.cell].flip_flop
    assert flip_flop is not None
    tied = {pin: net == ONE for pin, net in instance.inputs.items() if net in (ZERO, ONE)}
    for forced in (flip_flop.clear, flip_flop.preset):
        if forced and parse_function(forced).fixed(tied).python != "0":
            raise NetlistError(
                f"cell {instance.cell}: asynchronous clear or preset is not simulated"
            )
    state, inverse = flip_flop.state
    return {state: f"s{index}", inverse: f"(M-s{index})"}


def _register_outputs(index: int, instance: Instance, technology: Technology) -> list[str]:
    states = _states(index, instance, technology)
    outputs = technology.cells[instance.cell].outputs
    return [
        f"n{net}={_python(parse_function(outputs[pin].function), states)}"
        for pin, net in instance.outputs.items()
    ]


def _next_state(index: int, instance: Instance, technology: Technology) -> str:
    states = _states(index, instance, technology)
    flip_flop = technology.cells[instance.cell].flip_flop
    assert flip_flop is not None
    pins = {pin: f"n{net}" for pin, net in instance.inputs.items()}
    return _python(parse_function(flip_flop.next_state), pins | states)
