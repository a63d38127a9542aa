"""Designs at an equal clock: netlists made for it, and the best that meet it."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..cells.technology import Technology
from ..mapping.blocks import BlockSource
from ..mapping.jobs import Job
from ..mapping.recipes import STRUCTURES, timed
from ..workload.settings import Settings
from .candidate import Figures, best_of
from .designs import Design
from .registered import register_ps

_TIGHTER = (0.9, 0.8)
"""ABC sees no full-adder cells, and registers load what it takes for free: some netlists miss the
clock that they were made for, and meet it when made for less."""


@dataclass(frozen=True)
class Point:
    """The best netlists of a design that meet a clock.

    Parameters
    ----------
    clock_ps
        Between registers at the inputs and at the outputs.
    """

    clock_ps: float
    least_energy: Figures
    least_area: Figures


def delay_targets(clock_ps: float, technology: Technology) -> tuple[int, ...]:
    """The delays in ps for which netlists are made, that some meet ``clock_ps``."""
    room = max(1.0, clock_ps - register_ps(technology))
    return tuple(sorted({max(1, round(room * share)) for share in (1.0, *_TIGHTER)}))


def timed_jobs(design: Design, targets_ps: Sequence[int]) -> list[tuple[str, Job]]:
    """The netlists to make for ``targets_ps``, by structure; equal circuits once."""
    jobs: dict[Job, str] = {}
    for structure, names in design.timed.items():
        scripts = tuple(timed(script, target) for target in targets_ps for script in names)
        source = BlockSource(design.name, design.rtlil(STRUCTURES[structure]), (), scripts)
        jobs.setdefault(Job(source), structure)
    return [(structure, job) for job, structure in jobs.items()]


def best_at(
    clock_ps: float,
    design: Design,
    candidates: Sequence[Figures],
    technology: Technology,
    settings: Settings,
    workloads: Sequence[str] | None = None,
) -> Point | None:
    """The best of ``candidates`` at ``clock_ps``; None if none meets it."""
    quick = [figures for figures in candidates if figures.clock_ps <= clock_ps]
    if not quick:
        return None
    best = best_of(quick, design, technology, settings, workloads)
    return Point(clock_ps, best.least_energy, best.least_area)
