"""A systolic array simulated by its blocks: one netlist of each, a run for each of its instances.

Equal elements differ only in what their neighbours give them.  One netlist of an element is
simulated with a run for every element of the array, and what an element takes is what the run of
its neighbour gave: a simulation of the whole array, in the time of one element.  Delays, control
and what stands at the edges follow in simulations of their own, with what they see in the array.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.synth.activity.cycle_glitch import source_nets
from lmul_pe.synth.activity.packing import bits_of, codes_of, every, pack, unpack
from lmul_pe.synth.activity.program import Neighbour
from lmul_pe.synth.activity.replay import PortRecording, port_nets, recordings
from lmul_pe.synth.activity.sequential import Bits, Run, simulate
from lmul_pe.synth.mapping.blocks import TOP
from lmul_pe.synth.netlists.linking import link
from lmul_pe.synth.netlists.netlist import Netlist
from lmul_pe.synth.netlists.timing import CriticalPath, critical_path
from lmul_pe.synth.workload.array_stimulus import RESET_CYCLES, ArrayStimulus, Handshakes
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import MismatchError

from .cost import Cost, bare_cost, cost_with_glitches
from .stream_simulation import UnitRun

Codes = NDArray[Any]
Source = Callable[[int], Codes]
"""From the cycle to the codes on a port, one for each run."""


def run_array(
    stimulus: ArrayStimulus, netlists: Mapping[str, Netlist], conditions: Conditions
) -> UnitRun:
    """Simulate the array that ``stimulus`` is for, and compare its results with the model.

    Parameters
    ----------
    netlists
        Module to netlist.

    Raises
    ------
    MismatchError
        A result differs from the model.
    """
    return _Simulation(stimulus, netlists, conditions).run()


class _Simulation:
    """The blocks one after the other, each with what those before it gave."""

    def __init__(
        self, stimulus: ArrayStimulus, netlists: Mapping[str, Netlist], conditions: Conditions
    ):
        self._stimulus = stimulus
        self._unit = stimulus.unit
        self._netlists = netlists
        self._technology = conditions.technology
        self._wire_ff = conditions.wire_ff
        self._counts: dict[str, int] = {}
        for block in netlists[TOP].blocks:
            self._counts[block.module] = self._counts.get(block.module, 0) + 1
        self._costs = [bare_cost(netlists[TOP], self._technology)]
        self._paths: list[CriticalPath] = []
        self._recordings: dict[str, list[PortRecording]] = {}
        self._handshakes = Handshakes(stimulus)

    def run(self) -> UnitRun:
        stimulus, unit = self._stimulus, self._unit
        control = self._block("control", 1, self._handshakes.inputs)
        self._control = control.outputs
        elements = self._elements()
        rows, cols, copies = unit.rows, unit.cols, stimulus.copies

        def bottom(cycle: int) -> Codes:
            """The sums that leave the columns, ``cols x copies``, bit by bit."""
            sums = unpack(elements.outputs["sum_out"][cycle], elements.lanes)
            last = sums.reshape(-1, copies, cols, rows)[..., -1]
            return last.transpose(0, 2, 1).reshape(-1, cols * copies)

        results = [bottom(cycle) for cycle in range(stimulus.cycles)]
        if f"{TOP}_finish" in self._netlists:
            finish = self._sourced("finish", cols * copies, {"state": lambda cycle: results[cycle]})
            results = [unpack(each, cols * copies) for each in finish.outputs["y"]]
        self._delays(results)
        compared = self._compare(results)
        return UnitRun(
            reduce(Cost.__add__, self._costs),
            max(self._paths, key=lambda path: path.delay_ps),
            self._recordings,
            compared,
        )

    def _block(
        self,
        role: str,
        lanes: int,
        inputs: Callable[[int, Bits], Bits],
        neighbours: Sequence[Neighbour] = (),
        chain: int = 1,
    ) -> Run:
        """Simulate one block, and count its costs as often as it stands in the array."""
        module = f"{TOP}_{role}"
        linked = link(self._netlists, module, module, self._technology.flip_flops)
        netlist = linked.netlist
        counted = self._stimulus.counted
        run = simulate(
            netlist,
            self._technology,
            inputs,
            lanes,
            self._stimulus.cycles,
            counted,
            port_nets(linked) | set(source_nets(netlist)),
            neighbours,
        )
        each = cost_with_glitches(
            run, netlist, self._technology, counted, self._wire_ff, self._stimulus.tile, chain
        )
        self._costs.append(each * self._counts[module])
        self._paths.append(critical_path(netlist, self._technology, self._wire_ff))
        self._recordings |= recordings(linked, run, counted)
        return run

    def _sourced(
        self,
        role: str,
        lanes: int,
        sources: Mapping[str, Source],
        neighbours: Sequence[Neighbour] = (),
        chain: int = 1,
    ) -> Run:
        """:meth:`_block` with ports of bits by run, always enabled."""
        ones = every(lanes)[np.newaxis]

        def inputs(cycle: int, _: Bits) -> Bits:
            reset = ones * (cycle < RESET_CYCLES)
            given = {name: pack(source(cycle)) for name, source in sources.items()}
            return {"clk": 0 * ones, "rst": reset, "enable": ones, **given}

        return self._block(role, lanes, inputs, neighbours, chain)

    def _bit(self, port: str, cycle: int) -> Codes:
        """Bits of the control's output, or zeros before the beginning."""
        (bits,) = unpack(self._control[port][max(cycle, 0)], 1).T
        return bits & (cycle >= 0)

    def _elements(self) -> Run:
        unit, stimulus = self._unit, self._stimulus
        rows, cols, copies = unit.rows, unit.cols, stimulus.copies
        lanes = copies * cols * rows
        inputs = self._netlists[f"{TOP}_element"].inputs
        place = np.arange(lanes).reshape(copies, cols, rows)

        def edge(where: NDArray[np.int64]) -> int:
            return sum(1 << int(lane) for lane in where.ravel())

        left, top, bottom = edge(place[:, 0]), edge(place[..., 0]), edge(place[..., -1])
        right, down = rows, 1
        neighbours = [
            Neighbour("beat_out", "beat_in", right, left),
            Neighbour("a_out", "a_in", right, left),
            Neighbour("sum_out", "sum_in", down, top),
        ]
        if "overflow_in" in inputs:
            neighbours.append(Neighbour("overflow_out", "overflow_in", right, left))

        def everywhere(bits: Codes) -> Codes:
            """``bits x rows x cols x copies``, as far as given, as ``bits x lanes``."""
            every = np.broadcast_to(bits, (len(bits), rows, cols, copies))
            return every.transpose(0, 3, 2, 1).reshape(len(bits), lanes)

        sources: dict[str, Source] = {
            "beat_in": lambda cycle: everywhere(
                np.stack([self._bit("beat", cycle - late) for late in self._row_delays()], axis=1)[
                    :, :, np.newaxis, np.newaxis
                ]
            ),
            "a_in": lambda cycle: everywhere(self._a(cycle)[:, :, np.newaxis, :]),
            "overflow_in": lambda cycle: np.zeros((1, lanes), dtype=bool),
        }
        if unit.dataflow == "os":
            neighbours.append(Neighbour("b_out", "b_in", down, top))
            neighbours.append(Neighbour("shift_out", "shift", right, left))
            sources |= {
                "b_in": lambda cycle: everywhere(self._b(cycle)[:, np.newaxis]),
                "sum_in": lambda cycle: np.zeros((len(inputs["sum_in"]), lanes), dtype=bool),
                "shift": lambda cycle: everywhere(
                    self._bit("shift", cycle)[np.newaxis, :, np.newaxis, np.newaxis]
                ),
            }
        else:
            neighbours.append(Neighbour("weight_out", "weight_in", -down, bottom))
            weights, begin = self._weights(), self._begin()
            sources |= {
                "weight_in": lambda cycle: everywhere(weights(cycle)[:, np.newaxis]),
                "sum_in": lambda cycle: everywhere(begin(cycle)[:, np.newaxis]),
                "load": lambda cycle: everywhere(
                    self._bit("load", cycle)[:, np.newaxis, np.newaxis, np.newaxis]
                ),
            }
        used = {name: source for name, source in sources.items() if name in inputs}
        return self._sourced("element", lanes, used, neighbours, rows)

    def _row_delays(self) -> list[int]:
        """Cycles from the control to each row, the top one first."""
        step = 1 if self._unit.dataflow == "os" else self._stimulus.latency
        return [row * step for row in range(self._unit.rows)]

    def _late(self, stream: Sequence[Codes], cycle: int, delays: Sequence[int]) -> Codes:
        """``bits x lines x copies``: what each line of a stream sees behind its delay."""
        lines = [stream[max(cycle - late, 0)][:, line] for line, late in enumerate(delays)]
        return np.stack(lines, axis=1)

    @cached_property
    def _a_stream(self) -> list[Codes]:
        """Elements of ``a`` at the edge, ``bits x rows x copies`` by cycle, the top row first."""
        width = self._unit.multiplier.format.width
        lines = [self._line_bits(self._stimulus.a(beat), width) for beat in self._handshakes.beats]
        # In an output-stationary array row 0 stands at the bottom.
        return [bits[:, ::-1] for bits in lines] if self._unit.dataflow == "os" else lines

    @cached_property
    def _b_stream(self) -> list[Codes]:
        """The same of ``b``, ``bits x cols x copies``."""
        beats = self._handshakes.beats
        if self._unit.dataflow == "ws":
            beats = self._handshakes.weight_beats
        width = self._unit.multiplier.format_b.width
        return [self._line_bits(self._stimulus.b(beat), width) for beat in beats]

    def _line_bits(self, codes: Codes, width: int) -> Codes:
        """``bits x lines x copies`` of elements by line, the lanes of a line side by side."""
        lanes = self._unit.lanes
        bits = bits_of(codes, width).reshape(width, -1, lanes, codes.shape[-1])
        return bits.transpose(2, 0, 1, 3).reshape(lanes * width, -1, codes.shape[-1])

    @cached_property
    def _begin_stream(self) -> list[Codes]:
        """What sums begin with, ``bits x cols x copies`` by cycle."""
        width = self._unit.accumulator.result.width
        return [bits_of(self._stimulus.begin(beat), width) for beat in self._handshakes.beats]

    def _a(self, cycle: int) -> Codes:
        return self._late(self._a_stream, cycle, self._row_delays())

    def _b(self, cycle: int) -> Codes:
        return self._late(self._b_stream, cycle, range(self._unit.cols))

    def _weights(self) -> Source:
        """Weights as they enter the chains, ``bits x cols x copies``."""
        if f"{TOP}_fold" not in self._netlists:
            return lambda cycle: self._b_stream[cycle]
        lanes = self._unit.cols * self._stimulus.copies
        fold = self._sourced(
            "fold", lanes, {"code": lambda cycle: self._b_stream[cycle].reshape(-1, lanes)}
        )
        return self._output(fold, "folded")

    def _begin(self) -> Source:
        """What the first row adds to, ``bits x cols x copies``."""
        cols, copies = self._unit.cols, self._stimulus.copies
        if not self._unit.partial:
            width = len(self._netlists[f"{TOP}_element"].inputs["sum_in"])
            return lambda cycle: np.zeros((width, cols, copies), dtype=bool)
        begin = self._sourced(
            "begin",
            cols * copies,
            {
                "code": lambda cycle: self._late(
                    self._begin_stream, cycle, range(1, cols + 1)
                ).reshape(-1, cols * copies)
            },
        )
        return self._output(begin, "state")

    def _output(self, run: Run, port: str) -> Source:
        shape = (self._unit.cols, self._stimulus.copies)
        return lambda cycle: unpack(run.outputs[port][cycle], run.lanes).reshape(-1, *shape)

    def _delays(self, results: Sequence[Codes]) -> None:
        """The chains at the edges, a run for every line."""
        copies = self._stimulus.copies

        def beat_and_a(cycle: int) -> Codes:
            a = self._a_stream[cycle]
            beat = self._bit("beat", cycle)[:, np.newaxis, np.newaxis]
            return np.concatenate([np.broadcast_to(beat, (len(beat), *a.shape[1:])), a])

        lines: dict[str, Source] = {
            "delay_a": beat_and_a,
            "delay_b": lambda cycle: self._b_stream[cycle],
            "delay_c": lambda cycle: results[cycle],
            "delay_p": lambda cycle: self._begin_stream[cycle],
        }
        for role, source in lines.items():
            if f"{TOP}_{role}" in self._netlists:
                count = self._unit.rows if role == "delay_a" else self._unit.cols
                self._line(role, count * copies, source)

    def _line(self, role: str, lanes: int, source: Source) -> None:
        self._sourced(role, lanes, {"d": lambda cycle: source(cycle).reshape(-1, lanes)})

    def _compare(self, results: Sequence[Codes]) -> int:
        """Compare what left the columns with the model; how many products that were.

        Raises
        ------
        MismatchError
            One differs, or the control says that something else is there.
        """
        unit, stimulus = self._unit, self._stimulus
        valid = [self._bit("c_valid", cycle)[0] for cycle in range(stimulus.cycles)]
        beats = [cycle for cycle in range(RESET_CYCLES, stimulus.cycles) if valid[cycle]]
        if not beats:
            raise MismatchError(f"netlist {unit.name}: no results came out")
        shape = (unit.cols, stimulus.copies)
        for number, (cycle, expected) in enumerate(zip(beats, stimulus.expected, strict=False)):
            # Each column's result waits for that of the last one.
            lanes = np.stack(
                [
                    results[cycle - (unit.cols - 1 - column)].reshape(-1, *shape)[:, column]
                    for column in range(unit.cols)
                ],
                axis=1,
            )
            found = codes_of(lanes)
            wrong = np.argwhere(found != expected)
            if len(wrong):
                column, copy = wrong[0]
                raise MismatchError(
                    f"netlist {unit.name} differs from the model: result {number}, column {column} "
                    f"of array {copy}: netlist {int(found[column, copy]):#x}, model "
                    f"{int(expected[column, copy]):#x}"
                )
        return stimulus.products(len(beats))
