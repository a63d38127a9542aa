"""Pipelines that are small enough to be planned by hand, and where the artefact of Perseus is."""

import os
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from lmul_pe.synth.system.pipeline.curve import Curve
from lmul_pe.synth.system.pipeline.frontier import frontier
from lmul_pe.synth.system.pipeline.graph import graph_of
from lmul_pe.synth.system.pipeline.planning import Pipeline
from lmul_pe.synth.system.pipeline.profile import BACKWARD, FORWARD, Kind, Profile, Run
from lmul_pe.synth.system.pipeline.schedule import schedule_named

ROOT = Path(__file__).parents[4]
WAITING_W = {"a100_sxm": 83.64, "a40": 70.38}
STEP_S = {"a100_sxm": 0.001, "a40": 0.0001}


def artefact(path):
    """A file of the data of Perseus (SOSP 2024)."""
    folder = os.environ.get("LMUL_PE_PERSEUS") or ROOT.parent / "shared" / "perseus"
    found = Path(folder) / path
    if not found.exists():
        pytest.skip(f"{found.name} is only on machines of developers")
    return found


def profile(stages=2, scale=1.0, alike=False):
    """Five frequencies; energy falls with the square of the frequency, as voltage follows it."""
    runs = {}
    for stage in range(stages):
        for instruction, work in ((FORWARD, 0.010), (BACKWARD, 0.021)):
            work *= 1 if alike else 1 + 0.3 * (stage % 3)
            runs[Kind(stage, instruction)] = tuple(
                Run(frequency, work * 1000 / frequency, scale * work * (100 + 4e-4 * frequency**2))
                for frequency in (1000.0, 900.0, 800.0, 700.0, 600.0)
            )
    return Profile("small.csv", runs)


def plans(stages=2, microbatches=3, **options):
    options = {"waiting_w": (80.0,), "step_s": 0.0005, **options}
    scale = options.pop("scale", 1.0)
    alike = options.pop("alike", False)
    return Pipeline(profile(stages, scale, alike), microbatches, **options).plan()


def random_frontier(seed, schedule, stages, microbatches, width, chunks=1, flat=False):
    """A pipeline of random convex curves, some of them in part without any slope."""
    random = np.random.default_rng(seed)
    graph = graph_of(schedule_named(schedule, stages, microbatches, chunks))
    curves = {}
    for kind in graph.kinds:
        falls = np.sort(random.integers(0 if flat else 1, 5 if flat else 1000, size=width))
        energy = np.concatenate((np.cumsum(falls)[::-1], [0.0]))
        curves[kind] = Curve(int(random.integers(1, 6)), energy.astype(np.float64) + 7)
    return frontier(graph, curves, 3.0, 1.0)


def longest(schedule, durations):
    """When a schedule ends, operation by operation as the order says."""
    operations = schedule.operations
    waits = {index: [] for index in range(len(operations))}
    for first, then in schedule.dependencies():
        waits[then].append(first)
    ends = {}

    def end(index):
        if index not in ends:
            ends[index] = max((end(each) for each in waits[index]), default=0) + durations[index]
        return ends[index]

    return max(map(end, waits))


def convex(values):
    return all(left <= right + 1e-9 for left, right in pairwise(np.diff(values)))
