"""Designs at an equal clock: netlists made for it, and the best that meet it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from lmul_pe.synth.cells.technology import Technology
from lmul_pe.synth.design.multipliers import Design
from lmul_pe.synth.mapping.blocks import BlockSource
from lmul_pe.synth.mapping.jobs import Job
from lmul_pe.synth.mapping.recipes import STRUCTURES, timed
from lmul_pe.synth.workload.settings import Settings

from .multiplier import Figures, best_of
from .registered import register_ps

RELAXED = 1.25
"""A clock over the smallest one: at the smallest, a design is at its limit, where it costs most."""

_TIGHTER = (0.9, 0.8)
"""ABC sees no full-adder cells, and registers load what it takes for free: some netlists miss the
clock that they were made for, and meet it when made for less."""

MeasuredT = TypeVar("MeasuredT")
"""Figures of a multiplier, or of a unit."""


@dataclass(frozen=True)
class Point(Generic[MeasuredT]):
    """The best netlists of a design that meet a clock, which may be one and the same.

    Parameters
    ----------
    clock_ps
        Between registers; those of a multiplier are at its inputs and outputs.
    least_energy
        With glitches.
    """

    clock_ps: float
    least_energy: MeasuredT
    least_area: MeasuredT


def equal_clocks(fastest_ps: Iterable[float], asked_ps: float | None = None) -> list[float]:
    """The clocks, in ps, at which multipliers are compared: what is asked for, or the smallest one
    that all can meet and :data:`RELAXED` times that; none where there are no multipliers.

    Parameters
    ----------
    fastest_ps
        The smallest clock of each, by netlists that were made as fast as they can be.  One that was
        made for another clock may be a little faster by chance, where every picosecond costs much.
    """
    if asked_ps:
        return [asked_ps]
    smallest = max(fastest_ps, default=None)
    return [smallest, RELAXED * smallest] if smallest else []


def delay_targets(clock_ps: float, technology: Technology) -> tuple[int, ...]:
    """The delays in ps for which netlists are made, that some meet ``clock_ps``."""
    room = max(1.0, clock_ps - register_ps(technology))
    return tuple(sorted({max(1, round(room * share)) for share in (1.0, *_TIGHTER)}))


def timed_jobs(design: Design, targets_ps: Sequence[int]) -> list[tuple[str, Job]]:
    """The netlists to make for ``targets_ps``, by structure; equal circuits once."""
    circuits: dict[str, tuple[str, dict[str, None]]] = {}
    for structure, names in design.timed.items():
        _, scripts = circuits.setdefault(design.rtlil(STRUCTURES[structure]), (structure, {}))
        scripts |= dict.fromkeys(names)
    jobs = []
    for rtlil, (structure, scripts) in circuits.items():
        listed = tuple(timed(script, target) for target in targets_ps for script in scripts)
        jobs.append((structure, Job(BlockSource(design.name, rtlil, (), listed))))
    return jobs


def best_at(
    clock_ps: float,
    design: Design,
    candidates: Sequence[Figures],
    technology: Technology,
    settings: Settings,
    workloads: Sequence[str] | None = None,
    known: Sequence[Figures] = (),
) -> Point[Figures] | None:
    """The best of ``candidates`` at ``clock_ps``; None if none meets it.

    Parameters
    ----------
    known
        The best of them at other clocks, and without any: what meets this one is tried as well.
    """
    quick = [figures for figures in candidates if figures.clock_ps <= clock_ps]
    if not quick:
        return None
    also = [figures for figures in known if figures.clock_ps <= clock_ps]
    best = best_of(quick, design, technology, settings, workloads, also)
    return Point(clock_ps, best.least_energy, best.least_area)
