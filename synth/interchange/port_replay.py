"""Netlists evaluated for what went into their ports in another simulation, before synthesis say."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model import SpecificationError
from lmul_pe.synth.activity.cycle_glitch import CycleGlitches
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate, unpack_bits
from lmul_pe.synth.activity.sequential import simulate
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.netlists.clock_tree import ClockTree, clock_tree
from lmul_pe.synth.netlists.netlist import Netlist

from .own_operands import SimulatedActivity, operand_activity, run_activity
from .vcd import Samples, read_samples
from .verilog_reader import NamedNetlist

_CHUNK = 2048
"""Cycles whose glitches are counted together."""
_WIDEST = 64
"""Bits of a port that fit into one code."""


@dataclass(frozen=True)
class Clock:
    """The input port that is the clock of the flip-flops.

    Parameters
    ----------
    rises
        Whether they take its rising edge, and not its falling one.
    tree
        Its own net, and what is behind it.
    """

    port: str
    rises: bool
    tree: ClockTree


def clock_of(netlist: Netlist, technology: Technology) -> Clock | None:
    """The clock of a netlist; None without flip-flops.

    Raises
    ------
    SpecificationError
        There are several clocks, one that is no port, or flip-flops that take both of its edges.
    """
    tree = clock_tree(netlist, technology)
    if not tree.edges:
        return None
    for port, nets in netlist.inputs.items():
        if tree.edges.keys() == set(nets):
            if len(tree.edges[nets[0]]) > 1:
                raise SpecificationError(
                    f"the flip-flops of {netlist.name} take both edges of {port}: expected one"
                )
            (rises,) = tree.edges[nets[0]]
            return Clock(port, rises, tree)
    raise SpecificationError(
        f"the flip-flops of {netlist.name} have {len(tree.edges)} clocks: expected one, an input "
        "port"
    )


@dataclass(frozen=True)
class Replayed:
    """Activity of a netlist for what went into its ports elsewhere.

    Parameters
    ----------
    operations
        Clock cycles, or operands.
    agreeing
        Those in which the output ports were as recorded, X counting as anything.
    """

    activity: SimulatedActivity
    operations: int
    agreeing: int


def replayed(
    named: NamedNetlist,
    technology: Technology,
    vcd: Path,
    scope: str,
    wire_ff: float = 0.0,
    *,
    glitches: bool = True,
) -> Replayed:
    """Activity of a netlist for the values of its input ports in another simulation.

    X is taken as 0, registers begin at 0, and the first sample is there before the time begins.

    Parameters
    ----------
    vcd, scope
        The waveforms, and the path of the instance in them that has these ports.

    Raises
    ------
    SpecificationError
        Fewer than two samples, all of them at one time, or no single clock.
    """
    netlist = named.netlist
    clocked = clock_of(netlist, technology)
    clock = clocked.port if clocked else None
    for port, nets in netlist.inputs.items():
        if clock is None and len(nets) > _WIDEST:
            raise SpecificationError(
                f"port {port} of {netlist.name} has {len(nets)} bits: expected {_WIDEST} at most "
                "without registers"
            )
    samples = _samples(named, vcd, scope, clocked)
    count = len(samples.times_ps)
    if count < 2:
        raise SpecificationError(
            f"the inputs of {netlist.name} are recorded {count} times: expected 2 changes at least"
        )

    def recorded(ports: Iterable[str]) -> dict[str, list[str]]:
        return {
            port: [samples.values[path] for path in _paths(named, scope, port)]
            for port in ports
            if port != clock
        }

    given, expected = recorded(netlist.inputs), recorded(netlist.outputs)
    period_ps = (samples.times_ps[-1] - samples.times_ps[0]) / (count - 1)
    if not period_ps:
        raise SpecificationError(
            f"the inputs of {netlist.name} are recorded {count} times, all at "
            f"{samples.times_ps[0]:g} ps: expected times that differ"
        )
    if clocked is None:
        operands = {
            port: sum(
                (
                    _ones(bit).astype(np.uint64) << np.uint64(place)
                    for place, bit in enumerate(bits)
                ),
                start=np.zeros(count, dtype=np.uint64),
            )
            for port, bits in given.items()
        }
        activity = operand_activity(
            netlist, technology, operands, period_ps, wire_ff, glitches=glitches
        )
        waveforms = evaluate(netlist, cell_functions(technology), operands)
        found = {
            net: unpack_bits([waveforms.values[net]], count)
            for nets in netlist.outputs.values()
            for net in nets
        }
    else:
        values = {
            port: np.array([_ones(bit) for bit in bits], dtype=np.uint64).T[..., np.newaxis]
            for port, bits in given.items()
        }
        values[clocked.port] = np.zeros((count, 1, 1), dtype=np.uint64)
        outputs = [net for nets in netlist.outputs.values() for net in nets]
        run = simulate(
            netlist,
            technology,
            lambda cycle, _: {port: bits[cycle] for port, bits in values.items()},
            1,
            count,
            keep=netlist.driven,
        )
        activity = run_activity(run, netlist, technology, period_ps, range(1, count))
        if glitches:
            settling = CycleGlitches(run.kept, run.lanes, netlist, technology, wire_ff)
            toggles = dict.fromkeys(netlist.driven, 0.0)
            for start in range(1, count, _CHUNK):
                cycles = range(start, min(start + _CHUNK, count))
                settled = settling.transitions(np.zeros(1, dtype=np.int64), np.array([cycles]))
                for net, counts in settled.counts.items():
                    toggles[net] += float(counts.sum())
            # Those of the clock are no nets that settle.
            toggles |= {net: activity.toggles[net] for net in clocked.tree.nets}
            activity = replace(activity, toggles=toggles)
        found = {
            net: run.kept[net][:, 0] if net in run.kept else np.full(count, net) for net in outputs
        }
    differing = np.zeros(count, dtype=bool)
    for port, nets in netlist.outputs.items():
        for net, bit in zip(nets, expected[port], strict=True):
            known = np.frombuffer(bit.encode(), dtype=np.uint8) != ord("x")
            differing |= known & (_ones(bit) != found[net])
    return Replayed(activity, count, count - int(differing.sum()))


def _samples(named: NamedNetlist, vcd: Path, scope: str, clock: Clock | None) -> Samples:
    inputs = [
        path
        for port in named.netlist.inputs
        if clock is None or port != clock.port
        for path in _paths(named, scope, port)
    ]
    outputs = [path for port in named.netlist.outputs for path in _paths(named, scope, port)]
    if clock is None:
        return read_samples(vcd, inputs, outputs)
    (path,) = _paths(named, scope, clock.port)
    return read_samples(vcd, inputs, outputs, path, rising=clock.rises)


def _paths(named: NamedNetlist, scope: str, port: str) -> list[str]:
    """Of a port's bits in the recording."""
    prefix = f"{scope}." if scope else ""
    return [prefix + bit for bit in named.bits(port)]


def _ones(bit: str) -> NDArray[np.uint8]:
    """A bit's values, X as 0."""
    return (np.frombuffer(bit.encode(), dtype=np.uint8) == ord("1")).astype(np.uint8)
