"""What ``pipeline.json`` holds: the frontier of the last pipeline that was planned."""

from dataclasses import dataclass

import numpy as np

from lmul_pe.model.command.project import version
from lmul_pe.synth.results.record import RecordFile

from .planning import Plans, StageUse
from .savings import Savings, savings

FILE = "pipeline.json"
_SCHEMA = 1
_POINTS = 200
"""Of a frontier that are kept, the first, the last and that of least energy among them."""


@dataclass(frozen=True)
class PlannedPoint:
    """A plan: time and energy of one iteration, planned and at profiled frequencies."""

    time_s: float
    energy_j: float
    realised_s: float
    realised_j: float


@dataclass(frozen=True)
class PipelineReport:
    """One run of ``make pipeline``.

    Parameters
    ----------
    plans
        In the whole frontier, of which ``points`` are at most 200, the slowest first.
    baseline_s, baseline_j
        Everything at its highest frequency.
    least
        The place in ``points`` of the plan of least energy.
    stages
        By the fastest plan.
    """

    schema: int
    command: str
    version: str
    profile: str
    schedule: str
    microbatches: int
    step_s: float
    plans: int
    points: tuple[PlannedPoint, ...]
    least: int
    baseline_s: float
    baseline_j: float
    savings: Savings
    stages: tuple[StageUse, ...]


def pipeline_report(plans: Plans, command: str) -> PipelineReport:
    """The record of a pipeline."""
    frontier = plans.frontier
    last = len(frontier) - 1
    spread = np.linspace(0, last, _POINTS).astype(np.int64).tolist()
    shown = sorted({*spread, frontier.best})
    return PipelineReport(
        schema=_SCHEMA,
        command=command,
        version=version(),
        profile=plans.pipeline.profile.name,
        schedule=plans.graph.schedule.name,
        microbatches=plans.pipeline.microbatches,
        step_s=plans.pipeline.step_s,
        plans=len(frontier),
        points=tuple(_point(plans, each) for each in shown),
        least=shown.index(frontier.best),
        baseline_s=plans.baseline.iteration_s,
        baseline_j=plans.baseline.iteration_j,
        savings=savings(plans),
        stages=tuple(plans.stages(last)),
    )


def _point(plans: Plans, place: int) -> PlannedPoint:
    frontier, realised = plans.frontier, plans.realised(place)
    return PlannedPoint(
        float(frontier.time_s[place]),
        float(frontier.energy_j[place]),
        realised.iteration_s,
        realised.iteration_j,
    )


PIPELINE = RecordFile(PipelineReport, "pipeline")
