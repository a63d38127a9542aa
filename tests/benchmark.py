"""How fast the project is: ``make bench``.  Prints figures; nothing depends on them."""

import os
import resource
import subprocess
import sys
import tempfile
import time
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
from lmul_pe.synth.mapping.blocks import TOP, block_source, block_texts
from lmul_pe.synth.mapping.flow import Synthesis
from lmul_pe.synth.netlists.linking import link
from lmul_pe.synth.workload.stream_stimulus import LANES, StreamStimulus
from lmul_pe.synth.workload.streams import operands
from tests import matmul_benchmark

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
