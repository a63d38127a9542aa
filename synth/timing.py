"""Static timing of combinational netlists, from the linear delays of the cells."""

from dataclasses import dataclass

from .boolean import parse_function
from .netlist import Netlist
from .technology import Technology


@dataclass(frozen=True)
class Arrival:
    """A step of the critical path: when the output pin of an instance settles."""

    instance: str
    cell: str
    pin: str
    time_ps: float


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
    return {
        net: sum(technology.cells[sink.cell].inputs[pin] + wire_ff for sink, pin in sinks)
        for net, sinks in netlist.sinks.items()
    }


def critical_path(netlist: Netlist, technology: Technology, wire_ff: float = 0.0) -> CriticalPath:
    """The slowest path of ``netlist``: intrinsic delay plus delay per load, cell by cell.

    Inputs change and the clock rises at time 0, everywhere at once.  Rise and fall share one delay,
    and slew is that at which the technology's figures were read.
    """
    loads = net_loads(netlist, technology, wire_ff)
    settled: dict[int, tuple[float, tuple[str, int] | None]] = {}
    for instance in (*netlist.registers, *netlist.instances):
        cell = technology.cells[instance.cell]
        pins = {**instance.inputs, **instance.outputs}
        # An output that is made from another one of the cell comes after it.
        for pin in sorted(
            instance.outputs,
            key=lambda pin: any(source in cell.outputs for source in cell.outputs[pin].delay),
        ):
            net = instance.outputs[pin]
            load = loads.get(net, 0.0)
            latest, source = 0.0, None
            for related, (intrinsic, slope) in cell.outputs[pin].delay.items():
                if related not in pins:
                    continue
                time = settled.get(pins[related], (0.0, None))[0] + intrinsic + slope * load
                if time > latest:
                    latest, source = time, (related, pins[related])
            settled[net] = latest, source
    drivers = {
        net: (instance, pin)
        for instance in (*netlist.registers, *netlist.instances)
        for pin, net in instance.outputs.items()
    }
    ends = {
        net: settled[net][0] for nets in netlist.outputs.values() for net in nets if net in settled
    }
    for register in netlist.registers:
        flip_flop = technology.cells[register.cell].flip_flop
        assert flip_flop is not None
        for pin in parse_function(flip_flop.next_state).inputs:
            data = register.inputs[pin]
            if data in settled:
                time = settled[data][0] + flip_flop.setup_ps
                ends[data] = max(ends.get(data, 0.0), time)
    if not ends:
        return CriticalPath(0.0, ())
    last = max(ends, key=lambda end: ends[end])
    steps = []
    step: int | None = last
    while step is not None and step in drivers:
        instance, pin = drivers[step]
        time, source = settled[step]
        steps.append(Arrival(instance.name, instance.cell, pin, time))
        step = source[1] if source else None
    return CriticalPath(ends[last], tuple(reversed(steps)))
