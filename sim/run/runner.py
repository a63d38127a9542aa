"""Builds and runs benches by ``cocotb_tools.runner``."""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from cocotb_tools.check_results import get_results
from cocotb_tools.runner import Runner, get_runner

from lmul_pe.model.command.files import write_whole
from lmul_pe.model.format.codec import Codes
from lmul_pe.sim.testbench.configuration import VARIABLE, Configuration
from lmul_pe.sim.testbench.harness import Harness, Unit
from lmul_pe.sim.testbench.outcome import Outcome, read_outcomes

from .simulators import Simulator

BUILD = Path("build/sim")
_LOG_LINES = 12
_SIDES = ((0, "a"), (1, "b"))


class SimulationError(RuntimeError):
    """A build or a run that broke off; the text names the log and ends with its last lines."""


@dataclass(frozen=True)
class Bench:
    """Units that are built and run together.

    Parameters
    ----------
    name
        Of the top-level module and of the build folder.
    units
        Of different names.
    operands
        Two matrices by the name of an array: only their products are run, which leave their results
        in :data:`~.products.RESULTS`.
    """

    name: str
    units: Sequence[Unit]
    operands: Mapping[str, tuple[Codes, Codes]] | None = None

    def __post_init__(self) -> None:
        if self.name in {unit.name for unit in self.units}:
            raise ValueError(f"bench {self.name} has the name of one of its units: two modules")

    @property
    def harness(self) -> Harness:
        return Harness([unit.specification for unit in self.units])

    @property
    def benched(self) -> dict[str, int]:
        """Modules of tests to the number of units that each of their tests is about."""
        if self.operands is not None:
            return {"lmul_pe.sim.bench.products": len(self.operands)}
        return self.harness.benched

    @property
    def verilog(self) -> str:
        """The units and the top-level module."""
        return "\n".join(unit.verilog for unit in self.units) + self.harness.verilog(self.name)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes out of ``folder``: two builds in one would mix."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _failure(what: str, log: Path) -> SimulationError:
    lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
    tail = "\n".join(line for line in lines if line.strip()) or "(no output)"
    tail = "\n".join(tail.splitlines()[-_LOG_LINES:])
    return SimulationError(f"{what} failed, see {log}; its last lines:\n{tail}")


def _build(bench: Bench, simulator: Simulator, folder: Path, waves: bool) -> Runner:
    """Build ``bench`` unless the very same build was completed before."""
    source = folder / f"{bench.name}.v"
    log = folder / "build.log"
    done = folder / "built.json"
    text = bench.verilog
    digest = hashlib.sha256(text.encode()).hexdigest()
    key = json.dumps([simulator.version, simulator.build_arguments, waves, digest])
    complete = done.is_file() and done.read_text() == key
    runner = get_runner(simulator.name)
    if not complete:
        # Nothing of a build that was interrupted is fit for use, least of all half an object file.
        if folder.exists():
            shutil.rmtree(folder)
        write_whole(source, text)
    try:
        runner.build(
            sources=[source],
            hdl_toplevel=bench.name,
            build_dir=folder,
            build_args=list(simulator.build_arguments),
            always=not complete,
            timescale=("1ns", "1ps"),
            waves=waves,
            log_file=log,
        )
    except (RuntimeError, SystemExit):
        raise _failure(f"building {bench.name} with {simulator.name}", log) from None
    write_whole(done, key)
    return runner


def run_bench(
    bench: Bench,
    simulator: Simulator,
    *,
    pairs: int,
    beats: int,
    seed: int,
    build: Path = BUILD,
    waves: bool = False,
    arguments: Sequence[str] = (),
    report: Callable[[str], None] = lambda text: None,
) -> tuple[list[Outcome], list[Path]]:
    """Build ``bench`` below ``build``, run it once per seed of ``simulator``, collect the verdicts.

    Parameters
    ----------
    bench, simulator
        What to run, and on what.
    pairs, beats
        As in :class:`~.configuration.Configuration`.
    seed
        Of everything random; later runs take the numbers after it.
    build
        Folder below which every bench and simulator has a folder of its own.
    waves
        Record waveforms.
    arguments
        Of the simulation beside those of the simulator, as ``+name=value``.
    report
        Called with a line of text at the start of each step.

    Returns
    -------
    The outcomes of all runs, and the waveforms, none without ``waves``.

    Raises
    ------
    SimulationError
        A build failed, a run broke off, or a unit was left without a verdict.
    """
    folder = (build / bench.name / simulator.name).resolve()
    outcomes: list[Outcome] = []
    waveforms: list[Path] = []
    names = [unit.name for unit in bench.units]
    with _alone(folder), simulator.installed():
        report(f"building {bench.name} with {simulator.name} {simulator.version}")
        runner = _build(bench, simulator, folder, waves)
        for index, random_state in enumerate(simulator.seeds):
            run = folder / f"run{random_state}"
            run.mkdir(exist_ok=True)
            report(f"simulating, run {index + 1} of {len(simulator.seeds)}, seed {seed + index}")
            verdicts = run / "outcomes.jsonl"
            verdicts.unlink(missing_ok=True)
            operands = _write_operands(bench, run)
            configuration = Configuration(
                names,
                pairs,
                beats,
                seed + index,
                shuffled=index > 0,
                outcomes=str(verdicts),
                operands=operands,
            )
            configuration.write(run / "bench.json")
            given = simulator.plus_arguments(random_state, run if waves else None)
            outcomes += _run(
                bench, simulator, runner, run, configuration, waves, [*given, *arguments]
            )
            if waves:
                waveforms.append(run / simulator.waveform)
    return outcomes, waveforms


def _write_operands(bench: Bench, folder: Path) -> str | None:
    if bench.operands is None:
        return None
    path = folder / "operands.npz"
    pairs = bench.operands.items()
    np.savez(path, **{f"{name}.{side}": pair[i] for name, pair in pairs for i, side in _SIDES})
    return str(path)


def _run(
    bench: Bench,
    simulator: Simulator,
    runner: Runner,
    folder: Path,
    configuration: Configuration,
    waves: bool,
    arguments: list[str],
) -> list[Outcome]:
    """Run a bench that is built, once; the verdicts of every unit on every test."""
    benched = bench.benched
    results, log = folder / "results.xml", folder / "run.log"
    broken = False
    try:
        runner.test(
            test_module=list(benched),
            hdl_toplevel=bench.name,
            test_dir=folder,
            results_xml=str(results),
            seed=configuration.seed,
            plusargs=arguments,
            extra_env={VARIABLE: str(folder / "bench.json")},
            waves=waves,
            log_file=log,
        )
    # Within pytest the runner ends the process when a test fails; elsewhere it returns.
    except (RuntimeError, SystemExit):
        broken = True
    found = read_outcomes(Path(configuration.outcomes))
    tests, failed = get_results(results) if results.is_file() else (0, 0)
    # Every test has a verdict on each of the units that its module benches.
    expected = sum(benched[module] for module in _modules(results)) if tests else 0
    mismatches = any(outcome.mismatches for outcome in found)
    if not tests or len(found) != expected or ((broken or failed) and not mismatches):
        raise _failure(f"running {bench.name} with {simulator.name}", log)
    return found


def _modules(results: Path) -> list[str]:
    """The module of each test that was run."""
    return [case.attrib["classname"] for case in ElementTree.parse(results).iter("testcase")]
