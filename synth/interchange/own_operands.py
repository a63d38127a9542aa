"""Activity of netlists on our own operands, as a simulator would record it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model import DotProduct, Mac, SpecificationError, unit_named
from lmul_pe.synth.activity.energy import Activity
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate, unpack_bits
from lmul_pe.synth.activity.glitch import transitions
from lmul_pe.synth.activity.leakage import leakages_nw
from lmul_pe.synth.activity.sequential import Run, simulate
from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.multipliers import multiplier_design_named
from lmul_pe.synth.netlists.clock_tree import clock_tree
from lmul_pe.synth.netlists.netlist import ONE, ZERO, Netlist
from lmul_pe.synth.workload.settings import MismatchError
from lmul_pe.synth.workload.stream_stimulus import LANES, StreamStimulus
from lmul_pe.synth.workload.streams import Workload


@dataclass(frozen=True)
class SimulatedActivity(Activity):
    """An activity of which the values of all pins of a cell are known at the same moment.

    Parameters
    ----------
    leakage_nw
        Mean leakage power of all cells together, by their states.
    """

    leakage_nw: float


def operand_activity(
    netlist: Netlist,
    technology: Technology,
    operands: Mapping[str, NDArray[Any]],
    period_ps: float,
    wire_ff: float = 0.0,
    *,
    glitches: bool = True,
) -> SimulatedActivity:
    """Activity of a netlist without registers, for one operand after the other.

    How long a net is 1, and what leaks, is counted from what it settles on.

    Parameters
    ----------
    operands
        Input port to codes; the first one is there before the time begins.
    period_ps
        Between one operand and the next.
    glitches
        Whether all transitions count, or only those from one settled value to the next.
    """
    waveforms = evaluate(netlist, cell_functions(technology), operands)
    high: dict[int, float] = {}
    toggles: dict[int, float] = {}
    for net, words in waveforms.values.items():
        if net in (ZERO, ONE):
            continue
        bits = unpack_bits([words], waveforms.count)
        high[net] = float(bits[1:].sum()) * period_ps
        toggles[net] = float((bits[1:] != bits[:-1]).sum())
    if glitches:
        counts = transitions(netlist, technology, operands, wire_ff).counts
        toggles = {net: float(counts[net].sum()) for net in toggles}
    leakage_nw = float(leakages_nw(netlist, technology, waveforms.sample).sum())
    return SimulatedActivity((waveforms.count - 1) * period_ps, toggles, high, leakage_nw)


def run_activity(
    run: Run, netlist: Netlist, technology: Technology, period_ps: float, counted: range
) -> SimulatedActivity:
    """Activity of a simulation with registers that kept every net, its runs one after another.

    The clock's nets are high for half of the time, or of the cycles in which a gate lets it pass.

    Parameters
    ----------
    period_ps
        Clock period.
    counted
        The cycles whose toggles count.
    """
    clocks = clock_tree(netlist, technology)
    cycles = run.lanes * len(counted)
    high = {
        net: int(np.bitwise_count(run.kept[net][counted.start : counted.stop]).sum()) * period_ps
        for net in run.kept.nets
    }
    toggles: dict[int, float] = dict(run.toggles)
    for clock in clocks.nets:
        if clock not in clocks.gated:
            toggles[clock] = 2 * cycles
        high[clock] = toggles[clock] / 2 * period_ps / 2
    leakage_nw = float(leakages_nw(netlist, technology, run.sample).sum())
    return SimulatedActivity(cycles * period_ps, toggles, high, leakage_nw)


def multiplier_activity(
    netlist: Netlist,
    technology: Technology,
    workload: Workload,
    count: int,
    seed: int,
    period_ps: float,
    wire_ff: float = 0.0,
    *,
    glitches: bool = True,
) -> SimulatedActivity:
    """Activity of a multiplier or a bare adder, whose name says what its operands are.

    Raises
    ------
    SpecificationError
        The name says nothing, or the ports are others.
    """
    try:
        design = multiplier_design_named(netlist.name)
    except SpecificationError:
        raise SpecificationError(
            f"{netlist.name!r} is not the name of a multiplier, adder, multiply-accumulate or dot "
            "product: expected its activity by --saif or --vcd"
        ) from None
    for port, bits in zip("ab", design.operand_bits, strict=True):
        if len(netlist.inputs.get(port, ())) != bits:
            raise SpecificationError(
                f"{netlist.name} has no input port {port} of {bits} bits: expected those of the "
                "design of that name, or activity by --saif or --vcd"
            )
    a, b = design.stream(workload, count, seed)
    given = {"a": a, "b": b}
    return operand_activity(netlist, technology, given, period_ps, wire_ff, glitches=glitches)


def unit_activity(
    netlist: Netlist, technology: Technology, workload: Workload, seed: int, period_ps: float
) -> SimulatedActivity:
    """Activity, without glitches, of a multiply-accumulate unit or dot product between streams.

    Its name says which one it is.

    Raises
    ------
    SpecificationError
        The name is not that of one.
    MismatchError
        It does not do what its model says.
    """
    try:
        unit = unit_named(netlist.name)
    except SpecificationError:
        unit = None
    if not isinstance(unit, Mac | DotProduct):
        raise SpecificationError(
            f"{netlist.name!r} is not the name of a multiply-accumulate or dot product: expected "
            "its activity by --saif or --vcd"
        )
    stimulus = StreamStimulus(unit, workload, seed)
    if stimulus.inputs(0, {}).keys() != netlist.inputs.keys():
        raise SpecificationError(
            f"{netlist.name} has input ports {', '.join(netlist.inputs)}: expected those of the "
            "unit of that name, or activity by --saif or --vcd"
        )
    run = simulate(
        netlist,
        technology,
        stimulus.inputs,
        LANES,
        stimulus.cycles,
        stimulus.counted,
        netlist.driven,
    )
    mismatch = stimulus.mismatch(run)
    if mismatch:
        raise MismatchError(f"netlist {netlist.name} differs from the model: {mismatch}")
    return run_activity(run, netlist, technology, period_ps, stimulus.counted)
