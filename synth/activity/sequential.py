"""Simulation of netlists with registers: many independent runs side by side, cycle by cycle."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.netlists.netlist import Netlist

from .clocking import count_toggles, run_gates
from .leakage import Sample
from .packing import Words, every, words_of
from .program import Neighbour, Program, program_of

GROUP = 8
"""Runs whose toggles are counted together: those of a byte."""
_SAMPLED = 2048
"""Moments of which states are counted, at least: cycles of all runs, as far as there are any."""
_LEAST_CYCLES = 4


@dataclass(frozen=True)
class History:
    """The values of some nets in every cycle of a simulation.

    Parameters
    ----------
    nets
        Which ones.
    values : cycles x nets x words
        As :func:`~.packing.pack` has them.
    """

    nets: tuple[int, ...]
    values: Words

    @cached_property
    def _place(self) -> dict[int, int]:
        return {net: index for index, net in enumerate(self.nets)}

    def __contains__(self, net: int) -> bool:
        return net in self._place

    def __getitem__(self, net: int) -> Words:
        """``cycles x words`` of one net."""
        found: Words = self.values[:, self._place[net]]
        return found

    def of(self, nets: Iterable[int]) -> Words:
        """``cycles x nets x words``, in the order of ``nets``."""
        found: Words = self.values[:, [self._place[net] for net in nets]]
        return found


@dataclass(frozen=True)
class Run:
    """What a simulation of ``lanes`` runs over some clock cycles gave.

    Parameters
    ----------
    nets
        Every net but the constants.
    per_cycle
        How often each changed from the cycle before, all runs together: ``nets x cycles`` that
        count.  A net behind a clock gate changes twice in every cycle in which the clock comes.
    per_group
        The same, all cycles together, of each :data:`GROUP` runs: ``nets x groups``.
    outputs
        Output port to ``cycles x bits x words``, its bits from 0 up.
    kept
        The nets that were asked for.
    sample
        Every net in a few of the cycles that count.
    """

    lanes: int
    nets: tuple[int, ...]
    per_cycle: NDArray[np.int64]
    per_group: NDArray[np.int64]
    outputs: Mapping[str, Words]
    kept: History
    sample: Sample

    @cached_property
    def toggles(self) -> dict[int, int]:
        """Net to how often it changed, all runs and cycles together."""
        return dict(zip(self.nets, self.per_cycle.sum(axis=1).tolist(), strict=True))


Bits = Mapping[str, Words]
"""Port to ``bits x words``, its bits from 0 up."""

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
    program = program_of(netlist, technology, neighbours)
    words = words_of(lanes)
    mask = every(lanes)
    edges = np.array([each.edge_words(words) for each in neighbours], dtype=np.uint64)
    edges = edges.reshape(-1, words)
    counted = range(1, cycles) if counted is None else counted
    kept = tuple(dict.fromkeys(keep))
    kept_rows = program.rows_of(kept)
    ports = {name: program.rows_of(nets) for name, nets in netlist.outputs.items()}
    history = np.empty((cycles, len(kept), words), dtype=np.uint64)
    outputs = {
        name: np.empty((cycles, len(rows), words), dtype=np.uint64) for name, rows in ports.items()
    }
    pulsing = program.rows[program.pulses]
    values = program.first_values(words)
    before = values.copy()
    per_cycle = np.zeros((len(program.nets), len(counted)), dtype=np.int64)
    groups = np.zeros((len(program.nets), 8 * words), dtype=np.int64)
    sampled = _sampled(counted, lanes)
    moments = np.empty((len(program.nets), len(sampled), words), dtype=np.uint64)
    for cycle in range(cycles):
        last = {name: found[cycle - 1] for name, found in outputs.items()} if cycle else {}
        given = stimulus(cycle, last)
        for name, rows in program.inputs.items():
            values[rows] = given[name]
        run_gates(program.gates, values, program.distances, edges, mask)
        for name, rows in ports.items():
            outputs[name][cycle] = values[rows]
        history[cycle] = values[kept_rows]
        if cycle in counted:
            place = counted.index(cycle)
            count_toggles(values, before, program.rows, per_cycle, place, groups)
        if cycle in sampled:
            moments[:, sampled[cycle]] = values[program.rows]
        before[:] = values
        before[pulsing] = 0
        values[program.states] = before[program.following]
    for counts in (per_cycle, groups):
        counts[program.pulses] *= 2
    size = -(-lanes // GROUP)
    return Run(
        lanes,
        program.nets,
        per_cycle,
        groups[:, :size],
        outputs,
        History(kept, history),
        Sample(
            dict(zip(program.nets, moments.reshape(len(moments), -1), strict=True)),
            np.tile(mask, len(sampled)),
        ),
    )


def _sampled(counted: range, lanes: int) -> dict[int, int]:
    """The cycles of which states are counted, each to its place.

    By the golden ratio, so that they are spread evenly over any period as well.
    """
    wanted = min(len(counted), max(_LEAST_CYCLES, -(-_SAMPLED // lanes)))
    parts = np.arange(wanted) * (np.sqrt(5) - 1) / 2 % 1
    cycles = np.unique((parts * len(counted)).astype(np.int64)).tolist()
    return {counted[cycle]: place for place, cycle in enumerate(cycles)}


def evaluated(netlist: Netlist, technology: Technology, inputs: Bits) -> tuple[Program, Words]:
    """The values of a netlist without registers for ``inputs``: its program, and ``rows x words``.

    Behind the last case its inputs are 0, and the values what follows from that.

    Raises
    ------
    NetlistError
        A cell without a known function.
    """
    program = program_of(netlist, technology)
    words = next((bits.shape[-1] for bits in inputs.values()), 0)
    values = program.first_values(words)
    for name, rows in program.inputs.items():
        values[rows] = inputs[name]
    nothing = np.zeros((0, words), dtype=np.uint64)
    run_gates(program.gates, values, program.distances, nothing, np.full(words, ~np.uint64(0)))
    return program, values
