"""How fast the project is: ``make bench``.  Prints figures; nothing depends on them."""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from lmul_pe.hw.arithmetic.architecture import Architecture
from lmul_pe.hw.export.verilog import component_of, rtlil_text
from lmul_pe.model import Multiplier, code_type, mac_named, multiplier_named
from lmul_pe.synth.activity.energy import dynamic_energy
from lmul_pe.synth.activity.evaluation import cell_functions, evaluate
from lmul_pe.synth.activity.sequential import simulate
from lmul_pe.synth.cells.library import load_technology
from lmul_pe.synth.cluster.jobs import dask_cluster, run_jobs
from lmul_pe.synth.mapping.blocks import TOP, block_source, block_texts
from lmul_pe.synth.mapping.flow import Synthesis
from lmul_pe.synth.netlists.linking import link
from lmul_pe.synth.sweep.point import source
from lmul_pe.synth.sweep.space import named_candidates
from lmul_pe.synth.sweep.store import Store
from lmul_pe.synth.sweep.sweeping import Sweep
from lmul_pe.synth.system.pipeline.planning import Pipeline, Plans
from lmul_pe.synth.system.pipeline.served import plan_text
from lmul_pe.synth.workload.stream_stimulus import LANES, StreamStimulus
from lmul_pe.synth.workload.streams import operands
from tests import matmul_benchmark
from tests.synth.system.pipeline.small import profile

SECONDS = 1.0


def rate(work: Callable[[], object], units: float) -> float:
    """Units per second of the fastest of the calls that fit into a second, after one more."""
    work()
    best, end = float("inf"), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return units / best


def model_rate(name: str) -> float:
    """Products per second of the model, on one core."""
    multiplier = multiplier_named(name)
    count = 4_000_000
    random = np.random.default_rng(1)
    high = 2**multiplier.format.width - 1
    a, b = (
        random.integers(0, high, size=count, dtype=np.uint64, endpoint=True).astype(
            code_type(multiplier.format)
        )
        for _ in range(2)
    )
    return rate(lambda: multiplier.compute(a, b), count)


def netlist_rate(name: str, count: int) -> float:
    """Operand pairs per second through a mapped netlist, toggles and energy included."""
    technology = load_technology("nangate45")
    multiplier: Multiplier = multiplier_named(name)
    architecture = Architecture(array="and", full_adders="cells", adders="cells")
    with tempfile.TemporaryDirectory() as folder:
        netlist = (
            Synthesis(Path(folder))
            .map(
                rtlil_text(component_of(multiplier, architecture), name),
                name,
                ("area",),
                technology,
            )["area"]
            .netlist
        )
    a, b = operands("normal", multiplier.format, multiplier.format_b, count, 1)
    functions = cell_functions(technology)
    return rate(
        lambda: dynamic_energy(evaluate(netlist, functions, {"a": a, "b": b}), technology), count
    )


def unit_rate(name: str) -> float:
    """Clock cycles per second of a unit's netlist, all runs side by side together, with toggles."""
    technology = load_technology("nangate45")
    unit = mac_named(name)
    with tempfile.TemporaryDirectory() as folder:
        synthesis = Synthesis(Path(folder))
        netlists = {}
        texts = block_texts(unit, ("cells",), lambda module, structure: False)
        for module in texts:
            source = block_source(texts, module, "cells", ("area",))
            mapped = synthesis.map(source.rtlil, module, ("area",), technology, dict(source.blocks))
            netlists[module] = mapped["area"].netlist
    netlist = link(netlists, TOP, name, technology.flip_flops).netlist
    stimulus = StreamStimulus(unit, "normal", 1)
    return rate(
        lambda: simulate(
            netlist, technology, stimulus.inputs, LANES, stimulus.cycles, stimulus.counted
        ),
        LANES * stimulus.cycles,
    )


STAGES = 8
MICROBATCHES = (12, 24, 48, 96)


def planned(microbatches: int) -> tuple[Plans, float]:
    """All plans of a pipeline whose stages are uneven, and the seconds that its cuts take."""
    pipeline = Pipeline(profile(STAGES), microbatches, (80.0,), step_s=0.0005)
    start = time.perf_counter()
    plans = pipeline.plan()
    return plans, time.perf_counter() - start


def look_up_seconds(plans: Plans) -> tuple[float, float]:
    """Seconds from a straggler to the frequencies beside it, and to the JSON of their plan."""
    frontier = plans.frontier
    times = iter(np.resize(np.linspace(frontier.time_s[-1], frontier.time_s[0], 101), 10**6))

    def frequencies() -> object:
        durations = frontier.durations(frontier.point_within(float(next(times))))
        return plans.realisation.frequencies(durations)

    def text() -> str:
        return plan_text(plans, frontier.point_within(float(next(times))))

    return 1 / rate(frequencies, 1), 1 / rate(text, 1)


def command_seconds(folder: Path, *options: str) -> tuple[float, float]:
    """Seconds on the clock and of processors that ``lmul-pe synth`` takes.

    Parameters
    ----------
    folder
        Where it runs, and keeps what it made for the next run.
    """
    command = [sys.executable, "-m", "lmul_pe", "synth", *options]
    root = Path(__file__).parents[1]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    before, start = _processors(), time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start, _processors() - before


def _processors() -> float:
    """Seconds of processors of all children so far."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


COMMANDS = (
    ("e4m3", "multipliers", ("--levels", "multiplier")),
    ("e4m3", "all levels", ()),
    ("fp32", "all levels", ()),
)
"""What is timed with an empty cache, and again: format, what, and options."""


WORKERS = (1, 2, 4, 8)
SWEPT = [f"lmul_{format}_offset{k}_gradual" for format in ("e2m3", "e3m3") for k in range(8)]


def idle(job: int, folder: Path) -> int:
    return job


def scheduling_seconds(jobs: int) -> float:
    """Processor seconds of client and scheduler, which are this process, for a job of nothing."""
    with dask_cluster(None, 1, source) as client:
        start = time.process_time()
        run_jobs(
            client, idle, deque(range(jobs)), lambda job, result: None, lambda job, why: None, None
        )
        return (time.process_time() - start) / jobs


def sweep_rate(workers: int) -> float:
    """Designs of :data:`SWEPT` that are measured in a second, with nothing known before."""
    with tempfile.TemporaryDirectory() as folder, dask_cluster(None, workers, source) as client:
        candidates = named_candidates(SWEPT, "nangate45", ())
        sweep = Sweep(candidates, "quick", Store(Path(folder) / "store"))
        start = time.perf_counter()
        sweep.run(client, Path(folder) / "cache", lambda text: None)
        return len(sweep.points()) / (time.perf_counter() - start)


def main() -> None:
    """Print every figure as it comes."""
    console = Console()
    matmul_benchmark.report(console)
    table = Table("what", "figure", "unit")
    for name in ("lmul_e4m3", "exact_e4m3", "lmul_bf16", "lmul_fp32", "exact_fp32"):
        table.add_row(
            f"model, {name}", f"{model_rate(name) / 1e6:.0f}", "million products/s, 1 core"
        )
    for name, count in (("exact_e4m3", 65_536), ("exact_fp32", 10_000)):
        table.add_row(
            f"netlist, {name}",
            f"{netlist_rate(name, count) / 1e6:.2f}",
            "million pairs/s with toggles and energy",
        )
    for name in ("mac_lmul_e4m3_fp32", "mac_exact_fp32_fp32"):
        table.add_row(
            f"netlist, {name}",
            f"{unit_rate(name) / 1e6:.2f}",
            "million clock cycles/s with toggles",
        )
    # Compiled before it is timed.
    planned(1)
    for microbatches in MICROBATCHES:
        plans, seconds = planned(microbatches)
        points, operations = len(plans.frontier), len(plans.graph.kind_of)
        searches, arcs, paths = plans.frontier.work / points
        table.add_row(
            f"frontier of a pipeline, {operations} operations, {points} points",
            f"{seconds:.2f}",
            f"s ({seconds / points * 1e6:.0f} us a point: {searches:.1f} searches, "
            f"{paths:.1f} paths, {arcs:.0f} arcs)",
        )
        frequencies_s, text_s = look_up_seconds(plans)
        table.add_row(
            "next plan for a straggler",
            f"{frequencies_s * 1e3:.3f}",
            f"ms, as JSON {text_s * 1e3:.2f}",
        )
    table.add_row(
        "a job of a sweep, client and scheduler",
        f"{scheduling_seconds(500) * 1e3:.1f}",
        "ms of a processor",
    )
    for workers in WORKERS:
        table.add_row(
            f"sweep of {len(SWEPT)} designs, {workers} workers",
            f"{60 * sweep_rate(workers):.0f}",
            f"designs a minute on {os.cpu_count()} processors",
        )
    for format, what, options in COMMANDS:
        with tempfile.TemporaryDirectory() as folder:
            for when in ("empty cache", "again"):
                clock, processors = command_seconds(Path(folder), "--fmt", format, *options)
                table.add_row(
                    f"make synth FMT={format}, {what}, {when}",
                    f"{clock:.1f}",
                    f"s ({processors:.1f} s of processors)",
                )
    console.print(table)


if __name__ == "__main__":
    main()
