"""Static timing of netlists, from the linear delays of the cells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import NamedTuple

from lmul_pe.synth.cells.boolean import parse_function
from lmul_pe.synth.cells.technology import Technology

from .netlist import Instance, Netlist

RISE, FALL = 0, 1
"""The edges of a net, as they are counted here."""


@dataclass(frozen=True)
class Arrival:
    """A step of the critical path: when the output pin of an instance ``rises``, or else falls."""

    instance: str
    cell: str
    pin: str
    time_ps: float
    rises: bool = True


@dataclass(frozen=True)
class CriticalPath:
    """The slowest path from an input port or register to an output port or register.

    ``steps`` are in the order of the signal; ``delay_ps`` is when the last one settles, and the
    setup time of a register where the path ends in one.
    """

    delay_ps: float
    steps: tuple[Arrival, ...]


def net_loads(netlist: Netlist, technology: Technology, wire_ff: float = 0.0) -> dict[int, float]:
    """Capacitance in fF on every net: the pins that it drives, and ``wire_ff`` for each of them.

    Output ports carry no load.
    """
    loads: dict[int, float] = {}
    for sink in (*netlist.instances, *netlist.registers):
        capacitances = technology.cells[sink.cell].inputs
        for pin, net in sink.inputs.items():
            loads[net] = loads.get(net, 0.0) + (capacitances[pin] + wire_ff)
    return loads


@dataclass(frozen=True)
class PathGroups:
    """The slowest path of each kind, None where there is none; setup times are in those that end in
    a register, and the enable of a clock gate counts as one.
    """

    input_to_output: CriticalPath | None
    input_to_register: CriticalPath | None
    register_to_register: CriticalPath | None
    register_to_output: CriticalPath | None

    @property
    def named(self) -> dict[str, CriticalPath]:
        """Those that there are, as they are called in reports."""
        paths = {
            "input to output": self.input_to_output,
            "input to register": self.input_to_register,
            "register to register": self.register_to_register,
            "register to output": self.register_to_output,
        }
        return {name: path for name, path in paths.items() if path}

    @property
    def slowest(self) -> CriticalPath:
        """The slowest of all; without any, one of no time."""
        return max(self.named.values(), key=lambda path: path.delay_ps, default=_NO_PATH)


_NO_PATH = CriticalPath(0.0, ())


def critical_path(netlist: Netlist, technology: Technology, wire_ff: float = 0.0) -> CriticalPath:
    """The slowest path of ``netlist``, of any kind; see :func:`path_groups`."""
    timing = _Timing(netlist, technology, net_loads(netlist, technology, wire_ff))
    settled = timing.settled(timing.ports() | timing.register_outputs())
    return timing.slowest(settled, [*timing.output_ends(), *timing.data_ends()]) or _NO_PATH


def path_groups(netlist: Netlist, technology: Technology, wire_ff: float = 0.0) -> PathGroups:
    """The slowest paths of ``netlist``: intrinsic delay plus delay per load, cell by cell.

    Inputs change and the clock's active edge comes at time 0, everywhere at once, behind clock
    gates too: what these take is one with what the tree takes elsewhere.  Rising and
    falling outputs have their own delays where the technology tells them apart, and slew is that at
    which its figures were read.  Constants begin no path.
    """
    timing = _Timing(netlist, technology, net_loads(netlist, technology, wire_ff))
    from_ports = timing.settled(timing.ports())
    from_registers = timing.settled(timing.register_outputs())
    outputs, data = timing.output_ends(), timing.data_ends()
    return PathGroups(
        timing.slowest(from_ports, outputs),
        timing.slowest(from_ports, data),
        timing.slowest(from_registers, data),
        timing.slowest(from_registers, outputs),
    )


class _Edge(NamedTuple):
    """When a net rises or falls at the latest, and the net and edge that it waits for."""

    time_ps: float
    net: int | None = None
    edge: int = RISE


_Edges = tuple[_Edge | None, _Edge | None]
"""The rise and the fall of a net; None where nothing makes it."""

_BEGIN: _Edges = (_Edge(0.0), _Edge(0.0))
_NEVER = -inf


class _Arc(NamedTuple):
    """How an edge of an output follows an edge of another pin: in ps, and in ps by fF of load."""

    related: str
    edge: int
    cause: int
    intrinsic: float
    slope: float


@dataclass(frozen=True)
class _Timing:
    netlist: Netlist
    technology: Technology
    loads: Mapping[int, float]

    def ports(self) -> dict[int, _Edges]:
        """When input ports change."""
        return {net: _BEGIN for nets in self.netlist.inputs.values() for net in nets}

    def output_ends(self) -> list[tuple[int, float]]:
        """The nets of output ports, which need no time beside."""
        return [(net, 0.0) for nets in self.netlist.outputs.values() for net in nets]

    def data_ends(self) -> list[tuple[int, float]]:
        """The nets that registers and clock gates take, with the setup time of each."""
        data = []
        for register in self.netlist.registers:
            flip_flop = self.technology.cells[register.cell].flip_flop
            assert flip_flop is not None
            for pin in flip_flop.data:
                if pin in register.inputs:
                    data.append((register.inputs[pin], flip_flop.setup_ps))
        for instance in self.netlist.instances:
            # A latch holds the enable from the rising edge on, so that it has the whole cycle.
            if gate := self.technology.cells[instance.cell].clock_gate:
                data.append((instance.inputs[gate.enable], gate.setup_ps))
        return data

    def register_outputs(self) -> dict[int, _Edges]:
        """When the outputs of flip-flops settle after the clock."""
        settled: dict[int, _Edges] = {}
        for register in self.netlist.registers:
            flip_flop = self.technology.cells[register.cell].flip_flop
            assert flip_flop is not None
            clock = register.inputs[flip_flop.clock_pin]
            outputs = self._outputs(register, {clock: _BEGIN})
            for net, edges in outputs.items():
                # The path begins at the register.
                rise, fall = (edge._replace(net=None) if edge else None for edge in edges)
                settled[net] = rise, fall
        return settled

    def settled(self, begin: Mapping[int, _Edges]) -> dict[int, _Edges]:
        """When the nets settle to which something comes from where it begins."""
        settled = dict(begin)
        if begin:
            for instance in self.netlist.instances:
                settled |= self._outputs(instance, settled)
        return settled

    def _outputs(self, instance: Instance, settled: Mapping[int, _Edges]) -> dict[int, _Edges]:
        """When the outputs of one cell settle."""
        inputs = instance.inputs
        found: dict[int, _Edges] = {}
        for pin, arcs in self._arcs(instance.cell).items():
            net = instance.outputs.get(pin)
            if net is None:
                continue
            load = self.loads.get(net, 0.0)
            times, causes = [_NEVER, _NEVER], [(0, RISE), (0, RISE)]
            for related, edge, cause, intrinsic, slope in arcs:
                # Another output of the cell may come between.
                source = inputs.get(related, instance.outputs.get(related))
                if source is None:
                    continue
                before = found.get(source) or settled.get(source)
                begun = before[cause] if before else None
                if begun is None:
                    continue
                time = begun.time_ps + intrinsic + slope * load
                if time > times[edge]:
                    times[edge] = time
                    causes[edge] = source, cause
            rise, fall = (
                None if time == _NEVER else _Edge(time, *cause)
                for time, cause in zip(times, causes, strict=True)
            )
            if rise or fall:
                found[net] = rise, fall
        return found

    def _arcs(self, cell: str) -> Mapping[str, Sequence[_Arc]]:
        """By output pin; one that is made from another output of the cell comes after it."""
        if cell not in self._known_arcs:
            outputs = self.technology.cells[cell].outputs
            self._known_arcs[cell] = {
                pin: [
                    _Arc(related, edge, cause, *output.edges.get(related, (line, line))[edge])
                    for related, line in output.delay.items()
                    for edge, cause in _CAUSES[parse_function(output.function).sense(related)]
                ]
                for pin, output in sorted(
                    outputs.items(),
                    key=lambda each: any(source in outputs for source in each[1].delay),
                )
            }
        return self._known_arcs[cell]

    @cached_property
    def _known_arcs(self) -> dict[str, Mapping[str, Sequence[_Arc]]]:
        return {}

    def slowest(
        self, settled: Mapping[int, _Edges], ends: Iterable[tuple[int, float]]
    ) -> CriticalPath | None:
        """The slowest path to one of ``ends``, each with the time that it needs beside."""
        times = [
            (arrival.time_ps + more, net, edge)
            for net, more in ends
            for edge, arrival in enumerate(settled.get(net, ()))
            if arrival
        ]
        if not times:
            return None
        delay, last, edge = max(times, key=lambda each: each[0])
        steps = []
        net: int | None = last
        while net is not None and net in self._drivers:
            arrival = settled[net][edge]
            assert arrival is not None
            instance, pin = self._drivers[net]
            steps.append(Arrival(instance.name, instance.cell, pin, arrival.time_ps, edge == RISE))
            net, edge = arrival.net, arrival.edge
        return CriticalPath(delay, tuple(reversed(steps)))

    @cached_property
    def _drivers(self) -> dict[int, tuple[Instance, str]]:
        return {
            net: (instance, pin)
            for instance in (*self.netlist.registers, *self.netlist.instances)
            for pin, net in instance.outputs.items()
        }


_CAUSES = {
    "positive": ((RISE, RISE), (FALL, FALL)),
    "negative": ((RISE, FALL), (FALL, RISE)),
    "both": ((RISE, RISE), (RISE, FALL), (FALL, RISE), (FALL, FALL)),
}
"""By the sense of an input: each edge of the output, and an edge of the input that can make it."""
