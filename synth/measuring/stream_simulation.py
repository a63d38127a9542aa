"""A unit between two streams simulated as one netlist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lmul_pe.synth.activity.cycle_glitch import source_nets
from lmul_pe.synth.activity.replay import PortRecording, port_nets, recordings
from lmul_pe.synth.activity.sequential import simulate
from lmul_pe.synth.netlists.linking import Linked
from lmul_pe.synth.netlists.timing import CriticalPath, critical_path
from lmul_pe.synth.workload.conditions import Conditions
from lmul_pe.synth.workload.settings import MismatchError
from lmul_pe.synth.workload.stream_stimulus import LANES, StreamStimulus

from .cost import Cost, cost_with_glitches


@dataclass(frozen=True)
class UnitRun:
    """What the simulation of a unit gave.

    Parameters
    ----------
    cost
        Of the whole unit in a clock cycle.
    path
        The slowest path; of an array, that of any of its blocks.
    recordings
        Module to what happened at the ports of its instances.
    products
        Those in all sums that were compared with the model.
    """

    cost: Cost
    path: CriticalPath
    recordings: Mapping[str, Sequence[PortRecording]]
    products: int


def run_stream(stimulus: StreamStimulus, linked: Linked, conditions: Conditions) -> UnitRun:
    """Simulate the unit that ``stimulus`` is for, and compare its sums with the model.

    Raises
    ------
    MismatchError
        A sum differs from the model.
    """
    technology, settings, netlist = conditions.technology, conditions.settings, linked.netlist
    run = simulate(
        netlist,
        technology,
        stimulus.inputs,
        LANES,
        stimulus.cycles,
        stimulus.counted,
        port_nets(linked) | set(source_nets(netlist)),
    )
    mismatch = stimulus.mismatch(run)
    if mismatch:
        raise MismatchError(f"netlist {netlist.name} differs from the model: {mismatch}")
    return UnitRun(
        cost_with_glitches(
            run,
            netlist,
            technology,
            stimulus.counted,
            settings.wire_ff,
            stimulus.period,
            seed=settings.seed,
        ),
        critical_path(netlist, technology, settings.wire_ff),
        recordings(linked, run, stimulus.counted),
        stimulus.products,
    )
