"""What becomes of each mutant: killed by the project's checks, proved equal, or a gap."""

import hashlib
import json
import multiprocessing
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from lmul_pe.hw.export.yosys import run_yosys
from lmul_pe.model import Multiplier
from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.command.files import write_whole
from lmul_pe.model.command.source import source_digest
from lmul_pe.model.unit.ports import ports_of
from lmul_pe.sim.formal.kept import proof_of
from lmul_pe.sim.formal.reachability import StreamProof
from lmul_pe.sim.formal.workers import spread
from lmul_pe.sim.run.regression import PAIRS
from lmul_pe.sim.run.runner import SimulationError
from lmul_pe.sim.run.simulators import verilator
from lmul_pe.sim.testbench.operand_pairs import bench_pairs

from .gates import Gates, constant, packed
from .mutants import SELECT, Mutant, Mutants, mutants_of, port_widths
from .reached import told_apart
from .trace import TRACE, Seen, benched, once, replayed

KILLED, EQUAL, GAP, OPEN = "killed", "equal", "gap", "open"
CHECKS = ("model", "sim/bench", "sim/testbench", "sim/run")
"""The source that decides what is killed, beside :data:`MAKING`."""
MAKING = tuple(
    f"sim/mutation/{name}.py" for name in ("mutants", "gates", "trace", "reached", "verdicts")
)
SECONDS = 180
"""What a solver is given for a proof."""


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant.

    Parameters
    ----------
    mutant
        Which one.
    number
        Its place in the campaign, from 1.
    outcome
        :data:`KILLED`; :data:`EQUAL`, proved from any state or from a reset on; :data:`GAP`, there
        are inputs on which it differs though no check has them; :data:`OPEN`, neither.
    reason
        By what, in words.
    """

    mutant: Mutant
    number: int
    outcome: str
    reason: str


def verdicts(
    design: str,
    count: int,
    seed: int,
    folder: Path,
    jobs: int,
    report: Callable[[int, str], None] = lambda done, what: None,
) -> list[Verdict]:
    """What becomes of ``count`` mutants of an exported design.

    Parameters
    ----------
    folder
        Where all that was found out is kept by what it is about.
    jobs
        Processes side by side.
    report
        Called with the number of mutants that a step has decided, and with what comes next.

    Raises
    ------
    SpecificationError
        No such unit, or no such instance in it.
    SimulationError
        A build broke off, or the design itself fails its benches.
    """
    mutants = mutants_of(design, count, seed)
    known = (mutants.text, [mutant.command for mutant in mutants.list])
    report(0, f"checks of {design}")
    if isinstance(mutants.specification, Multiplier) and not mutants.specification.latency:
        wrong = _remembered(folder, ("pairs", known), lambda: sorted(_wrong_products(mutants)))
        seen = Seen(frozenset(wrong), frozenset())
    else:
        found = _remembered(folder, ("trace", known), lambda: _traced(mutants, folder))
        seen = Seen(*map(frozenset, found))
    decided = dict.fromkeys(seen.wrong, (KILLED, "a wrong result"))
    report(len(seen.wrong), f"benches of {design}")
    bench = partial(_benched, design, count, seed, folder)
    for number, fault in spread(bench, sorted(seen.changed), jobs):
        if fault:
            decided[number] = KILLED, fault
            report(1, f"benches of {design}")
    left = [number for number in range(1, len(mutants.list) + 1) if number not in decided]
    report(0, f"proofs of {design}")
    for number, outcome in spread(partial(_proved, design, count, seed, folder), left, jobs):
        decided[number] = outcome
        report(1, f"proofs of {design}")
    return [
        Verdict(mutant, number, *decided[number])
        for number, mutant in enumerate(mutants.list, start=1)
    ]


def _remembered(folder: Path, key: object, make: Callable[[], Any]) -> Any:
    """What ``make`` gives, as JSON has it, from ``folder`` if it was made of the same source."""
    text = json.dumps([version("pyosys"), source_digest({}, *CHECKS, *MAKING), key])
    path = folder / f"{hashlib.sha256(text.encode()).hexdigest()}.json"
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        found = make()
        write_whole(path, json.dumps(found))
        return found


def _wrong_products(mutants: Mutants) -> set[int]:
    """The mutants that are wrong on a pair on which the project checks a multiplier."""
    multiplier = mutants.specification
    assert isinstance(multiplier, Multiplier)
    gates = Gates(mutants.gates, mutants.unit)
    a, b = bench_pairs(multiplier, PAIRS, seed=1)
    first, second, result = (format.width for format in multiplier.formats)
    expected = packed(multiplier.compute(a, b), result)
    (there,) = packed(np.ones(len(a), dtype=np.uint8), 1)
    values = gates.values({"a": packed(a, first), "b": packed(b, second)}, len(there))
    wrong = set()
    for number in range(len(mutants.list) + 1):
        values[gates.place(SELECT)] = constant(number, mutants.select_bits)
        gates.settle(values)
        if ((values[gates.place("y")] ^ expected) & there).any():
            wrong.add(number)
    if 0 in wrong:
        raise SimulationError(f"{mutants.unit} itself is wrong on its check pairs")
    return wrong


def _traced(mutants: Mutants, folder: Path) -> tuple[list[int], list[int]]:
    """What the benches would see, over both runs of the simulator."""
    simulator = verilator()
    place = folder / mutants.unit
    outcomes = benched(mutants, 0, simulator, place)
    failed = [outcome.first for outcome in outcomes if outcome.mismatches]
    if failed:
        raise SimulationError(f"{mutants.unit} itself fails its bench: {failed[0]}")
    runs = [
        replayed(mutants, (place / "mutants" / simulator.name / f"run{seed}" / TRACE).read_text())
        for seed in simulator.seeds
    ]
    wrong = frozenset().union(*(seen.wrong for seen in runs))
    return sorted(wrong), sorted(frozenset().union(*(seen.changed for seen in runs)) - wrong)


def _benched(design: str, count: int, seed: int, folder: Path, number: int) -> str | None:
    """The first fault that a bench finds in a mutant."""
    mutants = mutants_of(design, count, seed)
    # Each process has a build of its own.
    place = folder / f"{mutants.unit}-{multiprocessing.current_process().name}"

    def find() -> str | None:
        simulator = verilator()
        try:
            for run in simulator.seeds:
                for outcome in benched(mutants, number, once(simulator, run), place):
                    if outcome.mismatches:
                        return outcome.first
        except SimulationError:
            return "a bench that broke off"
        return None

    command = mutants.list[number - 1].command
    found: str | None = _remembered(folder, ("bench", mutants.text, command), find)
    return found


def _proved(design: str, count: int, seed: int, folder: Path, number: int) -> tuple[str, str]:
    mutants = mutants_of(design, count, seed)
    texts = [mutants.text, mutants.one(mutants.list[number - 1])]
    clocked = "clk" in port_widths(mutants.text, mutants.unit)
    if clocked:
        texts = [_cut(mutants, text) for text in texts]
    try:
        proof = proof_of(texts[0], texts[1], mutants.unit, SECONDS, folder)
    except SpecificationError:
        # A register goes by the name of what it drives, which may be another signal in the mutant.
        return _reached(mutants, number, folder)
    if proof.proved:
        return EQUAL, f"{proof.method}, from any state" if clocked else proof.method
    if clocked:
        return _reached(mutants, number, folder)
    if not proof.ended:
        return OPEN, f"no proof in {SECONDS} s"
    assert proof.counterexample is not None
    return GAP, _shown(dict(proof.counterexample[-1].inputs))


def _reached(mutants: Mutants, number: int, folder: Path) -> tuple[str, str]:
    """Of one that differs in some state, or has other registers: whether a reset leads there."""
    mutant = mutants.list[number - 1]
    found = _remembered(
        folder,
        ("reached", mutants.text, mutant.command),
        lambda: asdict(told_apart(mutants, mutant, SECONDS)),
    )
    proof = StreamProof(**found)
    if proof.proved:
        return EQUAL, "PDR, from a reset on"
    if proof.refuted:
        return GAP, "some inputs from a reset on"
    return OPEN, f"no difference in {proof.bound} cycles from a reset, and no proof"


def _shown(inputs: dict[str, int]) -> str:
    return ", ".join(f"{name}={value:#x}" for name, value in inputs.items())


def _cut(mutants: Mutants, text: str) -> str:
    """The design without registers: what they hold is an input, what they will hold an output.

    Of results, ``tdata`` and ``tlast`` are seen only where ``tvalid`` is set: nobody may look at
    them elsewhere.
    """
    unit = mutants.unit
    ports = port_widths(mutants.text, unit)
    result = ports_of(mutants.specification)[-1].name
    hidden = {f"{result}_tdata", f"{result}_tlast"}
    lines, connections = [f"module {unit}({', '.join(ports)});"], []
    for port, (direction, width) in ports.items():
        lines.append(f"  {direction} [{width - 1}:0] {port};")
        inner = f"{port}_always" if port in hidden else port
        connections.append(f".{port}({inner})")
        if port in hidden:
            lines.append(f"  wire [{width - 1}:0] {inner};")
            lines.append(f"  assign {port} = {inner} & {{{width}{{{result}_tvalid}}}};")
    lines.append(f"  {unit}_all all ({', '.join(connections)});\nendmodule\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "design.il").write_text(text)
        (folder / "seen.v").write_text("\n".join(lines))
        run_yosys(
            [
                "read_rtlil design.il",
                f"rename {unit} {unit}_all",
                "read_verilog seen.v",
                f"hierarchy -check -top {unit}",
                "flatten -noscopeinfo -separator _",
                "dffunmap",
                "expose -dff -evert-dff",
                # The clock, and where it leads to.
                f"delete {unit}/i:clk {unit}/o:*.c",
                "write_rtlil design.il",
            ],
            folder,
        )
        return (folder / "design.il").read_text()
