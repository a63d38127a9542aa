"""A design with switches for its mutants under the project's own benches, and what they see."""

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model.unit.ports import ports_of
from lmul_pe.sim.run.regression import BEATS
from lmul_pe.sim.run.runner import Bench, run_bench
from lmul_pe.sim.run.simulators import Simulator
from lmul_pe.sim.testbench.harness import Unit
from lmul_pe.sim.testbench.outcome import Outcome

from .gates import Gates, packed
from .mutants import SELECT, Mutants, port_widths

TRACE = "trace.txt"
"""File in the folder of a run: a line of zeros and ones for every cycle of the clock."""


def switched_unit(mutants: Mutants) -> Unit:
    """The design with every mutant: ``+mutant=N`` says which one a run is about, 0 or none of it.

    Every cycle of its ports is written to :data:`TRACE`.
    """
    name, bits = mutants.unit, mutants.select_bits
    ports = port_widths(mutants.text, name)
    inner = re.sub(rf"\b{name}\b", f"{name}_mutants", mutants.all)
    connections = ", ".join(f".{port}({port})" for port in ports)
    lines = [
        # Bits of one word that depend on each other are no loop.
        "/* verilator lint_off UNOPTFLAT */",
        inner,
        f"module {name}({', '.join(ports)});",
        *(f"  {direction} [{width - 1}:0] {port};" for port, (direction, width) in ports.items()),
        f"  reg [{bits - 1}:0] chosen;",
        f'  initial if (!$value$plusargs("{SELECT}=%d", chosen)) chosen = 0;',
        f"  {name}_mutants all ({connections}, .{SELECT}(chosen));",
        "  integer trace;",
        f'  initial trace = $fopen("{TRACE}", "w");',
        f'  always @(posedge clk) $fdisplay(trace, "%b", {{{", ".join(recorded(mutants))}}});',
        "endmodule",
    ]
    return Unit(mutants.specification, "\n".join(lines) + "\n")


def recorded(mutants: Mutants) -> list[str]:
    """The ports that are written, all but the clock."""
    return [port for port in port_widths(mutants.text, mutants.unit) if port != "clk"]


def benched(mutants: Mutants, number: int, simulator: Simulator, folder: Path) -> list[Outcome]:
    """The verdicts of the project's benches on mutant ``number``, 0 being the design itself.

    Raises
    ------
    SimulationError
        A build or a run that broke off.
    """
    bench = Bench("mutants", [switched_unit(mutants)])
    arguments = [f"+{SELECT}={number}"]
    outcomes, _ = run_bench(
        bench, simulator, pairs=0, beats=BEATS, seed=1, build=folder, arguments=arguments
    )
    return outcomes


@dataclass(frozen=True)
class Seen:
    """What a replay shows of each mutant.

    Parameters
    ----------
    wrong
        Those that give a wrong result or a wrong ``tlast``, the handshakes before it being right:
        a scoreboard finds every one.
    changed
        Those of the others that differ in a handshake or a flag, of which only a bench can say
        whether that is wrong.
    """

    wrong: frozenset[int]
    changed: frozenset[int]


def replayed(mutants: Mutants, trace: str) -> Seen:
    """What every mutant does with the inputs of a trace, all of them at once.

    Raises
    ------
    ValueError
        The design itself does not do what the trace says.
    """
    name = mutants.unit
    specification = mutants.specification
    widths = port_widths(mutants.text, name)
    gates = Gates(mutants.gates, name)
    columns: dict[str, NDArray[np.uint8]] = {}
    lines = np.array([list(line.encode()) for line in trace.split()], dtype=np.uint8)
    at = 0
    for port in recorded(mutants):
        width = widths[port][1]
        # The top bit is written first.
        columns[port] = (lines[:, at : at + width][:, ::-1] == ord("1")).astype(np.uint8)
        at += width
    inputs = [port for port in columns if widths[port][0] == "input"]
    result = ports_of(specification)[-1].name
    payload = [f"{result}_tdata", f"{result}_tlast"]
    outputs = [port for port in columns if widths[port][0] == "output" and port not in payload]

    count = len(mutants.list) + 1
    numbers = np.arange(count, dtype=np.uint32)
    words = -(-count // 64)
    values = gates.values({SELECT: packed(numbers, mutants.select_bits)}, words)
    seen = gates.replay(
        values,
        np.concatenate([gates.place(port) for port in inputs]),
        np.concatenate([columns[port] for port in inputs], axis=1),
        np.concatenate([gates.place(port) for port in (*outputs, *payload)]),
    )
    expected = np.concatenate([columns[port] for port in (*outputs, *payload)], axis=1)
    differs = seen ^ (expected.astype(np.uint64) * np.uint64(2**64 - 1))[:, :, None]
    handshakes = sum(widths[port][1] for port in outputs)
    control = np.bitwise_or.reduce(differs[:, :handshakes], axis=1)
    data = np.bitwise_or.reduce(differs[:, handshakes:], axis=1)
    taken = columns[f"{result}_tvalid"] & columns[f"{result}_tready"] & (1 - columns["rst"])
    # Before the first reset registers hold anything.
    begun = np.maximum.accumulate(columns["rst"])
    data[(taken == 0)[:, 0]] = 0
    control[(begun == 0)[:, 0] | (columns["rst"] == 1)[:, 0]] = 0
    ever_changed = np.bitwise_or.accumulate(control, axis=0)
    wrong = _numbers(np.bitwise_or.reduce(data & ~ever_changed, axis=0), count)
    changed = _numbers(ever_changed[-1], count) - wrong
    if 0 in wrong | changed:
        raise ValueError(f"{name} does not do in gates what it did in its bench")
    return Seen(frozenset(wrong), frozenset(changed))


def _numbers(words: NDArray[np.uint64], count: int) -> set[int]:
    bits = np.unpackbits(words.astype("<u8").view(np.uint8), bitorder="little", count=count)
    return set(np.flatnonzero(bits).tolist())


def once(simulator: Simulator, seed: int) -> Simulator:
    """The simulator with a single run."""
    return replace(simulator, seeds=(seed,))
