"""What the streams of a unit do, cycle by cycle, in Amaranth's simulator."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from amaranth.hdl import Module, ResetInserter, Signal
from amaranth.sim import Simulator, SimulatorContext

from lmul_pe.hw.export.verilog import component_of
from lmul_pe.model import SystolicArray, unit_named
from lmul_pe.model.unit.ports import ports_of

from .inline import InlineBlocks

Trace = dict[str, list[int | None]]
"""A value for every cycle by the name of a signal; none where data are not valid."""


@dataclass(frozen=True)
class Scene:
    """What happens at the streams of a unit.

    Parameters
    ----------
    unit
        Its name.
    cycles
        How many are shown.
    beats
        By stream of operands: data and ``tlast`` of each beat.
    pauses
        By stream: cycles in which no beat is offered that was not before, or none is taken.
    reset
        Cycles of reset.
    """

    unit: str
    cycles: int
    beats: Mapping[str, Sequence[tuple[int, int]]]
    pauses: Mapping[str, Collection[int]] = field(default_factory=dict)
    reset: Collection[int] = ()


def traced(scene: Scene) -> Trace:
    """Every stream's ``tvalid``, ``tready``, ``tdata`` and ``tlast``, below ``rst``."""
    specification = unit_named(scene.unit)
    blocks = InlineBlocks(scene.unit) if isinstance(specification, SystolicArray) else None
    component = component_of(specification, blocks=blocks)
    reset = Signal()
    ports = ports_of(specification)
    trace: Trace = {"rst": []}
    for port in ports:
        trace |= {f"{port.name}_{name}": [] for name in ("tvalid", "tready", "tdata", "tlast")}

    async def bench(context: SimulatorContext) -> None:
        waiting = {name: list(beats) for name, beats in scene.beats.items()}
        for cycle in range(scene.cycles):
            context.set(reset, cycle in scene.reset)
            for port in ports:
                free = cycle not in scene.pauses.get(port.name, ())
                if not port.is_input:
                    context.set(getattr(component, f"{port.name}_tready"), free)
                    continue
                offered = free and bool(waiting[port.name]) and cycle not in scene.reset
                data, last = waiting[port.name][0] if offered else (0, 0)
                context.set(getattr(component, f"{port.name}_tvalid"), offered)
                context.set(getattr(component, f"{port.name}_tdata"), data)
                context.set(getattr(component, f"{port.name}_tlast"), last)
            trace["rst"].append(int(cycle in scene.reset))
            for port in ports:
                valid, ready, data, last = (
                    context.get(getattr(component, f"{port.name}_{name}"))
                    for name in ("tvalid", "tready", "tdata", "tlast")
                )
                trace[f"{port.name}_tvalid"].append(valid)
                trace[f"{port.name}_tready"].append(ready)
                trace[f"{port.name}_tdata"].append(data if valid else None)
                trace[f"{port.name}_tlast"].append(last if valid else 0)
                if port.is_input and valid and ready:
                    waiting[port.name].pop(0)
            await context.tick()

    m = Module()
    m.submodules.unit = ResetInserter(reset)(component)
    simulator = Simulator(m)
    simulator.add_clock(1e-8)
    simulator.add_testbench(bench)
    simulator.run()
    return trace
