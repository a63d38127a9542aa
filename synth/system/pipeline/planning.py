"""A pipeline and how it is planned: from a profile to plans that a training loop can run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lmul_pe.model import SpecificationError
from lmul_pe.model.choices import unknown_choice

from .candidates import FILTERS, Candidates, candidates
from .curve import CURVES
from .frontier import Frontier, frontier
from .graph import Graph, graph_of
from .profile import Kind, Profile
from .realised import Realisation, Realised
from .schedule import SCHEDULES, schedule_named

Floats = NDArray[np.float64]

STEP_S = 0.001


@dataclass(frozen=True)
class Pipeline:
    """What is planned.

    Parameters
    ----------
    waiting_w
        Power of each accelerator that waits; one value is that of all.
    step_s
        The unit of time of a plan.
    filter, curve, schedule
        Of :data:`.candidates.FILTERS`, :data:`.curve.CURVES` and :data:`.schedule.SCHEDULES`.
    chunks
        Stages to an accelerator, of the interleaved schedule.
    """

    profile: Profile
    microbatches: int
    waiting_w: tuple[float, ...]
    step_s: float = STEP_S
    schedule: str = next(iter(SCHEDULES))
    filter: str = FILTERS[0]
    curve: str = next(iter(CURVES))
    chunks: int = 1

    def plan(self) -> "Plans":
        """Every plan of least energy.

        Raises
        ------
        SpecificationError
            A choice that there is not, a schedule that cannot be, or too long a step.
        """
        for what, value, choices in (
            ("filter", self.filter, FILTERS),
            ("curve", self.curve, tuple(CURVES)),
        ):
            if value not in choices:
                raise unknown_choice(what, value, choices)
        profile = self.profile
        if self.schedule == "early-recomputation":
            profile = profile.with_recomputation()
        graph = graph_of(
            schedule_named(self.schedule, profile.stages, self.microbatches, self.chunks)
        )
        accelerators = graph.schedule.accelerators
        waiting_w = self.waiting_w * accelerators if len(self.waiting_w) == 1 else self.waiting_w
        if len(waiting_w) != accelerators:
            raise SpecificationError(
                f"waiting power of {len(waiting_w)} accelerators: expected one value, or "
                f"{accelerators}"
            )
        chosen = {
            kind: candidates(
                kind,
                profile.runs[kind],
                waiting_w[graph.schedule.accelerator_of(kind.stage)],
                self.step_s,
                self.filter,
            )
            for kind in graph.kinds
        }
        curves = {kind: CURVES[self.curve](each) for kind, each in chosen.items()}
        found = frontier(graph, curves, sum(waiting_w), self.step_s)
        return Plans(self, found, chosen, Realisation(graph, chosen, waiting_w))


@dataclass(frozen=True)
class Plans:
    """All plans of a pipeline."""

    pipeline: Pipeline
    frontier: Frontier
    candidates: Mapping[Kind, Candidates]
    realisation: Realisation

    @property
    def graph(self) -> Graph:
        """The operations."""
        return self.frontier.graph

    @property
    def saves(self) -> bool:
        """Whether any instruction takes less energy at a lower frequency.

        It does not where the frequency falls alone and the voltage stays.
        """
        return any(each.saves for each in self.candidates.values())

    @cached_property
    def baseline(self) -> Realised:
        """Everything at its highest frequency."""
        return self.realisation.all_fastest()

    def realised(self, point: int) -> Realised:
        """What a point of the frontier comes to at frequencies that were profiled."""
        return self.realisation.of(self.frontier.durations(point))

    def stages(self, point: int) -> "list[StageUse]":
        """What each accelerator does at the highest frequencies, and at a point."""
        before, after = self.baseline, self.realised(point)
        accelerator = self.graph.accelerator_of
        count = self.graph.schedule.accelerators

        def total(values: Floats) -> list[float]:
            return np.bincount(accelerator, values, count).tolist()

        return [
            StageUse(index, *each, before.iteration_s)
            for index, each in enumerate(
                zip(
                    total(before.time_s),
                    total(after.time_s),
                    total(before.energy_j),
                    total(after.energy_j),
                    strict=True,
                )
            )
        ]


@dataclass(frozen=True)
class StageUse:
    """One accelerator of a pipeline, over one iteration.

    Parameters
    ----------
    busy_s, energy_j
        It computes, at the highest frequencies.
    planned_busy_s, planned_energy_j
        The same by the plan.
    iteration_s
        At the highest frequencies.
    """

    accelerator: int
    busy_s: float
    planned_busy_s: float
    energy_j: float
    planned_energy_j: float
    iteration_s: float

    @property
    def slack_s(self) -> float:
        """It waits, at the highest frequencies."""
        return self.iteration_s - self.busy_s

    @property
    def reclaimed_j(self) -> float:
        """Computing takes less by the plan."""
        return self.energy_j - self.planned_energy_j


def critical(stages: Sequence[StageUse]) -> StageUse:
    """The accelerator that is busy longest: it sets the pace."""
    return max(stages, key=lambda stage: stage.busy_s)
